import Canvas

/// What the mouse does in an editor that is drawn in a rectangle.
extension Editor {
  /// What one, two or three presses at a place take hold of.
  public enum Grain: Hashable, Sendable { case character, word, line }

  /// The button goes down: the cursor goes there, and a word or a line is selected. Returns what is taken hold of,
  /// for ``drag(from:to:by:in:)``.
  @discardableResult
  public mutating func press(at point: Point, by grain: Grain = .character, in rect: Rect) -> Range<Position> {
    guard search == nil, !rect.isEmpty else { return cursor..<cursor }
    let span = span(of: grain, at: place(at: point, in: rect))
    dropMouseSelection()
    if span.isEmpty { cursor = span.lowerBound } else { select(from: span.lowerBound, to: span.upperBound) }
    settleMouse()
    return span
  }

  /// The button is moved while it is down: what lies between `pressed` and the pointer is selected, both wholly. Beyond
  /// an edge the text moves on by a row.
  public mutating func drag(from pressed: Range<Position>, to point: Point, by grain: Grain, in rect: Rect) {
    guard search == nil, !rect.isEmpty else { return }
    if point.y < rect.y { moveTop(by: -1, rect.size) }
    if point.y >= rect.maxY { moveTop(by: 1, rect.size) }
    let inside = Point(x: max(point.x, rect.x), y: min(max(point.y, rect.y), rect.maxY - 1))
    let head = span(of: grain, at: place(at: inside, in: rect))
    dropMouseSelection()
    if head.lowerBound < pressed.lowerBound {
      select(from: pressed.upperBound, to: head.lowerBound)
    } else if max(head.upperBound, pressed.upperBound) > pressed.lowerBound {
      select(from: pressed.lowerBound, to: max(head.upperBound, pressed.upperBound))
    } else {
      cursor = pressed.lowerBound
    }
    settleMouse()
  }

  /// The wheel turns: the text moves by rows, and the cursor no further than it must to stay in sight.
  public mutating func scroll(by rows: Int, in rect: Rect) {
    guard search == nil, !rect.isEmpty else { return }
    moveTop(by: rows, rect.size)
    var (layout, first, row, x) = view(rect.size)
    first = top
    let last = layout.row(first, movedBy: rect.height - 1).row
    let nearest = min(max(row, first), last)
    guard nearest != row else { return }
    let goal = goal ?? x
    cursor = layout.place(nearest, x: goal)
    run = .none
    settleMouse()
    self.goal = goal
  }

  private func place(at point: Point, in rect: Rect) -> Position {
    var layout = Layout(document, width: rect.width)
    return layout.place(layout.row(layout.valid(top), movedBy: point.y - rect.y).row, x: point.x - rect.x)
  }

  /// Moves what is shown by rows, as far as there is text.
  private mutating func moveTop(by rows: Int, _ size: Size) {
    var layout = Layout(document, width: size.width)
    let moved = layout.row(layout.valid(top), movedBy: rows).row
    // No blank rows below the end while there are rows above.
    let below = layout.row(moved, movedBy: size.height - 1).passed
    top = layout.row(moved, movedBy: below - (size.height - 1)).row
  }

  private func span(of grain: Grain, at place: Position) -> Range<Position> {
    let count = document.lines[place.line].count
    switch grain {
    case .character: return place..<place
    case .word:
      guard count > 0 else { return place..<place }
      // Behind the last character of a line its last word is meant.
      let run = document.viRun(Position(line: place.line, column: min(place.column, count - 1)), isBig: false)
      return Position(line: place.line, column: run.lowerBound)..<Position(line: place.line, column: run.upperBound)
    case .line: return Position(line: place.line, column: 0)..<Position(line: place.line, column: count)
    }
  }

  private mutating func dropMouseSelection() {
    selection = nil
    if vi?.isVisual == true { vi?.mode = .normal }
  }

  /// vi's commands select with the character that the cursor stands on.
  private mutating func select(from anchor: Position, to end: Position) {
    guard let vi, vi.mode != .insert else {
      selection = Selection(anchor: anchor, kind: .held)
      cursor = end
      return
    }
    self.vi?.mode = .visual
    let (first, last) = (min(anchor, end), max(anchor, end))
    let within = document.position(before: last).map { max($0, first) } ?? first
    selection = Selection(anchor: anchor < end ? first : within, kind: .inclusive)
    cursor = anchor < end ? within : first
  }

  private mutating func settleMouse() {
    run = .none
    goal = nil
    settleVi()
    scroll()
  }
}
