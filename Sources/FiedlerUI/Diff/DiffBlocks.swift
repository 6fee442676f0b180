import Conversations

/// A stretch of two compared texts that is laid out by itself: in rows beside each other, or as one text.
struct DiffBlock: Hashable, Sendable {
  /// UTF-8 offsets in either text.
  var old: Range<Int>
  var new: Range<Int>
  /// The hunks that have a part of it.
  var hunks: Range<Int>
}

/// Cuts a difference into blocks at line ends, so that only what is seen need be wrapped.
struct DiffBlocks {
  private let hunks: [WordDiff.Hunk]
  private let oldEnds: LineEnds
  private let newEnds: LineEnds
  private var blocks: [DiffBlock] = []
  private var oldStart = 0
  private var newStart = 0
  private var firstHunk = 0

  /// A change over more lines than this is laid out in parts, so many lines of either text beside each other.
  static let longestChange = 48

  /// For texts beside each other: cut where both have a line end in common, so that rows stand level from there on.
  static func sideBySide(_ difference: WordDiff, _ old: String, _ new: String) -> [DiffBlock] {
    var maker = DiffBlocks(difference, old, new)
    for (index, hunk) in maker.hunks.enumerated() where hunk.kind == .same {
      for end in maker.oldEnds.ends(in: hunk.old) {
        maker.cutLong(old: end, new: hunk.new.lowerBound + end - hunk.old.lowerBound, hunk: index)
      }
    }
    return maker.finished(long: true)
  }

  /// For both in one text: cut at every line end.
  static func inline(_ difference: WordDiff, _ old: String, _ new: String) -> [DiffBlock] {
    var maker = DiffBlocks(difference, old, new)
    for (index, hunk) in maker.hunks.enumerated() {
      switch hunk.kind {
      case .same:
        for end in maker.oldEnds.ends(in: hunk.old) {
          maker.cut(old: end, new: hunk.new.lowerBound + end - hunk.old.lowerBound, hunk: index)
        }
      case .removed:
        for end in maker.oldEnds.ends(in: hunk.old) { maker.cut(old: end, new: hunk.new.lowerBound, hunk: index) }
      case .added:
        for end in maker.newEnds.ends(in: hunk.new) { maker.cut(old: hunk.old.lowerBound, new: end, hunk: index) }
      }
    }
    return maker.finished(long: false)
  }

  private init(_ difference: WordDiff, _ old: String, _ new: String) {
    hunks = difference.hunks
    oldEnds = LineEnds(old)
    newEnds = LineEnds(new)
  }

  private mutating func cut(old: Int, new: Int, hunk: Int) {
    blocks.append(DiffBlock(old: oldStart..<old, new: newStart..<new, hunks: firstHunk..<(hunk + 1)))
    (oldStart, newStart) = (old, new)
    let isSpent = old >= hunks[hunk].old.upperBound && new >= hunks[hunk].new.upperBound
    firstHunk = isSpent ? hunk + 1 : hunk
  }

  /// A block that ends here, in parts where it has many lines.
  private mutating func cutLong(old: Int, new: Int, hunk: Int) {
    while true {
      let oldPart = oldEnds.end(after: oldStart, lines: Self.longestChange, atMost: old)
      let newPart = newEnds.end(after: newStart, lines: Self.longestChange, atMost: new)
      guard oldPart < old || newPart < new else { break }
      blocks.append(
        DiffBlock(old: oldStart..<oldPart, new: newStart..<newPart, hunks: firstHunk..<(hunk + 1)))
      (oldStart, newStart) = (oldPart, newPart)
    }
    cut(old: old, new: new, hunk: hunk)
  }

  private mutating func finished(long: Bool) -> [DiffBlock] {
    if let last = hunks.last, oldStart < last.old.upperBound || newStart < last.new.upperBound {
      if long {
        cutLong(old: last.old.upperBound, new: last.new.upperBound, hunk: hunks.count - 1)
      } else {
        cut(old: last.old.upperBound, new: last.new.upperBound, hunk: hunks.count - 1)
      }
    }
    return blocks
  }
}

/// Where the lines of a text end: the offsets behind its line feeds.
private struct LineEnds {
  private var offsets: [Int] = []

  init(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { offsets.append(offset + 1) }
    }
  }

  /// Those in or at the end of a range.
  func ends(in range: Range<Int>) -> ArraySlice<Int> {
    offsets[first(after: range.lowerBound)..<first(after: range.upperBound)]
  }

  /// The end of so many lines from an offset on.
  func end(after offset: Int, lines: Int, atMost limit: Int) -> Int {
    let index = first(after: offset) + lines - 1
    return index < offsets.count ? min(offsets[index], limit) : limit
  }

  private func first(after offset: Int) -> Int {
    var low = 0
    var high = offsets.count
    while low < high {
      let middle = (low + high) / 2
      if offsets[middle] <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
