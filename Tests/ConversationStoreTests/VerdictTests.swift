import Conversations
import Foundation
import GRDB
import Testing

@testable import ConversationStore

@Suite("Verdicts in the history") struct VerdictTests {
  /// A store with one conversation of two ended answers.
  private static func answered(_ directory: String) async throws -> (ConversationStore, UUID, Exchange) {
    let store = try ConversationStore(directory: directory)
    let id = UUID()
    var exchange = try await store.begin(.queued(), in: id)
    for index in exchange.replies.indices {
      exchange.replies[index] = try await store.finish(exchange.replies[index].answering("words number \(index)"))
    }
    return (store, id, exchange)
  }

  private static func verdict(_ kind: Verdict.Kind, _ reply: Reply, _ other: Reply? = nil, note: String = "") -> Verdict
  {
    Verdict(kind, of: reply.id, against: other?.id, note: note, madeAt: .morning, isBlind: note.isEmpty)
  }

  private static func found(_ query: String, _ store: ConversationStore) async throws -> [UUID] {
    try await store.history(HistoryQuery(query)).summaries.map(\.id)
  }

  @Test("A verdict comes back as it was given, is replaced by what it excludes, and can be taken back") func kept()
    async throws
  {
    let directory = try TemporaryDirectory()
    let (store, id, exchange) = try await Self.answered(directory.path)
    let (first, second) = (exchange.replies[0], exchange.replies[1])
    let best = Self.verdict(.best, first, note: "names\u{0} its sources")
    let better = Self.verdict(.better, second, first)
    _ = try await store.change(.give(best))
    let told = try await store.change(.give(better))
    #expect(told.prompt == exchange.id && told.verdicts == [best, better])
    #expect(try await store.conversation(id)?.exchanges[0].verdicts == [best, better])

    let other = Self.verdict(.best, second)
    let tie = Self.verdict(.tie, first, second)
    _ = try await store.change(.give(other))
    #expect(try await store.change(.give(tie)).verdicts == [other, tie])
    #expect(try await store.change(.takeBack(second.id, against: first.id)).verdicts == [other])
    #expect(try await store.change(.takeBack(second.id)).verdicts.isEmpty)
    #expect(try await store.integer("SELECT count(*) FROM verdicts") == 0)
  }

  @Test("Answers that are not there, or not to the same prompt, are named") func missing() async throws {
    let directory = try TemporaryDirectory()
    let (store, _, exchange) = try await Self.answered(directory.path)
    let (_, _, elsewhere) = try await Self.answered(directory.path)
    let stranger = UUID()
    await #expect {
      _ = try await store.change(.takeBack(stranger))
    } throws: { error in "\(error)".contains(stranger.uuidString.lowercased()) }
    await #expect {
      _ = try await store.change(.give(Self.verdict(.tie, exchange.replies[0], elsewhere.replies[0])))
    } throws: { error in "\(error)".contains("both were asked") }
    #expect(try await store.integer("SELECT count(*) FROM verdicts") == 0)
  }

  @Test("verdict: finds what was said of answers, follows every change, and stays after a rename") func searched()
    async throws
  {
    let directory = try TemporaryDirectory()
    let (store, id, exchange) = try await Self.answered(directory.path)
    let (_, _, _) = try await Self.answered(directory.path)
    let (first, second) = (exchange.replies[0], exchange.replies[1])
    #expect(try await Self.found("verdict:best", store).isEmpty)
    _ = try await store.change(.give(Self.verdict(.best, first)))
    _ = try await store.change(.give(Self.verdict(.better, first, second)))
    for query in [
      "verdict:best", "verdict:BEST model:fast", "verdict:better", "verdict:worse model:slow", "verdict:any",
      "words verdict:worse", "(verdict:bad OR verdict:best)", "number verdict:best -verdict:bad",
    ] {
      #expect(try await Self.found(query, store) == [id], "\(query)")
    }
    for query in ["verdict:bad", "verdict:tie", "verdict:best model:slow", "verdict:worse model:fast"] {
      #expect(try await Self.found(query, store).isEmpty, "\(query)")
    }
    #expect(try await !Self.found("model:fast -verdict:best", store).contains(id))
    try await store.rename(id, to: "Another title")
    #expect(try await Self.found("verdict:best", store) == [id])
    _ = try await store.change(.give(Self.verdict(.bad, first)))
    #expect(try await Self.found("verdict:best", store).isEmpty)
    #expect(try await Self.found("verdict:bad", store) == [id])
    try await store.execute("INSERT INTO search (search) VALUES ('integrity-check')")
    await #expect(throws: StoreError.self) { _ = try await Self.found("verdict:nice", store) }
  }

  @Test("A verdict on a deleted conversation is kept and found once it is back; a purge removes it") func deleted()
    async throws
  {
    let directory = try TemporaryDirectory()
    let (store, id, exchange) = try await Self.answered(directory.path)
    try await store.delete(id)
    _ = try await store.change(.give(Self.verdict(.best, exchange.replies[0])))
    #expect(try await Self.found("verdict:best", store).isEmpty)
    try await store.restore(id)
    #expect(try await Self.found("verdict:best", store) == [id])
    _ = try await store.purge([id])
    #expect(try await store.integer("SELECT count(*) FROM verdicts") == 0)
  }

  @Test("Verdicts come along with what is merged; what is said here stays") func merged() async throws {
    let (one, two) = (try TemporaryDirectory(), try TemporaryDirectory())
    let (store, id, exchange) = try await Self.answered(one.path)
    let elsewhere = try ConversationStore(directory: two.path)
    _ = try await store.change(.give(Self.verdict(.better, exchange.replies[0], exchange.replies[1])))
    let judged = try #require(try await store.conversation(id))
    #expect(try await elsewhere.merge([judged]) == [.added(exchanges: 1, replies: 2, renumbered: 0)])
    #expect(try await elsewhere.conversation(id) == judged)
    #expect(try await Self.found("verdict:worse", elsewhere) == [id])

    // Both sides go on: the tie there stands against the one here, the best one is new there.
    let tie = Self.verdict(.tie, exchange.replies[1], exchange.replies[0])
    _ = try await elsewhere.change(.give(tie))
    _ = try await store.change(.give(Self.verdict(.best, exchange.replies[0])))
    let later = try #require(try await store.conversation(id))
    #expect(try await elsewhere.merge([later]) == [.added(exchanges: 0, replies: 0, renumbered: 0)])
    #expect(try await elsewhere.conversation(id)?.exchanges[0].verdicts.map(\.kind) == [.tie, .best])
    #expect(try await Self.found("verdict:best", elsewhere) == [id])
    #expect(try await elsewhere.merge([later]) == [.known])
  }

  @Test("A history from before verdicts takes them") func former() async throws {
    let directory = try TemporaryDirectory()
    let id = UUID()
    try FormerHistory.make(in: directory.path, conversation: id)
    let store = try ConversationStore(directory: directory.path)
    let reply = try #require(try await store.conversation(id)?.exchanges[0].replies.first)
    _ = try await store.change(.give(Verdict(.best, of: reply.id, madeAt: .morning)))
    #expect(try await Self.found("verdict:best", store) == [id])
  }
}
