import Conversations
import FoundationEssentials
import GodotServer
import JSON
import MCP
import TestSupport
import Testing

@Suite("Clients written for the log servers in use") struct OtherClientsTests {
  private static let id = "6b29fc40-ca47-1067-b31d-00dd010662da"

  @Test("They read a query's rows in the tool's answer within the tool's answer, data as text, the age as a number")
  func wrapped() async throws {
    let fixture = try await ServerFixture(MemoryLogs())
    let client = try await ServerFixture.open(fixture.server, isPlain: false)
    let log: JSON = ["component": "c", "level": "INFO", "message": "m", "data": ["k": ["v", 1]]]
    for prefix in ["", "godot_"] {
      _ = try await client.call(prefix + "logger_log", log)
      let inner = try #require(try await client.call(prefix + "logger_query", [:]).json)
      let rows = try #require(MCP.ToolResult(inner).json?.array)
      let row = try #require(rows.first)
      #expect(inner["content"]?[0]?["type"] == "text")
      #expect(row["data"] == #"{"k":["v",1]}"#)
      #expect(row["age"]?.double != nil && row["age"]?.string == nil)
      let plain = try #require(try await fixture.call(prefix + "logger_query", [:]).array?.first)
      #expect(plain["data"] == ["k": ["v", 1]] && plain["id"] == row["id"])
    }
    client.close()
    await fixture.stop()
  }

  @Test("Numbers, metadata and ids in every shape that those servers take", arguments: StorageKind.allCases)
  func shapes(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let fixture = try await ServerFixture(storage)
      _ = try await fixture.call(
        "conversation_begin", ["conversation_id": .string(Self.id), "metadata": ["a", "list"]])
      let turns: [(JSON, Int)] = [(0, 0), (-7, -7), (31.5, 31), (nil, 32)]
      let ids = ["{\(Self.id)}", "urn:uuid:\(Self.id)", Self.id.uppercased(), Self.id.filter { $0 != "-" }]
      let metadata: [JSON] = ["a text", [1, "two"], ["model": "m"], nil]
      for (index, (turn, stored)) in turns.enumerated() {
        let answer = try await fixture.call(
          "conversation_store_message",
          [
            "conversation_id": .string(ids[index]), "role": "user", "content": .string("turn \(stored)"),
            "turn_number": turn, "metadata": metadata[index],
          ])
        #expect(answer["turn_number"]?.int == stored)
      }
      let read = try await fixture.call("conversation_get", ["conversation_id": .string(Self.id)])
      #expect(read["messages"]?.array?.compactMap { $0["turn_number"]?.int } == [-7, 0, 31, 32])
      #expect(read["messages"]?[1]?["metadata"] == "a text" && read["messages"]?[0]?["metadata"] == [1, "two"])
      #expect(read["conversation"]?["metadata"] == ["a", "list"])
      let many = JSON.array((0..<10_000).map { ["role": "user", "content": .string("\($0)")] })
      let bulk = try await fixture.call("conversation_store_messages_bulk", ["messages": many])
      #expect(bulk["messages_stored"] == 10_000)
      let big = try #require(
        try await fixture.refusal(
          "conversation_store_message",
          ["conversation_id": .string(Self.id), "role": "user", "content": "", "turn_number": 2_147_483_648]))
      #expect(big.message.contains("turn_number must be from -2147483648 to 2147483647"))
      await fixture.stop()
    }
  }

  @Test("A call whose id is null is carried out and answered with null; one without an id is not answered")
  func nullID() async throws {
    let fixture = try await ServerFixture(MemoryLogs())
    let client = try await fixture.raw()
    client.sendFrame(#"{"jsonrpc":"2.0","method":"ping"}"#)
    client.sendFrame(#"{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"logger_query"}}"#)
    client.sendFrame(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
    try await eventually("two answers") { client.messages.count == 2 }
    let answers = try client.messages.map { try JSON($0) }
    #expect(answers[0]["id"] == .null && answers[0]["result"]?["content"] != nil && answers[1]["id"] == 1)
    client.close()
    await fixture.stop()
  }

  @Test(
    "What they stored in a turn's metadata alone is in the flat view and in the answers",
    arguments: StorageKind.allCases)
  func view(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let id = UUID()
      let metadata: [JSON] = [
        ["model": "m", "input_tokens": 3, "output_tokens": 4, "timing_ms": 5], "a text", ["input_tokens": "many"],
        ["input_tokens": 1e300, "model": 7],
      ]
      try await storage.done(.begin(conversation(id)))
      for (index, metadata) in metadata.enumerated() {
        let message = StoredMessage(
          id: UUID(), conversationID: id, turnNumber: index + 1, role: "assistant", content: "c", metadata: metadata,
          createdAt: at(0))
        try await storage.done(.store(message))
      }
      #expect(try await storage.flatTurns(id) == ["m|3|4|5", "|||", "|||", "|||"])
      let fixture = try await ServerFixture(storage)
      let read = try await fixture.call("conversation_get", ["conversation_id": .string(id.uuidString)])
      let first = read["messages"]?[0]
      #expect(first?["model"] == "m" && first?["input_tokens"] == 3 && first?["timing_ms"] == 5)
      await fixture.stop()
    }
  }

  @Test("The server counts for Prometheus: records by level, turns, commits, refusals, the storage")
  func metrics() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    for level in ["ERROR", "INFO", "INFO"] {
      _ = try await fixture.call("logger_log", ["component": "c", "level": .string(level), "message": "m"])
    }
    _ = try await fixture.refusal("no_tool", [:])
    storage.change { $0.outage = "away" }
    _ = try await fixture.refusal("logger_log", ["component": "c", "level": "INFO", "message": "m"])
    let client = try await RawClient.connect(port: fixture.server.port ?? 0)
    client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    try await eventually("the answer is over") { client.isClosed }
    #expect(try await client.statusLine() == "HTTP/1.1 200 OK")
    #expect(client.text.contains("text/plain; version=0.0.4"))
    for line in [
      #"godot_records_total{level="ERROR"} 1"#, #"godot_records_total{level="INFO"} 2"#, "godot_commits_total 3",
      "godot_commit_failures_total 1", #"godot_refusals_total{code="unknown_tool"} 1"#,
      #"godot_refusals_total{code="storage_away"} 1"#, "godot_storage_up 0", "godot_storage_outages_total 1",
      "godot_connections 2", "godot_queue_writes 0", #"godot_write_duration_seconds_bucket{le="+Inf"} 4"#,
      "godot_write_duration_seconds_count 4", "# TYPE godot_commit_duration_seconds histogram",
    ] {
      #expect(client.text.contains("\n" + line + "\n"), "\(line)")
    }
    await fixture.stop()
  }
}
