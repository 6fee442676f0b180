import GodotLog
import SendEngine
import Settings

extension Settings {
  /// Whether conversation turns go to a log server.
  var logsTurns: Bool { godot.destination != .off }

  /// The bearer token, where it can be had without running anything.
  func godotToken(in environment: LaunchEnvironment) -> [String] {
    guard case .environment(let name) = godot.token, let token = environment.variables[name] else { return [] }
    return [token]
  }

  func godotConfiguration(_ paths: Paths, _ environment: LaunchEnvironment) -> GodotConfiguration {
    let destination: GodotConfiguration.Destination =
      switch godot.destination {
      case .off, .embedded: .off
      case .url(let url): .url(url)
      }
    let token: (@Sendable () async throws -> String?)? =
      switch godot.token {
      case .environment(let name): { environment.variables[name] }
      case .command(let command):
        { try await SecretCommand(command, environment: environment.variables).run() }
      case nil: nil
      }
    return GodotConfiguration(
      destination: destination, token: token, lockFile: paths.dataDirectory + "/godot.lock")
  }
}
