import Canvas
import Conversations

/// The panes' names and states in one row, scrolled so that the active one is seen.
struct TabStrip {
  private let rect: Rect
  private let theme: Theme
  private var line: [Cell] = []
  /// The columns of each pane's tab, before scrolling.
  private var spans: [Range<Int>] = []
  private var offset = 0

  init(_ state: StageLook, _ theme: Theme, _ rect: Rect) {
    self.rect = rect
    self.theme = theme
    guard !rect.isEmpty else { return }
    for (index, pane) in state.panes.enumerated() {
      let start = line.count
      let isActive = index == state.activePane
      let replyState = state.currentReply(pane.model)?.state
      let background = isActive ? theme.selection : theme.background
      let glyph = replyState.map { theme.style(of: $0) } ?? theme.dim
      let name = isActive ? (state.focus == .pane ? theme.accent.adding(.bold) : theme.strong) : theme.muted
      line += Sanitizer.cells(" \(replyState?.glyph ?? "○") ", style: glyph.on(background))
      let label = Sanitizer.cells(state.label(pane.model), style: name.on(background))
      line += TextWidth.truncate(label, to: max(6, min(24, rect.width / 2)))
      line.append(Cell(" ", style: name.on(background)))
      spans.append(start..<line.count)
    }
    guard spans.indices.contains(state.activePane) else { return }
    let active = spans[state.activePane]
    offset = min(max(0, active.upperBound + 1 - rect.width), active.lowerBound)
  }

  /// The pane whose tab stands at a column of the screen.
  func pane(at x: Int) -> Int? { spans.firstIndex { $0.contains(x - rect.x + offset) } }

  func draw(_ frame: inout Frame) {
    guard !rect.isEmpty else { return }
    frame.put(line, at: Point(x: rect.x - offset, y: rect.y), clip: rect)
    if offset > 0 { frame.put("‹", at: Point(x: rect.x, y: rect.y), style: theme.accent) }
    if line.count - offset > rect.width { frame.put("›", at: Point(x: rect.maxX - 1, y: rect.y), style: theme.accent) }
  }
}
