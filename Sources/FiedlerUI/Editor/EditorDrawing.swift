import Canvas

extension Editor {
  /// Draws the text, scrolled so that the cursor is seen, and sets the frame's cursor if focused.
  ///
  /// Rows wrap one column before the right edge: the last column is for the cursor behind a full row.
  /// While a search is open, its match is drawn, and its query in the last row.
  public func draw(in rect: Rect, frame: inout Frame, theme: Theme, focused: Bool) {
    let rect = rect.intersection(frame.bounds)
    guard !rect.isEmpty else { return }
    frame.fill(rect, style: theme.text)
    if let search {
      draw(search, in: rect, frame: &frame, theme: theme, focused: focused)
      return
    }
    if document.isEmpty {
      let cells = TextWidth.truncate(Sanitizer.cells(placeholder, style: theme.dim), to: rect.width)
      frame.put(cells, at: Point(x: rect.x, y: rect.y), clip: rect)
    }
    var (layout, first, row, x) = view(rect.size, palette: Palette(theme))
    Self.draw(&layout, from: first, selected: selectedRange, theme.selected, in: rect, frame: &frame)
    if focused, let y = layout.distance(from: first, to: row) {
      frame.cursor = Point(x: rect.x + x, y: rect.y + y)
    }
  }

  /// The rows from `first` on, as many as fit.
  private static func draw(
    _ layout: inout Layout, from first: RowAddress, selected: Range<Position>? = nil, _ style: Style = .plain,
    in rect: Rect, frame: inout Frame
  ) {
    var row: RowAddress? = first
    for y in rect.y..<rect.maxY {
      guard let shown = row else { return }
      let piece = layout.piece(shown)
      let line = piece.cells[piece.rows[shown.row]].map { $0.scalar == 0xA0 ? Cell(" ", style: $0.style) : $0 }
      frame.put(line, at: Point(x: rect.x, y: y), clip: rect)
      if let selected, let columns = layout.columns(of: selected, in: shown) {
        let cells = Rect(x: rect.x + columns.lowerBound, y: y, width: columns.count, height: 1)
        frame.restyle(cells.intersection(rect)) { $0 = style }
      }
      row = layout.next(shown)
    }
  }

  /// The match (or the draft, while there is none) with the query under it.
  private func draw(_ search: HistorySearch, in rect: Rect, frame: inout Frame, theme: Theme, focused: Bool) {
    let body = Rect(x: rect.x, y: rect.y, width: rect.width, height: rect.height - 1)
    if !body.isEmpty {
      let place = search.occurrence
      var layout = Layout(search.preview ?? document, width: body.width, palette: Palette(theme))
      let shown = layout.locate(place?.lowerBound ?? (search.preview == nil ? cursor : .start)).row
      let first = layout.top(showing: shown, from: search.preview == nil ? top : RowAddress(), height: body.height)
      Self.draw(&layout, from: first, in: body, frame: &frame)
      if let place { highlight(place, &layout, from: first, in: body, frame: &frame) }
    }
    let y = rect.maxY - 1
    let label = search.isFound ? "search: " : "not found: "
    var cells = Sanitizer.cells(label, style: search.isFound ? theme.accent : theme.caution)
    cells += Sanitizer.cells(search.query, style: theme.text)
    // The end of a long query is what is being typed.
    let hidden = max(0, cells.count - (rect.width - 1))
    let columns = frame.put(cells, at: Point(x: rect.x - hidden, y: y), clip: rect)
    if focused { frame.cursor = Point(x: rect.x - hidden + columns, y: y) }
  }

  private func highlight(
    _ range: Range<Position>, _ layout: inout Layout, from first: RowAddress, in rect: Rect, frame: inout Frame
  ) {
    for column in range.lowerBound.column..<range.upperBound.column {
      let (row, x) = layout.locate(Position(line: range.lowerBound.line, column: column))
      guard let y = layout.distance(from: first, to: row), y < rect.height else { continue }
      let piece = layout.piece(row)
      let unit = layout.document.lines[row.line].locate(column).offset
      let width = piece.starts[unit + 1] - piece.starts[unit]
      let cells = Rect(x: rect.x + x, y: rect.y + y, width: width, height: 1).intersection(rect)
      frame.restyle(cells) { $0.attributes.insert(.reverse) }
    }
  }
}

extension Editor.Palette {
  init(_ theme: Theme) {
    self.init(text: theme.text, chip: theme.info.on(theme.panel), control: theme.caution)
  }
}
