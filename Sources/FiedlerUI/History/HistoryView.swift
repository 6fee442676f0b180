import Canvas
import Conversations

/// Draws the history: the search line, the list, the preview.
struct HistoryView {
  let history: HistoryScreen
  let world: World
  let theme: Theme
  let now: Duration
  let hasKeys: Bool

  func draw(_ size: Size, _ frame: inout Frame) {
    let layout = HistoryLayout(history, world, size)
    drawHead(layout.head, &frame)
    drawProblem(layout.problem, &frame)
    if layout.list.height >= 2 {
      HistoryListView(history: history, world: world, theme: theme, now: now, hasKeys: hasKeys).draw(layout, &frame)
    }
    if layout.preview.height >= 3 {
      HistoryPreviewView(history: history, world: world, theme: theme, now: now, hasKeys: hasKeys).draw(layout, &frame)
    }
  }

  private func drawHead(_ rect: Rect, _ frame: inout Frame) {
    guard !rect.isEmpty else { return }
    var x = rect.x + 1
    x += frame.put("History", at: Point(x: x, y: rect.y), style: theme.strong, clip: rect)
    let isTyped = history.isFiltering && hasKeys
    let query = history.search.text
    let room = rect.maxX - 1 - (x + 4)
    // The query goes before the figures, which go before the hint.
    let needed = query.isEmpty ? (history.isFiltering ? room / 2 : 0) : TextWidth.columns(query) + 1
    let right = figures.first { TextWidth.columns($0) + 2 <= room - needed } ?? ""
    let at = rect.maxX - 1 - TextWidth.columns(right)
    frame.put(right, at: Point(x: at, y: rect.y), style: theme.muted, clip: rect)
    guard history.isFiltering || !query.isEmpty else { return }
    x += frame.put("  / ", at: Point(x: x, y: rect.y), style: theme.accent, clip: rect)
    let line = Rect(x: x, y: rect.y, width: at - x - (right.isEmpty ? 0 : 2), height: 1)
    if query.isEmpty {
      let hint = Sanitizer.cells(Self.hint, style: theme.dim)
      frame.put(TextWidth.truncate(hint, to: line.width), at: Point(x: line.x, y: line.y), clip: line)
    }
    history.search.draw(QueryParts(query).cells(theme), in: line, isTyped: isTyped, &frame)
  }

  static let hint = "words \"phrase\" -not model: tag: file: status: before: after: is:pinned provider:"

  /// What can be typed in the search line, for the help screen.
  static let searchHelp: [(String, String)] = [
    ("words  beg*", "Anywhere in texts, titles, tags and file names"),
    ("\"two words\"", "Just these, one after the other"),
    ("-word  -model:NAME", "Not this"),
    ("model:  provider:", "Asked of these"),
    ("before:  after:", "2026-11-22, 2026-11, yesterday, 7d"),
    ("file:  tag:", "With such a file, with this tag"),
    ("status:", "success, partial, failed, cancelled, interrupted"),
    ("verdict:", "best, bad, better, worse, tie, any"),
    ("is:pinned", "Only what is pinned"),
  ]

  /// How many conversations, and in which order, ever shorter.
  private var figures: [String] {
    if history.awaited?.isFirst == true, HistoryScreen.isLate(history.awaited?.since, now) {
      return ["searching …", "…"]
    }
    guard history.hasLoaded else { return [""] }
    let known = history.next == nil ? history.items.count : history.total
    let count = known.map(Figures.count) ?? Figures.count(history.items.count) + "+"
    let noun = count == "1" ? "conversation" : "conversations"
    let order = history.query.order.words(hasWords: QueryParts(history.query.text).hasWords)
    return ["\(count) \(noun) · \(order)", "\(count) · \(order)", count]
  }

  private func drawProblem(_ rect: Rect, _ frame: inout Frame) {
    guard !rect.isEmpty, let text = history.problem else { return }
    frame.put("✕", at: Point(x: rect.x, y: rect.y), style: theme.bad, clip: rect)
    let rows = WrappedText(text, columns: rect.width - 2).rows
    for (line, row) in rows.prefix(rect.height).enumerated() {
      var cells = Sanitizer.cells(text, utf8: row, style: theme.bad)
      while cells.last?.scalar == 0x20 { cells.removeLast() }
      if line == rect.height - 1, rows.count > rect.height { cells.append(Cell("…", style: theme.bad)) }
      cells = TextWidth.truncate(cells, to: rect.width - 2)
      frame.put(cells, at: Point(x: rect.x + 2, y: rect.y + line), clip: rect)
    }
  }
}

extension HistoryOrder {
  func words(hasWords: Bool) -> String {
    switch self {
    case .newest: "newest first"
    case .oldest: "oldest first"
    case .title: "by title"
    case .relevance: hasWords ? "best match first" : "newest first"
    }
  }
}
