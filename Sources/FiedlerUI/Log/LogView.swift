import Canvas
import Conversations
import FoundationEssentials

/// Draws the Godot log: how logging stands, and a list of refused records or of the server's.
struct LogView {
  let log: LogScreen
  let world: World
  let theme: Theme
  let now: Duration
  let hasKeys: Bool

  func draw(_ size: Size, _ frame: inout Frame) {
    let layout = LogLayout(log, world, size)
    let head = LogHead(world, theme: theme, now: now).rows(layout.head.width, most: layout.head.height)
    for (line, cells) in head.enumerated() {
      frame.put(cells, at: Point(x: layout.head.x, y: layout.head.y + line), clip: layout.head)
    }
    guard layout.box.height >= 2 else { return }
    frame.box(layout.box, style: theme.focusedBorder)
    if let detail = log.detail {
      LogDetailView(detail: detail, theme: theme).draw(layout, &frame)
      return
    }
    let end = LogTabs(log, world, layout.box, theme: theme).draw(&frame)
    drawStatus(layout.box, from: end, &frame)
    drawFilter(layout.filter, &frame)
    drawProblem(layout.problem, &frame)
    let count = log.part == .outbox ? log.outbox.items.count : log.records.items.count
    guard count > 0 else {
      let rows = drawEmpty(layout.list, &frame)
      drawWaiting(below: rows, layout.list, &frame)
      return
    }
    for line in 0..<min(layout.visible, count - layout.first) {
      let rect = Rect(
        x: layout.list.x, y: layout.list.y + line * layout.entryHeight, width: layout.list.width,
        height: layout.entryHeight
      ).intersection(layout.list)
      guard !rect.isEmpty else { break }
      let index = layout.first + line
      switch log.part {
      case .outbox: draw(log.outbox.items[index], isSelected: index == log.outbox.selected, rect, &frame)
      case .records:
        let before = line > 0 ? log.records.items[index - 1].turn?.conversation : nil
        draw(log.records.items[index], isSelected: index == log.records.selected, after: before, rect, &frame)
      }
    }
    if log.part == .outbox { drawWaiting(below: count * layout.entryHeight, layout.list, &frame) }
    drawPlace(layout, count, &frame)
  }

  /// What waits for the server, oldest first, as far as there is room for it.
  private func drawWaiting(below rows: Int, _ list: Rect, _ frame: inout Frame) {
    let waiting = log.outbox.waiting
    let area = Rect(x: list.x, y: list.y + rows + 1, width: list.width, height: list.height - rows - 1)
    guard log.part == .outbox, !waiting.isEmpty, area.height >= 2 else { return }
    let age = max(.zero, now - world.healthAt)
    let retry = world.health.nextRetry.map { " · next try in \(Figures.countdown($0 - age))" } ?? ""
    let heading = "\(Figures.count(max(world.health.pending, waiting.count))) waiting, the oldest first\(retry)"
    frame.put(heading, at: Point(x: area.x + 1, y: area.y), style: theme.strong, clip: area)
    for (line, record) in waiting.prefix(area.height - 1).enumerated() {
      let rect = Rect(x: area.x, y: area.y + 1 + line, width: area.width, height: 1)
      guard let turn = record.turn else {
        let time = RecordTime.text(record.createdAt, world.when, isWide: false)
        put("\(time) \(LogWords.brief(record.title))", theme.muted, in: rect.inset(2, 0), &frame)
        continue
      }
      let before = line > 0 ? waiting[line - 1].turn?.conversation : nil
      TurnLine(turn, at: record.createdAt, world.when, isFirst: turn.conversation != before, theme: theme)
        .draw(in: rect, nil, &frame)
    }
  }

  // MARK: Around the list

  private func drawStatus(_ box: Rect, from end: Int, _ frame: inout Frame) {
    let room = box.maxX - 2 - end - 3
    guard let text = LogWords.status(log, world).first(where: { TextWidth.columns($0) <= room }) else { return }
    frame.put(" \(text) ", at: Point(x: box.maxX - 4 - TextWidth.columns(text), y: box.y), style: theme.muted)
  }

  private func drawFilter(_ rect: Rect, _ frame: inout Frame) {
    guard !rect.isEmpty else { return }
    frame.put("/", at: Point(x: rect.x, y: rect.y), style: theme.accent, clip: rect)
    let clip = Rect(x: rect.x + 2, y: rect.y, width: rect.width - 2, height: 1)
    guard let typed = log.records.typed else {
      let cells = Sanitizer.cells(LogWords.brief(log.records.filter), style: theme.text)
      frame.put(TextWidth.truncate(cells, to: clip.width), at: Point(x: clip.x, y: clip.y), clip: clip)
      return
    }
    if typed.text.isEmpty {
      frame.put(
        "level:warn since:1h component:… trace:…", at: Point(x: clip.x, y: clip.y), style: theme.dim, clip: clip)
    }
    typed.draw(Sanitizer.cells(typed.text, style: theme.text), in: clip, isTyped: hasKeys, &frame)
  }

  private func drawProblem(_ rect: Rect, _ frame: inout Frame) {
    guard !rect.isEmpty, let text = LogWords.problem(log, world) else { return }
    put(text, text.hasPrefix("✕") ? theme.bad : theme.caution, in: rect, &frame)
  }

  /// The rows that it took.
  private func drawEmpty(_ list: Rect, _ frame: inout Frame) -> Int {
    let text = LogWords.empty(log, world)
    put(text, theme.muted, in: list.inset(1, 0), &frame)
    return WrappedText(text, columns: max(1, list.width - 2)).rows.count
  }

  /// Wrapped, with `…` where it does not fit.
  private func put(_ text: String, _ style: Style, in rect: Rect, _ frame: inout Frame) {
    guard !rect.isEmpty else { return }
    let rows = WrappedText(text, columns: rect.width).rows
    for (line, row) in rows.prefix(rect.height).enumerated() {
      let isCut = line == rect.height - 1 && rows.count > rect.height
      // Blanks at a break may stick out; they are not what is cut.
      var cells = Sanitizer.cells(text, utf8: row, style: style)
      while cells.last?.scalar == 0x20 { cells.removeLast() }
      if isCut { cells.append(Cell("…", style: style)) }
      frame.put(TextWidth.truncate(cells, to: rect.width), at: Point(x: rect.x, y: rect.y + line), clip: rect)
    }
  }

  private func drawPlace(_ layout: LogLayout, _ count: Int, _ frame: inout Frame) {
    guard count > layout.visible, layout.list.height >= 3 else { return }
    let track = layout.list.height
    let y = (track - 1) * layout.first / max(1, count - layout.visible)
    frame.put("┃", at: Point(x: layout.box.maxX - 1, y: layout.list.y + min(y, track - 1)), style: theme.focusedBorder)
  }

  // MARK: Entries

  /// A style in a row that is selected, seen without colours too.
  private func style(_ style: Style, _ isSelected: Bool) -> Style {
    isSelected ? style.on(theme.selection).adding(theme.selected.attributes) : style
  }

  private func begin(_ rect: Rect, _ isSelected: Bool, _ frame: inout Frame) {
    frame.fill(rect, style: isSelected ? theme.selected : theme.text)
    if isSelected {
      frame.put("›", at: Point(x: rect.x, y: rect.y), style: style(theme.accent, true), clip: rect)
    }
  }

  private func draw(_ item: ParkedRecord, isSelected: Bool, _ rect: Rect, _ frame: inout Frame) {
    begin(rect, isSelected, &frame)
    let x = rect.x + 2
    let right = rect.maxX - 1
    let figures = [Figures.plural(item.attempts, "refusal"), Figures.bytes(item.size)].joined(separator: " · ")
    let shown = rect.width >= 60 ? figures : Figures.bytes(item.size)
    let first = right - TextWidth.columns(shown)
    frame.put(shown, at: Point(x: first, y: rect.y), style: style(theme.muted, isSelected), clip: rect)
    let title = Sanitizer.cells(
      LogWords.brief(item.title), style: style(isSelected ? theme.strong : theme.text, isSelected))
    frame.put(TextWidth.truncate(title, to: max(0, first - 2 - x)), at: Point(x: x, y: rect.y), clip: rect)
    guard rect.height > 1 else { return }
    let since = world.when.text(item.createdAt)
    let second = right - TextWidth.columns(since)
    frame.put(since, at: Point(x: second, y: rect.y + 1), style: style(theme.muted, isSelected), clip: rect)
    let reason = Sanitizer.cells(LogWords.brief(item.reason), style: style(theme.bad, isSelected))
    frame.put(TextWidth.truncate(reason, to: max(0, second - 2 - x)), at: Point(x: x, y: rect.y + 1), clip: rect)
  }

  /// `before`: the conversation of the record over it.
  private func draw(
    _ item: LoggedRecord, isSelected: Bool, after before: UUID?, _ rect: Rect, _ frame: inout Frame
  ) {
    begin(rect, isSelected, &frame)
    let isWide = rect.width >= 60
    var x = rect.x + 2
    if let turn = item.turn {
      let line = TurnLine(turn, at: item.time, world.when, isFirst: turn.conversation != before, theme: theme)
      return line.draw(in: rect, isSelected ? theme.selection : nil, &frame)
    }
    let time = RecordTime.text(item.time, world.when, isWide: isWide)
    x += frame.put(time, at: Point(x: x, y: rect.y), style: style(theme.muted, isSelected), clip: rect) + 1
    let level = isWide ? item.level.rawValue : String(item.level.rawValue.prefix(1))
    frame.put(level, at: Point(x: x, y: rect.y), style: style(theme.style(of: item.level), isSelected), clip: rect)
    x += isWide ? 6 : 2
    let columns = min(24, rect.width / 5)
    if rect.width >= 76, log.records.componentFilter != item.component {
      let component = Sanitizer.cells(LogWords.brief(item.component, 200), style: style(theme.info, isSelected))
      frame.put(TextWidth.truncate(component, to: columns), at: Point(x: x, y: rect.y), clip: rect)
      x += columns + 1
    }
    let message = Sanitizer.cells(LogWords.brief(item.message), style: style(theme.text, isSelected))
    frame.put(TextWidth.truncate(message, to: max(0, rect.maxX - 1 - x)), at: Point(x: x, y: rect.y), clip: rect)
  }
}

/// A record's time in a column of the same width for all.
enum RecordTime {
  /// `22:13:20.123` today, else `14 Nov 22:13`; narrow: `22:13:20`, else `  14 Nov`.
  static func text(_ date: Date, _ when: When, isWide: Bool) -> String {
    if when.isToday(date) { return when.clock(date, milliseconds: isWide) }
    let full = when.full(date).split(separator: " ")
    guard full.count == 4 else { return "" }
    let day = (full[0].count < 2 ? " " : "") + "\(full[0]) \(full[1])"
    return isWide ? "\(day) \(full[3])" : "  " + day
  }
}

extension RecordsState {
  /// The component that all records shown have, where the filter names one.
  var componentFilter: String? {
    let word = filter.split(separator: " ").first { $0.hasPrefix("component:") }
    return word.map { String($0.dropFirst("component:".count)) }
  }
}

extension Theme {
  func style(of level: LogLevel) -> Style {
    switch level {
    case .error: bad
    case .warn: warning
    case .info: good
    case .debug, .trace: dim
    }
  }
}
