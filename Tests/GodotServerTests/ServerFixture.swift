import Basics
import FoundationEssentials
import GodotServer
import JSON
import Logging
import MCP
import Synchronization
import TestSupport

/// A log server on a port of its own, and one MCP client.
final class ServerFixture: Sendable {
  let server: GodotServer
  let session: MCPSession

  init(
    _ storage: any LogStorage, limits: ServerLimits = .init(), keepsLogs: Duration? = nil,
    logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
  ) async throws {
    var configuration = GodotServerConfiguration(listener: .init(port: 0), keepsLogs: keepsLogs, logger: logger)
    configuration.limits = limits
    server = try await GodotServer.start(configuration, storage: storage)
    session = try await Self.open(server)
  }

  /// - Parameter isPlain: whether the client asks for plain answers, as Fiedler does.
  static func open(
    _ server: GodotServer, isPlain: Bool = true, onEvent: @escaping @Sendable (MCPEvent) -> Void = { _ in }
  ) async throws -> MCPSession {
    let address = try WebSocketAddress("ws://127.0.0.1:\(server.port ?? 0)", defaultPort: 9060)
    let connection = try await WebSocketConnection.connect(to: address, deadline: .seconds(60))
    return try await MCPSession.open(
      connection, client: .init(name: "test", version: "1"),
      capabilities: isPlain ? ["experimental": ["fiedler.godot": ["plainAnswers": true]]] : [:], deadline: .seconds(60),
      onEvent: onEvent)
  }

  /// A tool's JSON.
  func call(_ tool: String, _ arguments: JSON) async throws -> JSON {
    try await session.call(tool, arguments).json ?? .null
  }

  /// The error's code and message.
  func refusal(_ tool: String, _ arguments: JSON) async throws -> JSONRPCError? {
    do {
      _ = try await session.call(tool, arguments)
      return nil
    } catch MCPSession.RequestError.refused(let error) {
      return error
    }
  }

  func raw() async throws -> RawClient {
    let client = try await RawClient.connect(port: server.port ?? 0)
    try await client.upgrade()
    return client
  }

  func stop() async {
    session.close()
    await server.shutdown(within: .seconds(10))
  }
}

/// Keeps what is logged, in one line each.
struct LineLog: LogHandler {
  final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }

  let lines: Lines
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  static func logger(_ lines: Lines) -> Logger { Logger(label: "test") { _ in LineLog(lines: lines) } }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let details = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
    lines.add("\(event.level) \(event.message) \(details)")
  }
}
