import Basics
import ConversationStore
import Conversations
import FoundationEssentials
import Interchange
import SendEngine

extension StoreError {
  /// Whether what was asked for cannot be read, while the rest of the history may.
  fileprivate var concernsOne: Bool {
    switch self {
    case .failed, .corrupt: true
    default: false
    }
  }
}

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
  /// One that is damaged does not keep others back: `onDamage` hears which it is and why.
  /// Throws what `body` throws, `StoreError`, and `CancellationError` once the task is cancelled.
  public func export(
    _ selection: ExportSelection, onDamage: (String) -> Void = { _ in }, _ body: (Conversation) throws -> Void
  )
    async throws -> Int
  {
    var seen: Set<UUID> = []
    var damaged = 0
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
          query, after: cursor, limit: 200, zone: LocalTime.zone)
        for summary in page.summaries where !seen.contains(summary.id) {
          // One that was deleted since the page was read is not missed.
          let found: Conversation?
          do throws(StoreError) { found = try await store.conversation(summary.id) } catch {
            guard error.concernsOne else { throw error }
            seen.insert(summary.id)
            damaged += 1
            onDamage(
              "conversation \(summary.id.lowercased) (\(summary.title.prefix(60))) is damaged and left out: \(error)")
            continue
          }
          if let found { try take(found) }
        }
        if page.damaged > 0 {
          onDamage(
            "\(Plural.text(page.damaged, "conversation")) without a readable id left out")
        }
        cursor = page.next
      } while cursor != nil
    }
    return seen.count - damaged
  }

  /// What models cost, as models.yaml and the built-in lists have it.
  public var prices: ConversationMarkdown.Prices {
    let registry = try? registry()  // without models.yaml nobody knows
    return { registry?.model($0)?.price }
  }

  /// One turn of a conversation as Markdown.
  public func markdown(ofTurn turn: Int, of conversation: Conversation) throws(NoSuchTurn) -> String {
    guard let exchange = conversation.exchange(ofTurn: turn) else {
      throw NoSuchTurn(turn: turn, conversation: conversation)
    }
    guard exchange.prompt.turnNumber != turn, let reply = exchange.reply(ofTurn: turn) else {
      return ConversationMarkdown.prompt(exchange.prompt, of: conversation)
    }
    return ConversationMarkdown.answer(reply, to: exchange.prompt, of: conversation, prices: prices)
  }
}
