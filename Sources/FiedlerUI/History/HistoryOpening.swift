import Conversations
import FoundationEssentials

extension HistoryScreen {
  /// The words that the selected conversation was found by, as they stand in the text.
  var foundWord: String? {
    guard let snippet = selectedItem?.hit?.snippet, let first = snippet.highlights.first else { return nil }
    return String(decoding: Array(snippet.text.utf8)[first], as: UTF8.self)
  }
}

extension HistoryPreview {
  /// The hit that was gone to, where it is in sight or the list is read; else, if the preview is read, what it shows.
  func place(isRead: Bool) -> ConversationPlace? {
    if let hit, let at = document.hit(hit), isInSight(hit) || !isRead {
      let block = document.blocks[at.block]
      return ConversationPlace(
        exchange: document.exchange(of: block).id, reply: document.reply(of: block)?.id,
        isReasoning: block.kind == .reasoning, offset: at.range.lowerBound)
    }
    guard isRead, let exchange = exchangeInSight else { return nil }
    return ConversationPlace(exchange: exchange)
  }

  /// The prompt whose exchange most of the screen shows.
  var exchangeInSight: UUID? { exchange.map { conversation.exchanges[$0].id } }
}
