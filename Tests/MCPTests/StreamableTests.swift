import JSON
import Synchronization
import TestSupport
import Testing

@testable import MCP

@Suite("Tools over streamable HTTP") struct StreamableTests {
  /// `wait` ends when its gate opens or it is cancelled.
  private final class Tools: ToolProvider {
    let gate = Gate()
    let ended = Mutex<[Bool]>([])
    let tools = [OfferedTool(name: "wait", title: "", description: "", input: ["type": "object"])]

    func call(
      _ tool: String, _ arguments: JSON, progress: @escaping @Sendable (ToolProgress) -> Void
    ) async throws(JSONRPCError) -> ToolOutcome {
      progress(ToolProgress(done: 0.5, total: 1, message: "half"))
      await gate.wait()
      ended.withLock { $0.append(Task.isCancelled) }
      return ToolOutcome(["stopped": .bool(Task.isCancelled)])
    }
  }

  private static let hello =
    #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}}"#
  private static let call =
    #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait","_meta":{"progressToken":"mine"}}}"#

  private let tools = Tools()
  private let sessions: StreamableSessions

  init() { sessions = StreamableSessions(tools, server: .init(name: "test", version: "1"), instructions: "") }

  private func start(token: String? = nil) async throws -> WebSocketServer {
    var limits = ServerLimits()
    limits.message = 100_000
    let service = ToolService(tools, server: .init(name: "test", version: "1"), instructions: "")
    let token = token.map { BearerToken($0) }
    return try await WebSocketServer.start(
      WebSocketListener(port: 0, token: token), limits: limits, service: service, streamable: sessions,
      metrics: { "held=\($0.heldBytes);" })
  }

  private func end(_ server: WebSocketServer) async throws {
    await sessions.end()
    await server.shutdown(within: .seconds(2))
  }

  private static func request(
    _ method: String = "POST", _ body: String = "", session: String? = nil, path: String = "/mcp",
    _ headers: [String] = [], length: Int? = nil
  ) -> String {
    var lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1"] + headers
    if let session { lines.append("Mcp-Session-Id: \(session)") }
    func lacks(_ name: String) -> Bool { !headers.contains { $0.hasPrefix(name) } }
    if lacks("Accept") { lines.append("Accept: application/json, text/event-stream") }
    if method == "POST", lacks("Content-Type") { lines.append("Content-Type: application/json") }
    if lacks("Transfer-Encoding"), method != "GET" { lines.append("Content-Length: \(length ?? body.utf8.count)") }
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  /// Asks on a connection of its own and returns all that comes until `sign` does.
  private func ask(_ server: WebSocketServer, _ request: String, until sign: String = "}") async throws -> String {
    let client = try await RawClient.connect(port: try #require(server.port))
    defer { client.close() }
    client.send(request)
    try await eventually("\(sign) in \(client.text)") { client.text.contains(sign) || client.isClosed }
    return client.text
  }

  /// Begins a session.
  private func begin(_ server: WebSocketServer) async throws -> String {
    let answer = try await ask(server, Self.request("POST", Self.hello), until: "serverInfo")
    let line = answer.split(separator: "\r\n").first { $0.lowercased().hasPrefix("mcp-session-id: ") }
    return String(try #require(line).dropFirst("mcp-session-id: ".count))
  }

  @Test("A session begins with initialize, answers at once what can be, and takes notifications, on one connection")
  func session() async throws {
    let server = try await start()
    let session = try await begin(server)
    #expect(session.count == 32 && session.allSatisfy(\.isHexDigit))
    let client = try await RawClient.connect(port: try #require(server.port))
    client.send(Self.request("POST", #"{"jsonrpc":"2.0","id":5,"method":"tools/list"}"#, session: session))
    try await eventually("the tools") { client.text.contains(#""name":"wait""#) }
    #expect(client.text.hasPrefix("HTTP/1.1 200 OK\r\n") && client.text.contains("application/json"))
    client.send(Self.request("POST", #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, session: session))
    try await eventually("it is taken") { client.text.contains("HTTP/1.1 202 Accepted") }
    client.send(
      Self.request(
        "POST", #"[{"jsonrpc":"2.0","id":6,"method":"ping"},{"jsonrpc":"2.0","id":7,"method":"ping"}]"#,
        session: session, ["MCP-Protocol-Version: 2025-03-26"]))
    try await eventually("an array") { client.text.contains(#"[{"#) && client.text.contains(#""id":7"#) }
    client.send(
      Self.request(
        "POST", #"{"jsonrpc":"2.0","id":8,"method":"ping"}"#, session: session, ["Accept: text/event-stream"]))
    try await eventually("an event") { client.text.contains("data: {\"id\":8,") }
    client.close()
    try await eventually("the connection is gone") { server.connections == 0 }
    #expect(sessions.count == 1)
    try await end(server)
  }

  @Test("A call streams its progress and its answer; other requests do not wait for it")
  func stream() async throws {
    let server = try await start()
    let session = try await begin(server)
    let client = try await RawClient.connect(port: try #require(server.port))
    client.send(Self.request("POST", Self.call, session: session))
    try await eventually("progress") { client.text.contains("event: message\ndata: ") && client.text.contains("half") }
    #expect(client.text.contains("text/event-stream") && client.text.contains(#""progressToken":"mine""#))
    let ping = Self.request("POST", #"{"jsonrpc":"2.0","id":2,"method":"ping"}"#, session: session)
    #expect(try await ask(server, ping, until: #""result":{}"#).contains("200 OK"))
    tools.gate.open()
    try await eventually("the answer and the stream's end") {
      client.text.contains(#""stopped":false"#) && client.text.hasSuffix("\r\n0\r\n\r\n")
    }
    let metrics = try await ask(server, Self.request("GET", path: "/metrics"), until: ";")
    #expect(metrics.hasSuffix("held=0;"))
    try await end(server)
  }

  @Test("A call taken back, however often, is stopped, and its stream ends without an answer")
  func cancelled() async throws {
    let server = try await start()
    let session = try await begin(server)
    let client = try await RawClient.connect(port: try #require(server.port))
    client.send(Self.request("POST", Self.call, session: session))
    try await eventually("it runs") { tools.gate.arrivals == 1 && client.text.contains("half") }
    let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#
    for _ in 0..<2 {
      let answer = try await ask(server, Self.request("POST", cancel, session: session), until: "\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 202"))
    }
    try await eventually("the stream ends") { client.text.hasSuffix("\r\n0\r\n\r\n") }
    #expect(tools.ended.withLock(\.self) == [true] && !client.text.contains("stopped"))
    try await end(server)
  }

  @Test("Who leaves in the middle of a call finds its session again, and the call goes on; the session's end stops it")
  func left() async throws {
    let server = try await start()
    let session = try await begin(server)
    let client = try await RawClient.connect(port: try #require(server.port))
    client.send(Self.request("POST", Self.call, session: session))
    try await eventually("it runs") { tools.gate.arrivals == 1 }
    client.close()
    try await eventually("the connection is gone") { server.connections == 0 }
    #expect(tools.ended.withLock(\.self) == [])
    let half = try await RawClient.connect(port: try #require(server.port))
    half.send(Self.request("POST", #"{"jsonrpc":"#, session: session, length: 99))
    half.close()
    let ping = Self.request("POST", #"{"jsonrpc":"2.0","id":2,"method":"ping"}"#, session: session)
    #expect(try await ask(server, ping, until: #""result":{}"#).contains("200 OK"))
    let ended = try await ask(server, Self.request("DELETE", session: session), until: "\r\n\r\n")
    #expect(ended.hasPrefix("HTTP/1.1 204"))
    try await eventually("it is stopped") { tools.ended.withLock(\.self) == [true] }
    #expect(try await ask(server, ping).hasPrefix("HTTP/1.1 404"))
    try await end(server)
  }

  @Test("One listens at a time; the newest takes over, and the session's end ends it")
  func listening() async throws {
    let server = try await start()
    let session = try await begin(server)
    let first = try await RawClient.connect(port: try #require(server.port))
    first.send(Self.request("GET", session: session))
    try await eventually("it listens") { first.text.contains("text/event-stream") }
    let second = try await RawClient.connect(port: try #require(server.port))
    second.send(Self.request("GET", session: session))
    try await eventually("the first one ends") { first.text.hasSuffix("\r\n0\r\n\r\n") }
    try await eventually("it listens") { second.text.contains("text/event-stream") }
    #expect(!second.text.hasSuffix("\r\n0\r\n\r\n"))
    _ = try await ask(server, Self.request("DELETE", session: session), until: "\r\n\r\n")
    try await eventually("the second one ends, too") { second.text.hasSuffix("\r\n0\r\n\r\n") }
    try await end(server)
  }

  @Test(
    "What is no request of the transport is refused with its status and words, and the next one is answered",
    arguments: [
      ("400", "Mcp-Session-Id is missing", request("POST", #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)),
      ("404", "initialize begins one", request("POST", #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, session: "wrong")),
      ("404", "initialize begins one", request("DELETE", session: "wrong")),
      ("404", "initialize begins one", request("GET", session: "wrong")),
      ("400", "Mcp-Session-Id is missing", request("GET")),
      ("400", "none of 2025-11-25", request("POST", hello, ["MCP-Protocol-Version: 1999-01-01"])),
      ("403", "No web page", request("POST", hello, ["Origin: http://127.0.0.1"])),
      ("405", "takes POST, GET and DELETE", request("PUT", hello)),
      ("406", "Accept must have", request("POST", hello, ["Accept: text/html"])),
      ("406", "Accept must have", request("GET", session: "wrong", ["Accept: application/json"])),
      ("415", "Content-Type must be", request("POST", hello, ["Content-Type: text/plain"])),
      ("413", "at most 100000 bytes", request("POST", "", length: 100_001)),
      (
        "413", "at most 100000 bytes",
        request("POST", "249f0\r\n" + String(repeating: " ", count: 0x249f0), ["Transfer-Encoding: chunked"])
      ),
      ("400", "Parse error", request("POST", "{")), ("400", "An empty batch", request("POST", "[]")),
    ])
  func refused(_ status: String, _ words: String, _ request: String) async throws {
    let server = try await start()
    let answer = try await ask(server, request)
    #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && answer.contains(words), "\(answer)")
    #expect(answer.contains(#""jsonrpc":"2.0""#))
    _ = try await begin(server)
    try await end(server)
  }

  @Test("With a token, only who has it is served; WebSocket goes on at the same path")
  func token() async throws {
    let server = try await start(token: "secret")
    #expect(try await ask(server, Self.request("POST", Self.hello)).hasPrefix("HTTP/1.1 401"))
    let good = Self.request("POST", Self.hello, ["Authorization: Bearer secret"])
    #expect(try await ask(server, good, until: "serverInfo").hasPrefix("HTTP/1.1 200"))
    let client = try await RawClient.connect(port: try #require(server.port))
    client.send(RawClient.handshake(["Authorization: Bearer secret"], target: "/mcp"))
    #expect(try await client.statusLine().hasPrefix("HTTP/1.1 101"))
    try await end(server)
  }

  @Test("Beyond the bound the session unused longest gives way, one in use never; ended, no more begin")
  func bound() async throws {
    let ids = (0..<StreamableSessions.most).compactMap { _ in sessions.begin()?.id }
    #expect(ids.count == StreamableSessions.most && sessions.begin() == nil)
    for id in ids[1...] { sessions.leave(id) }
    #expect(sessions.begin() != nil)
    #expect(sessions.enter(ids[0]) != nil && sessions.enter(ids[1]) == nil && sessions.enter(ids[2]) != nil)
    #expect(sessions.count == StreamableSessions.most)
    await sessions.end()
    #expect(sessions.begin() == nil && sessions.count == 0)
  }
}
