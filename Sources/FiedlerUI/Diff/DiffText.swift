import Canvas
import Conversations

/// A block's text as it is shown, with the parts that differ, wrapped.
struct DiffText: Sendable {
  struct Mark: Hashable, Sendable {
    /// UTF-8 offsets in ``text``.
    var range: Range<Int>
    var kind: WordDiff.Kind
    var hunk: Int
  }

  /// Which of the texts.
  enum Form: Hashable, Sendable { case old, new, both }

  private(set) var text = ""
  private(set) var marks: [Mark] = []
  private(set) var rows: [Range<Int>] = []

  /// `spellsMarks`: changes in one text stand in brackets, for screens without colours.
  init(
    _ block: DiffBlock, _ form: Form, _ difference: WordDiff, old: String, new: String, columns: Int,
    spellsMarks: Bool = false
  ) {
    let spellsMarks = spellsMarks && form == .both
    for index in block.hunks {
      let hunk = difference.hunks[index]
      let isNew = hunk.kind == .added || (hunk.kind == .same && form == .new)
      if form == .old && hunk.kind == .added || form == .new && hunk.kind == .removed { continue }
      let whole = isNew ? hunk.new : hunk.old
      let part = whole.clamped(to: isNew ? block.new : block.old)
      guard !part.isEmpty else { continue }
      let words = (isNew ? new : old).part(part)
      guard hunk.kind != .same else {
        text += words
        continue
      }
      let start = text.utf8.count
      if spellsMarks, part.lowerBound == whole.lowerBound { text += hunk.kind == .removed ? "[-" : "{+" }
      text += Self.showingLineEnds(words)
      if spellsMarks, part.upperBound == whole.upperBound {
        // The mark stays on the line that ends with the change.
        let endsLine = text.utf8.last == UInt8(ascii: "\n")
        if endsLine { text.unicodeScalars.removeLast() }
        text += (hunk.kind == .removed ? "-]" : "+}") + (endsLine ? "\n" : "")
      }
      marks.append(Mark(range: start..<text.utf8.count, kind: hunk.kind, hunk: index))
    }
    // The end of the last line begins no row.
    if text.utf8.last == UInt8(ascii: "\n") { text.unicodeScalars.removeLast() }
    rows = WrappedText(text, columns: columns).rows
  }

  /// A change of nothing but blanks and line ends is seen by marks in the place of the latter.
  private static func showingLineEnds(_ words: Substring) -> String {
    guard words.utf8.contains(UInt8(ascii: "\n")), words.allSatisfy(\.isWhitespace) else { return String(words) }
    return words.unicodeScalars.reduce(into: "") { text, scalar in
      if scalar == "\n" { text += "↵" }
      text.unicodeScalars.append(scalar)
    }
  }

  /// The row where a hunk begins.
  func row(ofHunk hunk: Int) -> Int? {
    guard let mark = marks.first(where: { $0.hunk == hunk }) else { return nil }
    return max(0, (rows.firstIndex { $0.lowerBound > mark.range.lowerBound } ?? rows.count) - 1)
  }

  /// The first mark that ends behind an offset.
  private func firstMark(after offset: Int) -> Int {
    var low = 0
    var high = marks.count
    while low < high {
      let middle = (low + high) / 2
      if marks[middle].range.upperBound <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// A row's cells. Characters are measured from the row's start, so that tabs come out as they were wrapped.
  func cells(_ row: Int, style: (WordDiff.Kind, Int) -> Style) -> [Cell] {
    guard rows.indices.contains(row) else { return [] }
    let range = rows[row]
    let plain = style(.same, 0)
    var next = firstMark(after: range.lowerBound)
    guard next < marks.count, marks[next].range.lowerBound < range.upperBound else {
      return Sanitizer.cells(text, utf8: range, style: plain)
    }
    var cells: [Cell] = []
    var offset = range.lowerBound
    var isIndentation = true
    for character in text.part(range) {
      if !character.isWhitespace { isIndentation = false }
      while next < marks.count, marks[next].range.upperBound <= offset { next += 1 }
      let isMarked = next < marks.count && marks[next].range.contains(offset)
      var shown = isMarked ? style(marks[next].kind, marks[next].hunk) : plain
      if isIndentation { shown.attributes.remove(.underline) }
      Sanitizer.append(character, style: shown, to: &cells)
      offset += character.utf8.count
    }
    return cells
  }
}

extension String {
  /// A part given as UTF-8 offsets.
  func part(_ range: Range<Int>) -> Substring {
    let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
    return self[start..<utf8.index(start, offsetBy: range.count)]
  }
}
