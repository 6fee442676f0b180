@testable import Canvas
@testable import FiedlerUI
import Markdown

/// A text by pieces is what it is at once, in blocks and in rows, and after a replay back and forth too; places lie in
/// the text, and no control character reaches a cell.
@Sendable func fuzzMarkdown(_ bytes: [UInt8]) {
  var input = Steered(bytes)
  let pieces = 1 + input.byte() % 24
  let columns = 1 + input.byte() % 90
  // A cut of a long line is where a text is given to the parser with more text behind it.
  let isLong = input.byte() & 7 == 7
  let filler = isLong ? String(repeating: "x", count: 16_360) : ""
  let text = filler + String(decoding: input.rest, as: UTF8.self)
  let whole = MarkdownDocument(text)
  for block in whole.blocks {
    for run in block.runs { check(run.range.upperBound <= text.utf8.count, "a run lies in the text") }
  }
  let targets = Set(whole.blocks.flatMap(\.links).map(\.target))
  check(targets.reduce(0) { $0 + $1.utf8.count } <= 17 * text.utf8.count + 131_072, "targets")

  var grown = MarkdownDocument()
  var shown = MarkdownText()
  let places = Array(text.unicodeScalars.indices)
  let step = max(1, (places.count - filler.utf8.count) / (isLong ? 1 : pieces))
  for end in stride(from: filler.utf8.count + step, to: places.count, by: step) {
    let part = String(text.unicodeScalars[..<places[end]])
    grown.update(part)
    if !isLong { shown.update(part, columns: columns) }
  }
  grown.update(text)
  check(grown.blocks == whole.blocks, "blocks by pieces are those at once")
  // Laying out so long a line tells nothing more, and takes its time.
  guard !isLong else { return }
  shown.update(text, columns: columns)
  var once = MarkdownText()
  once.update(text, columns: columns)
  check(once.rowCount == shown.rowCount, "rows by pieces are those at once")
  for row in shown.rows(from: 0, count: shown.rowCount, of: text, .fallback).rows {
    check(row.cells.count == row.origins.count, "each cell has its origin")
    for cell in row.cells where !cell.isContinuation {
      check(cell.scalar >= 0x20 && !(0x7F..<0xA0).contains(cell.scalar), "no control character in a cell")
    }
  }
  let middle = places.isEmpty ? text.endIndex : places[places.count / 2]
  shown.update(String(text.unicodeScalars[..<middle]), columns: columns)
  shown.update(text, columns: columns)
  check(once.rowCount == shown.rowCount, "rows after a replay are those at once")
}
