import Basics
import Conversations
import FoundationEssentials
import GRDB
import JSON
import MCP
import TestSupport
import Testing

@testable import GodotServer

/// Numbers in requests to the log server and in its database, each at its worst.
@Suite("Hostile numbers on the log server") struct ServerBoundsTests {
  @Test("A request with any number anywhere is answered, and the server lives on")
  func requests() async throws {
    let fixture = try StorageFixture(.sqlite)
    let server = try await ServerFixture(try await fixture.open())
    let id = UUID().uuidString.lowercased()
    let texts = HostileNumbers.texts.dropLast(3).filter { $0 != "1e999" }
    for text in texts {
      let number = try JSON(text)
      let turn: JSON = [
        "conversation_id": .string(id), "turn_number": number, "role": "user", "content": "c", "input_tokens": number,
        "output_tokens": number, "timing_ms": number, "log_id": .string(UUID().uuidString), "logged_at_ms": number,
        "metadata": ["part": number, "parts": number],
      ]
      var whole = turn.object ?? [:]
      whole["turn_number"] = 1
      whole["metadata"] = [:]
      let calls: [(String, JSON)] = [
        ("logger_log", ["component": "a", "level": number, "message": number, "data": ["logged_at_ms": number]]),
        ("logger_log", ["component": "fiedler-conversations", "level": "INFO", "message": "m", "data": turn]),
        (
          "logger_log", ["component": "fiedler-conversations", "level": "INFO", "message": "m", "data": .object(whole)]
        ),
        ("logger_query", ["limit": number, "start_time": number]), ("logger_clear", ["before_time": number]),
        ("conversation_store_message", turn), ("conversation_store_message", .object(whole)),
        ("conversation_get", ["conversation_id": .string(id), "after_turn": number, "limit": number]),
        ("conversation_list", ["limit": number, "offset": number]),
        ("conversation_search", ["query": "c", "limit": number]),
      ]
      for (tool, arguments) in calls { _ = try await server.refusal(tool, arguments) }
    }
    _ = try await server.call("logger_log", ["component": "alive", "level": "INFO", "message": "yes"])
    #expect(try await server.call("logger_query", ["component": "alive"]).array?.count == 1)
    await server.stop()
    await fixture.close()
  }

  @Test("A request's id may be any number: the answer has the same one, or none where JSON has no such number")
  func ids() async throws {
    let fixture = try await ServerFixture(MemoryLogs())
    let client = try await fixture.raw()
    let texts = HostileNumbers.texts
    for text in texts {
      client.sendFrame(#"{"jsonrpc":"2.0","id":\#(text),"method":"ping"}"#)
      client.sendFrame(#"[{"jsonrpc":"2.0","id":\#(text),"method":"ping"}]"#)
      client.sendFrame(#"{"jsonrpc":\#(text),"method":"notifications/cancelled","params":{"requestId":\#(text)}}"#)
    }
    client.sendFrame(#"{"jsonrpc":"2.0","id":"last","method":"ping"}"#)
    try await eventually("the last answer") { client.messages.last?.contains("\"last\"") ?? false }
    for number in HostileNumbers.integers {
      let id = try JSON("\(number)")
      let answers = try client.messages.map { try JSON($0) }
      #expect(answers.contains { $0["id"] == id && $0["result"] != nil }, "\(number)")
      #expect(answers.contains { $0.array?.first?["id"] == id }, "\(number) in a batch")
    }
    client.close()
    await fixture.stop()
  }

  @Test("Rows with any number are read and can be told", arguments: HostileNumbers.integers)
  func rows(number: Int) async throws {
    let fixture = try StorageFixture(.sqlite)
    let storage = try await fixture.open()
    let id = UUID()
    try await storage.done(
      .begin(conversation(id)), .store(message(in: id, turn: 1, metadata: ["part": 1, "parts": .int(number)])),
      .log(entry("l"), madeAt: nil))
    let queue = try DatabaseQueue(path: fixture.location)
    try await queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA ignore_check_constraints = 1; PRAGMA foreign_keys = 0")
      try db.execute(
        sql: "UPDATE conversations SET created_at = ?1, updated_at = ?1", arguments: [number])
      try db.execute(
        sql: """
          UPDATE messages SET turn_number = max(?1, 1), input_tokens = ?1, output_tokens = ?1, timing_ms = ?1,
            created_at = ?1
          """, arguments: [number])
      try db.execute(sql: "UPDATE logs SET created_at = ?", arguments: [number])
    }
    let server = try await ServerFixture(storage)
    #expect(try await server.call("logger_query", [:]).array?.count == 1)
    let read = try await server.call("conversation_get", ["conversation_id": .string(id.uuidString.lowercased())])
    #expect(read["messages"]?.array?.count == 1)
    _ = try await server.call("conversation_list", [:])
    _ = try await server.call("conversation_search", ["query": "hello"])
    _ = try await server.refusal(
      "conversation_store_message",
      ["conversation_id": .string(id.uuidString.lowercased()), "role": "user", "content": "more"])
    await server.stop()
    await fixture.close()
  }
}
