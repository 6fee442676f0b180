import Canvas
import Conversations
import FoundationEssentials

/// Two answers compared. What differs is found once; only the rows on the screen are wrapped.
struct DiffScreen: Screen {
  struct Side: Sendable {
    var reply: UUID
    var name: String
    /// `attempt 2 of 3`, where there are several.
    var attempt: String?
    /// As it was when the comparison was asked for.
    var text: String
  }

  /// A row: a block and the row in it.
  struct Place: Hashable, Sendable, Comparable {
    var block = 0
    var row = 0

    static func < (a: Place, b: Place) -> Bool { (a.block, a.row) < (b.block, b.row) }
  }

  let exchange: UUID
  var left: Side?
  var right: Side?
  /// The number of the comparison asked for last.
  var token = 0
  /// `nil` until it has come.
  var difference: WordDiff?
  /// The texts are shown as they are, nothing compared: a Fiedler crashed over their conversation.
  var isPlain = false
  /// The user's choice on a screen that has room for both.
  var isInline: Bool
  var top = Place()
  /// The change that was gone to, by its number.
  var change: Int?
  /// The first hunk of every change.
  private(set) var changes: [Int] = []
  private(set) var blocks: [DiffBlock] = []
  /// What the blocks were made for.
  private(set) var columns = 0
  private(set) var shownInline: Bool?
  private(set) var height = 1
  /// Blocks that have been wrapped: one text, or the old and the new one.
  private var wrapped: [Int: [DiffText]] = [:]

  /// Texts that are longer together are compared by lines.
  static let mostBytes = 2_000_000

  init(exchange: UUID, isInline: Bool) {
    self.exchange = exchange
    self.isInline = isInline
  }

  mutating func take(_ difference: WordDiff, isPlain: Bool = false) {
    self.difference = difference
    self.isPlain = isPlain
    changes =
      isPlain
      ? []
      : difference.hunks.indices.filter {
        difference.hunks[$0].kind != .same && ($0 == 0 || difference.hunks[$0 - 1].kind == .same)
      }
    shownInline = nil
    if let change, change >= changes.count { self.change = nil }
  }

  /// Makes ready for a screen. The place is kept where the form stays; else the line is.
  mutating func fit(_ layout: DiffLayout) {
    guard let difference, let old = left?.text, let new = right?.text else { return }
    height = max(1, layout.rows)
    if layout.isInline != shownInline {
      let offset = blocks.indices.contains(top.block) ? blocks[top.block].old.lowerBound : 0
      blocks =
        layout.isInline
        ? DiffBlocks.inline(difference, old, new) : DiffBlocks.sideBySide(difference, old, new)
      shownInline = layout.isInline
      wrapped = [:]
      top = Place(block: max(0, (blocks.firstIndex { $0.old.lowerBound > offset } ?? blocks.count) - 1))
      if offset == 0 { top = Place() }
    }
    if layout.columns != columns {
      columns = layout.columns
      wrapped = [:]
    }
    top = min(top, lastTop())
    _ = shown()
  }

  // MARK: Rows

  /// The texts of a block, wrapped.
  mutating func texts(_ block: Int) -> [DiffText] {
    if let known = wrapped[block] { return known }
    guard let difference, let old = left?.text, let new = right?.text else { return [] }
    let forms: [DiffText.Form] = shownInline == true ? [.both] : [.old, .new]
    let made = forms.map {
      DiffText(blocks[block], $0, difference, old: old, new: new, columns: max(1, columns))
    }
    // Whoever walks through a long text does not need all of it again.
    if wrapped.count > 500 { wrapped = [:] }
    wrapped[block] = made
    return made
  }

  private mutating func rowCount(_ block: Int) -> Int { texts(block).map(\.rows.count).max() ?? 1 }

  /// The rows on the screen with their texts.
  mutating func shown() -> [(texts: [DiffText], row: Int, block: Int)] {
    var rows: [(texts: [DiffText], row: Int, block: Int)] = []
    var place = top
    while rows.count < height, place.block < blocks.count {
      let texts = texts(place.block)
      let count = texts.map(\.rows.count).max() ?? 1
      while place.row < count, rows.count < height {
        rows.append((texts, place.row, place.block))
        place.row += 1
      }
      place = Place(block: place.block + 1)
    }
    return rows
  }

  private mutating func place(_ place: Place, movedBy step: Int) -> Place {
    var place = place
    var left = step
    while left > 0 {
      let rest = rowCount(place.block) - 1 - place.row
      if left <= rest {
        place.row += left
        return place
      }
      guard place.block + 1 < blocks.count else { return Place(block: place.block, row: place.row + rest) }
      left -= rest + 1
      place = Place(block: place.block + 1)
    }
    while left < 0 {
      if -left <= place.row {
        place.row += left
        return place
      }
      guard place.block > 0 else { return Place() }
      left += place.row + 1
      place = Place(block: place.block - 1, row: rowCount(place.block - 1) - 1)
    }
    return place
  }

  /// The first row where the last one stands at the foot of the screen.
  private mutating func lastTop() -> Place {
    guard !blocks.isEmpty else { return Place() }
    let end = Place(block: blocks.count - 1, row: rowCount(blocks.count - 1) - 1)
    return place(end, movedBy: 1 - height)
  }

  mutating func scroll(by step: Int) {
    guard !blocks.isEmpty else { return }
    if step <= -1_000_000 { top = Place() }
    let last = lastTop()
    top = step >= 1_000_000 ? last : min(last, place(top, movedBy: step))
  }

  // MARK: Changes

  /// Goes to the next change, or the one before, from the one gone to last; from the top of the screen where the reader
  /// has scrolled it out of sight.
  mutating func goToChange(_ step: Int) {
    guard !changes.isEmpty, !blocks.isEmpty else { return }
    let next: Int
    if let change, isSeen(change) || change == 0 && step < 0 {
      next = change + step
    } else {
      let first = firstChange(from: top)
      next = step > 0 ? first : first - 1
    }
    let found = min(max(0, next), changes.count - 1)
    change = found
    guard !isSeen(found) else { return }
    top = place(place(ofHunk: changes[found]), movedBy: -height / 3)
    top = min(top, lastTop())
  }

  /// The first change at or behind a place.
  private mutating func firstChange(from place: Place) -> Int {
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if self.place(ofHunk: changes[middle]) < place { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func isSeen(_ change: Int) -> Bool {
    let place = place(ofHunk: changes[change])
    return place >= top && place < self.place(top, movedBy: height)
  }

  private mutating func place(ofHunk hunk: Int) -> Place {
    guard let changed = difference?.hunks[hunk] else { return Place() }
    var low = 0
    var high = blocks.count - 1
    while low < high {
      let middle = (low + high) / 2
      let isBefore =
        changed.old.isEmpty
        ? blocks[middle].new.upperBound <= changed.new.lowerBound
        : blocks[middle].old.upperBound <= changed.old.lowerBound
      if isBefore { low = middle + 1 } else { high = middle }
    }
    return Place(block: low, row: texts(low).compactMap { $0.row(ofHunk: hunk) }.min() ?? 0)
  }
}

/// Where the parts of the comparison stand.
struct DiffLayout {
  /// Narrower screens show both in one text.
  static let wide = 80

  var head: Rect
  var left: Rect
  /// Empty where both are in one text.
  var right: Rect
  var isInline: Bool

  init(_ diff: DiffScreen, _ size: Size) {
    head = Rect(x: 0, y: 0, width: size.width, height: 1)
    isInline = diff.isInline || size.width < Self.wide
    let height = max(0, size.height - 2)
    let half = isInline ? size.width : size.width / 2
    left = Rect(x: 0, y: 1, width: half, height: height)
    right = Rect(x: half, y: 1, width: size.width - half, height: height)
  }

  /// Columns of either text, the same for both.
  var columns: Int { max(1, left.width - 4) }
  var rows: Int { max(0, left.height - 2) }
}
