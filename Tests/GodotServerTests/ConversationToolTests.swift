import FoundationEssentials
import GodotServer
import JSON
import MCP
import TestSupport
import Testing

@Suite("Conversations on the server") struct ConversationToolTests {
  private static let id = "0f8fad5b-d9cb-469f-a165-70867728950e"

  @Test("A client-chosen id is kept, and beginning again finds the same conversation")
  func begin() async throws {
    let fixture = try await ServerFixture(MemoryLogs())
    let id = Self.id
    let first = try await fixture.call(
      "conversation_begin", ["session_id": "s", "metadata": ["conversation_id": .string(id.uppercased())]])
    #expect(first["conversation_id"]?.string == id)
    #expect(first["session_id"] == "s")
    #expect(try await fixture.call("conversation_begin", ["conversation_id": .string(id)]) == first)
    let other = try await fixture.call("conversation_begin", [:])
    #expect(other["conversation_id"]?.string != id)
    #expect(UUID(uuidString: other["conversation_id"]?.string ?? "") != nil)
    await fixture.stop()
  }

  @Test("A message stored again is a success, with other content a conflict")
  func store() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    func message(_ content: String, turn: JSON = 1) -> JSON {
      [
        "conversation_id": .string(Self.id), "role": "assistant", "content": .string(content), "turn_number": turn,
        "metadata": ["model": "m", "input_tokens": 3, "output_tokens": 5, "timing_ms": 7, "provider": "p"],
      ]
    }
    let unknown = try #require(try await fixture.refusal("conversation_store_message", message("x")))
    #expect(unknown.message == "Conversation with id '\(Self.id)' not found")
    _ = try await fixture.call("conversation_begin", ["conversation_id": .string(Self.id)])
    let first = try await fixture.call("conversation_store_message", message("x"))
    #expect(first["turn_number"] == 1)
    #expect(first["conversation_id"]?.string == Self.id)
    #expect(try await fixture.call("godot_conversation_store_message", message("x")) == first)
    let conflict = try #require(try await fixture.refusal("conversation_store_message", message("y")))
    #expect(
      conflict.message.contains("\"messages_conversation_id_turn_number_key\": turn 1 of conversation \(Self.id)"))
    #expect(conflict.message.hasPrefix("duplicate key value violates unique constraint"))
    #expect(conflict.data == ["code": "turn_taken"])
    #expect(try await fixture.call("conversation_store_message", message("y", turn: nil))["turn_number"] == 2)
    let stored = try #require(storage.now.messages.first)
    #expect(stored.model == "m" && stored.inputTokens == 3 && stored.outputTokens == 5 && stored.timing == 7)
    #expect(stored.metadata["provider"] == "p" && stored.metadata["model"] == "m")
    let role = try #require(
      try await fixture.refusal(
        "conversation_store_message", ["conversation_id": .string(Self.id), "role": "judge", "content": ""]))
    #expect(role.code == JSONRPCError.invalidParams && role.message.contains("role"))
    await fixture.stop()
  }

  @Test("Text that was divided for another server's sake is one text again")
  func overflow() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    _ = try await fixture.call("conversation_begin", ["conversation_id": .string(Self.id)])
    let arguments: JSON = [
      "conversation_id": .string(Self.id), "role": "user", "content": "first ", "turn_number": 1,
      "metadata": ["content_overflow": "second", "files": []],
    ]
    _ = try await fixture.call("conversation_store_message", arguments)
    #expect(storage.now.messages.map(\.content) == ["first second"])
    #expect(storage.now.messages.first?.metadata == ["files": []])
    await fixture.stop()
  }

  private func turn(_ content: String, part: Int? = nil, of parts: Int = 3) -> JSON {
    var metadata: [String: JSON] = ["log_id": "6b29fc40-ca47-1067-b31d-00dd010662da", "status": "done"]
    if let part {
      metadata["part"] = .int(part)
      metadata["parts"] = .int(parts)
    }
    return [
      "conversation_id": .string(Self.id), "turn_number": 4, "role": "assistant", "content": .string(content),
      "model": "m", "input_tokens": 1, "output_tokens": -2, "timing_ms": nil, "metadata": .object(metadata),
    ]
  }

  private func log(_ fixture: ServerFixture, _ data: JSON) async throws {
    _ = try await fixture.call(
      "logger_log", ["component": "fiedler-conversations", "level": "INFO", "message": "turn", "data": data])
  }

  @Test("A log record that tells of a turn is also a message of its conversation")
  func logTurn() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    try await log(fixture, turn("the answer"))
    let message = try #require(storage.now.messages.first)
    #expect(message.content == "the answer" && message.turnNumber == 4 && message.role == "assistant")
    #expect(message.model == "m" && message.inputTokens == 1 && message.outputTokens == nil && message.timing == nil)
    #expect(message.metadata["status"] == "done")
    #expect(storage.now.logs.map(\.id.uuidString) == ["6B29FC40-CA47-1067-B31D-00DD010662DA"])
    await fixture.stop()
  }

  @Test("Parts in any order, as records or with the first as a message, become one turn")
  func parts() async throws {
    for firstAsMessage in [false, true] {
      let storage = MemoryLogs()
      let fixture = try await ServerFixture(storage)
      try await log(fixture, turn("c", part: 3))
      try await log(fixture, turn("b", part: 2))
      try await log(fixture, turn("b", part: 2))
      #expect(storage.now.messages.isEmpty)
      if firstAsMessage {
        let stored = try await fixture.call("conversation_store_message", turn("a", part: 1))
        #expect(stored["turn_number"] == 4)
      } else {
        try await log(fixture, turn("a", part: 1))
      }
      #expect(storage.now.messages.map(\.content) == ["abc"])
      #expect(storage.now.messages.first?.metadata["parts"] == nil)
      // Each part is a record of its own, known again when it is resent.
      #expect(Set(storage.now.logs.map(\.id)).count == 3)
      await fixture.stop()
    }
  }

  @Test(
    "A record that only looks like a turn stays a log record",
    arguments: [
      ["turn_number": 0], ["turn_number": "1"], ["role": "judge"], ["content": nil], ["conversation_id": "x"],
      ["metadata": ["part": 4, "parts": 3]], ["metadata": ["part": 1]],
    ] as [JSON])
  func noTurn(change: JSON) async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    let data = (turn("x").object ?? [:]).merging(change.object ?? [:]) { $1 }
    try await log(fixture, .object(data))
    #expect(storage.now.messages.isEmpty)
    #expect(storage.now.logs.count == 1)
    await fixture.stop()
  }

  @Test("Many messages at once, in each shape they come in")
  func bulk() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    let messages: JSON = [
      ["role": "user", "content": "plain", "metadata": ["k": 1]],
      [
        "type": "assistant",
        "message": ["role": "assistant", "content": [["type": "text"]], "model": "m", "usage": ["output_tokens": 9]],
      ],
      ["type": "summary", "summary": "s"],
    ]
    let answer = try await fixture.call("conversation_store_messages_bulk", ["messages": messages, "session_id": "s"])
    #expect(answer["messages_stored"] == 3 && answer["status"] == "success")
    let stored = storage.now.messages
    #expect(stored.map(\.role) == ["user", "assistant", "system"])
    #expect(stored.map(\.content) == ["plain", #"[{"type":"text"}]"#, #"{"summary":"s","type":"summary"}"#])
    #expect(stored.map(\.turnNumber) == [1, 2, 3])
    #expect(stored[1].model == "m" && stored[1].outputTokens == 9)
    #expect(storage.now.conversations.first?.sessionID == "s")

    let file = try #require(
      try await fixture.refusal("conversation_store_messages_bulk", ["messages_file": "/etc/passwd"]))
    #expect(file.message.contains("messages_file") && !file.message.contains("passwd"))
    let many = JSON.array(Array(repeating: ["role": "user", "content": ""], count: 10_001))
    #expect(try await fixture.refusal("conversation_store_messages_bulk", ["messages": many]) != nil)
    let unknown = try #require(
      try await fixture.refusal(
        "conversation_store_messages_bulk",
        [
          "messages": [["role": "user", "content": ""]], "conversation_id": "6b29fc40-ca47-1067-b31d-00dd010662da",
        ]))
    #expect(unknown.message.contains("not found"))
    await fixture.stop()
  }

  @Test("A conversation is read in portions that stay under what a client takes")
  func get() async throws {
    let fixture = try await ServerFixture(MemoryLogs())
    _ = try await fixture.call("conversation_begin", ["conversation_id": .string(Self.id), "session_id": "s"])
    for turn in 1...7 {
      let content = String(repeating: "\(turn)", count: turn <= 3 ? 3 << 20 : 10)
      _ = try await fixture.call(
        "conversation_store_message",
        ["conversation_id": .string(Self.id), "role": "user", "content": .string(content), "turn_number": .int(turn)])
    }
    var turns: [Int] = []
    var answers = 0
    var more = true
    while more {
      let page = try await fixture.call(
        "conversation_get", ["conversation_id": .string(Self.id), "after_turn": .int(turns.last ?? 0), "limit": 5])
      #expect(page["conversation"]?["session_id"] == "s")
      turns += (page["messages"]?.array ?? []).compactMap { $0["turn_number"]?.int }
      answers += 1
      more = page["more"] == true
    }
    #expect(turns == Array(1...7))
    #expect(answers == 2)
    let all = try await fixture.call("conversation_get", ["conversation_id": .string(Self.id), "after_turn": 5])
    #expect(all["messages"]?.array?.count == 2 && all["more"] == false)
    let unknown = try #require(
      try await fixture.refusal("conversation_get", ["conversation_id": .string(UUID().uuidString)]))
    #expect(unknown.message.contains("not found"))
    let list = try await fixture.call("conversation_list", ["session_id": "s"])
    #expect(list.array?.map { $0["conversation_id"]?.string } == [Self.id])
    let hits = try await fixture.call("conversation_search", ["query": "7777777777"])
    #expect(hits.array?.map { $0["turn_number"] } == [7])
    await fixture.stop()
  }

  @Test("A turn stored with its trace is found among that trace's records, without its text, and once")
  func traced() async throws {
    let fixture = try await ServerFixture(MemoryLogs())
    _ = try await fixture.call("conversation_begin", ["conversation_id": .string(Self.id)])
    let trace = "0b7c6a1e-5f6d-4a53-8f0e-0d5f5f6a7b8c"
    for _ in 0..<2 {
      _ = try await fixture.call(
        "conversation_store_message",
        [
          "conversation_id": .string(Self.id), "role": "assistant", "content": "only here", "turn_number": 2,
          "metadata": [
            "trace_id": .string(trace), "log_id": "1b7c6a1e-5f6d-4a53-8f0e-0d5f5f6a7b8c", "status": "partial",
          ],
        ])
    }
    let records = try #require(try await fixture.call("logger_query", ["trace_id": .string(trace)]).array)
    #expect(records.count == 1)
    #expect(records.first?["level"] == "WARN" && records.first?["component"] == "fiedler-conversations")
    #expect(records.first?["data"]?["turn_number"] == 2)
    #expect(records.first?["data"]?.text.contains("only here") == false)
    await fixture.stop()
  }
}
