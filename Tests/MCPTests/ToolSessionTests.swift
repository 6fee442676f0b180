import JSON
import Synchronization
import TestSupport
import Testing

@testable import MCP

@Suite("Tools for agents") struct ToolSessionTests {
  /// `echo` answers at once, `wait` when its gate opens or it is cancelled, `fail` refuses.
  private final class Tools: ToolProvider {
    let gate = Gate()
    let cancelled = Mutex(0)

    let tools = ["echo", "wait", "fail"].map { name in
      OfferedTool(
        name: name, title: name, description: "For tests.",
        input: [
          "type": "object",
          "properties": [
            "text": ["type": "string"], "count": ["type": "integer", "minimum": 1, "maximum": 9],
            "names": ["type": "array"],
          ], "required": name == "echo" ? ["text"] : [],
        ])
    }

    func call(
      _ tool: String, _ arguments: JSON, progress: @escaping @Sendable (ToolProgress) -> Void
    ) async throws(JSONRPCError) -> ToolOutcome {
      switch tool {
      case "fail": throw JSONRPCError(code: JSONRPCError.internalError, message: "It failed")
      case "wait":
        progress(ToolProgress(done: 1, total: 2, message: "waits"))
        await gate.wait()
        if Task.isCancelled { cancelled.withLock { $0 += 1 } }
        return ToolOutcome(["waited": true])
      default: return ToolOutcome(["text": arguments["text"] ?? .null])
      }
    }
  }

  private let tools = Tools()
  private let session: ToolSession
  private let sent: Sent

  private final class Sent: Sendable {
    private let messages = Mutex<[JSON]>([])
    func add(_ bytes: [UInt8]) { messages.withLock { $0.append((try? JSON(bytes: bytes)) ?? "no JSON") } }
    var all: [JSON] { messages.withLock(\.self) }
    /// The answer to a request, once it is there.
    func answer(_ id: Int) async throws -> JSON {
      try await eventually("an answer to \(id)") { all.contains { $0["id"]?.int == id } }
      return all.first { $0["id"]?.int == id } ?? .null
    }
  }

  init() {
    let sent = Sent()
    self.sent = sent
    session = ToolSession(
      tools, server: .init(name: "test", version: "1"), instructions: "Use it.", send: { sent.add($0) })
  }

  private func say(_ text: String) { session.receive(Array(text.utf8)) }

  private func call(_ id: Int, _ tool: String, _ arguments: String = "{}", more: String = "") {
    say(
      #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(tool)","arguments":\#(arguments)\#(more)}}"#
    )
  }

  @Test(
    "A client's revision is spoken where it is known, else the newest is offered",
    arguments: [
      ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"),
      ("2025-11-25", "2025-11-25"), ("1999-01-01", "2025-11-25"),
    ])
  func revisions(asked: String, spoken: String) async throws {
    say(#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"\#(asked)","capabilities":{}}}"#)
    let result = try await sent.answer(1)["result"]
    #expect(result?["protocolVersion"]?.string == spoken)
    #expect(result?["serverInfo"]?["name"] == "test" && result?["instructions"] == "Use it.")
    #expect(result?["capabilities"]?["tools"] != nil)
  }

  @Test("Tools are listed with their schemas and what they do to the world") func list() async throws {
    say(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
    let listed = try await sent.answer(1)["result"]?["tools"]?.array ?? []
    #expect(listed.map { $0["name"]?.string } == ["echo", "wait", "fail"])
    #expect(listed[0]["inputSchema"]?["required"] == ["text"])
    #expect(listed[0]["annotations"]?["readOnlyHint"] == false)
  }

  @Test("A call answers with text and with the same as structured content") func content() async throws {
    call(1, "echo", #"{"text":"hello"}"#)
    let result = try await sent.answer(1)["result"]
    #expect(result?["structuredContent"] == ["text": "hello"])
    #expect(result?["content"]?[0]?["text"]?.string == #"{"text":"hello"}"#)
    #expect(result?["isError"] == false)
  }

  @Test("Neither a ping nor another call waits for a call that runs; its progress is told under the client's token")
  func sideBySide() async throws {
    call(1, "wait", more: #","_meta":{"progressToken":"mine"}"#)
    try await eventually("it runs") { tools.gate.arrivals == 1 }
    say(#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#)
    call(3, "echo", #"{"text":"x"}"#)
    _ = try await sent.answer(2)
    _ = try await sent.answer(3)
    #expect(!sent.all.contains { $0["id"]?.int == 1 })
    let progress = try #require(sent.all.first { $0["method"]?.string == "notifications/progress" }?["params"])
    #expect(progress == ["progressToken": "mine", "progress": 1.0, "total": 2.0, "message": "waits"])
    tools.gate.open()
    #expect(try await sent.answer(1)["result"]?["structuredContent"] == ["waited": true])
  }

  @Test("A call taken back is stopped and not answered, however often it is taken back; its id can be used again")
  func cancelled() async throws {
    call(1, "wait")
    try await eventually("it runs") { tools.gate.arrivals == 1 }
    for _ in 0..<2 {
      say(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"enough"}}"#)
    }
    try await eventually("it is stopped") { tools.cancelled.withLock(\.self) == 1 }
    say(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}"#)
    try await eventually("its id is free") {
      call(1, "echo", #"{"text":"again"}"#)
      return sent.all.contains { $0["result"]?["structuredContent"]?["text"] == "again" }
    }
    #expect(!sent.all.contains { $0["result"]?["structuredContent"]?["waited"] != nil })
  }

  @Test("Of two calls with one id the second is refused, and so is one beyond the bound") func bounds() async throws {
    for id in 0..<ToolSession.mostCalls { call(id, "wait") }
    try await eventually("they run") { tools.gate.arrivals == ToolSession.mostCalls }
    call(0, "wait")
    #expect(try await sent.answer(0)["error"]?["message"]?.string?.contains("runs already") == true)
    call(1000, "wait")
    #expect(try await sent.answer(1000)["error"]?["message"]?.string?.contains("At most") == true)
    await session.end()
    #expect(tools.cancelled.withLock(\.self) == ToolSession.mostCalls, "who leaves has all of it stopped")
    call(2000, "echo", #"{"text":"late"}"#)
    #expect(try await sent.answer(2000)["error"]?["message"] == "The server ends")
  }

  @Test(
    "Arguments that a tool does not take are told to the client's model, with what it takes",
    arguments: [
      (#"{"txet":"x"}"#, "echo has no argument txet; it takes count, names, text"), ("{}", "echo: text is missing"),
      (#"{"text":null}"#, "echo: text is missing"), (#"{"text":7}"#, "echo: text is not a string"),
      (#"{"text":"x","count":12}"#, "echo: count is more than 9"),
      (#"{"text":"x","count":1.5}"#, "echo: count is not a whole number"),
      (#"{"text":"x","names":["a",1]}"#, "echo: names is not an array of strings"),
      ("[]", "echo: arguments is not an object"),
    ])
  func arguments(_ arguments: String, _ words: String) async throws {
    call(1, "echo", arguments)
    let result = try await sent.answer(1)["result"]
    #expect(result?["isError"] == true)
    #expect(result?["content"]?[0]?["text"]?.string == words)
  }

  @Test(
    "What is no message of the protocol is refused, and the next one is answered",
    arguments: [
      ("{", -32700), ("[]", -32600), ("7", -32600), (#"{"jsonrpc":"2.0"}"#, -32600),
      (#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600), (#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600),
      (#"{"jsonrpc":"2.0","id":1,"method":"no/such"}"#, -32601),
      (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"none"}}"#, -32602),
      (#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#, -32602),
      (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"fail"}}"#, -32603),
    ])
  func malformed(_ text: String, _ code: Int) async throws {
    say(text)
    try await eventually("it is refused") { sent.all.contains { $0["error"]?["code"]?.int == code } }
    say(#"{"jsonrpc":"2.0","id":5,"method":"ping"}"#)
    #expect(try await sent.answer(5)["result"] == [:])
  }

  @Test("A batch is answered by an array, notifications in it by nothing") func batch() async throws {
    say(
      #"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/initialized"},"#
        + #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo","arguments":{"text":"x"}}}]"#)
    try await eventually("an array") { sent.all.contains { $0.array?.count == 2 } }
    say(#"[{"jsonrpc":"2.0","method":"notifications/initialized"}]"#)
    say(#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#)
    _ = try await sent.answer(3)
    #expect(sent.all.count == 2)
  }
}
