import JSON
import MCP
import Testing

@Suite struct MessageTests {
  @Test(
    "A message survives being written and read",
    arguments: [
      JSONRPCMessage.request(id: .int(7), method: "tools/list", params: [:]),
      .request(id: .string("x"), method: "ping", params: nil),
      .notification(method: "notifications/initialized", params: nil),
      .response(id: .int(1), result: ["a": [1, 2.5, nil]]),
      .failure(id: nil, error: JSONRPCError(code: -32601, message: "Method not found")),
      .failure(id: .int(3), error: JSONRPCError(code: -32603, message: "no", data: "Traceback")),
    ])
  func roundTrip(message: JSONRPCMessage) throws {
    #expect(try JSONRPCMessage(bytes: message.json.bytes) == message)
  }

  @Test(
    "What is no JSON-RPC message is refused",
    arguments: ["[]", "3", "{}", #"{"id":1}"#, #"{"result":{}}"#, "{"])
  func malformed(text: String) {
    #expect(throws: (any Error).self) { try JSONRPCMessage(bytes: Array(text.utf8)) }
  }

  @Test("A tool's answer is its text parts, and isError is read")
  func toolResult() {
    let result = MCP.ToolResult([
      "content": [["type": "text", "text": "{\"a\":"], ["type": "image"], ["type": "text", "text": "1}"]],
      "isError": true,
    ])
    #expect(result.isError)
    #expect(result.json == ["a": 1])
  }

  @Test(
    "A URL is taken apart",
    arguments: [
      ("ws://localhost", false, "localhost", 9060, "/"),
      ("WSS://Logs.Example:443/a/b?c=d#e", true, "logs.example", 443, "/a/b?c=d"),
      ("ws://[::1]:80?x", false, "::1", 80, "/?x"),
      ("ws://[::1]", false, "::1", 9060, "/"),
    ])
  func address(url: String, isSecure: Bool, host: String, port: Int, target: String) throws {
    let address = try WebSocketAddress(url, defaultPort: 9060)
    #expect(address.isSecure == isSecure && address.host == host && address.port == port && address.target == target)
  }

  @Test(
    "A wrong URL is refused",
    arguments: [
      "http://x", "localhost:9060", "ws://", "ws://h:0", "ws://h:99999", "ws://u:p@h", "ws://::1", "ws://[::1",
      "ws://a b",
      "ws://h\r\nX: y",
    ])
  func wrongAddress(url: String) {
    #expect(throws: ConnectionError.self) { try WebSocketAddress(url, defaultPort: 9060) }
  }

  @Test("Neither a token nor a URL's query is ever printed")
  func secrets() throws {
    let token = BearerToken("sesame-open")
    var dumped = ""
    dump(token, to: &dumped)
    #expect(!"\(token) \(String(reflecting: token)) \(dumped)".contains("sesame"))
    let address = try WebSocketAddress("ws://h/p?token=sesame", defaultPort: 1)
    #expect(address.description == "ws://h:1/p")
  }
}
