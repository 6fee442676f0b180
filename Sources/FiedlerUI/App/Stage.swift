import Conversations
import FoundationEssentials

/// A conversation and how it is looked at: the live one's, or a replay's.
struct Stage: Sendable {
  enum Focus: Hashable, Sendable { case prompt, pane }

  /// `nil` until the first prompt of a new one is sent.
  var conversation: Conversation?
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
  /// Where it is a replay's: nothing in it can be asked again, and a timeline stands in the place of the prompt.
  var past: Past?

  struct Past: Hashable, Sendable {
    /// Tracks of the timeline.
    var tracks: Int
    /// The moment that is shown, from the exchange's beginning on.
    var position = Duration.zero
  }

  /// The newest reply of a model to the newest prompt.
  func currentReply(_ model: ModelReference) -> Reply? {
    conversation?.exchanges.last?.replies.last { $0.model == model }
  }

  /// Panes for the models of the newest prompt, and for `others` that were asked before it. Those there already keep
  /// their place if `keeping`.
  mutating func showPanes(keeping: Bool, _ arrangement: PaneArrangement, and others: [ModelReference] = []) {
    let old = keeping ? panes : []
    let exchanges = conversation?.exchanges ?? []
    let asked = exchanges.last?.prompt.models ?? []
    var models: [ModelReference] = []
    let known = others.filter { model in
      asked.contains(model) || exchanges.contains { $0.prompt.models.contains(model) }
    }
    for model in known + asked where !models.contains(model) { models.append(model) }
    panes = arrangement.ordered(models).map { model in
      if let pane = old.first(where: { $0.model == model }) { return pane }
      var pane = Pane(model: model)
      pane.readArrivals(of: currentReply(model))
      return pane
    }
    if activePane >= panes.count { activePane = 0 }
    if panes.isEmpty {
      focus = .prompt
      isZoomed = false
    }
  }

  /// Scrolls every pane to an exchange of the line.
  mutating func lookAt(_ exchange: UUID) {
    guard let turn = turn(of: exchange) else { return }
    for index in panes.indices { panes[index].go(toTurn: turn) }
  }

  /// The place of an exchange on the line.
  func turn(of exchange: UUID) -> Int? { conversation?.exchanges.firstIndex { $0.id == exchange } }
}
