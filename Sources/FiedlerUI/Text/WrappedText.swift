import Canvas

/// Where a text breaks into rows of so many columns, kept up as the text grows.
///
/// Holds byte offsets only, not the text: a row is `text.utf8[range]`. Rows before the last one never change when
/// text is appended, so an append costs what was appended and one row. For the same reason a text that becomes shorter
/// costs next to nothing, and neither does one that grows again to what it was.
struct WrappedText: Sendable {
  /// UTF-8 offsets of each row, line ends left out. Blanks at a break belong to the row before it and may stick out.
  private(set) var rows: [Range<Int>] = []
  private var columns = 0
  private var length = -1
  /// Rows of a longer text that the text has been, and its length.
  private var longest: [Range<Int>] = []
  private var longestLength = -1

  init() {}

  init(_ text: String, columns: Int) { update(text, columns: columns) }

  /// Wraps `text`, which must begin with the text of the last call or be a beginning of it, unless that was `reset`.
  mutating func update(_ text: String, columns: Int) {
    let columns = max(1, columns)
    guard columns != self.columns || text.utf8.count != length else { return }
    if columns != self.columns { reset() }
    self.columns = columns
    let start = keepRows(upTo: text.utf8.count)
    length = text.utf8.count
    var text = text
    text.makeContiguousUTF8()
    let source = text
    // Taken out, so that appending does not copy them.
    var rows: [Range<Int>] = []
    swap(&rows, &self.rows)
    // Contiguous was asked for above, so there always is storage.
    source.utf8.withContiguousStorageIfAvailable { bytes in
      RowBreaker(bytes: bytes, text: source, columns: columns).rows(from: start, into: &rows)
    }
    self.rows = rows
  }

  mutating func reset() { self = WrappedText() }

  /// Makes `rows` those that a text of another length begins with as well. Returns where the next one begins.
  private mutating func keepRows(upTo count: Int) -> Int {
    if count < length {
      if length > longestLength { (longest, longestLength) = (rows, length) }
      let kept = Self.unchanged(rows, upTo: count)
      let start = rows[kept].lowerBound
      rows.removeSubrange(kept...)
      return start
    }
    let start = rows.popLast()?.lowerBound ?? 0
    let known = count < longestLength ? Self.unchanged(longest, upTo: count) : longest.count - 1
    guard known > rows.count else { return start }
    rows += longest[rows.count..<known]
    return longest[known].lowerBound
  }

  /// How many of the rows do not depend on what stands behind so many bytes. Where a row ends depends on what follows,
  /// as far as the first character of the row after it that does not fit: two rows at most.
  private static func unchanged(_ rows: [Range<Int>], upTo count: Int) -> Int {
    max(0, row(holding: count, in: rows) - 2)
  }

  /// The row that holds the byte at `offset`, the last one if none does.
  func row(holding offset: Int) -> Int { Self.row(holding: offset, in: rows) }

  private static func row(holding offset: Int, in rows: [Range<Int>]) -> Int {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].lowerBound <= offset { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }
}

private struct RowBreaker {
  let bytes: UnsafeBufferPointer<UInt8>
  let text: String
  let columns: Int

  private static let blank = UInt8(ascii: " ")
  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  func rows(from start: Int, into rows: inout [Range<Int>]) {
    var start = start
    while true {
      let (end, next) = row(from: start)
      rows.append(start..<end)
      guard let next else { return }
      start = next
    }
  }

  /// The end of the row that begins at `start`, and where the next one begins if there is one.
  private func row(from start: Int) -> (end: Int, next: Int?) {
    var index = start
    var column = 0
    var breakPoint: Int?
    var isAfterBlank = false
    // Behind a line's indentation there is no break, as `TextWidth.wrap` has it.
    var isIndented = true
    var isAfterWide = false
    while index < bytes.count {
      let byte = bytes[index]
      if byte == Self.newline { return (lineEnd(start, index), index + 1) }
      let (width, count, isWide) = measure(index, column)
      if column > 1 {
        let isIdeographic = (isAfterWide || isWide) && byte != Self.blank && !isClosing(index)
        if isAfterBlank || isIdeographic, !isIndented { breakPoint = index }
      }
      if column + width > columns, column > 0 {
        if byte == Self.blank { return breakAtBlanks(index) }
        let end = breakPoint ?? index
        return (end, end)
      }
      column += width
      index += count
      isAfterBlank = byte == Self.blank
      if !isAfterBlank && byte != UInt8(ascii: "\t") { isIndented = false }
      isAfterWide = isWide
    }
    return (bytes.count, nil)
  }

  /// Punctuation that does not begin a row, as `TextWidth.wrap` has it.
  private static let closing: Set<Unicode.Scalar> = Set("、。，．：；？！）」』】〉》〕…—,.:;?!)]}»”’".unicodeScalars)

  private func isClosing(_ index: Int) -> Bool {
    let scalars = text.unicodeScalars
    return Self.closing.contains(scalars[text.utf8.index(text.utf8.startIndex, offsetBy: index)])
  }

  private func lineEnd(_ start: Int, _ newline: Int) -> Int {
    newline > start && bytes[newline - 1] == Self.carriageReturn ? newline - 1 : newline
  }

  /// The row is full and blanks follow: they stay with it, and so does a line end behind them.
  private func breakAtBlanks(_ index: Int) -> (end: Int, next: Int?) {
    var next = index
    while next < bytes.count, bytes[next] == Self.blank { next += 1 }
    if next == bytes.count { return (next, nil) }
    return (next, bytes[next] == Self.newline ? next + 1 : next)
  }

  /// Columns and bytes of the character at `index`, a tab reaching to the next stop of 4 from the row's start.
  private func measure(_ index: Int, _ column: Int) -> (width: Int, count: Int, isWide: Bool) {
    let byte = bytes[index]
    if byte < 0x80, index + 1 == bytes.count || bytes[index + 1] < 0x80 {
      if byte >= 0x20, byte < 0x7F { return (1, 1, false) }
      if byte == UInt8(ascii: "\t") { return (4 - column % 4, 1, false) }
      // At the text's end a line feed may follow yet.
      let endsLine = byte == Self.carriageReturn && (index + 1 == bytes.count || bytes[index + 1] == Self.newline)
      return (endsLine ? 0 : 1, 1, false)
    }
    let character = text[text.utf8.index(text.utf8.startIndex, offsetBy: index)]
    var cells: [Cell] = []
    Sanitizer.append(character, style: .plain, to: &cells)
    return (cells.count, character.utf8.count, cells.last?.isContinuation ?? false)
  }
}

extension Sanitizer {
  /// The cells of a part of a text, given as UTF-8 offsets; as ``cells(_:style:)``, but quick for plain ASCII.
  static func cells(_ text: String, utf8 range: Range<Int>, style: Style) -> [Cell] {
    let view = text.utf8
    guard range.upperBound <= view.count else { return [] }
    var line: [Cell] = []
    line.reserveCapacity(range.count)
    let start = view.index(view.startIndex, offsetBy: range.lowerBound)
    let end = view.index(start, offsetBy: range.count)
    let slice = text[start..<end]
    let isPlain =
      slice.utf8.withContiguousStorageIfAvailable { bytes in
        for byte in bytes {
          guard byte >= 0x20, byte < 0x7F else { return false }
          line.append(Cell(Unicode.Scalar(byte), style: style))
        }
        return true
      } ?? false
    // A copy: the end of a character is looked for up to the end of the whole text, which may be far away.
    return isPlain ? line : cells(String(slice), style: style)
  }
}
