import ConfigurationReading
import FoundationEssentials
import SendEngine
import Settings

/// Why a variable of the environment leads nowhere.
public struct EnvironmentProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}

extension Services {
  /// The limits of files: as config.yaml has them, unless the environment says otherwise, by the names that an earlier
  /// Fiedler knew: `FIEDLER_MAX_FILE_COUNT`, `FIEDLER_MAX_PACKAGE_BYTES`, `FIEDLER_MAX_LINES`, and
  /// `FIEDLER_ALLOWED_FILE_ROOTS`, folders with commas or colons between them.
  func attachmentLimits() throws(EnvironmentProblem) -> Settings.Attachments {
    var limits = settings.attachments
    limits.maximumFiles = try number("FIEDLER_MAX_FILE_COUNT") ?? limits.maximumFiles
    limits.maximumBytes = try number("FIEDLER_MAX_PACKAGE_BYTES") ?? limits.maximumBytes
    limits.maximumLines = try number("FIEDLER_MAX_LINES") ?? limits.maximumLines
    let roots = (environment.variables["FIEDLER_ALLOWED_FILE_ROOTS"] ?? "").split { $0 == ":" || $0 == "," }
      .map { String($0.drop(while: \.isWhitespace)) }.filter { !$0.isEmpty }
    if !roots.isEmpty { limits.allowedRoots = roots }
    return limits
  }

  /// How many models a send by the tools asks at a time, as `FIEDLER_MAX_WORKERS` says; `nil` for all.
  func mostWorkers() throws(EnvironmentProblem) -> Int? { try number("FIEDLER_MAX_WORKERS") }

  private func number(_ name: String) throws(EnvironmentProblem) -> Int? {
    guard let text = environment.variables[name], !text.isEmpty else { return nil }
    guard let number = Int(text), (1...1_000_000_000).contains(number) else {
      throw EnvironmentProblem(
        description: "\(name) must be a whole number from 1 to 1000000000, and is \(text.quoted)")
    }
    return number
  }
}
