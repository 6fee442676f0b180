import ConversationStore
import Conversations
import Foundation
import GRDB
import JSON
import Testing

@testable import GodotLog

@Suite("A turn and its log record commit together")
struct OutboxTests {
  let directory = try! TemporaryDirectory()

  @Test("Every turn has its record: the prompt with its files' text, answers however they ended")
  func records() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let exchange = try await store.begin(
      .queued("Why?", attachments: [AttachedFile(name: "Sources/a.swift", sha256: "1", content: "let a = 1")]), in: id)
    _ = try await store.finish(exchange.replies[1].applying([(5, .text("half")), (9, .cancelled)]))
    _ = try await store.finish(exchange.replies[0].answering("Because."))
    let follow = try await store.begin(.queued("And?", models: [.fast]), in: id)
    _ = try await store.finish(follow.replies[0].applying([(2, .failed(SendFailure(.http, "no luck")))]))

    let records = try await records(store)
    #expect(records.map { $0["turn_number"] } == [1, 2, 3, 4, 5])
    #expect(records.map { $0["role"] } == ["user", "assistant", "assistant", "user", "assistant"])
    #expect(records.map { $0["status"] } == [.null, "cancelled", "success", .null, "failed"])
    #expect(records.map { $0["prompt_turn"] } == [.null, 1, 1, .null, 4])
    #expect(records[0]["content"] == .string(exchange.prompt.content))
    #expect(records[0]["files"] == ["a.swift"])
    #expect(records[0]["models"]?.array?.count == 2)
    #expect(records[1]["content"] == "half" && records[1]["model"]?["name"] == "slow/instruct")
    #expect(records[2]["content"] == "Because." && records[2]["timing_ms"] == 31 && records[2]["ttft_ms"] == 20)
    #expect(records[2]["input_tokens"] == 7 && records[2]["output_tokens"] == 11)
    #expect(records[4]["error"] == "no luck" && records[4]["content"] == "")
    #expect(Set(records.map { $0["conversation_id"] }) == [.string(id.uuidString.lowercased())])
    #expect(records[1]["trace_id"] == .string(exchange.id.uuidString.lowercased()))
    #expect(records[4]["trace_id"] == .string(follow.id.uuidString.lowercased()))
    try await store.delete(id)
    #expect(try await self.records(store).count == 5, "what was to be logged still is")
  }

  @Test("If the record cannot be written, neither is the turn, and the next attempt gets the same number")
  func failingTogether() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let exchange = try await store.begin(.queued(), in: id)
    let ended = exchange.replies[0].answering("Because.")
    let before = try await store.conversation(id)
    try await store.execute(
      """
      CREATE TRIGGER refuse BEFORE INSERT ON outbox_record BEGIN SELECT raise(ABORT, 'no room in the outbox'); END
      """)
    let refusal = StoreError.failed(path: store.path, reason: "no room in the outbox")
    await #expect(throws: refusal) { try await store.finish(ended) }
    await #expect(throws: refusal) { try await store.begin(.queued("Next"), in: id) }
    #expect(try await store.conversation(id) == before)
    #expect(try await records(store).count == 1)
    try await store.execute("DROP TRIGGER refuse")
    #expect(try await store.finish(ended).turnNumber == 2)
    #expect(try await records(store).count == 2)
  }

  @Test("A reply finished twice is logged once; an interrupted one is logged when it is recovered")
  func onceEach() async throws {
    let store = try ConversationStore(directory: directory.path)
    do {
      let other = try ConversationStore(directory: directory.path)
      let exchange = try await other.begin(.queued(), in: UUID())
      for _ in 0..<2 { _ = try await other.finish(exchange.replies[0].answering("a")) }
      try await other.checkpoint([exchange.replies[1].applying([(4, .text("cut o"))])])
    }
    #expect(try await records(store).count == 2)
    #expect(try await store.recoverInterrupted() == 1)
    let record = try #require(try await records(store).last)
    #expect(record["status"] == "interrupted" && record["content"] == "cut o" && record["turn_number"] == 3)
  }

  @Test("With logging off nothing is queued")
  func off() async throws {
    let store = try ConversationStore(directory: directory.path, logsTurns: false)
    let exchange = try await store.begin(.queued(), in: UUID())
    #expect(try await store.finish(exchange.replies[0].answering("a")).turnNumber == 2)
    #expect(try await records(store).isEmpty)
  }

  @Test("Secrets stay out of the record, and the conversation keeps its own text")
  func secrets() async throws {
    let store = try ConversationStore(directory: directory.path) { Redactor(secrets: ["sk-very-secret"]) }
    let id = UUID()
    let exchange = try await store.begin(.queued("My key is sk-very-secret."), in: id)
    _ = try await store.finish(exchange.replies[0].answering("You said sk-very-secret"))
    #expect(try await records(store).map { $0["content"] } == ["My key is [REDACTED].", "You said [REDACTED]"])
    let stored = try #require(try await store.conversation(id)?.exchanges[0])
    #expect(stored.prompt.text.contains("sk-very-secret") && stored.replies[0].text.contains("sk-very-secret"))
  }

  @Test("Each turn tells whether it was to be logged, so that a check does not miss what nobody sent")
  func loggedTurns() async throws {
    let id = UUID()
    let before = Exchange.queued("Before")
    do {
      let silent = try ConversationStore(directory: directory.path, logsTurns: false)
      try await silent.begin(before, in: id)
    }
    let store = try ConversationStore(directory: directory.path)
    let exchange = try await store.begin(.queued("After"), in: id)
    _ = try await store.finish(exchange.replies[1].answering("answer"))
    try await store.begin(.queued(), in: UUID())
    let turns = try await store.localTurns(of: id)
    #expect(turns.map(\.record.turnNumber) == [1, 2, 3] && turns.map(\.isLogged) == [false, true, true])
    #expect(turns.map(\.record.role) == [.user, .user, .assistant])
    #expect(turns.map(\.record.content) == ["Before", "After", "answer"])
    #expect(turns.map(\.record.traceID) == [before.id, exchange.id, exchange.id])
    #expect(try await store.localTurns(of: UUID()).isEmpty)
    #expect(try await store.turnCount() == 4)
    #expect(try await store.turnCount(of: [id]) == 3)
    let all = try await store.conversationIDs(after: nil, limit: 10)
    #expect(all.count == 2 && all[0] == id)
    #expect(try await store.conversationIDs(after: id, limit: 10) == [all[1]])
  }

  @Test("A turn read to be sent again says what the outbox had of it, but for its log id, which stays the same")
  func turnsAgain() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let exchange = try await store.begin(.queued("Ask"), in: id)
    _ = try await store.finish(exchange.replies[0].answering("answer"))
    let queued = try await records(store)
    let again = try await store.localTurns(of: id).map(\.record)
    #expect(again.count == 2 && queued.count == 2)
    for (turn, record) in zip(again, queued) {
      #expect(turn.logID == .resending(turn: turn.turnNumber, of: id))
      let one = turn.payload.object?.filter { $0.key != "log_id" }
      let other = record.object?.filter { $0.key != "log_id" }
      #expect(one == other)
    }
    #expect(Set(again.map(\.logID)).count == 2)
  }

  private func records(_ store: ConversationStore) async throws -> [JSON] {
    let payloads = try await store.database.read {
      try Data.fetchAll($0, sql: "SELECT payload FROM outbox_record ORDER BY id")
    }
    return try payloads.map { try JSON(bytes: Array($0)) }
  }
}
