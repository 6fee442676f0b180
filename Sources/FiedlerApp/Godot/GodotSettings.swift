import Basics
import GodotLog
import MCP
import SendEngine
import Settings
import Synchronization

extension Settings {
  /// Whether conversation turns go to a log server.
  var logsTurns: Bool { godot.destination != .off }

  /// The log server within this program, if that is what is wanted.
  func embeddedGodot(_ paths: Paths) -> EmbeddedGodot? {
    guard godot.destination == .embedded else { return nil }
    return EmbeddedGodot(
      databaseFile: paths.godotDatabaseFile, keepsLogs: godot.keepDays.map { .seconds($0 * 86_400) })
  }

  func godotConfiguration(
    _ paths: Paths, _ environment: LaunchEnvironment, embedded: EmbeddedGodot?, tokens: GodotTokens
  ) -> GodotConfiguration {
    let destination: GodotConfiguration.Destination =
      switch godot.destination {
      case .off: .off
      case .embedded: embedded.map { server in .embedded { try await server.connect() } } ?? .off
      case .url(let url): .url(url)
      }
    let token: (@Sendable () async throws -> String?)? =
      switch godot.token {
      case .environment(let name): { environment.variables[name] }
      case .command(let command):
        {
          try await SecretCommand(command, of: "godot.token_command", environment: environment.variables).run()
        }
      case nil: nil
      }
    if case .environment(let name) = godot.token, let known = environment.variables[name] { tokens.learn(known) }
    return GodotConfiguration(
      destination: destination, token: token.map(tokens.learning),
      caFile: godot.caFile.map { path(of: $0, paths, environment) },
      lockFile: paths.dataDirectory + "/godot.lock",
      turns: GodotConfiguration.Turns(rawValue: godot.conversations.rawValue) ?? .auto,
      client: .init(name: "fiedler", version: Version.text))
  }

  private func path(of file: String, _ paths: Paths, _ environment: LaunchEnvironment) -> String {
    if file.hasPrefix("~/") { return paths.home + file.dropFirst() }
    return file.isAbsolutePath ? file : environment.workingDirectory + "/" + file
  }
}

/// The bearer tokens shown to log servers so far, for the redactor: what a command prints is known only then.
final class GodotTokens: Sendable {
  private let known = Mutex<Set<String>>([])

  var all: [String] { known.withLock { Array($0) } }

  func learn(_ text: String) { if let token = Self.token(in: text) { known.withLock { _ = $0.insert(token) } } }

  /// A token without what stands around it in a file, as the server takes it; `nil` where nothing is left.
  private static func token(in text: String) -> String? {
    let token = text.bareText
    return token.isEmpty ? nil : token
  }

  func learning(_ source: @escaping @Sendable () async throws -> String?) -> @Sendable () async throws -> String? {
    {
      let token = try await source().flatMap(Self.token)
      if let token { self.learn(token) }
      return token
    }
  }
}
