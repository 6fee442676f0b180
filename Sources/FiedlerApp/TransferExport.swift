import ConversationStore
import Conversations
import FoundationEssentials
import Interchange
import SendEngine

/// Which conversations leave the history.
public enum ExportSelection: Sendable {
  /// Those whose ids begin so, in this order.
  case ids([String])
  /// Those that a search finds, or all for an empty one, the oldest first.
  case query(HistoryQuery)
}

extension Services {
  /// Calls `body` with each conversation, one at a time; only that one is in memory. Returns how many there were.
  ///
  /// Throws what `body` throws, `StoreError`, and `CancellationError` once the task is cancelled.
  public func export(_ selection: ExportSelection, _ body: (Conversation) throws -> Void) async throws -> Int {
    var seen: Set<UUID> = []
    func take(_ conversation: Conversation) throws {
      guard seen.insert(conversation.id).inserted else { return }
      try Task.checkCancellation()
      try body(conversation)
    }
    switch selection {
    case .ids(let prefixes):
      for prefix in prefixes { try take(try await conversation(matching: prefix)) }
    case .query(let query):
      var cursor: HistoryCursor?
      repeat {
        let page = try await store.history(
          query, after: cursor, limit: 200, secondsFromUTC: LocalTime.secondsFromUTC())
        for summary in page.summaries where !seen.contains(summary.id) {
          // One that was deleted since the page was read is not missed.
          if let conversation = try await store.conversation(summary.id) { try take(conversation) }
        }
        cursor = page.next
      } while cursor != nil
    }
    return seen.count
  }

  /// What models cost, as models.yaml and the built-in lists have it.
  public var prices: ConversationMarkdown.Prices {
    let registry = try? registry()  // without models.yaml nobody knows
    return { registry?.model($0)?.price }
  }

  /// One turn of a conversation as Markdown.
  public func markdown(ofTurn turn: Int, of conversation: Conversation) throws(NoSuchTurn) -> String {
    for exchange in conversation.exchanges {
      if exchange.prompt.turnNumber == turn { return ConversationMarkdown.prompt(exchange.prompt, of: conversation) }
      if let reply = exchange.replies.first(where: { $0.turnNumber == turn }) {
        return ConversationMarkdown.answer(reply, to: exchange.prompt, of: conversation, prices: prices)
      }
    }
    throw NoSuchTurn(turn: turn, conversation: conversation)
  }
}
