import Canvas
import Markdown

/// A table in so many columns: cells wrap where it is too wide, and each becomes a row of its own where that is
/// hopeless.
struct MarkdownTableLayout {
  let table: MarkdownTable
  let theme: Theme
  let columns: Int
  let origin: Int
  /// Rows with code in them that does not fit stay whole, to be clipped as lines of code are.
  var keepsRows = false
  let text: (_ runs: [MarkdownRun], _ style: Style) -> [StyledLine]

  /// A column is not made narrower than this.
  private static let narrowest = 6
  private static let gap = 3

  func lines() -> [StyledLine] {
    let cells = table.rows.enumerated().map { number, row in
      row.map { text($0, number == 0 ? theme.strong : theme.text) }
    }
    guard let widths = widths(cells) else { return pairs(cells) }
    var lines: [StyledLine] = []
    for (number, row) in cells.enumerated() {
      lines += self.row(row, widths, origin: place(number))
      if number == 0 { lines.append(rule(widths)) }
    }
    return lines
  }

  /// Where a row begins in the source.
  private func place(_ row: Int) -> Int {
    for cells in table.rows[...row].reversed() {
      if let run = cells.lazy.flatMap(\.self).first { return run.range.lowerBound }
    }
    return origin
  }

  /// The columns' widths, the wide ones cut alike; `nil` where there is no room for that.
  private func widths(_ cells: [[[StyledLine]]]) -> [Int]? {
    let count = table.alignments.count
    guard count > 0 else { return nil }
    let wanted = (0..<count).map { column in
      max(1, cells.map { $0.indices.contains(column) ? $0[column].map(\.columns).max() ?? 0 : 0 }.max() ?? 0)
    }
    if keepsRows { return wanted }
    let room = columns - Self.gap * (count - 1)
    if wanted.reduce(0, +) <= room { return wanted }
    guard wanted.reduce(0, { $0 + min($1, Self.narrowest) }) <= room else { return nil }
    var low = Self.narrowest
    var high = max(room, low)
    while low < high {
      let middle = (low + high + 1) / 2
      if wanted.reduce(0, { $0 + min($1, middle) }) <= room { low = middle } else { high = middle - 1 }
    }
    var widths = wanted.map { min($0, low) }
    var rest = room - widths.reduce(0, +)
    for column in widths.indices where rest > 0 && widths[column] < wanted[column] {
      widths[column] += 1
      rest -= 1
    }
    return widths
  }

  private func row(_ cells: [[StyledLine]], _ widths: [Int], origin: Int) -> [StyledLine] {
    let wrapped = widths.indices.map { column in
      cells.indices.contains(column) ? cells[column].flatMap { $0.wrapped(columns: widths[column]) } : []
    }
    return (0..<max(1, wrapped.map(\.count).max() ?? 1)).map { number in
      var line = StyledLine()
      for column in widths.indices {
        if column > 0 { line.append(literal: " │ ", style: theme.dim, origin: origin) }
        let cell = number < wrapped[column].count ? wrapped[column][number] : StyledLine()
        let free = max(0, widths[column] - cell.columns)
        let before =
          switch table.alignments[column] {
          case .left: 0
          case .center: free / 2
          case .right: free
          }
        line.append(blanks: before, style: theme.text, origin: origin)
        line.append(cell)
        if column + 1 < widths.count { line.append(blanks: free - before, style: theme.text, origin: origin) }
      }
      return line.standing(at: origin)
    }
  }

  private func rule(_ widths: [Int]) -> StyledLine {
    let text = widths.map { String(repeating: "─", count: $0) }.joined(separator: "─┼─")
    return StyledLine(text, style: theme.dim, origin: place(0))
  }

  /// `head: value`, a blank row between the table's rows.
  private func pairs(_ cells: [[[StyledLine]]]) -> [StyledLine] {
    let head = (cells.first ?? []).map { $0.first ?? StyledLine() }
    guard cells.count > 1 else { return head.flatMap { $0.wrapped(columns: columns) } }
    var lines: [StyledLine] = []
    for (number, row) in cells.enumerated().dropFirst() {
      let origin = place(number)
      if number > 1 { lines.append(StyledLine().standing(at: origin)) }
      for (column, cell) in row.enumerated() where !cell.allSatisfy({ $0.columns == 0 }) {
        var line = head.indices.contains(column) ? head[column] : StyledLine()
        if line.columns > 0 { line.append(literal: ": ", style: theme.dim, origin: origin) }
        for (index, part) in cell.enumerated() {
          if index > 0 { line.append(literal: " ", style: theme.text, origin: origin) }
          line.append(part)
        }
        lines += line.wrapped(columns: columns).map { $0.standing(at: origin) }
      }
    }
    return lines
  }
}
