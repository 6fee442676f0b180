import Canvas
import Conversations

/// Where everything of the first screen stands, at any size.
struct ComposeLayout {
  /// The conversation's title.
  var title: Rect
  /// One line of tabs over a single pane; empty in a grid.
  var tabs: Rect
  /// What panes, or the welcome, share.
  var area: Rect
  /// The panes that are seen, with their index.
  var panes: [(index: Int, rect: Rect)]
  /// The prompt's box; in a replay the timeline's.
  var prompt: Rect
  var bar: Rect
  /// Where panes may stand, tabs included.
  var panesArea: Rect { Rect(x: area.x, y: title.maxY, width: area.width, height: prompt.y - title.maxY) }

  /// Where fewer remain, the pane that has the keys has the prompt's too.
  private static let leastPaneRows = 3

  /// Smaller screens show only that they are too small.
  static let minimum = Size(width: 20, height: 6)

  static func isTooSmall(_ size: Size) -> Bool { size.width < minimum.width || size.height < minimum.height }

  init(_ state: AppState, _ size: Size) {
    self.init(state.stage, state.world, promptRows: Self.promptRows(state, size), size)
  }

  /// `promptRows` are the rows of its text; they do not matter in a replay.
  init(_ stage: Stage, _ world: World, promptRows textRows: Int, _ size: Size) {
    let width = size.width
    let titleRows = Self.titleRows(size)
    let textRows = stage.past.map { ReplayLayout.rows($0.tracks, size) } ?? textRows
    let promptRows = textRows + 2
    bar = Rect(x: 0, y: size.height - 1, width: width, height: 1)
    prompt = Rect(x: 0, y: size.height - 1 - promptRows, width: width, height: promptRows)
    title = Rect(x: 0, y: 0, width: width, height: titleRows)
    area = Rect(x: 0, y: titleRows, width: width, height: prompt.y - titleRows)
    tabs = Rect(x: 0, y: area.y, width: 0, height: 0)
    panes = []
    guard !stage.panes.isEmpty else {
      area.height = max(0, area.height - world.toastRows(size))
      return
    }
    if stage.focus == .pane, stage.past == nil, area.height < Self.leastPaneRows + (stage.panes.count > 1 ? 1 : 0) {
      prompt = Rect(x: 0, y: bar.y, width: width, height: 0)
      area.height = bar.y - area.y
    }
    defer { leaveRows(world.toastRows(size)) }
    if !stage.isZoomed,
      let rects = PaneGrid.rects(stage.panes.count, in: area, as: world.isPlain ? .tabs : world.arrangement.layout)
    {
      panes = rects.enumerated().map { ($0.offset, $0.element) }
      return
    }
    if stage.panes.count > 1 {
      tabs = Rect(x: 0, y: area.y, width: width, height: min(1, area.height))
      area = Rect(x: 0, y: area.y + tabs.height, width: width, height: area.height - tabs.height)
    }
    if area.height >= 2 { panes = [(min(stage.activePane, stage.panes.count - 1), area)] }
  }

  /// Makes room for so many rows of notices over the prompt. Only the panes that stand there become lower: the others
  /// stay where they are, and a pane keeps at least its borders.
  private mutating func leaveRows(_ count: Int) {
    let bottom = area.maxY
    for index in panes.indices where panes[index].rect.maxY == bottom {
      panes[index].rect.height = max(min(2, panes[index].rect.height), panes[index].rect.height - count)
    }
    area.height = max(0, area.height - count)
  }

  /// Whether the conversation's title has a row of its own.
  static func titleRows(_ size: Size) -> Int { size.height >= 14 ? 1 : 0 }

  /// Text rows of the prompt: from three to a third of the screen, fewer on a low one.
  private static func promptRows(_ state: AppState, _ size: Size) -> Int {
    let least = size.height >= 20 ? 3 : size.height >= 15 ? 2 : 1
    let most = max(least, size.height / 3)
    return max(least, state.prompt.editor.rows(width: PromptView.textWidth(size.width), atMost: most))
  }
}

extension AppState {
  /// Wraps what is new for the places it will be drawn in. Panes out of sight wait until they are seen.
  mutating func settle() {
    settleBlanks()
    settleTurnSizes()
    guard !ComposeLayout.isTooSmall(size) else { return }
    settleScreens()
    activePane = max(0, min(activePane, panes.count - 1))
    let layout = ComposeLayout(self, size)
    if stage.past == nil, !layout.prompt.isEmpty { prompt.editor.viewport = layout.prompt.inset(2, 1).size }
    let exchanges = conversation?.exchanges ?? []
    for (index, rect) in layout.panes {
      let body = PaneView.body(rect)
      panes[index].refresh(exchanges, columns: body.width, height: body.height, isRaw: showsSource)
    }
    showRevealed()
    settleFind()
    settleCode()
    settleSelection()
  }
}
