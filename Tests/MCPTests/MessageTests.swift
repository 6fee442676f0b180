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

  @Test("A token is never printed")
  func secrets() throws {
    let token = BearerToken("sesame-open")
    var dumped = ""
    dump(token, to: &dumped)
    #expect(!"\(token) \(String(reflecting: token)) \(dumped)".contains("sesame"))
  }
}
