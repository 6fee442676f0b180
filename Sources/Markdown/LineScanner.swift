/// Finds the places where Markdown can be cut, so that the part before never changes whatever follows: before a line at
/// the margin that follows a blank one, unless a fence, raw HTML or a list goes on there.
///
/// A cut depends on the complete lines up to it and on one more, so a text has the same cuts however it came.
struct LineScanner: Sendable {
  struct Fence: Hashable, Sendable {
    var mark: UInt8
    var length: Int
    var indent: Int
    var language: String
  }

  /// More than this between two cuts is cut anyhow, which bounds what is parsed anew for each piece that comes.
  static let limit = 16_384

  private(set) var start: Int
  /// The fence that the part begins in.
  private(set) var openedIn: Fence?
  private var line: Int
  private var fence: Fence?
  private var htmlEnd: String?
  private var isInHTML = false
  /// The parser takes all lines behind a table's head for rows, up to a blank one, a rule, a quote or a list.
  private var isInTable = false
  /// Where the text of the outermost list's item begins.
  private var itemColumn: Int?
  private var isAfterBlank = false

  init(start: Int, in fence: Fence? = nil) {
    self.start = start
    line = start
    self.fence = fence
    openedIn = fence
  }

  enum Step: Hashable, Sendable {
    /// The part ends; the cut stands since so many bytes had come.
    case cut(end: Int, decidedAt: Int)
    case definition(Range<Int>)
  }

  /// Reads on. `nil` where more text must come first.
  mutating func next(_ bytes: UnsafeBufferPointer<UInt8>) -> Step? {
    while line < bytes.count {
      if line - start >= Self.limit { return cut(at: line, decidedAt: line + 1, in: fence) }
      let reach = min(bytes.count, line + Self.limit)
      guard let newline = bytes[line..<reach].firstIndex(of: UInt8(ascii: "\n")) else {
        guard reach < bytes.count else { return nil }
        var end = reach
        while end > line + 1, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return cut(at: end, decidedAt: reach + 1, in: fence)
      }
      if let step = take(Line(bytes, line..<newline), next: newline + 1) { return step }
    }
    return nil
  }

  private mutating func cut(at end: Int, decidedAt: Int, in fence: Fence? = nil) -> Step {
    self = LineScanner(start: end, in: fence)
    return .cut(end: end, decidedAt: decidedAt)
  }

  private mutating func take(_ text: Line, next: Int) -> Step? {
    if let fence {
      line = next
      guard text.closes(fence) else { return nil }
      self.fence = nil
      isAfterBlank = false
      return openedIn == nil ? nil : cut(at: next, decidedAt: next)
    }
    if let end = htmlEnd {
      line = next
      if text.contains(end) { htmlEnd = nil }
      return nil
    }
    if text.isBlank {
      line = next
      isAfterBlank = true
      isInHTML = false
      isInTable = false
      return nil
    }
    let itemWidth = text.itemWidth
    if isAfterBlank, text.indent == 0, itemColumn == nil || itemWidth == nil, line > start {
      return cut(at: line, decidedAt: next)
    }
    let range = line..<next
    let beginsBlock = isAfterBlank || line == start
    line = next
    if isAfterBlank, let column = itemColumn, text.indent < column { itemColumn = nil }
    isAfterBlank = false
    if itemWidth != nil || text.isRule || text.first == UInt8(ascii: ">") { isInTable = false }
    guard !isInHTML, !isInTable, text.indent < itemColumn ?? 4 else { return nil }
    return begin(text, itemWidth, range, beginsBlock)
  }

  /// A line outside all lists and quotes that may begin something.
  private mutating func begin(_ text: Line, _ itemWidth: Int?, _ range: Range<Int>, _ isAfterBlank: Bool) -> Step? {
    if let width = itemWidth {
      // Under a line of text, a lone mark makes a heading of it.
      let isUnderline = text.bytes.count == 1 && itemColumn == nil && !isAfterBlank
      if text.indent < 4, !isUnderline { itemColumn = text.indent + width }
      return nil
    }
    guard text.indent < 4 else { return nil }
    if text.isRule { itemColumn = nil }
    switch text.first {
    case UInt8(ascii: "`"), UInt8(ascii: "~"):
      if let opened = text.openedFence {
        fence = opened
        itemColumn = nil
      }
    case UInt8(ascii: "#"), UInt8(ascii: ">"): itemColumn = nil
    case UInt8(ascii: "<"):
      if let (end, isComplete) = text.htmlEnd {
        htmlEnd = isComplete ? nil : end
        itemColumn = nil
      } else if text.beginsHTML(afterBlank: isAfterBlank) {
        isInHTML = true
        itemColumn = nil
      }
    case UInt8(ascii: "["): if text.isDefinition { return .definition(range) }
    default: isInTable = !isAfterBlank && text.isTableHead
    }
    return nil
  }
}
