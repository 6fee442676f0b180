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
  /// The first entry shown.
  private(set) var first = 0
  private let entryHeight: Int

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
    entryHeight = history.entryHeight
    let last = max(0, history.items.count - visible)
    first = min(max(history.top, history.selected - visible + 1), history.selected, last)
  }

  /// Entries that fit in the list's box.
  var visible: Int { max(1, (list.height - 2) / entryHeight) }

  /// Where an entry stands, counted from the first one shown.
  func entry(_ line: Int) -> Rect {
    let inner = list.inset(1, 1)
    return Rect(x: inner.x, y: inner.y + line * entryHeight, width: inner.width, height: entryHeight)
      .intersection(inner)
  }

  /// The index of the entry at a place.
  func row(at point: Point) -> Int? {
    let inner = list.inset(1, 1)
    guard inner.contains(point), (point.y - inner.y) / entryHeight < visible else { return nil }
    return first + (point.y - inner.y) / entryHeight
  }

  /// The preview's text.
  var previewBody: Rect { preview.inset(2, 1) }
}
