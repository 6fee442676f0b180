import Canvas
import Conversations

/// Where the history's parts stand: side by side, one above the other, or the one that is read alone.
struct HistoryLayout {
  /// The search line, and what is wrong with it.
  var head: Rect
  var problem: Rect
  /// Empty where the preview is shown alone.
  var list: Rect
  /// Empty where the list is shown alone.
  var preview: Rect
  /// An entry on the screen, and the period it is the first of.
  struct Entry: Hashable, Sendable {
    var index: Int
    /// Stands in the row over `rect`; `nil` where the entry goes on with the one before.
    var period: String?
    var rect: Rect
  }

  /// The first entry shown.
  private(set) var first = 0
  /// The entries that are seen, the last one perhaps in part.
  private(set) var entries: [Entry] = []
  /// The entry that would stand first if the list were scrolled to its end, or more.
  private(set) var lastFirst = 0

  /// Columns from which the preview stands beside the list, and rows from which below it.
  static let wide = 80
  static let high = 14

  init(_ history: HistoryScreen, _ world: World, _ size: Size) {
    let height = max(0, size.height - 1 - world.toastRows(size))
    head = Rect(x: 0, y: 0, width: size.width, height: min(1, height))
    let words = history.problem ?? ""
    let wrapped = words.isEmpty ? 0 : WrappedText(words, columns: size.width - 4).rows.count
    problem = Rect(
      x: 1, y: head.maxY, width: size.width - 2, height: min(wrapped, 3, max(1, (height - 5) / 2)))
    let body = Rect(x: 0, y: problem.maxY, width: size.width, height: height - problem.maxY)
    (list, preview) = (body, body)
    if !world.isPlain, size.width >= Self.wide {
      let left = max(38, size.width * 2 / 5)
      list.width = left
      preview = Rect(x: left, y: body.y, width: size.width - left, height: body.height)
    } else if !world.isPlain, body.height >= Self.high {
      list.height = body.height / 2
      preview = Rect(x: 0, y: list.maxY, width: size.width, height: body.height - list.height)
    } else if history.focus == .preview {
      list.height = 0
    } else {
      preview.height = 0
    }
    place(history, world)
  }

  /// Lower lists have no row to spare for a heading.
  private static let leastRowsForPeriods = 9

  private mutating func place(_ history: HistoryScreen, _ world: World) {
    let inner = list.inset(1, 1)
    let items = history.items
    guard !inner.isEmpty, !items.isEmpty else { return }
    let isByTime = history.shown.order == .newest || history.shown.order == .oldest
    let hasPeriods = isByTime && inner.height >= Self.leastRowsForPeriods && !world.isPlain
    func period(_ index: Int) -> String? {
      guard hasPeriods else { return nil }
      return items[index].isPinned && history.shown.text.isEmpty
        ? "pinned"
        : world.when.period(history.shown.order == .oldest ? items[index].createdAt : items[index].updatedAt)
    }
    /// Rows of an entry below others; the first on the screen always tells its period.
    func rows(_ index: Int, isFirst: Bool) -> Int {
      let begins = hasPeriods && (isFirst || index == 0 || period(index) != period(index - 1))
      return history.entryHeight + (begins ? 1 : 0)
    }
    /// The lowest entry that can stand first so that `last` is still seen whole.
    func lowestFirst(for last: Int) -> Int {
      var first = last
      var used = rows(last, isFirst: false)
      while first > 0 {
        let more = rows(first - 1, isFirst: false)
        let head = hasPeriods && rows(first - 1, isFirst: false) == history.entryHeight ? 1 : 0
        guard used + more + head <= inner.height else { break }
        used += more
        first -= 1
      }
      return first
    }
    lastFirst = lowestFirst(for: items.count - 1)
    let selected = min(history.selected, items.count - 1)
    first = min(max(history.top, lowestFirst(for: selected)), selected, lastFirst)
    var y = inner.y
    for index in first..<items.count {
      let isFirst = index == first
      let begins = rows(index, isFirst: isFirst) > history.entryHeight
      let rect = Rect(x: inner.x, y: y + (begins ? 1 : 0), width: inner.width, height: history.entryHeight)
      let seen = rect.intersection(inner)
      guard !seen.isEmpty else { break }
      // Only whole entries are seen, but where not even one has room.
      guard seen.height == rect.height || isFirst else { break }
      entries.append(Entry(index: index, period: begins ? period(index) : nil, rect: seen))
      y = rect.maxY
    }
  }

  /// Entries that are seen.
  var visible: Int { max(1, entries.count) }

  /// The index of the entry at a place.
  func row(at point: Point) -> Int? { entries.first { $0.rect.contains(point) }?.index }

  /// The preview's text.
  var previewBody: Rect { preview.inset(2, 1) }
}
