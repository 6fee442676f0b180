import Canvas
import Conversations
import FoundationEssentials

/// Two answers compared: by what differs, word by word, or by what they have in common. Either is found once; only the
/// rows on the screen are wrapped.
struct DiffScreen: Screen {
  struct Side: Sendable {
    var reply: UUID
    var model: ModelReference
    /// `attempt 2 of 3`, where there are several.
    var attempt: String?
    /// As it was when the comparison was asked for.
    var text: String
  }

  /// A row: a block, or a band of passages, and the row in it.
  struct Place: Hashable, Sendable, Comparable {
    var block = 0
    var row = 0

    static func < (a: Place, b: Place) -> Bool { (a.block, a.row) < (b.block, b.row) }
  }

  enum Form: Hashable, Sendable {
    case words
    /// What is common, the answers rendered and in step.
    case common
  }

  let exchange: UUID
  var left: Side?
  var right: Side?
  /// The number of the comparison asked for last.
  var token = 0
  /// `nil` until it has come.
  var comparison: Comparison?
  /// The user's choice; `nil` leaves it to the texts.
  var form: Form?
  /// The texts are shown as they are, nothing compared: a Fiedler crashed over their conversation.
  var isPlain = false
  /// The user's choice on a screen that has room for both.
  var isInline: Bool
  var top = Place()
  /// The change, or the passage in common, that was gone to, by its number.
  var change: Int?
  /// The first hunk of every change; the bands that are shared.
  private(set) var changes: [Int] = []
  private(set) var blocks: [DiffBlock] = []
  /// What the blocks were made for.
  private(set) var columns = 0
  private(set) var shownInline: Bool?
  private(set) var hasColors = true
  private(set) var height = 1
  /// Blocks that have been wrapped: one text, or the old and the new one.
  private var wrapped: [Int: [DiffText]] = [:]
  /// Rows of the bands that have been laid out.
  private var bandRows: [Int: Int] = [:]

  init(exchange: UUID, isInline: Bool) {
    self.exchange = exchange
    self.isInline = isInline
  }

  var difference: WordDiff? { comparison?.difference }
  /// The form that is on the screen.
  var shownForm: Form {
    guard let comparison, comparison.ground != nil, !isPlain else { return .words }
    return form ?? (comparison.isMostlyDifferent ? .common : .words)
  }
  var ground: CommonGround? { shownForm == .common ? comparison?.ground : nil }
  var isIdentical: Bool { !isPlain && difference.map { $0.hunks.allSatisfy { $0.kind == .same } } ?? false }

  mutating func take(_ comparison: Comparison, isPlain: Bool = false) {
    self.comparison = comparison
    self.isPlain = isPlain
    findChanges()
    if let change, change >= changes.count { self.change = nil }
  }

  mutating func findChanges() {
    shownInline = nil
    if let ground {
      changes = ground.bands.indices.filter { ground.bands[$0].isShared }
    } else if let hunks = difference?.hunks, !isPlain {
      changes = hunks.indices.filter { hunks[$0].kind != .same && ($0 == 0 || hunks[$0 - 1].kind == .same) }
    } else {
      changes = []
    }
  }

  /// Makes ready for a screen. The place is kept where the form stays; else the line is.
  mutating func fit(_ layout: DiffLayout, hasColors: Bool) {
    guard let difference, let old = left?.text, let new = right?.text else { return }
    height = max(1, layout.rows)
    if layout.isInline != shownInline || hasColors != self.hasColors {
      let offset = blocks.indices.contains(top.block) ? blocks[top.block].old.lowerBound : 0
      shownInline = layout.isInline
      self.hasColors = hasColors
      wrapped = [:]
      bandRows = [:]
      if shownForm == .words {
        blocks =
          layout.isInline
          ? DiffBlocks.inline(difference, old, new) : DiffBlocks.sideBySide(difference, old, new)
        top = Place(block: max(0, (blocks.firstIndex { $0.old.lowerBound > offset } ?? blocks.count) - 1))
        if offset == 0 { top = Place() }
      } else {
        blocks = []
        top.row = 0
      }
    }
    if layout.columns != columns {
      columns = layout.columns
      wrapped = [:]
      bandRows = [:]
    }
    top = min(top, lastTop())
    for place in shown() where shownForm == .words { _ = texts(place.block) }
  }

  // MARK: Rows

  /// Blocks or bands.
  var blockCount: Int { ground?.bands.count ?? blocks.count }

  /// The texts of a block, wrapped.
  mutating func texts(_ block: Int) -> [DiffText] {
    if let known = wrapped[block] { return known }
    guard let difference, let old = left?.text, let new = right?.text else { return [] }
    let forms: [DiffText.Form] = shownInline == true ? [.both] : [.old, .new]
    let made = forms.map {
      DiffText(
        blocks[block], $0, difference, old: old, new: new, columns: max(1, columns), spellsMarks: !hasColors)
    }
    // Whoever walks through a long text does not need all of it again.
    if wrapped.count > 500 { wrapped = [:] }
    wrapped[block] = made
    return made
  }

  /// The rows of a band of passages, beside each other or one below the other.
  func band(_ index: Int, _ theme: Theme) -> [[MarkdownRow]] {
    guard let ground, let old = left?.text, let new = right?.text else { return [] }
    let layout = CommonGroundLayout(
      ground: ground, texts: [old, new], columns: columns, isInline: shownInline ?? false, theme: theme)
    return layout.rows(ground.bands[index], isFirst: index == 0)
  }

  mutating func rowCount(_ block: Int) -> Int {
    guard shownForm == .common else { return texts(block).map(\.rows.count).max() ?? 1 }
    if let known = bandRows[block] { return known }
    let count = max(1, band(block, .fallback).map(\.count).max() ?? 1)
    bandRows[block] = count
    return count
  }

  /// Goes on to show what is at a place.
  mutating func goTo(_ place: Place) { top = min(place, lastTop()) }
}

/// Where the parts of the comparison stand.
struct DiffLayout {
  /// Narrower screens show both in one text.
  static let wide = 80

  var head: Rect
  /// What both have in common; empty where what differs is shown, and on low screens.
  var both: Rect
  var left: Rect
  /// Empty where both are in one text.
  var right: Rect
  var isInline: Bool
  /// Rows in the boxes, above the text, of what one answer alone is about.
  var onlyRows: Int

  init(_ diff: DiffScreen, _ size: Size) {
    head = Rect(x: 0, y: 0, width: size.width, height: 1)
    isInline = diff.isInline || size.width < Self.wide
    let isCommon = diff.shownForm == .common
    both = Rect(x: 0, y: 1, width: size.width, height: isCommon && size.height >= 10 ? 1 : 0)
    onlyRows = isCommon && size.height >= 16 ? (isInline ? 2 : 1) : 0
    let height = max(0, size.height - 2 - both.height)
    let half = isInline ? size.width : size.width / 2
    left = Rect(x: 0, y: both.maxY, width: half, height: height)
    right = Rect(x: half, y: both.maxY, width: size.width - half, height: height)
  }

  /// Columns of either text, the same for both.
  var columns: Int { max(1, left.width - 4) }
  /// Rows of text.
  var rows: Int { max(0, left.height - 2 - (onlyRows > 0 ? onlyRows + 1 : 0)) }
  /// Where a box has its text.
  func text(_ box: Rect) -> Rect {
    let area = box.inset(2, 1)
    return Rect(x: area.x, y: area.maxY - rows, width: area.width, height: rows)
  }
}
