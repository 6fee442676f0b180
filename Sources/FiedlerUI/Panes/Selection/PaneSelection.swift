import Canvas
import Conversations

/// Text selected in a pane.
struct PaneSelection: Sendable {
  enum Unit: Hashable, Sendable { case character, word, row }

  /// A character, a word or a row of the text, with the row it was taken from.
  struct Piece: Hashable, Sendable {
    /// The block's place in the document, kept up with it by what it shows.
    var block: Int
    var source: PaneDocument.Source
    /// UTF-8 offsets of the block's text; empty where the source has nothing, as in a blank row.
    var range: Range<Int>
    var row: Int
  }

  /// UTF-8 offsets of blocks' texts.
  struct Span: Hashable, Sendable {
    var first: PaneDocument.Anchor
    /// Behind the last byte.
    var last: PaneDocument.Anchor

    /// The part of a block's text, which has so many bytes, that is selected.
    func range(in block: Int, of count: Int) -> Range<Int>? {
      guard block >= first.block, block <= last.block else { return nil }
      let start = min(count, block == first.block ? first.offset : 0)
      return start..<max(start, min(count, block == last.block ? last.offset : count))
    }
  }

  let model: ModelReference
  /// Where it was begun, and where it has been drawn to.
  var anchor: Piece
  var head: Piece
  var unit = Unit.character
  /// Begun and moved by keys, which are its own meanwhile.
  var isByKeys = false
  /// The columns that the pieces' rows were counted at.
  var columns = 0

  var rows: ClosedRange<Int> { min(anchor.row, head.row)...max(anchor.row, head.row) }

  var span: Span {
    func place(_ piece: Piece, _ offset: Int) -> PaneDocument.Anchor {
      PaneDocument.Anchor(block: piece.block, offset: offset)
    }
    func isBefore(_ one: PaneDocument.Anchor, _ other: PaneDocument.Anchor) -> Bool {
      (one.block, one.offset) < (other.block, other.offset)
    }
    let starts = [place(anchor, anchor.range.lowerBound), place(head, head.range.lowerBound)]
    let ends = [place(anchor, anchor.range.upperBound), place(head, head.range.upperBound)]
    return Span(
      first: isBefore(starts[1], starts[0]) ? starts[1] : starts[0],
      last: isBefore(ends[0], ends[1]) ? ends[1] : ends[0])
  }

  /// Finds its blocks again in a document that has changed. False if they are gone.
  mutating func follow(_ document: PaneDocument, _ exchanges: [Exchange]) -> Bool {
    let isWrappedAnew = columns != document.columns
    columns = document.columns
    guard var anchor = Self.followed(anchor, document, isWrappedAnew),
      var head = Self.followed(head, document, isWrappedAnew)
    else { return false }
    if unit == .row {
      anchor = Self.grown(anchor, document, exchanges)
      head = Self.grown(head, document, exchanges)
    }
    self.anchor = anchor
    self.head = head
    return true
  }

  /// A whole row with what has been appended to it meanwhile, found again by its beginning where rows were put before
  /// it.
  private static func grown(_ piece: Piece, _ document: PaneDocument, _ exchanges: [Exchange]) -> Piece {
    func whole(_ row: Int) -> Piece? {
      document.piece(atRow: row, column: 0, .row, exchanges).flatMap { found in
        found.block == piece.block && found.range.lowerBound == piece.range.lowerBound ? found : nil
      }
    }
    let anchor = PaneDocument.Anchor(block: piece.block, offset: piece.range.lowerBound)
    return whole(piece.row) ?? whole(document.row(of: anchor)) ?? piece
  }

  private static func followed(_ piece: Piece, _ document: PaneDocument, _ isWrappedAnew: Bool) -> Piece? {
    var piece = piece
    let blocks = document.blocks
    let isThere = blocks.indices.contains(piece.block) && blocks[piece.block].source == piece.source
    if !isThere {
      guard !piece.source.isLiteral, let found = blocks.firstIndex(where: { $0.source == piece.source }) else {
        return nil
      }
      piece.block = found
    }
    if !isThere || isWrappedAnew {
      piece.row = document.row(of: PaneDocument.Anchor(block: piece.block, offset: piece.range.lowerBound))
    }
    piece.row = min(piece.row, max(0, document.rowCount - 1))
    return piece
  }
}

extension PaneDocument {
  /// The piece of the text at a row and a column of the pane, the nearest one if there is none.
  func piece(
    atRow row: Int, column: Int, _ unit: PaneSelection.Unit, _ exchanges: [Exchange],
    shownAs clipped: (MarkdownRow) -> MarkdownRow = { $0 }
  ) -> PaneSelection.Piece? {
    let row = min(max(0, row), rowCount - 1)
    guard let (index, inBlock) = block(atRow: row) else { return nil }
    let block = blocks[index]
    let text = Self.text(of: block.source, exchanges)
    let origins = origins(inBlock, of: block, text, shownAs: clipped)
    let places = origins.filter { $0 >= 0 }
    let start = min(block.layout.start(ofRow: inBlock), text.utf8.count)
    var range = start..<start
    if let least = places.min(), let most = places.max() {
      let column = column - block.look.indent
      // Marks and what is beyond the end stand for the nearest place behind them, else before them.
      let place =
        origins.dropFirst(max(0, column)).first { $0 >= 0 } ?? origins.prefix(max(0, column)).last { $0 >= 0 }
      switch unit {
      case .row: range = least..<text.character(at: most).upperBound
      case .character: range = text.character(at: place ?? least)
      case .word: range = text.word(at: place ?? least)
      }
      let isBeyond = column >= origins.count && unit == .character
      if isBeyond { range = range.upperBound..<range.upperBound }
    }
    return PaneSelection.Piece(block: index, source: block.source, range: range, row: row)
  }

  private func block(atRow row: Int) -> (block: Int, row: Int)? {
    var first = 0
    for (index, block) in blocks.enumerated() {
      if row < first + block.rowCount { return row >= first ? (index, row - first) : nil }
      first += block.rowCount
    }
    return nil
  }

  /// The place of each cell of a row, as ``StyledLine/origins`` has them.
  private func origins(
    _ row: Int, of block: Block, _ text: String, shownAs clipped: (MarkdownRow) -> MarkdownRow
  ) -> [Int] {
    switch block.layout {
    case .markdown(let markdown):
      let found = markdown.rows(from: row, count: 1, of: text, .fallback)
      return found.rows.indices.contains(row - found.first) ? clipped(found.rows[row - found.first]).origins : []
    case .plain(let wrapped):
      var line = StyledLine()
      line.append(text, utf8: wrapped.rows[row], style: .plain)
      return line.origins
    }
  }

  /// What is copied of a selection: the blocks' own text, a blank line between two of them. Code that is selected alone
  /// comes without the margins and marks of what it stands in.
  func text(of span: PaneSelection.Span, _ exchanges: [Exchange]) -> String {
    var parts: [String] = []
    for (index, block) in blocks.enumerated() where block.look != .gap {
      let text = Self.text(of: block.source, exchanges)
      guard let range = span.range(in: index, of: text.utf8.count), !range.isEmpty else { continue }
      var part = text.slice(range)
      if block.look == .answer, !isRaw, let code = Self.code(in: text, range) { part = code[...] }
      if index < span.last.block { while part.last?.isNewline == true { part.removeLast() } }
      if !part.isEmpty { parts.append(String(part)) }
    }
    return parts.joined(separator: "\n\n")
  }
}

extension String {
  /// A part given as UTF-8 offsets within the text.
  fileprivate func slice(_ range: Range<Int>) -> Substring {
    let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
    return self[start..<utf8.index(start, offsetBy: range.count)]
  }

  /// The character that begins at a UTF-8 offset.
  fileprivate func character(at offset: Int) -> Range<Int> {
    guard offset < utf8.count else { return utf8.count..<utf8.count }
    return offset..<offset + (self[utf8.index(utf8.startIndex, offsetBy: offset)...].first?.utf8.count ?? 0)
  }

  /// The word around a UTF-8 offset; another character stands alone.
  fileprivate func word(at offset: Int) -> Range<Int> {
    let character = character(at: offset)
    guard let here = slice(character).first, here.isPartOfWord else { return character }
    let before = slice(0..<offset).reversed().prefix { $0.isPartOfWord }
    let after = slice(offset..<utf8.count).prefix { $0.isPartOfWord }
    let start = offset - before.reduce(0) { $0 + $1.utf8.count }
    return start..<offset + after.utf8.count
  }
}

extension Character {
  fileprivate var isPartOfWord: Bool { isLetter || isNumber || self == "_" }
}
