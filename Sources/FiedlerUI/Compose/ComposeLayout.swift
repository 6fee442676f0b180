import Canvas
import Conversations

/// Where everything of the first screen stands, at any size.
struct ComposeLayout {
  /// The conversation's title.
  var title: Rect
  /// One line of tabs over a single pane; empty in a grid.
  var tabs: Rect
  /// A row for each pane that has no room; empty unless one large pane is shown.
  var strip: Rect
  /// What panes, or the welcome, share.
  var area: Rect
  /// The panes that are seen, with their index.
  var panes: [(index: Int, rect: Rect)]
  /// The prompt's box, or its one row while it is empty on a low screen; in a replay the timeline's.
  var prompt: Rect
  var bar: Rect
  /// Where panes may stand, tabs included.
  var panesArea: Rect { Rect(x: area.x, y: title.maxY, width: area.width, height: prompt.y - title.maxY) }

  /// Where fewer remain, the pane that has the keys has the prompt's too.
  private static let leastPaneRows = 3

  /// Smaller screens show only that they are too small.
  static let minimum = Size(width: 20, height: 6)

  static func isTooSmall(_ size: Size) -> Bool { size.width < minimum.width || size.height < minimum.height }

  /// Where the prompt's text is.
  var promptText: Rect {
    prompt.height == 1
      ? Rect(x: prompt.x + 2, y: prompt.y, width: max(0, prompt.width - 4), height: 1) : prompt.inset(2, 1)
  }

  /// `promptRows` are the rows of its text; they do not matter in a replay.
  /// `isBare`: the prompt has no borders.
  init(_ stage: Stage, _ world: World, promptRows textRows: Int, isBare: Bool = false, _ size: Size) {
    let width = size.width
    let titleRows = Self.titleRows(size)
    let textRows = stage.past.map { ReplayLayout.rows($0.tracks, size) } ?? textRows
    let promptRows = textRows + (isBare ? 0 : 2)
    bar = Rect(x: 0, y: size.height - 1, width: width, height: 1)
    prompt = Rect(x: 0, y: size.height - 1 - promptRows, width: width, height: promptRows)
    title = Rect(x: 0, y: 0, width: width, height: titleRows)
    area = Rect(x: 0, y: titleRows, width: width, height: prompt.y - titleRows)
    tabs = Rect(x: 0, y: area.y, width: 0, height: 0)
    strip = Rect(x: 0, y: prompt.y, width: 0, height: 0)
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
    let arrangement = world.isPlain ? .tabs : world.arrangement.layout
    let others = stage.panes.count - 1
    // The prompt grows as one types: what has no room without it has none at all.
    let most = Rect(x: 0, y: area.y, width: width, height: max(area.height, bar.y - titleRows - 1))
    let isRoomy = PaneGrid.isRoomy(stage.panes.count, in: most, as: arrangement)
    if !stage.isZoomed, isRoomy, let rects = PaneGrid.rects(stage.panes.count, in: area, as: arrangement) {
      panes = rects.enumerated().map { ($0.offset, $0.element) }
      return
    }
    if !stage.isZoomed, arrangement != .tabs, others > 0, most.height - others >= PaneGrid.roomyHeight,
      area.height - others >= PaneGrid.minimumHeight
    {
      strip = Rect(x: 0, y: area.maxY - others, width: width, height: others)
      area.height -= others
    } else if others > 0 {
      tabs = Rect(x: 0, y: area.y, width: width, height: min(1, area.height))
      area = Rect(x: 0, y: area.y + tabs.height, width: width, height: area.height - tabs.height)
    }
    if area.height >= 2 { panes = [(min(stage.activePane, stage.panes.count - 1), area)] }
  }

  /// Makes room for so many rows of notices over the prompt. Only the panes that stand there become lower: the others
  /// stay where they are, and a pane keeps at least its borders.
  private mutating func leaveRows(_ count: Int) {
    guard count > 0 else { return }
    strip.y -= count
    let bottom = area.maxY
    for index in panes.indices where panes[index].rect.maxY == bottom {
      panes[index].rect.height = max(min(2, panes[index].rect.height), panes[index].rect.height - count)
    }
    area.height = max(0, area.height - count)
  }

  /// Whether the conversation's title has a row of its own.
  static func titleRows(_ size: Size) -> Int { size.height >= 14 ? 1 : 0 }
}
