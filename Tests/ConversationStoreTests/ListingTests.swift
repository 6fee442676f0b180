import ConversationStore
import Conversations
import Foundation
import Testing

@Suite("Finding conversations")
struct ListingTests {
  let directory = try! TemporaryDirectory()

  @Test("Pages hold every conversation once, newest first, also where many have the same time")
  func paging() async throws {
    let store = try ConversationStore(directory: directory.path)
    for index in 0..<23 {
      try await store.begin(.queued("Question \(index)", at: .morning + Double(index / 5)), in: UUID())
    }
    var pages: [[ConversationSummary]] = []
    var cursor: HistoryCursor?
    repeat {
      let page = try await store.history(HistoryQuery(), after: cursor, limit: 4)
      pages.append(page.summaries)
      cursor = page.next
    } while cursor != nil
    let all = pages.flatMap { $0 }
    #expect(pages.map(\.count) == [4, 4, 4, 4, 4, 3])
    #expect(Set(all.map(\.id)).count == 23)
    #expect(all.map(\.updatedAt) == all.map(\.updatedAt).sorted(by: >))
    #expect(try await store.counts() == .init(conversations: 23, prompts: 23, replies: 46))
  }

  @Test("A summary has the models in order, the number of prompts, and each model's newest state")
  func summary() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let first = try await store.begin(.queued(models: [.slow, .fast]), in: id)
    _ = try await store.finish(first.replies[0].answering("a"))
    let last = try await store.begin(.queued("And?", at: .morning + 50), in: id)
    _ = try await store.finish(last.replies[1].applying([(1, .failed(SendFailure(.http, "no")))]))
    _ = try await store.finish(last.replies[0].applying([(1, .failed(SendFailure(.http, "no")))]))
    let retry = Reply(id: UUID(), model: .slow, attempt: 2, startedAt: .morning + 60)
    try await store.retry(retry, of: last.id)
    let expected = ConversationSummary(
      id: id, title: "Why is the sky blue?", createdAt: .morning, updatedAt: .morning + 60, models: [.slow, .fast],
      promptCount: 2, states: [.failed, .queued],
      usage: [.slow: Usage(promptTokens: 7, completionTokens: 11, cachedTokens: 0, cacheWriteTokens: 0)])
    #expect(try await store.history(HistoryQuery()).summaries == [expected])
    #expect(try await store.summary(of: id) == expected)
    #expect(try await store.summary(of: UUID()) == nil)
  }

  @Test("A summary's usage is what its counted answers cost, however large the numbers a file brings")
  func usage() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let price = Price(input: 3, output: 15, cached: 0.3, cacheWrite: 3.75)
    let counts = [
      Usage(promptTokens: 1000, completionTokens: 10, cachedTokens: 900, cacheWriteTokens: 300), Usage(),
      Usage(promptTokens: 500, completionTokens: 20, cachedTokens: 700), Usage(promptTokens: 40),
    ]
    for usage in counts {
      let reply = try await store.begin(.queued(models: [.fast]), in: id).replies[0]
      _ = try await store.finish(reply.applying([(1, .text("a")), (2, .usage(usage)), (3, .finished(.stop))]))
    }
    let cost = try #require(try await store.summary(of: id)?.usage[.fast].flatMap(price.cost(of:)))
    #expect(abs(cost - counts.compactMap(price.cost(of:)).reduce(0, +)) < 1e-12)
    try await store.execute("UPDATE replies SET prompt_tokens = 9223372036854775807, completion_tokens = 9")
    #expect(try await store.history(HistoryQuery()).summaries.count == 1)
  }

  @Test("A conversation is found by the beginning of its id; several or none are said to be so")
  func prefixes() async throws {
    let store = try ConversationStore(directory: directory.path)
    let ids = ["1", "2"].map { UUID(uuidString: "1F3A8D60-9100-4000-8000-00000000000\($0)")! }
    for (index, id) in ids.enumerated() { try await store.begin(.queued(at: .morning + Double(index)), in: id) }
    #expect(try await store.conversation(matching: "1f3a8d60-9100-4000-8000-000000000001").id == ids[0])
    #expect(try await store.conversation(matching: "1F3A8D60910040008000000000000002").id == ids[1])
    let several = try await #require(throws: StoreError.self) { try await store.conversation(matching: "1f3a8d609") }
    guard case .ambiguous("1f3a8d609", let candidates) = several else {
      Issue.record("\(several)")
      return
    }
    #expect(candidates.map(\.id) == ids.reversed())
    for none in ["2", "", "-", "xyz", "1f3a'", "1f3a8d60-9100-4000-8000-0000000000010"] {
      await #expect(throws: StoreError.notFound(path: store.path, what: "conversation \(none)")) {
        try await store.conversation(matching: none)
      }
    }
    #expect(try await store.conversation(UUID()) == nil)
  }

  @Test("A new title stays, and a purged conversation leaves nothing behind but others' files")
  func renameAndDelete() async throws {
    let store = try ConversationStore(directory: directory.path)
    let (kept, deleted) = (UUID(), UUID())
    let shared = AttachedFile(name: "a", sha256: "1", content: "shared")
    let own = AttachedFile(name: "b", sha256: "2", content: "own")
    try await store.begin(.queued(attachments: [shared]), in: kept)
    let exchange = try await store.begin(.queued(attachments: [shared, own]), in: deleted)
    try await store.checkpoint([exchange.replies[0].applying([(1, .text("x"))])])
    _ = try await store.finish(exchange.replies[1].answering("y"))
    try await store.rename(kept, to: "Skies\u{0}")
    _ = try await store.purge([deleted])
    #expect(try await store.history(HistoryQuery()).summaries.map(\.title) == ["Skies\u{0}"])
    #expect(try await store.counts() == .init(conversations: 1, prompts: 1, replies: 2))
    #expect(try await store.conversation(kept)?.exchanges[0].prompt.attachments == [shared])
    for (table, count) in ["contents": 1, "attachments": 1, "reply_chunks": 0, "turns": 1] {
      #expect(try await store.integer("SELECT count(*) FROM \(table)") == count, "\(table)")
    }
    for missing in [deleted, UUID()] {
      let error = StoreError.notFound(path: store.path, what: "conversation \(missing.uuidString.lowercased())")
      await #expect(throws: error) { try await store.rename(missing, to: "") }
      await #expect(throws: error) { try await store.delete(missing) }
    }
    await #expect(throws: StoreError.self) { try await store.finish(exchange.replies[0].answering("late")) }
    await #expect(throws: StoreError.self) { try await store.retry(exchange.replies[0], of: exchange.id) }
  }
}
