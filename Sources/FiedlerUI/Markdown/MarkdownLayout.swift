import Canvas
import Markdown

/// A row of an answer, and the place in the source where it begins.
struct MarkdownRow: Sendable {
  var cells: [Cell]
  /// The place of each cell, as ``StyledLine/origins`` has them.
  var origins: [Int]
  var start: Int
  /// The column where a line of code begins, the bar before it being at `code - 2`; `nil` where there is none.
  var code: Int?
  /// What the cells' ``Cell/link`` counts among.
  var links: [String] = []

  var isBlank: Bool { cells.allSatisfy { $0.scalar == 0x20 } }

  /// With so many columns of its code out of sight at the left, and what does not fit cut; marks say so.
  func clipped(columns: Int, left: Int) -> MarkdownRow {
    guard let code, cells.count > columns || left > 0, columns > code else { return self }
    var row = self
    let hidden = min(left, cells.count - code)
    row.cells.removeSubrange(code..<code + hidden)
    row.origins.removeSubrange(code..<code + hidden)
    let more = row.cells.count - columns
    if more > 0 {
      row.cells.removeLast(more)
      row.origins.removeLast(more)
    }
    let bar = cells[code - 2].style
    func mark(_ scalar: Unicode.Scalar, at index: Int) {
      // The other half of a wide character, or of a flag, is no character.
      var other = index
      while other > code, row.cells[other].continuesCluster {
        other -= 1
        row.cells[other] = Cell(" ", style: bar)
      }
      other = index + 1
      while other < row.cells.count, row.cells[other].continuesCluster {
        row.cells[other] = Cell(" ", style: bar)
        other += 1
      }
      if index > code, row.cells[index].isContinuation { row.cells[index - 1] = Cell(" ", style: bar) }
      if index + 1 < row.cells.count, row.cells[index + 1].isContinuation {
        row.cells[index + 1] = Cell(" ", style: bar)
      }
      row.cells[index] = Cell(scalar, style: bar)
      row.origins[index] = row.origins[index] < 0 ? row.origins[index] : ~row.origins[index]
    }
    if hidden > 0, row.cells.count > code { mark("‹", at: code) }
    if hidden > 0, row.cells.count == code { row.append("‹", style: bar) }
    if more > 0 { mark("›", at: row.cells.count - 1) }
    return row
  }

  private mutating func append(_ scalar: Unicode.Scalar, style: Style) {
    cells.append(Cell(scalar, style: style))
    origins.append(~start)
  }
}

/// Lays blocks of Markdown out in rows of so many columns.
struct MarkdownLayout {
  let source: String
  let theme: Theme
  let columns: Int
  /// The number of the last link before; `nil` if links get no numbers.
  let linksBefore: Int?
  /// Lines of code that are too long go on in the next row; else they stay whole, to be clipped.
  var wrapsCode = true

  /// `end`: where the block before ends; `nil` if there is none.
  func rows(_ blocks: [MarkdownBlock], after end: Int?) -> [MarkdownRow] {
    var rows: [MarkdownRow] = []
    var end = end
    var links = linksBefore
    for block in blocks {
      let start = max(block.range.lowerBound, end ?? 0)
      let prefix = Prefix(block, theme, columns, origin: start)
      let targets = block.links.map(\.target)
      let isCode = block.isCode || !wrapsCode && block.hasCodeCells
      if let end, !block.isContinued, hasBlankLine(end..<start) {
        rows.append(MarkdownRow(cells: prefix.blank.cells, origins: prefix.blank.origins, start: end))
      }
      let room = max(1, columns - prefix.rest.columns)
      for (index, line) in lines(block, room, links).enumerated() {
        let row = (index == 0 ? prefix.first : prefix.rest).followed(by: line)
        let place = max(start, rows.last?.start ?? start)
        rows.append(
          MarkdownRow(
            cells: row.cells, origins: row.origins, start: max(place, line.start ?? place),
            code: isCode && !(index == 0 && block.hasLabel)
              ? row.columns - line.columns + (block.isCode ? 2 : fixedColumns(of: line)) : nil,
            links: targets
          ))
      }
      links = links.map { $0 + block.numberedLinks }
      end = max(start, block.range.upperBound)
    }
    return rows
  }

  /// The columns of a table's row that stay where the rest is clipped: its first column's, if that is not too wide.
  private func fixedColumns(of line: StyledLine) -> Int {
    let bar = line.cells.firstIndex { $0.scalar == 0x2502 || $0.scalar == 0x253C } ?? 0
    return bar < columns / 2 ? bar + 2 : 2
  }

  /// Whether there is a line without anything but quotes' marks.
  private func hasBlankLine(_ range: Range<Int>) -> Bool {
    let utf8 = source.utf8
    var isBlank = false
    for byte in utf8[utf8.index(utf8.startIndex, offsetBy: range.lowerBound)...].prefix(range.count) {
      switch byte {
      case UInt8(ascii: "\n"):
        if isBlank { return true }
        isBlank = true
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: ">"): break
      default: isBlank = false
      }
    }
    return false
  }

  private func lines(_ block: MarkdownBlock, _ room: Int, _ links: Int?) -> [StyledLine] {
    let start = block.range.lowerBound
    switch block.kind {
    case .paragraph: return text(block, theme.text, links).flatMap { $0.wrapped(columns: room) }
    case .heading(let level):
      let style = level < 3 ? theme.accent.adding(.bold) : theme.strong
      return text(block, level == 1 ? style.adding(.underline) : style, links).flatMap { $0.wrapped(columns: room) }
    case .html: return text(block, theme.dim, links).flatMap { $0.wrapped(columns: room) }
    case .rule: return [StyledLine(String(repeating: "─", count: room), style: theme.dim, origin: start)]
    case .code(let language): return code(block, language, room)
    case .table(let table):
      let keepsRows = !wrapsCode && block.hasCodeCells
      return MarkdownTableLayout(
        table: table, theme: theme, columns: room, origin: start, keepsRows: keepsRows
      ) { runs, style in text(runs, block.links, style, links, start) }.lines()
    }
  }

  // MARK: Text

  func bytes(of run: MarkdownRun) -> [UInt8] {
    switch run.content {
    case .lineBreak: return []
    case .literal(let text): return Array(text.utf8)
    case .source:
      let utf8 = source.utf8
      let start = utf8.index(utf8.startIndex, offsetBy: run.range.lowerBound)
      return Array(utf8[start...].prefix(run.range.count))
    }
  }

  private func text(_ block: MarkdownBlock, _ style: Style, _ links: Int?) -> [StyledLine] {
    text(block.runs, block.links, style, links, block.range.lowerBound)
  }

  private func text(
    _ runs: [MarkdownRun], _ targets: [MarkdownLink], _ base: Style, _ linksBefore: Int?, _ start: Int
  ) -> [StyledLine] {
    var lines = [StyledLine()]
    var formula: (range: Range<Int>?, isShown: Bool) = (nil, false)
    for (index, run) in runs.enumerated() {
      if let range = run.formula, range != formula.range {
        let pieces = range.count > FormulaText.limit ? nil : unicode(runs[index...].prefix { $0.formula == range })
        let style = style(run, base)
        let before = lines[lines.count - 1].columns
        for piece in pieces ?? [] { lines[lines.count - 1].append(piece.text, style: style, origin: piece.place) }
        if let link = run.link { lines[lines.count - 1].lead(from: before, to: link) }
        formula = (range, pieces != nil)
      }
      if run.formula != nil, formula.isShown { continue }
      let last = lines.count - 1
      let next = index + 1 < runs.count ? runs[index + 1] : nil
      let style = style(run, base)
      let before = lines[last].columns
      let isStruck = run.look.contains(.struck)
      // No terminal attribute is left for it that all have.
      if isStruck, index == 0 || !runs[index - 1].look.contains(.struck) {
        lines[last].append(literal: "~", style: style, origin: run.range.lowerBound)
      }
      switch run.content {
      case .source: lines[last].append(source, utf8: run.range, style: style)
      case .literal(let text): lines[last].append(literal: text, style: style, origin: run.range.lowerBound)
      case .lineBreak: lines.append(StyledLine())
      }
      let end = lines.count - 1
      if isStruck, next?.look.contains(.struck) != true {
        lines[end].append(literal: "~", style: style, origin: run.range.upperBound)
      }
      if let linksBefore, let link = run.link, next?.link != link, targets.indices.contains(link), !targets[link].isBare
      {
        let number = linksBefore + targets[...link].count { !$0.isBare }
        lines[end].append(literal: "[\(number)]", style: theme.dim, origin: run.range.upperBound)
      }
      if let link = run.link, end == last { lines[end].lead(from: before, to: link) }
    }
    return lines
  }

  /// A formula in Unicode, `nil` if it is to be shown as it was written.
  private func unicode(_ runs: some Sequence<MarkdownRun>) -> [FormulaText.Piece]? {
    var pieces: [FormulaText.Piece] = []
    for run in runs {
      var place = run.range.lowerBound
      if run.content == .lineBreak { pieces.append(FormulaText.Piece(text: " ", place: place)) }
      for character in String(decoding: bytes(of: run), as: UTF8.self) {
        pieces.append(FormulaText.Piece(text: character, place: place))
        place += character.utf8.count
      }
    }
    return FormulaText.unicode(pieces)
  }

  private func style(_ run: MarkdownRun, _ base: Style) -> Style {
    var style = base
    if run.look.contains(.code) { style.foreground = theme.caution.foreground }
    if run.look.contains(.code), theme.isMonochrome { style = style.adding(.dim) }
    if run.look.contains(.html) || run.look.contains(.struck) { style = theme.dim }
    if run.link != nil {
      style.foreground = theme.accent.foreground
      style = style.adding(.underline)
    }
    if run.look.contains(.strong) { style = style.adding(.bold) }
    if run.look.contains(.emphasis) { style = style.adding(.italic) }
    return style
  }
}

extension MarkdownBlock {
  /// Whether its language stands over it.
  var hasLabel: Bool {
    if case .code(let language) = kind { !language.isEmpty && !isContinued } else { false }
  }
  var isCode: Bool { if case .code = kind { true } else { false } }
  /// Whether it is a table with cells of nothing but code.
  var hasCodeCells: Bool {
    guard case .table(let table) = kind else { return false }
    return table.rows.contains { $0.contains { cell in !cell.isEmpty && cell.allSatisfy { $0.look.contains(.code) } } }
  }
  /// Where the source is what is shown, or is shown as something else.
  var seen: [Range<Int>] {
    let runs = if case .table(let table) = kind { table.rows.flatMap { $0.flatMap(\.self) } } else { runs }
    return runs.map(\.range).filter { !$0.isEmpty }
  }
  var numberedLinks: Int { links.count { !$0.isBare } }
  var numberedTargets: [String] { links.filter { !$0.isBare }.map(\.target) }
}

/// What stands before a block's rows: bars of quotes, marks of items, and the blanks under those.
private struct Prefix {
  var first = StyledLine()
  var rest = StyledLine()
  /// Before the blank row above.
  var blank = StyledLine()

  init(_ block: MarkdownBlock, _ theme: Theme, _ columns: Int, origin: Int) {
    // Deeper ones would leave no room for words.
    let shown = block.containers.indices.suffix(max(1, columns / 8))
    for index in shown {
      let isNew = index >= block.sharedContainers
      switch block.containers[index] {
      case .quote:
        let bar = StyledLine("▎ ", style: theme.dim, origin: origin)
        first.append(bar)
        rest.append(bar)
        if !isNew { blank.append(bar) }
      case .item(let number, let isDone, let depth, let delimiter):
        let mark = StyledLine(
          Self.mark(number.map { "\($0)\(delimiter) " }, isDone, depth), style: theme.accent, origin: origin)
        if isNew { first.append(mark) } else { first.append(blanks: mark.columns, style: theme.text, origin: origin) }
        rest.append(blanks: mark.columns, style: theme.text, origin: origin)
        blank.append(blanks: mark.columns, style: theme.text, origin: origin)
      }
    }
  }

  private static func mark(_ number: String?, _ isDone: Bool?, _ depth: Int) -> String {
    if let isDone { return isDone ? "[x] " : "[ ] " }
    if let number { return number }
    return ["• ", "◦ ", "▪ "][depth % 3]
  }
}
