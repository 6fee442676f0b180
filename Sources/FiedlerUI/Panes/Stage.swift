import Conversations
import FoundationEssentials

/// Panes and how they are looked at: those of the live conversation, or a replay's.
struct Stage: Sendable {
  enum Focus: Hashable, Sendable { case prompt, pane }

  var panes: [Pane] = []
  var activePane = 0
  var focus = Focus.prompt
  var isZoomed = false
  /// What is looked for in the active pane.
  var find: PaneFind?
  /// What is selected, and where the button was pressed last.
  var selection: PaneSelection?
  var press: PanePress?
  /// While a drag rests beyond an edge.
  var dragScroll: DragScroll?
  /// Where everything stood when it was laid out last.
  var layout: ComposeLayout?
  /// Where it is a replay's: nothing in it can be asked again, and a timeline stands in the place of the prompt.
  var past: Past?

  struct Past: Sendable {
    /// As it was at the moment that is shown.
    var conversation: Conversation?
    /// Tracks of the timeline.
    var tracks: Int
    /// The moment that is shown, from the exchange's beginning on.
    var position = Duration.zero
  }

  /// What the panes show; `nil` until the first prompt of a new conversation is sent.
  func conversation(_ world: World) -> Conversation? {
    if let past { past.conversation } else { world.conversation }
  }

  /// The newest reply of a model to the newest prompt.
  func currentReply(_ model: ModelReference, _ world: World) -> Reply? {
    conversation(world)?.exchanges.last?.replies.last { $0.model == model }
  }

  /// Panes for the models of the newest prompt, and for `others` that were asked before it. Those there already keep
  /// their place if `keeping`.
  mutating func showPanes(
    keeping: Bool, _ arrangement: PaneArrangement, and others: [ModelReference] = [], _ world: World
  ) {
    let old = keeping ? panes : []
    let exchanges = conversation(world)?.exchanges ?? []
    let asked = exchanges.last?.prompt.models ?? []
    var models: [ModelReference] = []
    let known = others.filter { model in
      asked.contains(model) || exchanges.contains { $0.prompt.models.contains(model) }
    }
    for model in known + asked where !models.contains(model) { models.append(model) }
    panes = arrangement.ordered(models).map { model in
      if let pane = old.first(where: { $0.model == model }) { return pane }
      var pane = Pane(model: model)
      pane.readArrivals(of: currentReply(model, world))
      return pane
    }
    if activePane >= panes.count { activePane = 0 }
    if panes.isEmpty {
      focus = .prompt
      isZoomed = false
    }
  }

  /// Scrolls every pane to an exchange of the line.
  mutating func lookAt(_ exchange: UUID, _ world: World) {
    guard let turn = conversation(world)?.turn(of: exchange) else { return }
    for index in panes.indices { panes[index].go(toTurn: turn) }
  }

  // MARK: What comes in

  /// Remembers when text came, for the rate, and how long a reply waits, for its bar.
  mutating func note(_ events: [ReplyEvent], _ world: World) {
    let exchanges = world.conversation?.exchanges ?? []
    for event in events {
      guard let turn = exchanges.lastIndex(where: { $0.replies.contains { $0.id == event.reply } }) else { continue }
      // An answer of an earlier turn, asked for again while that was the last one on the screen.
      // A reading of answers that ends has names where it had labels.
      let isNamed = event.event.isFinal && exchanges[turn].prompt.synthesis != nil
      if turn < exchanges.count - 1 || isNamed { reopen(from: turn) }
      guard let pane = panes.firstIndex(where: { currentReply($0.model, world)?.id == event.reply }) else { continue }
      switch event.event {
      case .text, .reasoning: panes[pane].arrivals = Pane.Arrivals.extended(panes[pane].arrivals, by: event.at)
      case .retrying(_, _, let delay, _): panes[pane].retryWait = delay
      default: break
      }
    }
  }

  /// Another attempt at the answer of a model has begun.
  mutating func beginRetry(of prompt: UUID, _ reply: Reply, _ world: World) {
    guard let exchanges = world.conversation?.exchanges, let turn = exchanges.lastIndex(where: { $0.id == prompt })
    else { return }
    for pane in panes.indices where panes[pane].model == reply.model {
      panes[pane].attempts[prompt] = nil
      panes[pane].document.reopen(from: turn)
      guard turn == exchanges.count - 1 else { continue }
      panes[pane].arrivals = nil
      panes[pane].turn = nil
      panes[pane].follows = true
    }
  }

  /// Lays out anew what the panes show from a turn on.
  mutating func reopen(from turn: Int) {
    for index in panes.indices { panes[index].document.reopen(from: turn) }
  }
}

extension Conversation {
  /// The place of an exchange on the line.
  func turn(of exchange: UUID) -> Int? { exchanges.firstIndex { $0.id == exchange } }
}
