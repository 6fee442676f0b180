import Conversations
import FoundationEssentials

/// A place in a conversation that its panes are to show: where a search found something, a batch has its cell, or a
/// point of a reading is from.
struct ConversationPlace: Hashable, Sendable {
  var exchange: UUID
  /// The answer or reasoning that is meant, and the byte of it that shall be in sight.
  var reply: UUID?
  var isReasoning = false
  var offset = 0
  /// The bytes of other answers that shall be in sight in their panes.
  var others: [UUID: Int] = [:]
}

extension ComposeScreen {
  /// Scrolls the panes to the place that they are to show. They must have been laid out.
  mutating func showRevealed(_ world: World) {
    guard let place = reveal else { return }
    reveal = nil
    let exchanges = world.conversation?.exchanges ?? []
    guard let exchange = exchanges.firstIndex(where: { $0.id == place.exchange }) else { return }
    let model = exchanges[exchange].replies.first { $0.id == place.reply }?.model
    if let model, let pane = stage.panes.firstIndex(where: { $0.model == model }) { stage.activePane = pane }
    for index in stage.panes.indices {
      guard let row = stage.panes[index].row(of: place, exchange, exchanges) else { continue }
      stage.panes[index].scroll(to: row)
    }
    if let word = revealedWord, stage.panes.indices.contains(stage.activePane) {
      stage.find = PaneFind(in: stage.panes[stage.activePane], marking: word)
      stage.settleFind(world)
    }
    revealedWord = nil
  }
}

extension Pane {
  /// The first row to show for a place: a little above the meant byte, or where the exchange begins.
  fileprivate func row(of place: ConversationPlace, _ exchange: Int, _ exchanges: [Exchange]) -> Int? {
    let own = shownReply(in: exchanges[exchange])?.id
    let other = own.flatMap { place.others[$0] }
    let id = other == nil ? place.reply : own
    let reply = exchanges[exchange].replies.firstIndex { $0.id == id }
    let blocks = document.blocks
    let meant = reply.flatMap { reply in
      blocks.firstIndex { block in
        block.source == (place.isReasoning ? .reasoning(exchange, reply) : .answer(exchange, reply))
      }
    }
    if let meant {
      return max(0, document.row(of: .init(block: meant, offset: other ?? place.offset)) - bodyHeight / 3)
    }
    let inExchange = blocks.firstIndex { block in
      switch block.source {
      case .answer(exchange, _), .reasoning(exchange, _): true
      default: false
      }
    }
    guard let inExchange else { return nil }
    let start = blocks[...inExchange].lastIndex { $0.look == .prompt } ?? inExchange
    return document.row(of: .init(block: start, offset: 0))
  }
}
