import Canvas

extension Editor.Document {
  /// The start of the word that a place stands in or behind.
  func wordStart(before place: Editor.Position) -> Editor.Position {
    var place = place
    while true {
      let line = lines[place.line]
      if let last = line.lastColumn(before: place.column, where: { $0.isChip || $0.isWordCharacter }) {
        place.column = last
        if !line[last].isChip {
          place.column =
            word(of: { $0.isWordCharacter }, at: Editor.Position(line: place.line, column: last)).lowerBound
        }
        return place
      }
      guard place.line > 0 else { return .start }
      place = Editor.Position(line: place.line - 1, column: lines[place.line - 1].count)
    }
  }

  /// The end of the word that a place stands in or before.
  func wordEnd(after place: Editor.Position) -> Editor.Position {
    var place = place
    while true {
      let line = lines[place.line]
      if let first = line.firstColumn(from: place.column, where: { $0.isChip || $0.isWordCharacter }) {
        place.column = first + 1
        if !line[first].isChip {
          place.column =
            word(of: { $0.isWordCharacter }, at: Editor.Position(line: place.line, column: first)).upperBound
        }
        return place
      }
      guard place.line + 1 < lines.count else { return end }
      place = Editor.Position(line: place.line + 1, column: 0)
    }
  }

  /// The columns of the word at a place, whose neighbours belong to it as long as `isPart` holds of them, and as long
  /// as the script has blanks between words: where it has none, the word ends where ``WordBreaks`` says.
  func word(of isPart: (Editor.Unit) -> Bool, at place: Editor.Position) -> Range<Int> {
    let (line, column) = (lines[place.line], place.column)
    let start = line.lastColumn(before: column, where: { !isPart($0) }).map { $0 + 1 } ?? 0
    let end = line.firstColumn(from: column, where: { !isPart($0) }) ?? line.count
    // A sentence's worth of both sides is enough to tell words, and no more however long the line is.
    let window = max(start, column - 100)..<min(end, column + 100)
    let units = line.units(window)
    let mayLackBlanks = units.contains {
      if case .character(let character) = $0 { WordBreaks.mayLackBlanks(character) } else { false }
    }
    guard mayLackBlanks else { return start..<end }
    let borders = WordBreaks.borders(of: units.text).map { $0 + window.lowerBound }
    return (borders.last { $0 <= column } ?? start)..<(borders.first { $0 > column } ?? end)
  }

  /// Back over blanks and line ends, then to behind the blank before.
  func blank(before place: Editor.Position) -> Editor.Position {
    var place = place
    while true {
      let line = lines[place.line]
      if let last = line.lastColumn(before: place.column, where: { !$0.isBlank }) {
        place.column = last
        if !line[last].isChip {
          place.column = line.lastColumn(before: last, where: { $0.isBlank || $0.isChip }).map { $0 + 1 } ?? 0
        }
        return place
      }
      guard place.line > 0 else { return .start }
      place = Editor.Position(line: place.line - 1, column: lines[place.line - 1].count)
    }
  }
}

extension Editor.Document {
  func isBlank(_ line: Int) -> Bool { lines[line].firstColumn(from: 0, where: { !$0.isBlank }) == nil }

  /// Up over blank lines, then to the blank line before the paragraph.
  func paragraphStart(before place: Editor.Position) -> Editor.Position {
    var line = place.line
    while line > 0, isBlank(line) { line -= 1 }
    while line > 0, !isBlank(line) { line -= 1 }
    return Editor.Position(line: line, column: 0)
  }

  /// Down over blank lines, then to the blank line after the paragraph.
  func paragraphEnd(after place: Editor.Position) -> Editor.Position {
    var line = place.line
    while line < lines.count - 1, isBlank(line) { line += 1 }
    while line < lines.count - 1, !isBlank(line) { line += 1 }
    return isBlank(line) ? Editor.Position(line: line, column: 0) : end
  }
}

extension Editor {
  /// Moves the cursor by screen rows, as far as there are any. False if there was none.
  @discardableResult
  mutating func moveRows(_ count: Int) -> Bool {
    var layout = Layout(document, width: viewport.width)
    let (start, x) = layout.locate(cursor)
    let goal = goal ?? x
    var (target, passed) = layout.row(start, movedBy: count)
    guard passed > 0 else { return false }
    self.goal = goal
    cursor = layout.place(target, x: goal)
    // A chip or tab that reaches over several rows has one place only; go on to the first row beyond it.
    while layout.locate(cursor).row == start {
      guard let further = count > 0 ? layout.next(target) : layout.previous(target) else {
        cursor = count > 0 ? document.end : .start
        break
      }
      target = further
      cursor = layout.place(target, x: goal)
    }
    return true
  }

  /// The layout at a size, the first row that is shown, and where the cursor stands.
  func view(_ size: Size, palette: Palette = Palette()) -> (Layout, first: RowAddress, cursor: RowAddress, x: Int) {
    var layout = Layout(document, width: size.width, palette: palette)
    let (row, x) = layout.locate(cursor)
    return (layout, layout.top(showing: row, from: top, height: size.height), row, x)
  }

  /// Scrolls no more than it needs for the cursor to be seen.
  mutating func scroll() { top = view(viewport).first }

  /// The rows that the text takes at a width, counted to `limit` at most.
  public func rows(width: Int, atMost limit: Int = 256) -> Int {
    Layout(document, width: width).rows(atMost: limit)
  }

  /// The lines that are shown at a size, in whole or in part: what a frame around the editor may say about the rest.
  public func visibleLines(in size: Size) -> Range<Int> {
    var (layout, first, _, _) = view(size)
    return first.line..<(layout.row(first, movedBy: max(1, size.height) - 1).row.line + 1)
  }
}
