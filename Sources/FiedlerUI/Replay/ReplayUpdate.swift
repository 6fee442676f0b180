import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  // MARK: Coming and going

  /// Puts an exchange of a conversation, the last one for `nil`, on the screen as it was when it was sent, and plays.
  /// What is on the screen now comes back when the replay is left.
  mutating func openReplay(of conversation: Conversation, exchange id: UUID?) -> [Effect] {
    let found =
      id.map { id in conversation.exchanges.firstIndex { $0.id == id } } ?? conversation.exchanges.indices.last
    guard let index = found, !conversation.exchanges[index].replies.isEmpty else {
      show("There is no answer to replay yet")
      return []
    }
    explain(conversation.id)
    let timeline = ReplayTimeline(
      of: conversation.exchanges[index], hasRecordings: !isSuspect(conversation.id))
    guard timeline.isComplete else {
      show("This exchange can be replayed once all its answers have ended")
      return []
    }
    var opened = ReplayState(source: conversation, exchange: index, timeline: timeline)
    let model = panes.indices.contains(activePane) ? panes[activePane].model : nil
    if let replay {
      (opened.behind, opened.origin) = (replay.behind, replay.origin)
    } else {
      opened.behind = stage
      opened.origin = screen
      isZoomed = false
    }
    overlay = nil
    opening = nil
    screen = .replay
    focus = .pane
    self.conversation = Self.copy(of: conversation, through: index, timeline)
    showPanes(keeping: false)
    for index in panes.indices { panes[index].isReplay = true }
    activePane = panes.firstIndex { $0.model == model } ?? 0
    opened.play(now)
    replay = opened
    showMoment()
    return [.title("Replay: \(conversation.title)")]
  }

  /// Brings back what was on the screen before.
  mutating func closeReplay() -> [Effect] {
    guard let replay else { return [] }
    self.replay = nil
    screen = replay.origin
    stage = replay.behind
    return [.title(conversation?.title ?? "Fiedler")]
  }

  /// What has no meaning in a replay is meant for what is behind it.
  mutating func leaveReplay(for id: ActionID) {
    guard screen == .replay else { return }
    switch id {
    case .replay, .replayPlay, .replayBack, .replayForward, .replayPreviousEvent, .replayNextEvent,
      .replayPreviousExchange, .replayNextExchange, .replaySlower, .replayFaster, .replayStart, .replayEnd, .help,
      .palette, .focusNext, .focusPrevious, .scrollDown, .scrollUp, .pageDown, .pageUp, .top, .bottom, .zoom, .layout,
      .copy, .links, .openLink, .wrapCode, .select, .nextCode, .previousCode, .copyCode, .fold, .rawText, .redraw,
      .suspend,
      .interrupt, .quit,
      .close, .moveDown, .moveUp, .movePageDown, .movePageUp,
      .moveFirst, .moveLast, .toggle, .accept, .answerYes, .answerNo:
      return
    default: _ = closeReplay()
    }
  }

  /// Runs what is about live conversations with the one behind the replay in its place. The replay shows a copy, whose
  /// replies have the same ids; no live event must reach it, and none be lost.
  mutating func behindReplay<Result>(_ body: (inout AppState) -> Result) -> Result {
    guard var covering = replay else { return body(&self) }
    let shown = stage
    stage = covering.behind
    replay = nil
    let result = body(&self)
    covering.behind = stage
    stage = shown
    replay = covering
    return result
  }

  /// What stands on the first screen.
  private var stage: Stage {
    get {
      Stage(conversation: conversation, panes: panes, activePane: activePane, focus: focus, isZoomed: isZoomed)
    }
    set {
      conversation = newValue.conversation
      panes = newValue.panes
      activePane = newValue.activePane
      focus = newValue.focus
      isZoomed = newValue.isZoomed
    }
  }

  /// The conversation as it led to an exchange, that one with the replies of a timeline.
  private static func copy(
    of conversation: Conversation, through index: Int, _ timeline: ReplayTimeline
  ) -> Conversation {
    var copy = conversation
    let hasBranches = conversation.exchanges.contains { $0.prompt.parent != nil }
    var line = Array(conversation.exchanges[...index])
    if hasBranches {
      var next = line.last?.prompt.parent
      var kept = Array(line.suffix(1))
      for exchange in line.dropLast().reversed() where exchange.id == next {
        kept.insert(exchange, at: 0)
        next = exchange.prompt.parent
      }
      line = kept
    }
    let last = line.count - 1
    line[last].replies = timeline.replies
    line[last].prompt.models = timeline.replies.map(\.model)
    copy.exchanges = line
    return copy
  }

  /// Whether there is an exchange on the screen that has ended.
  var canReplay: Bool {
    guard let replies = conversation?.exchanges.last?.replies, !replies.isEmpty else { return false }
    return screen != .replay && replies.allSatisfy(\.state.isFinal)
  }

  // MARK: The clock

  /// Moves the replay on to the program's time.
  mutating func advanceReplay() {
    guard var moved = replay, moved.isPlaying else { return }
    let before = moved.position
    moved.advance(now)
    replay = moved
    guard moved.position > before else { return }
    play(moved.timeline.events(after: before, through: moved.position))
    settle()
  }

  private mutating func play(_ events: [ReplyEvent]) {
    guard let timeline = replay?.timeline, let exchange = conversation?.exchanges.indices.last else { return }
    for event in events {
      guard let reply = conversation?.exchanges[exchange].replies.firstIndex(where: { $0.id == event.reply }) else {
        continue
      }
      if event.event.isFinal, let ended = timeline.reply(event.reply, at: event.at) {
        // As it is kept, with what events do not tell.
        conversation?.exchanges[exchange].replies[reply] = ended
      } else {
        conversation?.exchanges[exchange].replies[reply].apply(event.event, at: event.at)
      }
    }
    noteArrivals()
  }

  /// Shows the replies as they were at the replay's position, wherever it came from.
  private mutating func showMoment() {
    guard let replay, let exchange = conversation?.exchanges.indices.last else { return }
    conversation?.exchanges[exchange].replies = replay.timeline.replies.compactMap {
      replay.timeline.reply($0.id, at: replay.position)
    }
    noteArrivals()
  }

  private mutating func noteArrivals() {
    guard let replay else { return }
    for index in panes.indices {
      let reply = currentReply(panes[index].model)?.id
      let arrivals = reply.flatMap { replay.timeline.arrivals(of: $0, at: replay.position) }
      panes[index].arrivals = arrivals.map { Pane.Arrivals(first: $0.first, last: $0.last) }
    }
  }

  // MARK: What the user asks

  mutating func performReplay(_ id: ActionID) -> [Effect] {
    guard let replay else {
      guard id == .replay else { return [] }
      return screen == .history ? replaySelected() : replayShown()
    }
    let position = replay.position
    switch id {
    case .replayPlay:
      if replay.isPlaying { self.replay?.pause() } else { startPlaying() }
    case .replayBack: seek(to: position - .seconds(5))
    case .replayForward: seek(to: position + .seconds(5))
    case .replayPreviousEvent:
      // While it plays, the event just passed is not the one meant.
      let slack: Duration = replay.isPlaying ? .milliseconds(700) * replay.speed : .zero
      seek(to: replay.timeline.previousStop(before: position - slack))
    case .replayNextEvent: seek(to: replay.timeline.nextStop(after: position))
    case .replayPreviousExchange: return moveExchange(by: -1)
    case .replayNextExchange: return moveExchange(by: 1)
    case .replaySlower: self.replay?.changeSpeed(by: -1, now)
    case .replayFaster: self.replay?.changeSpeed(by: 1, now)
    case .replayStart: seek(to: .zero)
    case .replayEnd: seek(to: replay.timeline.duration)
    default: break
    }
    return []
  }

  private mutating func replayShown() -> [Effect] {
    guard let conversation else {
      show("There is no conversation on the screen to replay")
      return []
    }
    return openReplay(of: conversation, exchange: nil)
  }

  private mutating func startPlaying() {
    let isAtEnd = replay?.isAtEnd ?? false
    replay?.play(now)
    if isAtEnd { showMoment() }
  }

  mutating func seek(to time: Duration) {
    replay?.seek(to: time, now)
    showMoment()
  }

  private mutating func moveExchange(by step: Int) -> [Effect] {
    guard let replay else { return [] }
    let next = replay.exchange + step
    guard replay.source.exchanges.indices.contains(next) else {
      show(step < 0 ? "This is the first exchange" : "This is the last exchange")
      return []
    }
    return openReplay(of: replay.source, exchange: replay.source.exchanges[next].id)
  }

  mutating func moveReplayFocus(by step: Int) {
    guard !panes.isEmpty else { return }
    activePane = (activePane + step + panes.count) % panes.count
  }

  /// Press and drag on the timeline. Returns whether the mouse was meant for it.
  mutating func takeInTimeline(_ mouse: Mouse) -> Bool {
    guard let replay, !ComposeLayout.isTooSmall(size) else { return false }
    let layout = ReplayLayout(self, replay, ComposeLayout(self, size).prompt)
    switch mouse.action {
    case .press where mouse.button == .left && layout.box.contains(mouse.point): self.replay?.isDragging = true
    case .drag where replay.isDragging: break
    case .release:
      self.replay?.isDragging = false
      return replay.isDragging
    default: return false
    }
    seek(to: layout.time(at: mouse.point.x, replay.timeline.duration))
    return true
  }
}
