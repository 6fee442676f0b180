import Conversations

/// Lays a conversation out row by row where it is asked for.
///
/// It lives as long as one motion or one drawing, so that no cache can be stale, but for that of answers as Markdown.
/// Of other texts, and of very long answers, pieces of at most some ten kilobytes are wrapped, the same whichever side
/// they are come upon from: so no row costs more than a piece.
struct PreviewLayout {
  /// A row begins here; any byte of a row stands for it.
  struct Place: Hashable, Sendable, Comparable {
    var block = 0
    var offset = 0
    /// How many rows behind it begin at the same byte, as code does where its label does.
    var back = 0

    static func < (left: Place, right: Place) -> Bool {
      (left.block, left.offset, right.back) < (right.block, right.offset, left.back)
    }
  }

  struct Row: Hashable, Sendable {
    var block: Int
    /// UTF-8 offsets in the block's text.
    var bytes: Range<Int>
    fileprivate var back = 0
    /// Where the piece it was wrapped in begins; that of Markdown is the whole answer.
    fileprivate var piece: Int
    /// Its number in the piece.
    fileprivate(set) var number: Int

    var place: Place { Place(block: block, offset: bytes.lowerBound, back: back) }
  }

  /// Lines longer than this are cut, at a blank if there is one near.
  static let pieceBytes = 8192
  /// Longer answers are shown as their source, of which only what is seen has to be laid out.
  static let markdownBytes = 1 << 17

  let document: PreviewDocument
  let columns: Int
  /// The answers come upon so far, by their blocks; `nil` for those that are shown as their source.
  private(set) var markdown: [Int: MarkdownText?]
  private var pieces: [Place: [Range<Int>]] = [:]

  /// `markdown` must be of the same document and width.
  init(_ document: PreviewDocument, columns: Int, markdown: [Int: MarkdownText?] = [:]) {
    self.document = document
    self.columns = max(1, columns)
    self.markdown = markdown
  }

  // MARK: Rows

  /// The row that holds a place; `nil` only for a conversation without anything.
  mutating func row(at place: Place) -> Row? {
    guard !document.blocks.isEmpty else { return nil }
    let block = min(max(0, place.block), document.blocks.count - 1)
    if let markdown = markdown(of: block) { return row(block, markdown, at: place) }
    let bytes = document.blocks[block].bytes
    let offset = min(max(bytes.lowerBound, place.offset), bytes.upperBound)
    let text = TextPieces(document.text(of: document.blocks[block]), bytes)
    let piece = text.start(holding: offset)
    let rows = rows(block, piece, text)
    let number = (rows.firstIndex { $0.lowerBound > offset } ?? rows.count) - 1
    return row(block, piece, rows, max(0, number))
  }

  mutating func row(after row: Row) -> Row? {
    if let markdown = markdown(of: row.block) {
      if row.number + 1 < markdown.rowCount { return self.row(row.block, markdown, row.number + 1) }
      return first(ofBlock: row.block + 1)
    }
    let block = document.blocks[row.block]
    let text = TextPieces(document.text(of: block), block.bytes)
    let here = rows(row.block, row.piece, text)
    if row.number + 1 < here.count { return self.row(row.block, row.piece, here, row.number + 1) }
    if let next = text.start(after: row.piece) {
      return self.row(row.block, next, rows(row.block, next, text), 0)
    }
    return first(ofBlock: row.block + 1)
  }

  mutating func row(before row: Row) -> Row? {
    let block = document.blocks[row.block]
    if row.number > 0, let markdown = markdown(of: row.block) {
      return self.row(row.block, markdown, row.number - 1)
    }
    if row.number > 0 {
      let text = TextPieces(document.text(of: block), block.bytes)
      return self.row(row.block, row.piece, rows(row.block, row.piece, text), row.number - 1)
    }
    if row.piece > block.bytes.lowerBound {
      let text = TextPieces(document.text(of: block), block.bytes)
      let piece = text.start(holding: row.piece - 1)
      let rows = rows(row.block, piece, text)
      return self.row(row.block, piece, rows, rows.count - 1)
    }
    guard row.block > 0 else { return nil }
    return self.row(at: Place(block: row.block - 1, offset: .max))
  }

  private mutating func first(ofBlock block: Int) -> Row? {
    guard block < document.blocks.count else { return nil }
    return markdown(of: block).map { row(block, $0, 0) } ?? row(at: Place(block: block))
  }

  private func row(_ block: Int, _ piece: Int, _ rows: [Range<Int>], _ number: Int) -> Row {
    Row(block: block, bytes: rows[number], piece: piece, number: number)
  }

  /// The rows of a piece, at least one.
  private mutating func rows(_ block: Int, _ piece: Int, _ text: TextPieces) -> [Range<Int>] {
    let place = Place(block: block, offset: piece)
    if let rows = pieces[place] { return rows }
    let end = text.start(after: piece) ?? text.bytes.upperBound
    let part = text.part(piece..<end)
    var rows = WrappedText(part, columns: columns - document.blocks[block].kind.indent).rows
    // The line end behind a piece would make an empty row, which is the next piece's first.
    if rows.count > 1, part.utf8.last == 0x0A { rows.removeLast() }
    rows = rows.map { ($0.lowerBound + piece)..<($0.upperBound + piece) }
    pieces[place] = rows
    return rows
  }

  // MARK: Markdown

  /// An answer's rows as Markdown; `nil` for other blocks, long answers, and ones where something was found in what
  /// Markdown does not show.
  private mutating func markdown(of index: Int) -> MarkdownText? {
    let block = document.blocks[index]
    guard !document.isPlain, block.kind == .answer, block.bytes.count <= Self.markdownBytes else { return nil }
    if let known = markdown[index] { return known }
    // The numbers would stand for nothing here.
    var text = MarkdownText(numbersLinks: false)
    text.update(document.text(of: block), columns: max(1, columns - block.kind.indent))
    let shown = text.shows(document.hits(of: block)) ? text : nil
    markdown.updateValue(shown, forKey: index)
    return shown
  }

  private func row(_ block: Int, _ text: MarkdownText, at place: Place) -> Row {
    var number = text.row(holding: place.offset)
    let start = text.start(ofRow: number)
    var back = start == place.offset ? place.back : 0
    while back > 0, number > 0, text.start(ofRow: number - 1) == start { (number, back) = (number - 1, back - 1) }
    return row(block, text, number)
  }

  private func row(_ block: Int, _ text: MarkdownText, _ number: Int) -> Row {
    let start = text.start(ofRow: number)
    var behind = number + 1
    while behind < text.rowCount, text.start(ofRow: behind) == start { behind += 1 }
    let end = number + 1 < text.rowCount ? text.start(ofRow: number + 1) : document.blocks[block].bytes.upperBound
    return Row(
      block: block, bytes: start..<max(start, end), back: behind - number - 1,
      piece: document.blocks[block].bytes.lowerBound, number: number)
  }

  // MARK: Motion

  /// The row so many rows below `place` (above, if negative), or the last one on the way.
  mutating func row(at place: Place, movedBy count: Int) -> Row? {
    guard var row = row(at: place) else { return nil }
    for _ in 0..<abs(count) {
      guard let further = count > 0 ? self.row(after: row) : self.row(before: row) else { break }
      row = further
    }
    return row
  }

  /// As many rows as fit from `place` on.
  mutating func rows(from place: Place, _ height: Int) -> [Row] {
    guard height > 0, var row = row(at: place) else { return [] }
    var rows = [row]
    while rows.count < height, let next = self.row(after: row) {
      row = next
      rows.append(row)
    }
    return rows
  }

  /// The last place from which the rows fill the height.
  mutating func lastTop(_ height: Int) -> Place {
    let end = document.blocks.count - 1
    guard end >= 0 else { return Place() }
    return row(at: Place(block: end, offset: .max), movedBy: -(max(1, height) - 1))?.place ?? Place()
  }
}

/// Where a text may be taken apart: behind line ends, and within lines that are very long.
///
/// Whether a piece begins at a place depends only on the bytes shortly before it.
struct TextPieces {
  let text: String
  let bytes: Range<Int>

  init(_ text: String, _ bytes: Range<Int>) {
    var text = text
    text.makeContiguousUTF8()
    self.text = text
    self.bytes = bytes
  }

  func part(_ range: Range<Int>) -> String {
    let start = text.utf8.index(text.utf8.startIndex, offsetBy: range.lowerBound)
    return String(text[start..<text.utf8.index(start, offsetBy: range.count)])
  }

  /// The start of the piece that holds a byte.
  func start(holding offset: Int) -> Int {
    read { utf8 in
      let step = PreviewLayout.pieceBytes
      let offset = max(bytes.lowerBound, min(offset, bytes.upperBound - 1))
      // With no line end from the multiple before on there is a cut at this one.
      let first = max(bytes.lowerBound, (offset / step - 1) * step)
      let line = utf8[first..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? bytes.lowerBound
      let cuts = [0, 1].compactMap { cut(utf8, at: (offset / step + $0) * step) }.filter { $0 <= offset }
      return max(line, cuts.max() ?? bytes.lowerBound)
    }
  }

  /// The start of the piece behind the one that begins at `start`; `nil` if that is the last.
  func start(after start: Int) -> Int? {
    read { utf8 in
      let step = PreviewLayout.pieceBytes
      var (index, end) = (start, (start / step + 1) * step)
      while true {
        let stop = min(end, bytes.upperBound)
        if let line = utf8[index..<stop].firstIndex(of: 0x0A) { return line + 1 < bytes.upperBound ? line + 1 : nil }
        if stop == bytes.upperBound { return nil }
        if let cut = cut(utf8, at: end), cut > start { return cut }
        (index, end) = (end, end + step)
      }
    }
  }

  /// Where a line is cut near a multiple of the step; `nil` if a line end stands less than a step before it.
  private func cut(_ utf8: UnsafeBufferPointer<UInt8>, at end: Int) -> Int? {
    let first = end - PreviewLayout.pieceBytes
    guard first >= bytes.lowerBound, end < bytes.upperBound else { return nil }
    guard !utf8[first..<end].contains(0x0A) else { return nil }
    if let blank = utf8[(end - 256)..<end].lastIndex(of: 0x20) { return blank + 1 }
    var cut = end
    while cut > first, utf8[cut] & 0xC0 == 0x80 { cut -= 1 }
    return cut
  }

  private func read<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    var text = text
    return text.withUTF8(body)
  }
}
