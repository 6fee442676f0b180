import Conversations
import Foundation
import GRDB
import TestSupport
import Testing

@testable import ConversationStore

extension ConversationStore {
  /// The sums that the triggers keep, and the same counted anew, as lines of text.
  func summary() async throws -> (kept: [String], counted: [String]) {
    try await database.read { db in
      let sums = ModelSummary.sums
      let measures = "SELECT provider, model, measure, bucket"
      let kept = [
        "SELECT provider, model, day, \(sums.joined(separator: ", ")) FROM model_days WHERE sends <> 0",
        "SELECT provider, model, kind, count FROM model_failures WHERE count <> 0",
        "\(measures), count FROM model_measures WHERE count <> 0",
      ]
      let counted = [
        "SELECT provider, model, day, \(sums.map { "sum(\($0))" }.joined(separator: ", ")) "
          + ModelSummary.days(where: "true"),
        "SELECT provider, model, failure, count(*) \(ModelSummary.failures(where: "true"))",
        "\(measures), count(*) \(ModelSummary.measures(where: "true"))",
      ]
      func lines(_ sql: [String]) throws -> [String] {
        try sql.flatMap { sql in
          try Row.fetchAll(db, sql: sql).map { row in row.databaseValues.map(\.description).joined(separator: " ") }
            .sorted()
        }
      }
      return (try lines(kept), try lines(counted))
    }
  }
}

@Suite("Statistics of the history") struct StatisticsTests {
  let directory = try! TemporaryDirectory()

  /// Answers of every kind, some in conversations that are deleted, restored or purged.
  private func filled(_ seed: UInt64, _ store: ConversationStore) async throws {
    var dice = Seeded(seed)
    var conversations: [UUID] = []
    for step in 0..<60 {
      let time = Date.morning + Double(Int.random(in: -40...40, using: &dice)) * 86400
      let id = conversations.randomElement(using: &dice).flatMap { Bool.random(using: &dice) ? $0 : nil } ?? UUID()
      let exchange = try await store.begin(.queued(at: time), in: id)
      if !conversations.contains(id) { conversations.append(id) }
      for reply in exchange.replies {
        var reply = reply
        switch Int.random(in: 0..<6, using: &dice) {
        case 0: reply = reply.answering("short")
        case 1:
          reply = reply.applying([(3, .connecting(attempt: 3, of: 3)), (9, .failed(SendFailure(.rateLimited, "x")))])
        case 2:
          reply = reply.applying([
            (1, .connecting(attempt: 2, of: 3)), (300, .firstToken), (310, .reasoning("hm, let me see")),
            (400, .text(String(repeating: "word ", count: step + 1))),
            (9000, .usage(Usage(promptTokens: 40, completionTokens: 900, reasoningTokens: 30, cachedTokens: 90))),
            (9001, .finished(.stop)),
          ])
        case 3: reply = reply.applying([(2, .text("cut")), (5, .failed(SendFailure(.truncated, "x")))])
        case 4: reply = reply.applying([(2, .cancelled)])
        default: continue
        }
        _ = try await store.finish(reply)
        if Int.random(in: 0..<8, using: &dice) == 0 {
          // Who repeats a call may have more to say.
          _ = try await store.finish(reply.state == .success ? reply : reply.answering("after all"))
        }
      }
      guard let id = conversations.randomElement(using: &dice) else { continue }
      switch Int.random(in: 0..<10, using: &dice) {
      case 0: try await store.delete(id)
      case 1: try await store.restore(id)
      case 2:
        _ = try await store.purge([id])
        conversations.removeAll { $0 == id }
      case 3:
        guard var copy = try await store.conversation(id) else { continue }
        for index in copy.exchanges.indices {
          copy.exchanges[index].replies = copy.exchanges[index].replies.map { reply in
            var longer = reply
            longer.text += " and more"
            return longer
          }
        }
        _ = try await store.merge([copy])
      default: continue
      }
    }
  }

  @Test(
    "What is summed up is what counting finds, whatever was written, deleted, brought back and purged", arguments: 1...6
  )
  func incremental(seed: Int) async throws {
    let store = try ConversationStore(directory: directory.path)
    try await filled(UInt64(seed), store)
    let (kept, counted) = try await store.summary()
    #expect(!counted.isEmpty && kept == counted)
    let id = try #require(try await store.history(HistoryQuery()).summaries.first?.id)
    try await store.execute("DELETE FROM prompts WHERE id = (SELECT max(prompt_id) FROM replies)")
    try await store.execute("UPDATE replies SET text = 'longer by far', completion_tokens = NULL WHERE id % 3 = 0")
    try await store.execute("DELETE FROM replies WHERE id % 5 = 0")
    try await store.delete(id)
    let (keptAfter, countedAfter) = try await store.summary()
    #expect(keptAfter == countedAfter && countedAfter != counted)
  }

  @Test("A history from before is summed up when it is opened, and numbers of any size break nothing") func former()
    async throws
  {
    try FormerHistory.make(in: directory.path, conversation: UUID())
    let store = try ConversationStore(directory: directory.path)
    let statistics = try await store.statistics()
    #expect(statistics.models.map(\.model) == [.fast] && statistics.models[0].all.sends == 1)
    for column in ["tries", "ttft", "duration", "prompt_tokens", "completion_tokens", "started_at"] {
      for value in ["9223372036854775807", "-9223372036854775808"] {
        try await store.execute("UPDATE replies SET \(column) = \(value)")
        let (kept, counted) = try await store.summary()
        #expect(kept == counted, "\(column) = \(value)")
      }
    }
  }

  /// Two answers, the first in two seconds, the second failed.
  private static func two(_ text: String, at time: Date, _ store: ConversationStore) async throws -> Exchange {
    var exchange = try await store.begin(.queued(text, at: time), in: UUID())
    let events: [(Int, SendEvent)] = [
      (1, .connecting(attempt: 2, of: 3)), (500, .firstToken), (500, .text("words")),
      (2500, .usage(Usage(promptTokens: 100, completionTokens: 201, reasoningTokens: 20, cachedTokens: 40))),
      (2500, .finished(.stop)),
    ]
    exchange.replies[0] = try await store.finish(exchange.replies[0].applying(events))
    let failure = SendEvent.failed(SendFailure(.rateLimited, "x"))
    exchange.replies[1] = try await store.finish(exchange.replies[1].applying([(9, failure)]))
    return exchange
  }

  @Test("The figures are those of the answers, priced by their tokens, and a search counts the same anew")
  func figures()
    async throws
  {
    let store = try ConversationStore(directory: directory.path)
    for number in 0..<10 {
      _ = try await Self.two("number\(number) blue", at: .morning + Double(number) * 86400, store)
    }
    let all = try await store.statistics().priced { $0 == .fast ? Price(input: 10, output: 20, cached: 1) : nil }
    let fast = try #require(all.models.first { $0.model == .fast })
    #expect(fast.all.sends == 10 && fast.all.successes == 10 && fast.all.retries == 10 && fast.days.count == 10)
    #expect(abs(fast.firstToken.quantile(0.5)! - 500_000) < 20_000)
    #expect(abs(fast.rate.quantile(0.95)! - 100_000) < 4000)
    #expect(abs(fast.length.quantile(0.5)! - 201) < 8)
    #expect(abs(fast.reasoningShare! - 20.0 / 201) < 1e-9)
    #expect(abs(fast.cost! - 10 * (60 * 10 + 40 * 1 + 201 * 20) / 1e6) < 1e-12)
    let slow = try #require(all.models.first { $0.model == .slow })
    #expect(slow.all.failed == 10 && slow.failures == ["rateLimited": 10] && slow.cost == nil)

    #expect(try await store.statistics("blue") == store.statistics())
    #expect(try await store.statistics("blue model:fast").models.map(\.model) == [.fast])
    #expect(try await store.statistics("-provider:demo").models.isEmpty)
    let one = try await store.statistics("number3")
    #expect(one.models.map(\.all.sends) == [1, 1])
    #expect(try await store.statistics("-number3").models.map(\.all.sends) == [9, 9])
    #expect(try await store.statistics("nothing").models.isEmpty)
    // The morning is that of 9 October 2025.
    #expect(try await store.statistics("after:2025-10-12 before:2025-10-14").models.map(\.all.sends) == [2, 2])
    await #expect(throws: StoreError.self) { _ = try await store.statistics("status:nice") }
    #expect(try await store.statistics().byProvider.models.map(\.all.sends) == [20])
  }

  @Test("Verdicts are counted and make outcomes; the best won against all it was not compared with") func verdicts()
    async throws
  {
    let store = try ConversationStore(directory: directory.path)
    var exchange = try await store.begin(
      .queued(models: [.fast, .slow, Sample.model("third"), Sample.model("failed")]), in: UUID())
    for index in 0..<3 { exchange.replies[index] = try await store.finish(exchange.replies[index].answering("words")) }
    _ = try await store.finish(exchange.replies[3].applying([(1, .failed(SendFailure(.connection, "x")))]))
    let replies = exchange.replies
    for verdict in [
      Verdict(.best, of: replies[0].id, madeAt: .morning),
      Verdict(.tie, of: replies[0].id, against: replies[1].id, madeAt: .morning),
      Verdict(.better, of: replies[2].id, against: replies[1].id, madeAt: .morning),
    ] { try await store.change(.give(verdict)) }
    let found = try await store.statistics()
    #expect(
      found.outcomes == [
        PairOutcome(better: .fast, worse: .slow, isTie: true),
        PairOutcome(better: Sample.model("third"), worse: .slow),
        PairOutcome(better: .fast, worse: Sample.model("third")),
      ])
    #expect(found.models.first { $0.model == .fast }?.verdicts == [.best: 1, .tie: 1])
    #expect(found.models.first { $0.model == .slow }?.verdicts == [.tie: 1, .worse: 1])
    #expect(try await store.statistics("verdict:best").outcomes == found.outcomes)
    #expect(try await store.statistics("model:fast").outcomes.isEmpty)
    #expect(found.byProvider.outcomes.count == 2)
    let id = try #require(try await store.history(HistoryQuery()).summaries.first?.id)
    try await store.delete(id)
    #expect(try await store.statistics() == Statistics(models: [], outcomes: []))
  }

  @Test("The sums of a history from before go on being right, whatever happens to its answers")
  func formerTriggers() async throws {
    let former = try DatabaseQueue(path: directory.path + "/fiedler.db")
    try await former.write { try SearchIndex.prepare($0) }
    try Schema.migrator().migrate(former, upTo: "summary 2")
    let ids = [UUID(), UUID(), UUID()]
    try await former.write { db in
      for (number, id) in ids.enumerated() {
        let (row, uuid) = (number + 1, id.uuidString.lowercased())
        try db.execute(
          sql: "INSERT INTO conversations (id, uuid, created_at, updated_at, title) VALUES (?, ?, 0, 0, 'Former')",
          arguments: [row, uuid])
        try db.execute(
          sql: """
            INSERT INTO prompts (id, uuid, conversation_id, sent_at, models, text) VALUES (?1, ?2, ?1, 0, '[]', 'Ask')
            """, arguments: [row, uuid])
        try db.execute(
          sql: """
            INSERT INTO replies (id, uuid, prompt_id, position, attempt, provider, model, session, started_at, state,
              tries, ttft, duration, completion_tokens, text)
            VALUES (?1, ?2, ?1, 0, 1, 'demo', 'quick', '', 7, 'success', 2, 40000, 9000000, ?3, 'text')
            """, arguments: [row, uuid, 100 * row])
      }
    }
    try former.close()
    let store = try ConversationStore(directory: directory.path)
    func check(_ sends: Int) async throws {
      let (kept, counted) = try await store.summary()
      #expect(kept == counted)
      #expect(try await store.integer("SELECT ifnull(sum(sends), 0) FROM model_days") == sends)
    }
    try await check(3)
    try await store.delete(ids[0])
    try await check(2)
    // A prompt brings it back.
    _ = try await store.begin(.queued(), in: ids[0])
    try await check(3)
    try await store.database.write { try $0.execute(sql: "UPDATE replies SET completion_tokens = 7 WHERE id <= 2") }
    try await check(3)
    try await store.database.write { try $0.execute(sql: "DELETE FROM prompts WHERE id = 2") }
    try await check(2)
    try await store.database.write { try $0.execute(sql: "DELETE FROM conversations WHERE id = 3") }
    try await check(1)
    try await store.database.write { try $0.execute(sql: "DELETE FROM replies WHERE id = 1") }
    try await check(0)
  }

  @Test("What a statement has compiled into it for the sums stays small") func smallTriggers() async throws {
    let store = try ConversationStore(directory: directory.path)
    // Instructions of SQLite's machine; with all that is to be done in every trigger they were 20,000.
    let update = "EXPLAIN UPDATE replies SET state = 'success' WHERE id = 1"
    #expect(try await store.database.read { try Row.fetchAll($0, sql: update).count } < 2500)
    #expect(try await store.integer("SELECT sum(length(sql)) FROM sqlite_schema") < 30_000)
  }
}
