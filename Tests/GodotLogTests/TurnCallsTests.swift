import Conversations
import Foundation
import JSON
import Testing

@testable import GodotLog

@Suite struct TurnCallsTests {
  private let answer = TurnRecord(
    logID: conversation(90), conversationID: conversation(1), turnNumber: 2, role: .assistant, content: "Grüße",
    model: ModelReference(provider: "together", name: "deepseek-ai/DeepSeek-R1"), inputTokens: 10, outputTokens: 20,
    timingMilliseconds: 1500, traceID: conversation(80), status: .partial, error: "the stream broke off",
    ttftMilliseconds: 300, promptTurn: 1, files: ["/home/me/secret/sender.swift", #"C:\work\a.txt"#],
    createdAt: Date(timeIntervalSince1970: 0))

  @Test("An answer becomes a log record with exactly the agreed fields, and file names without folders")
  func logRecord() throws {
    let calls = try answer.logCalls(tool: "logger_log", limits: SizeLimits())
    #expect(calls.count == 1)
    #expect(
      calls[0].arguments == [
        "component": "fiedler-conversations", "level": "WARN",
        "message": "Conversation 00000000-0000-4000-8000-000000000001 turn 2 (assistant)",
        "trace_id": "00000000-0000-4000-8000-000000000080",
        "data": [
          "conversation_id": "00000000-0000-4000-8000-000000000001", "turn_number": 2, "role": "assistant",
          "content": "Grüße", "model": "deepseek-ai/DeepSeek-R1", "input_tokens": 10, "output_tokens": 20,
          "timing_ms": 1500,
          "metadata": [
            "files": ["sender.swift", "a.txt"], "status": "partial", "error": "the stream broke off",
            "provider": "together", "ttft_ms": 300, "prompt_turn": 1, "log_id": "00000000-0000-4000-8000-000000000090",
          ],
        ],
      ])
  }

  @Test("A prompt names its models, and is INFO")
  func prompt() throws {
    var prompt = turn(1, of: conversation(1))
    prompt.models = [ModelReference(provider: "demo", name: "a"), ModelReference(provider: "demo", name: "b")]
    let arguments = try prompt.logCalls(tool: "logger_log", limits: SizeLimits())[0].arguments
    #expect(arguments["level"] == "INFO")
    #expect(arguments["data"]?["metadata"]?["models"] == ["a", "b"])
    #expect(arguments["data"]?["model"] == .null)
  }

  @Test("What a model was asked to heed is metadata, and comes back from the outbox")
  func options() throws {
    var asked = answer
    asked.options.temperature = 0.5
    asked.options.maxTokens = 9
    let kept = try TurnRecord(payload: JSON(Redactor().redact(asked.payload).text))
    #expect(kept.options == asked.options)
    let arguments = try kept.logCalls(tool: "logger_log", limits: SizeLimits())[0].arguments
    #expect(arguments["data"]?["metadata"]?["options"] == ["temperature": 0.5, "max_tokens": 9])
  }

  @Test(
    "The level tells how an answer ended",
    arguments: [
      (ReplyState.success, "INFO"), (.cancelled, "WARN"), (.partial, "WARN"), (.interrupted, "WARN"),
      (.failed, "ERROR"),
    ])
  func level(status: ReplyState, level: String) throws {
    var turn = answer
    turn.status = status
    #expect(try turn.logCalls(tool: "t", limits: SizeLimits())[0].arguments["level"]?.string == level)
  }

  @Test("With conversation tools, what has no argument of its own is metadata")
  func store() throws {
    let calls = try answer.storeCalls(tool: "s", logTool: "l", conversation: "server-id", limits: SizeLimits())
    #expect(
      calls.map(\.arguments) == [
        [
          "conversation_id": "server-id", "role": "assistant", "content": "Grüße", "turn_number": 2,
          "metadata": [
            "files": ["sender.swift", "a.txt"], "status": "partial", "error": "the stream broke off",
            "provider": "together", "ttft_ms": 300, "prompt_turn": 1, "log_id": "00000000-0000-4000-8000-000000000090",
            "trace_id": "00000000-0000-4000-8000-000000000080", "model": "deepseek-ai/DeepSeek-R1", "input_tokens": 10,
            "output_tokens": 20, "timing_ms": 1500,
          ],
        ]
      ])
  }

  @Test("U+0000 in any text, which would destroy a server's whole batch, becomes U+FFFD")
  func poison() throws {
    var turn = answer
    turn.content = "a\0b"
    turn.error = "\0"
    turn.files = ["x\0y"]
    turn.model = ModelReference(provider: "p\0", name: "m\0")
    let calls =
      try turn.logCalls(tool: "t", limits: SizeLimits())
      + turn.storeCalls(tool: "s", logTool: nil, conversation: "c", limits: SizeLimits())
    for call in calls {
      #expect(!call.arguments.text.contains(#"\u0000"#))
      #expect(call.arguments.text.contains("a\u{FFFD}b"))
    }
  }

  @Test("A log record over the frame limit is split into numbered parts that join to the same text")
  func parts() throws {
    let text = String(repeating: "日本 \"quoted\"\n\u{1}é😀", count: 3000)
    var turn = answer
    turn.content = text
    let limits = SizeLimits(frame: 16 << 10)
    let calls = try turn.logCalls(tool: "logger_log", limits: limits)
    #expect(calls.count > 4)
    #expect(calls.allSatisfy { $0.frame(id: 5).count <= 16 << 10 })
    #expect(calls.compactMap { $0.arguments["data"]?["content"]?.string }.joined() == text)
    let metadata = calls.compactMap { $0.arguments["data"]?["metadata"] }
    #expect(metadata.compactMap { $0["part"]?.int } == Array(1...calls.count))
    #expect(metadata.allSatisfy { $0["parts"]?.int == calls.count })
  }

  @Test("A record whose metadata alone passes the limit cannot be sent, instead of being split for ever")
  func tooLarge() {
    var turn = answer
    turn.error = String(repeating: "e", count: 5000)
    turn.content = String(repeating: "c", count: 5000)
    #expect(throws: TooLarge.self) { try turn.logCalls(tool: "t", limits: SizeLimits(frame: 5000)) }
    #expect(throws: TooLarge.self) {
      try turn.storeCalls(tool: "t", logTool: nil, conversation: "c", limits: SizeLimits(frame: 8000))
    }
  }

  @Test("Text beyond what a server can index goes into metadata, one message under its one turn number")
  func overflow() throws {
    let text = String(repeating: "wörd ", count: 200_000)
    var turn = answer
    turn.content = text
    let calls = try turn.storeCalls(tool: "s", logTool: nil, conversation: "c", limits: SizeLimits())
    #expect(calls.count == 1)
    let head = try #require(calls[0].arguments["content"]?.string)
    let rest = try #require(calls[0].arguments["metadata"]?["content_overflow"]?.string)
    #expect(head.utf8.count <= 700_000 && head.utf8.count > 699_990)
    #expect(head + rest == text)
  }

  @Test("A turn over a server's frame limit is one message; the rest goes before it as log records")
  func storeParts() throws {
    let text = String(repeating: "0123456789", count: 3000)
    var turn = answer
    turn.content = text
    let calls = try turn.storeCalls(
      tool: "s", logTool: "l", conversation: "c", limits: SizeLimits(frame: 10_000, indexedText: 2000))
    #expect(calls.allSatisfy { $0.frame(id: 1).count <= 10_000 })
    #expect(calls.map(\.tool) == Array(repeating: "l", count: calls.count - 1) + ["s"])
    let stored = try #require(calls.last?.arguments)
    let first = (stored["content"]?.string ?? "") + (stored["metadata"]?["content_overflow"]?.string ?? "")
    let rest = calls.dropLast().compactMap { $0.arguments["data"]?["content"]?.string }.joined()
    #expect(first + rest == text)
    #expect(stored["metadata"]?["part"] == 1)
    #expect(stored["turn_number"] == 2)
  }

  @Test("The stored form gives the record back, file names without folders")
  func payload() throws {
    var expected = answer
    expected.files = ["sender.swift", "a.txt"]
    #expect(try TurnRecord(payload: JSON(bytes: answer.payload.bytes)) == expected)
  }

  @Test("A turn as this program writes it is read the same without making values of it")
  func sound() throws {
    for turn in [answer, turn(1, of: conversation(1))] {
      var turn = turn
      turn.content = "Grüße \"quoted\"\n\u{1F469}\u{200D}\u{1F469} \\ \t\u{1}"
      turn.models = [ModelReference(provider: "demo", name: "a"), ModelReference(provider: "demo", name: "b\"")]
      let payload = turn.payload.bytes
      #expect(try TurnRecord(sound: payload) == TurnRecord(payload: JSON(bytes: payload)))
      #expect(TurnRecord(sound: payload) != nil)
    }
  }

  @Test("A turn that is anything else is left to be read and mended as JSON")
  func unsound() throws {
    func read(_ change: (inout [String: JSON]) -> Void) -> TurnRecord? {
      var members = answer.payload.object ?? [:]
      change(&members)
      return TurnRecord(sound: JSON.object(members).bytes)
    }
    #expect(read { $0["more"] = 1 } != nil)
    for name in ["version", "log_id", "conversation_id", "turn_number", "role", "content", "trace_id", "created_at_ms"]
    {
      #expect(read { $0[name] = nil } == nil)
      #expect(read { $0[name] = .null } == nil)
      #expect(read { $0[name] = [1] } == nil)
    }
    #expect(read { $0["version"] = 2 } == nil)
    #expect(read { $0["role"] = "nobody" } == nil)
    #expect(read { $0["content"] = "a\0b" } == nil)
    #expect(read { $0["turn_number"] = -1 } == nil)
    #expect(read { $0["turn_number"] = 1.5 } == nil)
    #expect(read { $0["model"] = ["provider": "p"] } == nil)
    #expect(read { $0["models"] = [["name": "n"]] } == nil)
    #expect(read { $0["models"] = [["name": "n", "provider": "p", "more": 1]] } == nil)
    #expect(read { $0["files"] = [1] } == nil)
    #expect(read { $0["options"] = ["temperature": 0.5] } == nil)
    #expect(TurnRecord(sound: answer.payload.bytes + [0x31]) == nil)
    #expect(TurnRecord(sound: Array(answer.payload.bytes.dropLast())) == nil)
    #expect(TurnRecord(sound: Array(answer.payload.text.replacing("log_id", with: "log\\u005fid").utf8)) == nil)
    #expect(TurnRecord(sound: []) == nil)
  }

  @Test("A call that stores a turn is written as JSON is")
  func storeText() throws {
    let turns = [answer, turn(1, of: conversation(1))].map { turn in
      var turn = turn
      turn.content = "a\0b \"c\""
      turn.error = "\0"
      return turn
    }
    for turn in turns {
      for limits in [SizeLimits(), SizeLimits(indexedText: 3)] {
        let call = turn.storeCall(tool: "s", conversation: "id\"", content: turn.content, part: (1, 2), limits: limits)
        #expect(call.body == JSON.object(call.arguments.object ?? [:]).bytes)
        #expect(call.arguments == call.arguments.repaired)
      }
    }
  }
}
