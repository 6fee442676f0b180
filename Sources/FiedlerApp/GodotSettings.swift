import GodotLog
import SendEngine
import Settings

extension Settings {
  /// Whether conversation turns go to a log server.
  var logsTurns: Bool { godot.destination != .off }

  func godotConfiguration(_ paths: Paths, _ environment: LaunchEnvironment) -> GodotConfiguration {
    let destination: GodotConfiguration.Destination =
      switch godot.destination {
      case .off: .off
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
