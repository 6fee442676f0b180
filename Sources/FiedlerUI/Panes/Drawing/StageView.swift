import Canvas
import Conversations

/// What a stage's panes are drawn from.
struct StageLook {
  let stage: Stage
  let world: World

  init(_ stage: Stage, _ world: World) {
    self.stage = stage
    self.world = world
  }

  var panes: [Pane] { stage.panes }
  var activePane: Int { stage.activePane }
  var focus: Stage.Focus { stage.focus }
  var isPlain: Bool { world.isPlain }
  var conversation: Conversation? { stage.conversation(world) }
  var showsSource: Bool { stage.showsSource(world) }
  var branchWords: String? { stage.branchWords(world) }

  func label(_ model: ModelReference) -> String { world.label(model) }
  func choice(_ model: ModelReference) -> ModelChoice? { world.choice(model) }
  func currentReply(_ model: ModelReference) -> Reply? { stage.currentReply(model, world) }
  func shownReply(_ pane: Pane) -> Reply? { stage.shownReply(pane, world) }
}

/// Draws the title and the panes of a stage.
struct StageView {
  let state: StageLook
  let theme: Theme
  let now: Duration

  init(_ stage: Stage, _ look: Look) {
    state = StageLook(stage, look.world)
    theme = look.theme
    now = look.now
  }

  func draw(_ layout: ComposeLayout, _ frame: inout Frame) {
    drawTitle(layout.title, &frame)
    guard !state.panes.isEmpty else { return }
    TabStrip(state, theme, layout.tabs).draw(&frame)
    let view = PaneView(state: state, layout, theme: theme, now: now)
    for (index, rect) in layout.panes {
      view.draw(index, in: rect, isNamed: !layout.tabs.isEmpty && !state.isPlain, &frame)
    }
    PaneStrip(state: state, theme: theme).draw(in: layout.strip, &frame)
  }

  private func drawTitle(_ rect: Rect, _ frame: inout Frame) {
    guard !rect.isEmpty else { return }
    let title = Sanitizer.cells(
      state.conversation?.title ?? (state.panes.isEmpty ? "" : "New conversation"), style: theme.strong)
    var right = rect.maxX - 1
    if let conversation = state.conversation {
      var parts: [String] = []
      let costs = state.panes.compactMap { pane in
        state.choice(pane.model)?.price.flatMap { $0.cost(of: state.currentReply(pane.model)?.usage ?? Usage()) }
      }
      if !costs.isEmpty { parts.append(Figures.money(costs.reduce(0, +))) }
      if let time = wholeTime { parts.append(Figures.seconds(time)) }
      parts.append(Figures.plural(conversation.exchanges.count, "prompt"))
      if let branch = state.branchWords { parts.append(branch) }
      if state.stage.isZoomed { parts.insert("zoomed", at: 0) }
      let text = parts.joined(separator: " · ")
      right -= TextWidth.columns(text)
      frame.put(text, at: Point(x: right, y: rect.y), style: theme.muted, clip: rect)
    }
    let cells = TextWidth.truncate(title, to: max(0, right - rect.x - 3))
    frame.put(cells, at: Point(x: rect.x + 1, y: rect.y), clip: rect)
  }

  /// From the prompt to the end of its last answer; `nil` while one still comes.
  private var wholeTime: Duration? {
    let replies = state.panes.compactMap { state.currentReply($0.model) }
    guard replies.allSatisfy(\.state.isFinal) else { return nil }
    return replies.compactMap(\.duration).max()
  }
}
