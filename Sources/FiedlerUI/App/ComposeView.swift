import Canvas
import Conversations

/// Draws the panes and, beneath them, the prompt; a replay's timeline in its place.
struct ComposeView {
  let state: AppState
  let theme: Theme
  let now: Duration

  func draw(_ size: Size, _ frame: inout Frame) {
    let layout = ComposeLayout(state, size)
    drawTitle(layout.title, &frame)
    if state.panes.isEmpty {
      Welcome(state: state, theme: theme).draw(in: layout.area, &frame)
    } else {
      TabStrip(state, theme, layout.tabs).draw(&frame)
      let view = PaneView(state: state, layout, theme: theme, now: now)
      for (index, rect) in layout.panes {
        view.draw(index, in: rect, isNamed: !layout.tabs.isEmpty && !state.isPlain, &frame)
      }
      PaneStrip(state: state, theme: theme).draw(in: layout.strip, &frame)
    }
    if let replay = state.top(ReplayScreen.self) {
      ReplayView(replay: replay, world: state.world, theme: theme).draw(in: layout.prompt, &frame)
    } else {
      PromptView(state: state, theme: theme).draw(in: layout.prompt, text: layout.promptText, &frame)
    }
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
      if state.isZoomed { parts.insert("zoomed", at: 0) }
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
