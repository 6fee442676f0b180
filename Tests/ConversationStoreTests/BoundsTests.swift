import ConversationStore
import Conversations
import Foundation
import TestSupport
import Testing

/// Numbers in the rows of a database that somebody else has written, each at its worst.
@Suite("Hostile numbers in the history") struct BoundsTests {
  let directory = try! ConversationStoreTests.TemporaryDirectory()

  static let columns = [
    "conversations.created_at", "conversations.updated_at", "prompts.sent_at", "replies.attempt", "replies.position",
    "replies.tries", "replies.maximum_tries", "replies.started_at", "replies.ttft", "replies.duration",
    "replies.prompt_tokens", "replies.completion_tokens", "replies.reasoning_tokens", "turns.turn_number",
  ]

  private func check(_ conversation: Conversation, _ place: String) throws {
    for exchange in conversation.exchanges {
      #expect(abs(exchange.prompt.sentAt.timeIntervalSince1970) < 1e12, "\(place)")
      for reply in exchange.replies {
        #expect(Bounds.ordinals.contains(reply.attempt) && Bounds.counts.contains(reply.tries), "\(place)")
        #expect(Bounds.counts.contains(reply.maximumTries) && reply.completionTokens >= 0, "\(place)")
        for length in [reply.duration, reply.timeToFirstToken].compactMap(\.self) {
          #expect(Bounds.seconds.contains(length.inSeconds), "\(place)")
        }
        for count in [reply.usage.promptTokens, reply.usage.completionTokens, reply.usage.reasoningTokens] {
          #expect(count.map(Bounds.tokens.contains) ?? true, "\(place)")
        }
      }
      let timeline = ReplayTimeline(of: exchange)
      _ = timeline.events(after: nil, through: timeline.duration)
    }
  }

  @Test("A row with any number is read within bounds, asked again, listed and merged into", arguments: columns)
  func rows(column: String) async throws {
    let (table, name) = (column.prefix { $0 != "." }, column.drop { $0 != "." }.dropFirst())
    // Turn 1 is the prompt's.
    for (index, number) in HostileNumbers.integers.enumerated() where number != 1 {
      let store = try ConversationStore(directory: "\(directory.path)/\(index)")
      let queued = Exchange.queued(models: [.fast])
      let id = UUID()
      let exchange = try await store.begin(queued, in: id)
      _ = try await store.finish(queued.replies[0].answering("hello"))
      try await store.execute("PRAGMA ignore_check_constraints = 1")
      let isReply = table == "turns" ? "AND prompt_id IS NULL" : ""
      try await store.execute("UPDATE \(table) SET \(name) = \(number) WHERE 1 \(isReply)")
      let place = "\(column) = \(number)"
      guard let conversation = try await store.conversation(id) else {
        Issue.record("\(place): not there")
        continue
      }
      try check(conversation, place)
      _ = try await store.history(HistoryQuery(), limit: 10)
      // Another attempt, as "Ask this model again" makes it.
      let last = conversation.exchanges.first?.replies.map(\.attempt).max() ?? 0
      let again = Reply(
        id: UUID(), model: .fast, attempt: Bounds.ordinals.nearest(last + 1), startedAt: .morning)
      // A turn number at its end is an error in words, as the next one would be none.
      do throws(StoreError) {
        try await store.retry(again, of: exchange.id)
        _ = try await store.finish(again.answering("again"))
      } catch {
        #expect(column == "turns.turn_number", "\(place): \(error)")
      }
      _ = try await store.merge([Sample.conversation([Sample.exchange(0, "more")], id: id, at: .morning)])
      let after = try #require(try await store.conversation(id))
      try check(after, place)
      if column == "replies.attempt" {
        #expect(after.exchanges[0].replies.map(\.text) == ["hello", "again"], "\(place)")
      }
    }
  }

  @Test("The failure that a row holds is read within bounds", arguments: HostileNumbers.texts.dropLast(3))
  func failures(number: String) async throws {
    let store = try ConversationStore(directory: directory.path)
    let queued = Exchange.queued(models: [.fast])
    let id = UUID()
    _ = try await store.begin(queued, in: id)
    _ = try await store.finish(
      queued.replies[0].applying([(1, .failed(SendFailure(.rateLimited, "no", httpStatus: 429)))]))
    try await store.execute(
      """
      UPDATE replies SET failure = '{"kind":"rateLimited","message":"no","http_status":\(number),"retry_after":\(number)}'
      """)
    guard number != "1e999" else { return }
    let failure = try #require(try await store.conversation(id)?.exchanges[0].replies[0].failure)
    #expect(failure.httpStatus.map(Bounds.httpStatus.contains) ?? true)
    #expect(failure.retryAfterSeconds.map(Bounds.seconds.contains) ?? true)
  }
}
