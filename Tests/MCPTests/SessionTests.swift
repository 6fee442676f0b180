import Basics
import JSON
import MCP
import NIOCore
import NIOWebSocket
import Synchronization
import TestSupport
import Testing

@Suite struct SessionTests {
  private func open(
    _ url: String, deadline: Duration = .seconds(60), onEvent: @escaping @Sendable (MCPEvent) -> Void = { _ in }
  ) async throws -> MCPSession {
    let connection = try await WebSocketConnection.connect(
      to: WebSocketAddress(url, defaultPort: 9060), deadline: deadline)
    return try await .open(
      connection, client: .init(name: "test", version: "1"), deadline: deadline, onEvent: onEvent)
  }

  @Test("Every dialect completes the handshake and lists its tools", arguments: ScriptedGodot.Dialect.allCases)
  func handshake(dialect: ScriptedGodot.Dialect) async throws {
    let godot = ScriptedGodot(dialect)
    try await godot.start()
    let session = try await open(godot.url)
    let names = session.tools.map(\.name)
    #expect(names.contains(dialect == .c ? "godot_logger_log" : "logger_log"))
    #expect(names.count == (dialect == .a ? 1 : 7))
    session.close()
    try await godot.stop()
  }

  @Test("Each request gets its own answer, and an error is an error")
  func requests() async throws {
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let session = try await open(godot.url)
    async let first = session.call("godot_conversation_begin", ["session_id": "one"])
    async let second = session.call("godot_conversation_begin", ["session_id": "two"])
    let (one, two) = try await (first, second)
    #expect(one.json?["session_id"] == "one")
    #expect(two.json?["session_id"] == "two")
    let error = await #expect(throws: MCPSession.RequestError.self) { try await session.call("nothing", [:]) }
    #expect(error == .refused(JSONRPCError(code: -32601, message: "Unknown tool: nothing", data: .null)))
    session.close()
    try await godot.stop()
  }

  @Test("Answers whose ids, codes and counts are any number are passed over, and the right one is taken")
  func hostileNumbers() async throws {
    let numbers = HostileNumbers.texts + ["\"9223372036854775807\"", "-0", "00"]
    let answers =
      numbers.flatMap { number in
        [
          // The first two requests have the ids 1 and 2.
          #"{"jsonrpc":"2.0","id":\#(number == "1" ? "3" : number),"result":{"tools":[{"name":"wrong"}]}}"#,
          #"{"jsonrpc":"2.0","id":77,"error":{"code":\#(number),"message":"no","data":\#(number)}}"#,
          #"{"jsonrpc":"2.0","id":\#(number),"method":"ping","params":{"progress":\#(number)}}"#,
          #"{"jsonrpc":\#(number),"method":"notifications/progress","params":{"progress":\#(number),"total":\#(number)}}"#,
        ]
      } + [
        #"{"jsonrpc":"2.0","id":1,"result":{"serverInfo":{"name":"s","version":9e99},"protocolVersion":-1}}"#,
        #"{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"right","inputSchema":{"maxLength":-9223372036854775808}}]}}"#,
      ]
    let server = try await FrameServer(
      answering: answers.map { WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: $0)) })
    let session = try await open("ws://127.0.0.1:\(server.port)")
    #expect(session.tools.map(\.name) == ["right"])
    session.abort()
    try await server.stop()
  }

  @Test("Answers with an unknown id, an id of null, no id or no sense are ignored")
  func strayAnswers() async throws {
    // The same answers come for initialize, the notification and tools/list.
    let answers = [
      #"{"jsonrpc":"2.0","id":null,"error":{"code":-32601,"message":"Method not found"}}"#,
      #"{"jsonrpc":"2.0","id":77,"result":{"tools":[{"name":"wrong"}]}}"#, "not json", "[]",
      #"{"jsonrpc":"2.0","method":"notifications/progress"}"#,
      #"{"jsonrpc":"2.0","id":1,"result":{"serverInfo":{"name":"s"}}}"#,
      #"{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"right"}]}}"#,
    ]
    let server = try await FrameServer(
      answering: answers.map { WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: $0)) })
    let session = try await open("ws://127.0.0.1:\(server.port)")
    #expect(session.tools.map(\.name) == ["right"])
    #expect(session.server["name"] == "s")
    session.abort()
    try await server.stop()
  }

  @Test("A request open when the connection ends fails instead of waiting for ever")
  func lost() async throws {
    let godot = ScriptedGodot(.c)
    try await godot.start()
    godot.change { $0.dropAfterCall = 1 }
    let session = try await open(godot.url)
    await #expect(throws: MCPSession.RequestError.connection(.lost)) {
      try await session.call("godot_conversation_begin", [:])
    }
    await #expect(throws: MCPSession.RequestError.connection(.lost)) {
      try await session.call("godot_conversation_begin", [:])
    }
    #expect(session.ending == .lost)
    try await godot.stop()
  }

  @Test("A server that upgrades and then freezes is given up at the deadline")
  func frozen() async throws {
    let server = try await FrameServer(answering: [])
    await #expect(throws: ConnectionError.timedOut) {
      try await open("ws://127.0.0.1:\(server.port)", deadline: .milliseconds(200))
    }
    try await server.stop()
  }

  @Test("A ping is answered by a pong event, and posts by reply events in order")
  func events() async throws {
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let (stream, continuation) = AsyncStream.makeStream(of: MCPEvent.self)
    let session = try await open(godot.url) { continuation.yield($0) }
    session.ping()
    for id in [1000, 1001] {
      session.post(id: id, frame: MCP.call(id: id, tool: "godot_logger_query", arguments: [:]).json.bytes)
    }
    var seen: [String] = []
    for await event in stream {
      switch event {
      case .pong: seen.append("pong")
      case .replies(let replies):
        for reply in replies {
          if case .success = reply.result { seen.append("\(reply.id)") } else { seen.append("failed \(reply.id)") }
        }
      case .closed: continuation.finish()
      }
      if seen.count == 3 { session.close() }
    }
    #expect(Set(seen) == ["pong", "1000", "1001"])
    #expect(seen.filter { $0 != "pong" } == ["1000", "1001"])
    try await godot.stop()
  }
}
