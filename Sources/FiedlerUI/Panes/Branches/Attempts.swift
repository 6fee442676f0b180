import Conversations
import FoundationEssentials

extension Exchange {
  /// The replies of one model, oldest first.
  func attempts(_ model: ModelReference) -> [Reply] { replies.filter { $0.model == model } }
}

extension Pane {
  /// The reply to a prompt that it shows.
  func shownReply(in exchange: Exchange) -> Reply? {
    let chosen = attempts[exchange.id].flatMap { id in exchange.replies.last { $0.id == id } }
    return chosen ?? exchange.replies.last { $0.model == model }
  }
}

extension Stage {
  /// The reply that a pane's header is of: the newest attempt at the last prompt, or an earlier one the user chose.
  func shownReply(_ pane: Pane, _ world: World) -> Reply? {
    conversation(world)?.exchanges.last.flatMap { pane.shownReply(in: $0) }
  }

  /// The answer that the focused pane has in view.
  func replyInView(_ world: World) -> Reply? {
    guard panes.indices.contains(activePane), let exchange = exchangeInView(world) else { return nil }
    return panes[activePane].shownReply(in: exchange)
  }

  /// An earlier or later attempt at the answer in view.
  mutating func stepAttempt(by step: Int, _ world: inout World) {
    guard panes.indices.contains(activePane), let turn = turnInView(world), let exchange = exchangeInView(world) else {
      return
    }
    let attempts = exchange.attempts(panes[activePane].model)
    guard attempts.count > 1, let shown = replyInView(world),
      let place = attempts.firstIndex(where: { $0.id == shown.id })
    else {
      world.show(
        "There is one attempt only" + (world.keyMap.name(of: .retry, in: [.pane]).map { "; \($0) asks again" } ?? ""))
      return
    }
    let next = min(max(0, place + step), attempts.count - 1)
    panes[activePane].attempts[exchange.id] = next == attempts.count - 1 ? nil : attempts[next].id
    panes[activePane].document.reopen(from: turn)
    panes[activePane].readArrivals(of: shownReply(panes[activePane], world))
    if next == place { world.show(step < 0 ? "This is the first attempt" : "This is the last attempt") }
  }

  /// The turn before or after the one in view; behind the last one to the end. All panes go there whose models were
  /// asked then, unless `alone`.
  mutating func stepTurn(by step: Int, alone: Bool = false, _ world: World) {
    guard let turn = turnInView(world), let exchanges = conversation(world)?.exchanges else { return }
    let model = panes.indices.contains(activePane) ? panes[activePane].model : nil
    var next = turn + step
    while exchanges.indices.contains(next), !exchanges[next].replies.contains(where: { $0.model == model }) {
      next += step
    }
    for index in panes.indices where index == activePane || !alone {
      if next >= exchanges.count {
        panes[index].scroll(to: .max)
      } else if index == activePane
        || exchanges[max(0, next)].replies.contains(where: { $0.model == panes[index].model })
      {
        panes[index].go(toTurn: max(0, next))
      }
    }
  }
}
