@testable import Canvas
@testable import FiedlerUI

/// Whatever a text holds, its cells are printable, whole where they are wide, and as many as its width says; cut,
/// wrapped and put into a frame too.
@Sendable func fuzzCells(_ bytes: [UInt8]) {
  let text = String(decoding: bytes, as: UTF8.self)
  let cells = Sanitizer.cells(text, style: .plain)
  for cell in cells where !cell.isContinuation {
    for scalar in cell.scalars {
      check(!isControl(scalar), "no control character in a cell")
      check(!(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value), "no direction")
    }
  }
  checkWidths(cells)
  check(TextWidth.columns(text) == cells.count, "as many cells as columns")
  for columns in [1, 2, 3, 7, 20] {
    let rows = TextWidth.wrap(cells, columns: columns)
    check(rows.first?.lowerBound ?? 0 == 0 && rows.last?.upperBound ?? 0 == cells.count, "rows hold all")
    for (row, next) in zip(rows, rows.dropFirst()) {
      check(row.upperBound == next.lowerBound && !row.isEmpty, "rows follow each other")
    }
    let cut = TextWidth.truncate(cells, to: columns)
    check(cut.count <= columns, "what is cut fits")
    checkWidths(cut)
    var frame = Frame(Size(width: columns, height: 2))
    frame.put(cells, at: Point(x: Int(bytes.first ?? 0) % 9 - 4, y: 0))
    frame.put(
      cells, at: Point(x: Int(bytes.last ?? 0) % 9 - 4, y: 1),
      clip: Rect(x: 1, y: 0, width: max(1, columns - 2), height: 2))
    for y in 0..<2 { checkWidths((0..<columns).map { frame[$0, y] }) }
  }
  for multiline in [false, true] {
    for scalar in Sanitizer.plain(text, multiline: multiline).unicodeScalars {
      check(!isControl(scalar) || scalar == "\n" || scalar == "\t", "no control character in a plain text")
    }
  }
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) }

private func checkWidths(_ cells: [Cell]) {
  for (index, cell) in cells.enumerated() {
    if cell.width == 2 { check(index + 1 < cells.count && cells[index + 1].isContinuation, "a wide cell is whole") }
    if cell.isContinuation { check(index > 0 && cells[index - 1].width == 2, "half a cell belongs to one") }
  }
}

/// Every byte of every line has a kind, in any language.
@Sendable func fuzzCode(_ bytes: [UInt8]) {
  let languages = [
    "swift", "python", "c", "js", "html", "bash", "sql", "yaml", "rust", "json", "css", "lua", "ruby", "go", "diff",
    "x",
  ]
  var input = Steered(bytes)
  var highlighter = CodeHighlighter(language: languages[input.byte() % languages.count])
  for line in input.rest.split(separator: 10, omittingEmptySubsequences: false) {
    check(highlighter.kinds(Array(line)).count == line.count, "each byte has its kind")
  }
}
