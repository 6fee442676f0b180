import Canvas

/// Cells of one line, each with the place in the source that it shows.
struct StyledLine: Sendable {
  private(set) var cells: [Cell] = []
  /// UTF-8 offsets into the source, as many as there are cells. The complement (`~`) of one where the source does not
  /// have the character: marks, borders, blanks.
  private(set) var origins: [Int] = []
  /// Where the line begins in the source, if not where its first cell does.
  private var place: Int?

  var start: Int? { place ?? origins.first.map { $0 < 0 ? ~$0 : $0 } }

  var columns: Int { cells.count }

  init() {}

  /// Cells that the source has nothing of, all standing at `origin`.
  init(_ text: some StringProtocol, style: Style, origin: Int) {
    append(literal: text, style: style, origin: origin)
  }

  mutating func append(literal text: some StringProtocol, style: Style, origin: Int) {
    for character in text { Sanitizer.append(character, style: style, to: &cells) }
    fill(~origin)
  }

  /// A part of the source, given as UTF-8 offsets.
  mutating func append(_ source: String, utf8 range: Range<Int>, style: Style) {
    let utf8 = source.utf8
    guard range.upperBound <= utf8.count else { return }
    let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
    let slice = source[start..<utf8.index(start, offsetBy: range.count)]
    if slice.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
      for byte in slice.utf8 { cells.append(Cell(Unicode.Scalar(byte), style: style)) }
      origins += range
      return
    }
    var origin = range.lowerBound
    // A copy: the end of a character is looked for up to the end of the whole text, which may be far away.
    for character in String(slice) {
      Sanitizer.append(character, style: style, to: &cells)
      fill(origin)
      origin += character.utf8.count
    }
  }

  /// A character that stands for what the source has at `origin`.
  mutating func append(_ character: Character, style: Style, origin: Int) {
    Sanitizer.append(character, style: style, to: &cells)
    fill(origin)
  }

  /// Makes the cells from `first` on lead to a link, by its number in the block from 0 on.
  mutating func lead(from first: Int, to link: Int) {
    guard let number = UInt16(exactly: link + 1) else { return }
    for index in first..<max(first, cells.count) { cells[index].link = number }
  }

  mutating func append(_ line: StyledLine) {
    cells += line.cells
    origins += line.origins
  }

  mutating func append(blanks count: Int, style: Style, origin: Int) {
    guard count > 0 else { return }
    cells += Array(repeating: Cell(" ", style: style), count: count)
    fill(~origin)
  }

  private mutating func fill(_ origin: Int) {
    while origins.count < cells.count { origins.append(origin) }
  }

  /// Rows of at most so many columns, broken between words; blanks at a break are left out.
  func wrapped(columns: Int) -> [StyledLine] {
    TextWidth.wrap(cells, columns: columns).map { range in
      var end = range.upperBound
      while end > range.lowerBound, cells[end - 1].scalar == 0x20 { end -= 1 }
      return part(range.lowerBound..<end)
    }
  }

  /// The first so many columns.
  func cut(columns: Int) -> StyledLine {
    cells.count > columns ? part(0..<clusterStart(atOrBefore: columns, after: 0)) : self
  }

  /// Where the character that holds a cell begins; behind it where that would leave nothing after `start`.
  func clusterStart(atOrBefore index: Int, after start: Int) -> Int {
    var end = min(cells.count, index)
    if end < cells.count, cells[end].isContinuation { end += end - 1 > start ? -1 : 1 }
    var first = end
    while first > start, first < cells.count, cells[first].continuesCluster { first -= 1 }
    return first > start ? first : end
  }

  func standing(at place: Int) -> StyledLine {
    var line = self
    line.place = place
    return line
  }

  func part(_ range: Range<Int>) -> StyledLine {
    var line = StyledLine()
    line.cells = Array(cells[range])
    line.origins = Array(origins[range])
    return line
  }
}
