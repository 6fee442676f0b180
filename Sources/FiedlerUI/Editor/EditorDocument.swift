extension Editor {
  /// A place between two characters: both count from 0, columns in characters (grapheme clusters; a chip is one).
  public struct Position: Hashable, Sendable, Comparable {
    public var line: Int
    public var column: Int

    public static let start = Position(line: 0, column: 0)

    public init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }

    public static func < (left: Position, right: Position) -> Bool {
      (left.line, left.column) < (right.line, right.column)
    }
  }

  /// The text: lines of units, and nothing about cursors, undo or screens.
  struct Document: Sendable, Equatable {
    /// Never empty.
    private(set) var lines: [Line]
    /// Bytes of UTF-8, chips expanded.
    private(set) var utf8Count: Int

    init(_ fragment: Fragment = .empty) {
      lines = fragment.lines.map { Line($0) }
      utf8Count = fragment.utf8Count
    }

    var isEmpty: Bool { lines.count == 1 && lines[0].count == 0 }
    var end: Position { Position(line: lines.count - 1, column: lines[lines.count - 1].count) }
    var all: Range<Position> { .start..<end }
    var whole: Fragment { fragment(all) }

    /// Chips expanded.
    var text: String {
      var text = ""
      text.reserveCapacity(utf8Count)
      for (index, line) in lines.enumerated() {
        if index > 0 { text.append("\n") }
        for chunk in line.chunks { chunk.appendText(to: &text) }
      }
      return text
    }

    /// The unit behind a place; `nil` at a line's end.
    func unit(at place: Position) -> Unit? {
      place.column < lines[place.line].count ? lines[place.line][place.column] : nil
    }

    /// The unit before a place; `nil` at a line's start.
    func unit(before place: Position) -> Unit? {
      place.column > 0 ? lines[place.line][place.column - 1] : nil
    }

    func position(after place: Position) -> Position? {
      if place.column < lines[place.line].count { return Position(line: place.line, column: place.column + 1) }
      return place.line + 1 < lines.count ? Position(line: place.line + 1, column: 0) : nil
    }

    func position(before place: Position) -> Position? {
      if place.column > 0 { return Position(line: place.line, column: place.column - 1) }
      return place.line > 0 ? Position(line: place.line - 1, column: lines[place.line - 1].count) : nil
    }

    func fragment(_ range: Range<Position>) -> Fragment {
      let (from, to) = (range.lowerBound, range.upperBound)
      guard from.line != to.line else {
        return Fragment(lines: [lines[from.line].units(from.column..<to.column)])
      }
      var parts = [lines[from.line].units(from.column..<lines[from.line].count)]
      for line in lines[(from.line + 1)..<to.line] { parts.append(line.units(0..<line.count)) }
      parts.append(lines[to.line].units(0..<to.column))
      return Fragment(lines: parts)
    }

    /// Replaces units as they are and returns what was there. Within a line this costs as much as a chunk of it.
    @discardableResult
    mutating func replace(_ range: Range<Position>, with new: Fragment) -> Fragment {
      let removed = fragment(range)
      utf8Count += new.utf8Count - removed.utf8Count
      let (from, to) = (range.lowerBound, range.upperBound)
      let first = new.lines[0]
      if from.line == to.line, new.lines.count == 1 {
        lines[from.line].replace(from.column..<to.column, with: first)
        return removed
      }
      let tail = lines[to.line].cut(at: to.column)
      _ = lines[from.line].cut(at: from.column)
      lines[from.line].append(Line(first))
      if new.lines.count == 1 {
        lines[from.line].append(tail)
        lines.removeSubrange((from.line + 1)...to.line)
      } else {
        var rest = new.lines.dropFirst().map { Line($0) }
        rest[rest.count - 1].append(tail)
        lines.replaceSubrange((from.line + 1)..<(to.line + 1), with: rest)
      }
      return removed
    }

    /// A replacement widened so that characters which come to stand together become one where their text is one
    /// (a letter and the combining mark after it, the halves of a flag), and where the cursor then stands.
    func joined(_ range: Range<Position>, with new: Fragment) -> (Range<Position>, Fragment, cursor: Position) {
      var (from, to) = (range.lowerBound, range.upperBound)
      var lines = new.lines
      let last = lines.count - 1
      if let before = unit(before: from), let next = lines[0].first ?? (last == 0 ? unit(at: to) : nil),
        Unit.merge(before, next)
      {
        lines[0] = Unit.resegmented([before] + lines[0])
        from.column -= 1
      }
      let cursor = Fragment(lines: lines).end(from: from)
      while let left = lines[last].last, let right = unit(at: to), Unit.merge(left, right) {
        lines[last].removeLast()
        lines[last] += Unit.resegmented([left, right])
        to.column += 1
      }
      return (from..<to, Fragment(lines: lines), cursor)
    }
  }
}
