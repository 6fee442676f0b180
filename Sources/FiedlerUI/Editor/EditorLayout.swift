import Canvas

extension Editor {
  /// How the parts of the text look.
  struct Palette {
    var text = Style.plain
    var chip = Style.plain
    /// Control characters, and characters that would not show at all.
    var control = Style.plain
  }

  /// A chunk of a line as screen rows.
  struct Piece {
    private(set) var cells: [Cell] = []
    /// Where in `cells` each unit begins, and where the last one ends.
    private(set) var starts: [Int] = []
    private(set) var rows: [Range<Int>]

    init(_ units: [Unit], endsLine: Bool, columns: Int, palette: Palette) {
      starts.reserveCapacity(units.count + 1)
      cells.reserveCapacity(units.count)
      for unit in units {
        starts.append(cells.count)
        switch unit {
        case .character(let character):
          Sanitizer.append(character, style: palette.text, to: &cells)
          if cells.count == starts[starts.count - 1] {
            cells.append(Cell("·", style: palette.control))
          } else if (0x2400..<0x2440).contains(cells[cells.count - 1].scalar) {
            cells[cells.count - 1].style = palette.control
          }
        case .chip(let chip):
          // Blanks that do not break a row, so that a chip stays whole where it fits.
          for cell in Sanitizer.cells(chip.label, style: palette.chip) {
            cells.append(cell.scalar == 0x20 ? Cell("\u{A0}", style: palette.chip) : cell)
          }
        }
      }
      starts.append(cells.count)
      rows = TextWidth.wrap(cells, columns: columns)
      // Blanks that stick out behind a full row: what is typed next stands on a new row, so the cursor does too.
      if endsLine, let last = rows.last, last.count > columns { rows.append(cells.count..<cells.count) }
    }

    func row(ofUnit unit: Int) -> Int {
      var row = rows.count - 1
      while row > 0, rows[row].lowerBound > starts[unit] { row -= 1 }
      return row
    }

    /// The last unit that begins at or before a cell.
    func unit(atCell cell: Int) -> Int {
      var (low, high) = (0, starts.count - 1)
      while low < high {
        let middle = (low + high + 1) / 2
        if starts[middle] <= cell { low = middle } else { high = middle - 1 }
      }
      return low
    }
  }

  /// A screen row of a chunk of a line.
  struct RowAddress: Hashable, Comparable, Sendable {
    var line = 0
    var chunk = 0
    var row = 0

    static func < (left: RowAddress, right: RowAddress) -> Bool {
      (left.line, left.chunk, left.row) < (right.line, right.chunk, right.row)
    }
  }

  /// A document laid out for one width, chunk by chunk where it is asked for.
  ///
  /// It lives as long as one motion or one drawing, so that no cache can be stale; each chunk is laid out once.
  /// The last column of the width is the cursor's own: behind a full row it stands there.
  struct Layout {
    let document: Document
    let width: Int
    let palette: Palette
    private(set) var pieces: [RowAddress: Piece] = [:]

    init(_ document: Document, width: Int, palette: Palette = Palette()) {
      self.document = document
      self.width = max(1, width)
      self.palette = palette
    }

    var columns: Int { max(1, width - 1) }

    mutating func piece(_ row: RowAddress) -> Piece {
      let address = RowAddress(line: row.line, chunk: row.chunk)
      if let piece = pieces[address] { return piece }
      let piece = measure(address)
      pieces[address] = piece
      return piece
    }

    private func measure(_ row: RowAddress) -> Piece {
      Piece(document.lines[row.line].chunks[row.chunk], endsLine: endsLine(row), columns: columns, palette: palette)
    }

    private func endsLine(_ row: RowAddress) -> Bool { row.chunk == document.lines[row.line].chunks.count - 1 }

    /// How many rows the document takes, counted to `limit` at most. Keeps nothing.
    func rows(atMost limit: Int) -> Int {
      var rows = 0
      for (index, line) in document.lines.enumerated() {
        for chunk in line.chunks.indices {
          rows += measure(RowAddress(line: index, chunk: chunk)).rows.count
          if rows >= limit { return limit }
        }
      }
      return rows
    }

    mutating func next(_ row: RowAddress) -> RowAddress? {
      var row = row
      row.row += 1
      if row.row < piece(row).rows.count { return row }
      if !endsLine(row) { return RowAddress(line: row.line, chunk: row.chunk + 1) }
      return row.line + 1 < document.lines.count ? RowAddress(line: row.line + 1) : nil
    }

    mutating func previous(_ row: RowAddress) -> RowAddress? {
      var row = row
      if row.row > 0 {
        row.row -= 1
        return row
      }
      if row.chunk > 0 {
        row.chunk -= 1
      } else if row.line > 0 {
        row.line -= 1
        row.chunk = document.lines[row.line].chunks.count - 1
      } else {
        return nil
      }
      row.row = piece(row).rows.count - 1
      return row
    }

    /// A row some rows further down (or up, if negative), or the last one on the way; and how many were passed.
    mutating func row(_ row: RowAddress, movedBy count: Int) -> (row: RowAddress, passed: Int) {
      var (row, passed) = (row, 0)
      while passed < abs(count), let further = count > 0 ? next(row) : previous(row) {
        row = further
        passed += 1
      }
      return (row, passed)
    }

    /// How many rows `to` stands below `from`; `nil` if it stands above.
    mutating func distance(from: RowAddress, to: RowAddress) -> Int? {
      var (row, distance) = (from, 0)
      while row < to, let further = next(row) {
        row = further
        distance += 1
      }
      return row == to ? distance : nil
    }

    /// The row where a place stands, and its column there.
    mutating func locate(_ place: Position) -> (row: RowAddress, x: Int) {
      let (chunk, offset) = document.lines[place.line].locate(place.column)
      var row = RowAddress(line: place.line, chunk: chunk)
      let piece = piece(row)
      row.row = piece.row(ofUnit: offset)
      return (row, min(piece.starts[offset] - piece.rows[row.row].lowerBound, width - 1))
    }

    /// The columns of a row that a range covers, a line end within it as one more.
    mutating func columns(of range: Range<Position>, in row: RowAddress) -> Range<Int>? {
      guard (range.lowerBound.line...range.upperBound.line).contains(row.line) else { return nil }
      let piece = piece(row)
      let cells = piece.rows[row.row]
      let start = document.lines[row.line].start(ofChunk: row.chunk)
      let units = piece.starts.count - 1
      func cell(_ place: Position) -> Int { piece.starts[min(max(0, place.column - start), units)] }
      let from = range.lowerBound.line < row.line ? 0 : cell(range.lowerBound)
      let isPast = range.upperBound.line > row.line && endsLine(row) && row.row == piece.rows.count - 1
      let to = range.upperBound.line > row.line ? piece.starts[units] + (isPast ? 1 : 0) : cell(range.upperBound)
      let end = isPast ? max(cells.upperBound, piece.starts[units]) + 1 : cells.upperBound
      let (first, last) = (max(from, cells.lowerBound), min(to, end))
      return first < last ? (first - cells.lowerBound)..<(last - cells.lowerBound) : nil
    }

    /// The place nearest to a column of a row.
    mutating func place(_ row: RowAddress, x: Int) -> Position {
      let piece = piece(row)
      let cells = piece.rows[row.row]
      var unit = piece.unit(atCell: cells.lowerBound + max(0, x))
      let isLast = row.row == piece.rows.count - 1
      if !isLast || !endsLine(row) {
        // The end of a row is the start of the next one.
        while unit > 0, piece.starts[unit] >= cells.upperBound { unit -= 1 }
      }
      return Position(line: row.line, column: document.lines[row.line].start(ofChunk: row.chunk) + unit)
    }

    /// The nearest row to `row` that the document has.
    mutating func valid(_ row: RowAddress) -> RowAddress {
      var row = row
      if row.line >= document.lines.count { row = RowAddress(line: document.lines.count - 1, chunk: .max, row: .max) }
      row.chunk = min(row.chunk, document.lines[row.line].chunks.count - 1)
      row.row = min(row.row, piece(row).rows.count - 1)
      return row
    }

    /// The first row to show so that `shown` is among `height` rows, moved from `old` no more than that needs;
    /// and no blank rows under the end while there are rows above.
    mutating func top(showing shown: RowAddress, from old: RowAddress, height: Int) -> RowAddress {
      let height = max(1, height)
      var top = min(valid(old), shown)
      if row(top, movedBy: height - 1).row < shown { top = row(shown, movedBy: 1 - height).row }
      let below = row(top, movedBy: height - 1).passed
      return row(top, movedBy: below - (height - 1)).row
    }
  }
}
