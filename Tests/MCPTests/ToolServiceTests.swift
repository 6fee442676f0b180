import Glibc
import JSON
import TestSupport
import Testing

@testable import MCP

@Suite("Tools over WebSocket and lines") struct ToolServiceTests {
  private struct Tools: ToolProvider {
    let gate = Gate()
    let tools = [OfferedTool(name: "wait", title: "", description: "", input: ["type": "object"])]

    func call(
      _ tool: String, _ arguments: JSON, progress: @escaping @Sendable (ToolProgress) -> Void
    ) async throws(JSONRPCError) -> ToolOutcome {
      progress(ToolProgress(done: 0.5, total: 1, message: "half"))
      await gate.wait()
      return ToolOutcome(["stopped": .bool(Task.isCancelled)])
    }
  }

  @Test("Over WebSocket a later request is answered while a call runs; who leaves has the call stopped")
  func webSocket() async throws {
    let tools = Tools()
    let service = ToolService(tools, server: .init(name: "test", version: "1"), instructions: "")
    let server = try await WebSocketServer.start(WebSocketListener(port: 0), service: service)
    let client = try await RawClient.connect(port: try #require(server.port))
    try await client.upgrade()
    client.sendFrame(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}}"#)
    try await eventually("it runs") { tools.gate.arrivals == 1 }
    client.sendFrame(#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#)
    try await eventually("an answer") { client.messages.count == 1 }
    #expect(try JSON(client.messages[0])["id"] == 2)
    client.close()
    try await eventually("the connection is gone") { server.connections == 0 }
    await service.end()
    await server.shutdown(within: .seconds(2))
  }

  @Test("Lines are taken whole however they are cut, with or without a carriage return, the last without an end too")
  func lines() throws {
    let text = "{\"a\":1}\r\n\n   \n" + String(repeating: "x", count: 100_000) + "\nlast"
    let directory = try TemporaryDirectory()
    let path = try directory.write("lines", text)
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    var lines: [String] = []
    StandardStreams.readLines(from: descriptor) { lines.append(String(decoding: $0, as: UTF8.self)) }
    #expect(lines.map(\.utf8.count) == [7, 100_000, 4])
    #expect(lines.first == "{\"a\":1}" && lines.last == "last")
  }
}
