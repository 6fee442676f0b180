import ConfigurationReading

/// The desktop's keyring (the Secret Service), by the `secret-tool` command of libsecret. Blocks until that has ended.
public struct Keyring: Sendable {
  /// What stands in the key file in place of a key that is in the keyring.
  public static let mark = "secret-service"

  private let environment: [String: String]
  private let timeLimit: Duration

  /// `timeLimit` bounds each call: a keyring that is locked may ask the user first.
  public init(environment: [String: String], timeLimit: Duration = .seconds(30)) {
    self.environment = environment
    self.timeLimit = timeLimit
  }

  /// Why a key could not be kept there.
  public struct Unavailable: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// Keeps a key. The command reads it from its standard input: arguments are seen by everybody on the machine.
  public func store(_ key: String, of provider: String) throws(Unavailable) {
    try run(["store", "--label=Fiedler: \(provider)"] + Self.attributes(provider), input: key)
  }

  public func delete(_ provider: String) throws(Unavailable) {
    try run(["clear"] + Self.attributes(provider), input: nil)
  }

  /// The command that prints a key.
  static func lookup(_ provider: String) -> CommandSetting {
    .program(["secret-tool", "lookup"] + attributes(provider))
  }

  private static func attributes(_ provider: String) -> [String] { ["service", "fiedler", "provider", provider] }

  private func run(_ arguments: [String], input: String?) throws(Unavailable) {
    // Without a session there is no keyring, and the command would try to start one.
    guard environment["DBUS_SESSION_BUS_ADDRESS"]?.isEmpty == false else {
      throw Unavailable(description: "there is no desktop session")
    }
    do throws(ChildProcess.Failure) {
      var child = try ChildProcess(["secret-tool"] + arguments, environment: environment, input: input)
      let end = try child.wait(limit: timeLimit)
      if end == .exited(0) { return }
      let words = String(decoding: child.errorOutput, as: UTF8.self).visible.prefix(200)
      throw ChildProcess.Failure(words: words.isEmpty ? "\(end)" : String(words))
    } catch {
      throw Unavailable(description: "secret-tool: \(error.reason)")
    }
  }
}
