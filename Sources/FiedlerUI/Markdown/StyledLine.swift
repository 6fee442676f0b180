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
    var source = source
    source.withUTF8 { utf8 in
      guard range.upperBound <= utf8.count else { return }
      append(UnsafeBufferPointer(rebasing: utf8[range]), origin: range.lowerBound, style: style)
    }
  }

  /// Characters of printable ASCII are written as they are. Between them stand stretches of others, each with the
  /// letters beside it, which a mark or a sign before it may make part of a character.
  private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, origin: Int, style: Style) {
    func isPrintable(_ index: Int) -> Bool { bytes[index] >= 0x20 && bytes[index] < 0x7F }
    if cells.isEmpty {
      cells.reserveCapacity(bytes.count)
      origins.reserveCapacity(bytes.count)
    }
    var index = 0
    while index < bytes.count {
      if isPrintable(index), index + 1 == bytes.count || isPrintable(index + 1) {
        cells.append(Cell(Unicode.Scalar(bytes[index]), style: style))
        origins.append(origin + index)
        index += 1
        continue
      }
      var end = index + 1
      while end < bytes.count, !isPrintable(end) || end + 1 < bytes.count && !isPrintable(end + 1) { end += 1 }
      end = min(bytes.count, end + 1)
      for character in String(decoding: UnsafeBufferPointer(rebasing: bytes[index..<end]), as: UTF8.self) {
        Sanitizer.append(character, style: style, to: &cells)
        fill(origin + index)
        index += character.utf8.count
      }
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

  /// With another line behind it; that line itself where there is nothing before.
  func followed(by line: StyledLine) -> StyledLine {
    guard columns > 0 else { return line }
    var whole = self
    whole.append(line)
    return whole
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
