import GodotLog
import MCP
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

  /// The log server within this program, if that is what is wanted.
  func embeddedGodot(_ paths: Paths) -> EmbeddedGodot? {
    guard godot.destination == .embedded else { return nil }
    return EmbeddedGodot(
      databaseFile: paths.godotDatabaseFile, keepsLogs: godot.keepDays.map { .seconds($0 * 86_400) })
  }

  func godotConfiguration(
    _ paths: Paths, _ environment: LaunchEnvironment, embedded: EmbeddedGodot?
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
        { try await SecretCommand(command, environment: environment.variables).run() }
      case nil: nil
      }
    return GodotConfiguration(
      destination: destination, token: token, caFile: godot.caFile.map { path(of: $0, paths, environment) },
      lockFile: paths.dataDirectory + "/godot.lock",
      turns: GodotConfiguration.Turns(rawValue: godot.conversations.rawValue) ?? .auto,
      client: .init(name: "fiedler", version: Version.text))
  }

  private func path(of file: String, _ paths: Paths, _ environment: LaunchEnvironment) -> String {
    if file.hasPrefix("~/") { return paths.home + file.dropFirst() }
    return file.hasPrefix("/") ? file : environment.workingDirectory + "/" + file
  }
}
