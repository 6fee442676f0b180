import ConversationStore
import Conversations
import FiedlerApp
import FoundationEssentials
import GRDB
import Interchange
import JSON
import Synchronization
import TestSupport
import Testing

@Suite("What goes in and out of the history")
struct TransferTests {
  private let home: Home
  private var directory: TemporaryDirectory { home.directory }

  init() throws { home = try Home() }

  private func conversation(_ number: Int, text: String = "Because.") -> Conversation {
    let answer = Sample.answer(text, id: Sample.id(3000 + number), turn: 2)
    return Sample.conversation(
      [Sample.exchange(1, "Why \(number)?", [answer], id: Sample.id(2000 + number))], title: "Number \(number)",
      id: Sample.id(1000 + number), at: Sample.date + Double(number))
  }

  private func file(_ conversations: [Conversation]) throws -> String {
    try directory.write(
      "history.jsonl", conversations.map { ConversationJSON.json($0).text }.joined(separator: "\n"))
  }

  private func importing(
    _ path: String, into services: Services, isTrial: Bool = false,
    onProgress: @escaping @Sendable (ImportReport) -> Void = { _ in }
  ) throws -> Importer {
    try Importer(paths: [path], into: services, isTrial: isTrial, onProblem: { _ in }, onProgress: onProgress)
  }

  @Test("A transaction takes no more than about 4,000 turns or four megabytes")
  func batches() async throws {
    let services = try home.services()
    let large = String(repeating: "x", count: 3 << 20)
    let conversations = (0..<2050).map { conversation($0) } + (2050..<2053).map { conversation($0, text: large) }
    let steps = Mutex<[Int]>([])
    let path = try file(conversations)
    let report = try await importing(path, into: services) { report in steps.withLock { $0.append(report.added) } }
      .run()
    #expect(report.added == 2053 && report.turns == 4106 && report.exitCode == 0)
    #expect(steps.withLock { $0 } == [2000, 2052, 2053])
    var exported: [Conversation] = []
    #expect(try await services.export(.query(HistoryQuery("", order: .oldest))) { exported.append($0) } == 2053)
    #expect(exported == conversations)
    _ = await services.close()
  }

  @Test("A damaged conversation is told and left out; the others are exported, and none of its values is a trap")
  func damagedRows() async throws {
    let services = try home.services()
    _ = try await importing(try file((0..<6).map { conversation($0) }), into: services).run()
    let damage = [
      "UPDATE replies SET state = 'nonsense' WHERE id = 1", "UPDATE prompts SET models = '{' WHERE id = 2",
      "UPDATE conversations SET uuid = 'zzz' WHERE id = 3", "UPDATE replies SET failure = '[' WHERE id = 4",
      """
      UPDATE replies SET attempt = 9223372036854775807, tries = -9223372036854775808, duration = 9223372036854775807,
        ttft = -9223372036854775808, started_at = 9223372036854775807, prompt_tokens = 9223372036854775807,
        completion_tokens = 9223372036854775807, reasoning_tokens = -9223372036854775808 WHERE id = 5;
      UPDATE conversations SET created_at = -9223372036854775808, updated_at = 9223372036854775807 WHERE id = 5;
      UPDATE prompts SET sent_at = -9223372036854775808 WHERE id = 5;
      """,
    ]
    for sql in damage { try await services.store.database.writeWithoutTransaction { try $0.execute(sql: sql) } }
    var (exported, told): ([String], [String]) = ([], [])
    let count = try await services.export(.query(HistoryQuery("", order: .oldest)), onDamage: { told.append($0) }) {
      exported.append($0.title)
      _ = ConversationJSON.json($0).text
      _ = ConversationMarkdown.document($0, prices: { _ in nil })
    }
    #expect(count == 2 && Set(exported) == ["Number 4", "Number 5"])
    #expect(told.count == 4 && told.contains { $0.contains("Number 0") && $0.contains("nonsense") })
    #expect(try await services.history(HistoryQuery("Why"), limit: 50).count == 5)
    _ = await services.close()
  }

  @Test("A send's folder is known in the history it came from; into another it goes once, under its own ids")
  func ownFolder() async throws {
    let services = try home.services()
    func send(_ text: String, in conversation: UUID? = nil) async throws -> SendReport {
      let draft = Draft(text: text, models: ["quick", "demo/rate-1000x5"], conversation: conversation?.uuidString)
      let sending = try await services.prepare(draft)
      let report = await services.finish(services.start(sending, sink: EventRecorder()) { _ in }, of: sending)
      _ = try services.writeRunFolder(report, of: sending, in: directory("out"))
      return report
    }
    let first = try await send("Why?")
    _ = try await send("And then?", in: first.conversationID)
    let before = try await services.store.conversation(first.conversationID)
    for _ in 0..<2 {
      let report = try await importing(directory("out"), into: services).run()
      #expect(report.added == 0 && report.known == 2 && report.exitCode == 0)
    }
    #expect(try await services.history(HistoryQuery(""), limit: 9).map(\.id) == [first.conversationID])
    #expect(try await services.store.conversation(first.conversationID) == before)
    _ = await services.close()

    let other = try Home()
    let services2 = try other.services()
    let report = try await importing(directory("out"), into: services2).run()
    #expect(report.added == 2 && report.turns == 6 && report.withoutZone == 0)
    #expect(try await importing(directory("out"), into: services2).run().known == 2)
    let there = try #require(try await services2.store.conversation(first.conversationID))
    let here = try #require(before)
    #expect(there.exchanges.map(\.id) == here.exchanges.map(\.id))
    #expect(there.exchanges.map(\.prompt.parent) == here.exchanges.map(\.prompt.parent))
    #expect(there.exchanges.map(\.prompt.sentAt) == here.exchanges.map(\.prompt.sentAt))
    #expect(there.exchanges.map { $0.replies.map(\.id) } == here.exchanges.map { $0.replies.map(\.id) })
    #expect(there.exchanges.map { $0.replies.map(\.text) } == here.exchanges.map { $0.replies.map(\.text) })
    #expect(there.exchanges.map { $0.replies.map(\.model) } == here.exchanges.map { $0.replies.map(\.model) })
    #expect(there.exchanges[0].prompt.text == "<redacted - 4 chars>")
    _ = await services2.close()
  }

  @Test("What was missing when it was imported comes in once its source is mended; a third import adds nothing")
  func mended() async throws {
    let services = try home.services()
    let folder = "20251002_182924_57a990cb"
    try directory.write(
      "\(folder)/summary.json",
      """
      {"correlation_id":"57a990cb","timestamp":"20251002_182924","prompt":"q","files":["a.txt"],"models":["gpt-5"],\
      "results":[{"model":"gpt-5","status":"success","output_file":"/x/gpt-5.md","duration":1.5}]}
      """)
    func run(isTrial: Bool = false) async throws -> ImportReport {
      try await importing(directory(folder), into: services, isTrial: isTrial).run()
    }
    let first = try await run()
    #expect(first.added == 1 && first.losses == 1)
    #expect(first.summary(isTrial: false).contains("name no time zone and were taken as UTC; --timezone"))
    #expect(first.summary(isTrial: false).contains("Not imported: contents of attached files (1)."))
    for text in ["The ans", "The answer."] {
      try directory.write("\(folder)/gpt-5.md", text)
      #expect(try await run(isTrial: true).turns == 1)
      let next = try await run()
      #expect(next.added == 1 && next.turns == 1 && next.exitCode == 0, "\(text)")
      let found = try await services.history(HistoryQuery(text), limit: 5)
      let conversation = try #require(found.first)
      #expect(try await services.store.conversation(conversation.id)?.exchanges[0].replies.map(\.text) == [text])
      #expect(try await services.store.conversation(conversation.id)?.exchanges[0].replies[0].state == .success)
    }
    let last = try await run()
    #expect(last.added == 0 && last.known == 1)
    _ = await services.close()
  }

  @Test("A trial tells what would be added and adds nothing; a stopped import stores no more")
  func trialAndStop() async throws {
    let services = try home.services()
    let path = try file((0..<3).map { conversation($0) })
    let trial = try await importing(path, into: services, isTrial: true).run()
    #expect(trial.summary(isTrial: true) == "3 conversations: 3 would be added (6 turns).")
    let stopping = Task {
      // Begins only once it has been cancelled.
      while !Task.isCancelled { await Task.yield() }
      return try await importing(path, into: services).run()
    }
    stopping.cancel()
    let stopped = try await stopping.value
    #expect(stopped.isStopped && stopped.added == 0 && stopped.exitCode == 1)
    #expect(stopped.summary(isTrial: false).contains("The same command goes on"))
    #expect(try await services.export(.query(HistoryQuery(""))) { _ in } == 0)
    _ = await services.close()
  }

  @Test("What was deleted here stays deleted, and is told")
  func deleted() async throws {
    let services = try home.services()
    let path = try file([conversation(1)])
    _ = try await importing(path, into: services).run()
    try await services.store.delete(Fixture.id(1001))
    let report = try await importing(path, into: services).run()
    #expect(report.summary(isTrial: false) == "1 conversation: 0 added, 1 deleted here and left so.")
    #expect(report.exitCode == 0)
    _ = await services.close()
  }
}
