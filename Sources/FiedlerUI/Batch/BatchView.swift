import Canvas
import Conversations

/// Draws the list of batches, or a matrix. Of a matrix only the cells that are in sight are looked at, so that its size
/// costs nothing.
struct BatchView {
  let screen: BatchScreen
  let world: World
  let theme: Theme

  func draw(_ size: Size, _ frame: inout Frame) {
    if let matrix = screen.matrix { drawMatrix(matrix, size, &frame) } else { drawList(size, &frame) }
  }

  // MARK: The list

  private func drawList(_ size: Size, _ frame: inout Frame) {
    let batches = screen.batches ?? []
    head("Batches", screen.batches == nil ? "" : Figures.plural(batches.count, "batch", "batches"), size, &frame)
    let box = Rect(x: 0, y: 1, width: size.width, height: size.height - 1)
    guard box.height >= 2 else { return }
    frame.box(box, style: theme.focusedBorder)
    let list = box.inset(1, 1)
    guard !batches.isEmpty else {
      let words = screen.batches == nil ? "Reading…" : "There are none yet. `fiedler batch FILE` makes one."
      frame.put(words, at: Point(x: list.x + 1, y: list.y), style: theme.muted, clip: list)
      return
    }
    let first = max(0, min(screen.selectedBatch - list.height / 2, batches.count - list.height))
    for (line, batch) in batches.dropFirst(first).prefix(list.height).enumerated() {
      let isSelected = first + line == screen.selectedBatch
      let rect = Rect(x: list.x, y: list.y + line, width: list.width, height: 1)
      frame.fill(rect, style: isSelected ? theme.selected : theme.text)
      frame.put(
        isSelected ? "›" : " ", at: Point(x: rect.x, y: rect.y), style: style(theme.accent, isSelected), clip: rect)
      let words = Self.words(batch, width: rect.width)
      let x = rect.maxX - 1 - TextWidth.columns(words)
      frame.put(words, at: Point(x: x, y: rect.y), style: style(theme.muted, isSelected), clip: rect)
      let when = world.when.text(batch.createdAt)
      let name = Sanitizer.cells(batch.name, style: style(isSelected ? theme.strong : theme.text, isSelected))
      let date = rect.width >= 60 ? Sanitizer.cells("  " + when, style: style(theme.muted, isSelected)) : []
      frame.put(
        TextWidth.truncate(name + date, to: max(0, x - rect.x - 3)), at: Point(x: rect.x + 2, y: rect.y), clip: rect)
    }
  }

  /// How a batch stands, as much of it as a row has space for.
  private static func words(_ batch: BatchSummary, width: Int) -> String {
    var parts = ["\(Figures.count(batch.answered)) of \(Figures.count(batch.cellCount))"]
    if batch.failed > 0 { parts.append("✕ \(Figures.count(batch.failed))") }
    if width >= 60 {
      let checks = batch.passedChecks + batch.failedChecks
      if checks > 0 {
        parts.append("\(Figures.count(batch.passedChecks)) of \(Figures.plural(checks, "check"))")
      }
      if batch.cost > 0 { parts.append(Figures.money(batch.cost)) }
    }
    if batch.isRunning { parts.append("running") }
    return parts.joined(separator: " · ")
  }

  // MARK: The matrix

  private func drawMatrix(_ matrix: BatchMatrix, _ size: Size, _ frame: inout Frame) {
    head(matrix.batch.name, Self.words(matrix.batch, width: size.width), size, &frame)
    let layout = BatchLayout(size, matrix)
    let box = Rect(x: 0, y: 1, width: size.width, height: size.height - (layout.hasDetails ? 2 : 1))
    guard box.height >= 3 else { return }
    frame.box(box, style: theme.focusedBorder)
    let list = box.inset(1, 1)
    let columns = screen.firstColumn..<min(matrix.batch.models.count, screen.firstColumn + layout.columns)
    for column in columns {
      let rect = self.column(column, layout, list, row: 0)
      let isSelected = column == screen.column
      let label = Sanitizer.cells(
        world.label(matrix.batch.models[column]), style: isSelected ? theme.strong : theme.muted)
      frame.put(TextWidth.truncate(label, to: rect.width - 1), at: Point(x: rect.x, y: rect.y), clip: rect)
    }
    for line in 0..<min(layout.rows, matrix.rows.count - screen.firstRow) {
      draw(screen.firstRow + line, of: matrix, columns, layout, list, line + 1, &frame)
    }
    if layout.hasDetails { details(matrix, columns, size, &frame) }
  }

  private func column(_ column: Int, _ layout: BatchLayout, _ list: Rect, row: Int) -> Rect {
    let x = list.x + layout.titleWidth + (column - screen.firstColumn) * layout.columnWidth
    return Rect(x: x, y: list.y + row, width: min(layout.columnWidth, list.maxX - x), height: 1)
  }

  private func draw(
    _ row: Int, of matrix: BatchMatrix, _ columns: Range<Int>, _ layout: BatchLayout, _ list: Rect, _ line: Int,
    _ frame: inout Frame
  ) {
    let isSelected = row == screen.row
    let title = Rect(x: list.x, y: list.y + line, width: layout.titleWidth, height: 1)
    frame.put(isSelected ? "›" : " ", at: Point(x: title.x, y: title.y), style: theme.accent, clip: title)
    let name = Sanitizer.cells(Self.title(matrix, row), style: isSelected ? theme.strong : theme.text)
    frame.put(TextWidth.truncate(name, to: title.width - 3), at: Point(x: title.x + 2, y: title.y), clip: title)
    for column in columns {
      let rect = self.column(column, layout, list, row: line)
      let isHere = isSelected && column == screen.column
      if isHere { frame.fill(rect, style: theme.selected) }
      frame.put(cell(matrix[row, column], rect.width - 1, isHere), at: Point(x: rect.x, y: rect.y), clip: rect)
    }
  }

  /// A row's title without the batch's name, which stands above.
  private static func title(_ matrix: BatchMatrix, _ row: Int) -> String {
    let title = matrix.rows[row].title
    let prefix = matrix.batch.name + " "
    return title.hasPrefix(prefix) ? String(title.dropFirst(prefix.count)) : title
  }

  /// State, checks, length and cost, as much of it as there is space for.
  private func cell(_ cell: BatchMatrix.Cell, _ width: Int, _ isSelected: Bool) -> [Cell] {
    guard let state = cell.state else { return Sanitizer.cells("·", style: style(theme.muted, isSelected)) }
    var cells = Sanitizer.cells(String(state.glyph), style: style(theme.style(of: state), isSelected))
    func add(_ text: String, _ textStyle: Style) {
      let more = Sanitizer.cells(" " + text, style: style(textStyle, isSelected))
      if cells.count + more.count <= width { cells += more }
    }
    if cell.failed > 0 {
      add("✗\(cell.failed)", theme.bad)
    } else if cell.passed > 0 {
      add("✓\(cell.passed)", theme.good)
    }
    if cell.bytes > 0 { add(Figures.bytes(Int(cell.bytes)), theme.muted) }
    if cell.cost > 0 { add(Figures.money(Double(cell.cost)), theme.muted) }
    return cells
  }

  /// What is selected, in full.
  private func details(_ matrix: BatchMatrix, _ columns: Range<Int>, _ size: Size, _ frame: inout Frame) {
    guard matrix.rows.indices.contains(screen.row) else { return }
    let rect = Rect(x: 0, y: size.height - 1, width: size.width, height: 1)
    let cell = matrix[screen.row, screen.column]
    var words = [world.label(matrix.batch.models[screen.column]), Self.word(cell.state)]
    let checks = Int(cell.passed) + Int(cell.failed)
    if checks > 0 { words.append("\(cell.passed) of \(Figures.plural(checks, "check"))") }
    if cell.cost > 0 { words.append(Figures.money(Double(cell.cost))) }
    if columns.count < matrix.batch.models.count {
      words.append("\(screen.column + 1) of \(matrix.batch.models.count)")
    }
    let text = Sanitizer.cells(
      words.joined(separator: " · ") + " · " + Self.title(matrix, screen.row), style: theme.muted)
    frame.put(TextWidth.truncate(text, to: size.width - 2), at: Point(x: 1, y: rect.y), clip: rect)
  }

  private static func word(_ state: ReplyState?) -> String {
    switch state {
    case nil: "not asked"
    case .streaming: "streams"
    case .retrying: "to be asked again"
    case let state?: state.word
    }
  }

  private func head(_ name: String, _ words: String, _ size: Size, _ frame: inout Frame) {
    let head = Rect(x: 0, y: 0, width: size.width, height: 1)
    let x = size.width - 1 - TextWidth.columns(words)
    let cells = TextWidth.truncate(Sanitizer.cells(name, style: theme.strong), to: max(0, x - 2))
    frame.put(cells, at: Point(x: 1, y: 0), clip: head)
    frame.put(words, at: Point(x: max(1, x), y: 0), style: theme.muted, clip: head)
  }

  /// A style in a row that is selected, seen without colours too.
  private func style(_ style: Style, _ isSelected: Bool) -> Style {
    isSelected ? style.on(theme.selection).adding(theme.selected.attributes) : style
  }
}
