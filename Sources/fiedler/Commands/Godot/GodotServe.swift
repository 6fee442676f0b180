import ArgumentParser
import FiedlerApp
import Foundation
import GodotServer
import Logging
import MCP
import Settings

struct GodotServe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run a log server: MCP over WebSocket, on SQLite or PostgreSQL.",
    discussion: """
      Listens on this machine alone unless --host says otherwise; any other address needs a token, in \
      FIEDLER_GODOT_TOKEN or in the file that --token-file names. Stops on SIGTERM or Ctrl+C, after it has answered \
      what it has taken. GET /healthz tells whether it and its storage are well; GET /metrics, with the token, counts for \
      Prometheus.
      """)

  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "The port; 0 takes any that is free.")
  var port = 9060

  @Option(help: "A database file, or postgres://user@host/database. By default godot.db beside the history.")
  var store: String?

  @Option(name: .customLong("token-file"), help: "A file with the token that clients must show.")
  var tokenFile: String?

  @Option(help: "A PEM file with the certificate chain, for wss://.")
  var certificate: String?

  @Option(help: "A PEM file with the certificate's key.")
  var key: String?

  @Option(name: .customLong("keep-days"), help: "Remove log records older than this; conversations stay.")
  var keepDays: Int?

  @Option(
    name: .customLong("statement-timeout"),
    help: "Seconds to wait for PostgreSQL's answer to a statement before it counts as away.")
  var statementTimeout = 10

  func validate() throws {
    guard (1...600).contains(statementTimeout) else {
      throw ValidationError("--statement-timeout takes a number of seconds from 1 to 600.")
    }
    guard (0...65_535).contains(port) else { throw ValidationError("--port takes a number from 0 to 65535.") }
    guard (certificate == nil) == (key == nil) else {
      throw ValidationError("--certificate and --key go together; one of them is missing.")
    }
    if let keepDays, !(1...36_500).contains(keepDays) {
      throw ValidationError("--keep-days takes a number from 1 to 36500.")
    }
  }

  func run() async throws {
    let environment = Startup.environment()
    let paths = Paths(environment: environment.variables)
    var configuration = GodotServerConfiguration(
      listener: .init(
        host: host, port: port,
        token: try tokenFile.map(ServerToken.file) ?? ServerToken.variable("FIEDLER_GODOT_TOKEN"),
        certificate: certificate, key: key),
      keepsLogs: keepDays.map { .seconds($0 * 86_400) },
      logger: Logger(label: "godot") { StreamLogHandler.standardError(label: $0) })
    limitConnections(&configuration)
    if store == nil { try Startup.usage { try paths.createDirectories() } }
    try await Startup.usage { [configuration] in
      let storage = try await storage(at: store ?? paths.godotDatabaseFile, configuration.logger)
      let (stops, stop) = AsyncStream.makeStream(of: Void.self)
      let watch = Interruption.watch { stop.yield() }
      defer { watch.cancel() }
      let server = try await GodotServer.start(configuration, storage: storage)
      for await _ in stops { break }
      await server.shutdown(within: .seconds(10))
      await storage.close()
    }
  }

  /// As many clients as there are descriptors for; further ones are told to come later.
  private func limitConnections(_ configuration: inout GodotServerConfiguration) {
    let descriptors = Descriptors.raiseLimit()
    let room = max(8, descriptors - Descriptors.reserve)
    guard room < configuration.limits.connections else { return }
    configuration.limits.connections = room
    configuration.logger.notice(
      "room for few clients; raise the limit of open files (ulimit -n) for more",
      metadata: ["clients": "\(room)", "files": "\(descriptors)"])
  }

  /// Waits for a database that is not there yet, as one that starts at the same time as the server.
  private func storage(at location: String, _ logger: Logger) async throws -> any LogStorage {
    while true {
      do throws(StorageLocationError) {
        return try await StorageLocation.open(location, limits: .init(statement: .seconds(statementTimeout)))
      } catch {
        guard error.mayPass else { throw error }
        logger.warning("waiting for the storage", metadata: ["reason": "\(error)"])
        try await Task.sleep(for: .seconds(2))
      }
    }
  }
}
