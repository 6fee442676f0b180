import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  /// Puts an exchange of a conversation, the last one for `nil`, on the screen as it was when it was sent, and plays.
  mutating func openReplay(of whole: Conversation, exchange id: UUID?) -> [Effect] {
    let conversation = world.shown(whole)
    let found =
      id.map { id in conversation.exchanges.firstIndex { $0.id == id } } ?? conversation.exchanges.indices.last
    guard let index = found, !conversation.exchanges[index].replies.isEmpty else {
      world.show("There is no answer to replay yet")
      return []
    }
    world.explain(conversation.id)
    let timeline = ReplayTimeline(
      of: conversation.exchanges[index], hasRecordings: !world.isSuspect(conversation.id))
    guard timeline.isComplete else {
      world.show("This exchange can be replayed once all its answers have ended")
      return []
    }
    let model = stage.activeModel
    var replay = ReplayScreen(source: conversation, exchange: index, timeline: timeline)
    replay.begin(at: model, world)
    // Another exchange takes the place of the one that is shown.
    if let shown = top as? ReplayScreen {
      replay.stage.isZoomed = shown.stage.isZoomed
      screens.removeLast()
    }
    open(replay)
    return [.title("Replay: \(conversation.title)")]
  }

  /// Replays what is selected in a list, which must be read for it, or what is on the screen.
  mutating func replayMeant() -> [Effect] {
    if top is HistoryScreen, let meant { return [.replay(conversation: meant.id, exchange: meant.exchange)] }
    guard let conversation = world.conversation else {
      world.show("There is no conversation on the screen to replay")
      return []
    }
    return openReplay(of: conversation, exchange: nil)
  }

  /// Whether what is meant has been answered.
  var canReplay: Possibility {
    if top is HistoryScreen { return meant == nil ? .no("There is no conversation here yet") : .yes }
    guard let replies = world.conversation?.exchanges.last?.replies, !replies.isEmpty else { return .quietly }
    return screens.isEmpty && replies.allSatisfy(\.state.isFinal) ? .yes : .quietly
  }
}

extension ReplayScreen {
  // MARK: Coming and going

  /// Puts the conversation on the stage, the pane of a model being the active one, and plays.
  mutating func begin(at model: ModelReference?, _ world: World) {
    stage.past?.conversation = Self.copy(of: source, through: exchange, timeline)
    stage.showPanes(
      keeping: false, world.hidesNames ? PaneArrangement(layout: world.arrangement.layout) : world.arrangement, world)
    for index in stage.panes.indices { stage.panes[index].isReplay = true }
    stage.activePane = stage.panes.firstIndex { $0.model == model } ?? 0
    play(world.now)
    showMoment(world)
  }

  func left(_ world: World) -> [Effect] { [.title(world.conversation?.title ?? "Fiedler")] }

  mutating func close(_ world: inout World) -> [Effect] {
    if stage.selection != nil {
      stage.dropSelection()
    } else if stage.isZoomed {
      stage.isZoomed = false
    } else {
      world.leave()
    }
    return []
  }

  func contexts(_ world: World) -> [KeyContext] {
    stage.isSelecting ? [.selection, .everywhere] : [.replay, .screens, .everywhere]
  }

  var hintsOwnKeysFirst: Bool { true }

  func statusWords(_ world: World) -> [String]? {
    let running = world.runningReplies
    return running > 0 ? ["replay · \(Figures.count(running)) running", "replay", ""] : ["replay", ""]
  }

  /// Where everything stands: the timeline has the prompt's place.
  func layout(_ world: World, _ size: Size) -> ComposeLayout {
    ComposeLayout(stage, world, promptRows: 0, size)
  }

  mutating func settle(_ world: World) {
    stage.activePane = max(0, min(stage.activePane, stage.panes.count - 1))
    stage.settle(layout(world, world.size), world)
    stage.settleMarks(world)
  }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    let layout = layout(look.world, size)
    StageView(stage, look).draw(layout, &frame)
    ReplayView(replay: self, world: look.world, theme: look.theme).draw(in: layout.prompt, &frame)
  }

  func noticesEnd(_ world: World, _ size: Size) -> Int { layout(world, size).prompt.y }

  func readPlace(_ world: World, _ size: Size) -> Point? { stage.readPlace(layout(world, size)) }

  var shownConversation: Conversation? { source }

  // MARK: What several screens do

  func stays(for action: Action) -> Bool { action.worksInReplay }

  mutating func toggleReasoning() { stage.toggleReasoning() }

  func canFold(_ world: World) -> Bool { stage.canFold(world) }

  /// What was plain because of a crash is played again as usual.
  mutating func toggleRawText(_ world: inout World) -> [Effect] {
    let effects = world.toggleRawText(of: source.id)
    guard !effects.isEmpty else { return [] }
    world.then { [source, exchange] in $0.openReplay(of: source, exchange: source.exchanges[exchange].id) }
    return effects
  }

  mutating func takeDrag(_ mouse: Mouse, _ world: inout World) -> [Effect]? { stage.takeSelecting(mouse, &world) }

  /// The conversation as it led to an exchange, that one with the replies of a timeline.
  private static func copy(
    of conversation: Conversation, through index: Int, _ timeline: ReplayTimeline
  ) -> Conversation {
    var copy = conversation
    var line = conversation.line(through: conversation.exchanges[index].id)
    if let last = line.indices.last {
      line[last].replies = timeline.replies
      line[last].prompt.models = timeline.replies.map(\.model)
    }
    copy.exchanges = line
    return copy
  }

  // MARK: The clock

  mutating func advance(_ world: inout World) -> [Effect] {
    stage.advanceDrag(world)
    guard isPlaying else { return [] }
    let before = position
    moveOn(to: world.now)
    if position > before { play(timeline.events(after: before, through: position), world) }
    return []
  }

  func nextChange(_ world: World) -> Duration? {
    [nextChange(world.now), stage.dragScroll?.due].compactMap(\.self).min()
  }

  private mutating func play(_ events: [ReplyEvent], _ world: World) {
    guard let exchange = stage.past?.conversation?.exchanges.indices.last else { return }
    for event in events {
      guard
        let reply = stage.past?.conversation?.exchanges[exchange].replies.firstIndex(where: { $0.id == event.reply })
      else { continue }
      if event.event.isFinal, let ended = timeline.reply(event.reply, at: event.at) {
        // As it is kept, with what events do not tell.
        stage.past?.conversation?.exchanges[exchange].replies[reply] = ended
      } else {
        stage.past?.conversation?.exchanges[exchange].replies[reply].apply(event.event, at: event.at)
      }
    }
    noteArrivals(world)
  }

  /// Shows the replies as they were at the position, wherever it came from.
  private mutating func showMoment(_ world: World) {
    guard let exchange = stage.past?.conversation?.exchanges.indices.last else { return }
    let position = position
    let replies = timeline.replies.compactMap { timeline.reply($0.id, at: position) }
    stage.past?.conversation?.exchanges[exchange].replies = replies
    noteArrivals(world)
  }

  private mutating func noteArrivals(_ world: World) {
    for index in stage.panes.indices {
      let reply = stage.currentReply(stage.panes[index].model, world)?.id
      let arrivals = reply.flatMap { timeline.arrivals(of: $0, at: position) }
      stage.panes[index].arrivals = arrivals.map { Pane.Arrivals(first: $0.first, last: $0.last) }
    }
  }

  // MARK: What the user asks

  mutating func togglePlaying(_ world: World) {
    guard !isPlaying else { return pause() }
    let isAtEnd = isAtEnd
    play(world.now)
    if isAtEnd { showMoment(world) }
  }

  mutating func seek(to time: Duration, _ world: World) {
    seek(to: time, world.now)
    showMoment(world)
  }

  mutating func seek(by step: Duration, _ world: World) { seek(to: position + step, world) }

  mutating func seekPreviousStop(_ world: World) {
    // While it plays, the event just passed is not the one meant.
    let slack: Duration = isPlaying ? .milliseconds(700) * speed : .zero
    seek(to: timeline.previousStop(before: position - slack), world)
  }

  mutating func seekNextStop(_ world: World) { seek(to: timeline.nextStop(after: position), world) }

  func moveExchange(by step: Int, _ world: inout World) -> [Effect] {
    let next = exchange + step
    guard source.exchanges.indices.contains(next) else {
      world.show(step < 0 ? "This is the first exchange" : "This is the last exchange")
      return []
    }
    world.then { [source] in $0.openReplay(of: source, exchange: source.exchanges[next].id) }
    return []
  }

  mutating func changeSpeed(by step: Int, _ world: World) { changeSpeed(by: step, world.now) }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    if takeInTimeline(mouse, world) { return [] }
    stage.take(mouse, step, world)
    return []
  }

  /// Press and drag on the timeline. Returns whether the mouse was meant for it.
  private mutating func takeInTimeline(_ mouse: Mouse, _ world: World) -> Bool {
    let box = layout(world, world.size).prompt
    let layout = ReplayLayout(self, world, box)
    switch mouse.action {
    case .press where mouse.button == .left && layout.box.contains(mouse.point): isDragging = true
    case .drag where isDragging: break
    case .release:
      defer { isDragging = false }
      return isDragging
    default: return false
    }
    seek(to: layout.time(at: mouse.point.x, timeline.duration), world)
    return true
  }
}
