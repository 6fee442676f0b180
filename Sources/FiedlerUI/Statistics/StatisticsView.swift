import Basics
import Canvas
import Conversations

/// Where the parts of the statistics lie: the list in its box, and beneath it what is drawn of the selected row.
struct StatisticsLayout {
  let head: Rect
  let search: Rect
  let box: Rect
  /// The box without its frame; where rows are scarce it has none.
  let inside: Rect
  let list: Rect
  let plot: Rect

  var isFramed: Bool { inside != box }

  init(_ size: Size) {
    head = Rect(x: 0, y: 0, width: size.width, height: 1)
    search = Rect(x: 0, y: 1, width: size.width, height: 1)
    let body = max(0, size.height - 3)
    let plotHeight = body >= 14 ? min(12, body * 2 / 5) : 0
    box = Rect(x: 0, y: 2, width: size.width, height: body - plotHeight)
    inside = box.height >= 6 ? box.inset(1, 1) : box
    // Its first row has the columns' titles.
    list = Rect(x: inside.x, y: inside.y + 1, width: inside.width, height: max(0, inside.height - 1))
    plot = Rect(x: 0, y: box.maxY, width: size.width, height: plotHeight)
  }
}

/// Draws the statistics.
struct StatisticsView {
  let screen: StatisticsScreen
  let look: Look

  private var theme: Theme { look.theme }

  func draw(_ size: Size, _ frame: inout Frame) {
    let layout = StatisticsLayout(size)
    drawHead(layout, &frame)
    guard layout.box.height >= 2 else { return }
    if layout.isFramed { frame.box(layout.box, style: theme.focusedBorder) }
    guard let shown = screen.shown, screen.problem == nil else {
      let words = screen.problem ?? "counting …"
      let style = screen.problem == nil ? theme.dim : theme.bad
      let rows = TextWidth.wrap(Sanitizer.cells(words, style: style), columns: max(1, layout.list.width - 2))
      let cells = Sanitizer.cells(words, style: style)
      for (line, range) in rows.prefix(layout.list.height).enumerated() {
        frame.put(cells[range], at: Point(x: layout.list.x + 1, y: layout.list.y + line), clip: layout.list)
      }
      return
    }
    switch screen.page {
    case .figures: drawFigures(layout, &frame)
    case .ranking: RankingView(ranking: shown.ranking, selected: screen.selected, theme: theme).draw(layout, &frame)
    }
  }

  private func drawHead(_ layout: StatisticsLayout, _ frame: inout Frame) {
    let head = layout.head
    let title = screen.page == .figures ? "Statistics" : "Ranking by verdicts"
    let words = "\(title) by \(screen.isByProvider ? "provider" : "model")"
    frame.put(words, at: Point(x: head.x + 1, y: head.y), style: theme.strong, clip: head)
    let sends = (screen.shown?.statistics.models ?? []).reduce(0) { $0 + $1.all.sends }
    let figures = screen.isLoading ? "counting …" : Figures.plural(sends, "answer")
    let x = head.maxX - 1 - TextWidth.columns(figures)
    if x > head.x + TextWidth.columns(words) + 2 {
      frame.put(figures, at: Point(x: x, y: head.y), style: theme.muted, clip: head)
    }
    let line = layout.search.inset(1, 0)
    frame.put("/", at: Point(x: line.x, y: line.y), style: theme.accent, clip: line)
    let field = Rect(x: line.x + 2, y: line.y, width: max(0, line.width - 2), height: 1)
    if screen.search.text.isEmpty, !screen.isSearching {
      frame.put("all of the history", at: Point(x: field.x, y: field.y), style: theme.dim, clip: field)
    } else {
      let cells = QueryParts(screen.search.text).cells(theme)
      screen.search.draw(cells, in: field, isTyped: screen.isSearching && look.hasKeys, &frame)
    }
  }

  // MARK: The table

  /// The columns that fit, the one that is sorted by among them, with the place of each one's end.
  private func columns(_ rows: [ModelFigures], _ width: Int) -> (name: Int, columns: [(StatisticsColumn, Int)]) {
    let names = rows.map { TextWidth.columns($0.name) }.max() ?? 5
    let name = max(8, min(names, max(12, width / 4)))
    let all = StatisticsColumn.allCases
    let widths = all.map { column in
      rows.map { TextWidth.columns(column.text($0)) }.reduce(TextWidth.columns(column.title) + 1, max) + 2
    }
    let chosen = all.firstIndex(of: screen.column) ?? 0
    var first = 0
    func room(_ last: Int) -> Int { widths[first...last].reduce(name + 3, +) }
    while first < chosen, room(chosen) > width { first += 1 }
    var x = name + 3
    var fitting: [(StatisticsColumn, Int)] = []
    for index in first..<all.count where x + widths[index] <= width || index == first {
      // A column that does not fit ends the row.
      guard fitting.count == index - first else { break }
      x += widths[index]
      fitting.append((all[index], min(x, width)))
    }
    return (name, fitting)
  }

  private func drawFigures(_ layout: StatisticsLayout, _ frame: inout Frame) {
    let rows = screen.rows
    let list = layout.list
    guard !rows.isEmpty else {
      let words = screen.query.isEmpty ? "No answers yet." : "No answers are found."
      frame.put(words, at: Point(x: list.x + 1, y: list.y - 1), style: theme.muted, clip: layout.inside)
      return
    }
    let (name, columns) = columns(rows, list.width - 1)
    let title = Rect(x: list.x, y: list.y - 1, width: list.width, height: 1)
    let group = screen.isByProvider ? "provider" : "model"
    frame.put(group, at: Point(x: title.x + 2, y: title.y), style: theme.muted, clip: title)
    for (column, end) in columns {
      let isChosen = column == screen.column
      let text = column.title + (isChosen ? (screen.isAscending ? "↑" : "↓") : "")
      let x = title.x + end - TextWidth.columns(text)
      frame.put(
        text, at: Point(x: x, y: title.y), style: isChosen ? theme.accent.adding(.bold) : theme.muted, clip: title)
    }
    let first = max(0, min(screen.selected - list.height / 2, rows.count - list.height))
    for (line, figures) in rows.dropFirst(first).prefix(list.height).enumerated() {
      let isSelected = first + line == screen.selected
      let rect = Rect(x: list.x, y: list.y + line, width: list.width, height: 1)
      func style(_ style: Style) -> Style {
        isSelected ? style.on(theme.selection).adding(theme.selected.attributes) : style
      }
      frame.fill(rect, style: isSelected ? theme.selected : theme.text)
      frame.put(isSelected ? "›" : " ", at: Point(x: rect.x, y: rect.y), style: style(theme.accent), clip: rect)
      let cells = Sanitizer.cells(figures.name, style: style(isSelected ? theme.strong : theme.text))
      frame.put(TextWidth.truncate(cells, to: name), at: Point(x: rect.x + 2, y: rect.y), clip: rect)
      for (column, end) in columns {
        let text = column.text(figures)
        let color = column == screen.column ? theme.text : theme.muted
        frame.put(
          text, at: Point(x: rect.x + end - TextWidth.columns(text), y: rect.y), style: style(color), clip: rect)
      }
    }
    if rows.indices.contains(screen.selected) { drawPlot(rows[screen.selected], layout.plot, &frame) }
  }

  // MARK: The pictures

  /// At the left how the values of the column lie, at the right how many answers each day brought.
  private func drawPlot(_ figures: ModelFigures, _ rect: Rect, _ frame: inout Frame) {
    guard rect.height >= 4 else { return }
    let isWide = rect.width >= 70
    let left = Rect(x: rect.x, y: rect.y, width: isWide ? rect.width / 2 : rect.width, height: rect.height)
    drawDistribution(figures, left, &frame)
    if isWide {
      drawDays(
        figures, Rect(x: left.maxX, y: rect.y, width: rect.width - left.width, height: rect.height), &frame)
    }
  }

  /// Rows of characters with a title over them and the two ends under them.
  private func draw(
    _ rows: [String], titled title: String, from start: String, to end: String, _ rect: Rect, _ frame: inout Frame
  ) {
    let inner = rect.inset(1, 0)
    let cells = TextWidth.truncate(Sanitizer.cells(title, style: theme.muted), to: inner.width)
    frame.put(cells, at: Point(x: inner.x, y: inner.y), clip: inner)
    for (line, row) in rows.enumerated() {
      frame.put(row, at: Point(x: inner.x, y: inner.y + 1 + line), style: theme.info, clip: inner)
    }
    let y = inner.y + 1 + rows.count
    frame.put(start, at: Point(x: inner.x, y: y), style: theme.dim, clip: inner)
    frame.put(end, at: Point(x: inner.maxX - TextWidth.columns(end), y: y), style: theme.dim, clip: inner)
  }

  private func drawDistribution(_ figures: ModelFigures, _ rect: Rect, _ frame: inout Frame) {
    let (histogram, text) = screen.column.histogram(figures)
    let title = "\(figures.name): \(screen.column.histogramWords)"
    guard let found = histogram.bars(max(1, rect.width - 2)) else {
      draw([], titled: "\(title): not known", from: "", to: "", rect, &frame)
      return
    }
    draw(
      Plot.bars(found.bars, rows: rect.height - 2), titled: title, from: text(found.lowest), to: text(found.highest),
      rect, &frame)
  }

  private func drawDays(_ figures: ModelFigures, _ rect: Rect, _ frame: inout Frame) {
    guard let first = figures.days.keys.min(), let last = figures.days.keys.max() else { return }
    // A damaged date must not ask for a million years of days.
    let start = max(first, last - 20_000)
    let days = (start...last).map { figures.days[$0]?.sends ?? 0 }
    let values = Plot.grouped(days, most: 2 * (rect.width - 2))
    let size = (days.count + values.count - 1) / max(1, values.count)
    let most = values.max() ?? 0
    let title = "answers \(size == 1 ? "a day" : "in \(size) days"), at most \(Figures.count(most))"
    draw(
      Plot.line(values.map(Double.init), columns: rect.width - 2, rows: rect.height - 2), titled: title,
      from: date(start), to: date(last), rect, &frame)
  }

  private func date(_ day: Int) -> String {
    let day = CalendarDay(daysSince1970: day)
    return "\(day.year)-\(Figures.twoDigits(day.month))-\(Figures.twoDigits(day.day))"
  }
}
