import Canvas
import Conversations

/// Where the parts of the Godot log stand.
struct LogLayout {
  var head: Rect
  var box: Rect
  /// The records' filter; empty where there is none.
  var filter: Rect
  /// What could not be loaded, or what is wrong with the filter.
  var problem: Rect
  var list: Rect
  /// An opened record's text.
  var detail: Rect
  /// Rows an entry takes.
  var entryHeight: Int
  private(set) var first = 0

  init(_ log: LogScreen, _ world: World, _ size: Size) {
    let height = max(0, size.height - 1 - world.toastRows(size))
    let headRows = size.height < 10 ? 2 : size.height < 16 ? 4 : 6
    let rows = LogHead(world, now: world.now).rows(size.width - 2, most: headRows).count
    head = Rect(x: 1, y: 0, width: size.width - 2, height: min(rows, height))
    box = Rect(x: 0, y: head.maxY, width: size.width, height: height - head.height)
    let inner = box.inset(1, 1)
    detail = box.inset(2, 1)
    let records = log.records
    let isRecords = log.part == .records
    let hasFilter = isRecords && (records.typed != nil || !records.filter.isEmpty)
    filter = Rect(x: inner.x + 1, y: inner.y, width: inner.width - 2, height: hasFilter ? min(1, inner.height) : 0)
    let text = LogWords.problem(log, world) ?? ""
    let problemRows = text.isEmpty ? 0 : WrappedText(text, columns: max(1, inner.width - 2)).rows.count
    let room = max(0, inner.height - filter.height)
    let (selected, count) =
      isRecords ? (records.selected, records.items.count) : (log.outbox.selected, log.outbox.items.count)
    let most = count == 0 ? room : max(min(1, room), room / 2)
    problem = Rect(
      x: inner.x + 1, y: filter.maxY, width: inner.width - 2, height: min(problemRows, most))
    list = Rect(x: inner.x, y: problem.maxY, width: inner.width, height: inner.maxY - problem.maxY)
    entryHeight = isRecords || list.height < 2 ? 1 : 2
    first = min(max(0, selected - visible / 2), max(0, count - visible))
  }

  /// Entries that fit.
  var visible: Int { max(1, list.height / entryHeight) }
}

/// The names of the two parts in the border of their box.
struct LogTabs {
  private let rect: Rect
  private(set) var line: [Cell] = []
  private var spans: [(LogScreen.Part, Range<Int>)] = []

  init(_ log: LogScreen, _ world: World, _ box: Rect, theme: Theme = .fallback) {
    rect = Rect(x: box.x + 2, y: box.y, width: max(0, box.width - 4), height: min(1, box.height))
    let parked = log.outbox.items.count
    let parts: [(LogScreen.Part, ActionID, String)] = [
      (.outbox, .logOutbox, "Outbox" + (parked > 0 ? " (\(Figures.count(parked)))" : "")),
      (.records, .logRecords, "Records"),
    ]
    for (part, action, name) in parts {
      let isActive = part == log.part
      let key = world.keyMap.name(of: action).map { $0 + " " } ?? ""
      let style = isActive ? theme.accent.adding(.bold) : theme.muted
      let start = line.count
      line += Sanitizer.cells(isActive ? " › " : "   ", style: style)
      line += Sanitizer.cells(key + name + " ", style: isActive ? style.adding(.underline) : style)
      spans.append((part, start..<line.count))
    }
  }

  func part(at x: Int) -> LogScreen.Part? {
    rect.width > x - rect.x ? spans.first { $0.1.contains(x - rect.x) }?.0 : nil
  }

  /// Returns the first column behind the names.
  func draw(_ frame: inout Frame) -> Int {
    rect.x + min(rect.width, frame.put(line, at: Point(x: rect.x, y: rect.y), clip: rect))
  }
}
