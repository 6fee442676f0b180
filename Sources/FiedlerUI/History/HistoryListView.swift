import Canvas
import Conversations

/// Draws the list of conversations: two rows each, and a third where words were looked for.
struct HistoryListView {
  let history: HistoryScreen
  let world: World
  let theme: Theme
  let now: Duration
  let hasKeys: Bool

  func draw(_ layout: HistoryLayout, _ frame: inout Frame) {
    let rect = layout.list
    frame.box(rect, style: history.focus == .list ? theme.focusedBorder : theme.border)
    let inner = rect.inset(1, 1)
    guard !history.items.isEmpty else {
      drawEmpty(inner, &frame)
      return
    }
    for entry in layout.entries {
      if let period = entry.period {
        let head = Rect(x: inner.x + 1, y: entry.rect.y - 1, width: inner.width - 1, height: 1).intersection(inner)
        frame.put(period, at: Point(x: head.x, y: head.y), style: theme.dim, clip: head)
      }
      draw(history.items[entry.index], isSelected: entry.index == history.selected, entry.rect, &frame)
    }
    let last = layout.lastFirst
    if last > 0, inner.height >= 1 {
      let y = (inner.height - 1) * min(layout.first, last) / last
      let style = history.focus == .list ? theme.focusedBorder : theme.border
      frame.put("┃", at: Point(x: rect.maxX - 1, y: inner.y + y), style: style)
    }
  }

  private func drawEmpty(_ inner: Rect, _ frame: inout Frame) {
    var words: [String] = []
    if history.hasLoaded {
      let key = world.keyMap.name(of: .close, in: history.contexts)
      words =
        ["Nothing found for \(history.shown.text)"] + (key.map { ["\($0) clears the search."] } ?? [])
        + ["", "What narrows a search:"] + HistoryView.searchHelp.map { "  \($0.0)" }
      if history.shown.text.isEmpty { words = ["No conversation yet."] }
    } else if HistoryScreen.isLate(history.awaited?.since, now) {
      words = ["Loading …"]
    }
    for (line, text) in words.enumerated() {
      let style = line == 0 ? theme.muted : theme.dim
      frame.put(text, at: Point(x: inner.x + 1, y: inner.y + line), style: style, clip: inner)
    }
  }

  // MARK: Entries

  private func draw(_ item: ConversationSummary, isSelected: Bool, _ rect: Rect, _ frame: inout Frame) {
    let base = isSelected ? theme.selected : theme.text
    func style(_ style: Style) -> Style { isSelected ? style.on(base.background).adding(base.attributes) : style }
    frame.fill(rect, style: base)
    if isSelected { frame.put("›", at: Point(x: rect.x, y: rect.y), style: style(theme.accent), clip: rect) }
    let line = Rect(x: rect.x + 2, y: rect.y, width: rect.width - 3, height: 1)
    let edit = history.edit.flatMap { $0.conversation == item.id ? $0 : nil }
    if edit?.field == .title, let edit {
      draw(edit, "title", in: line, style, &frame)
    } else {
      drawTitle(item, isSelected, line, style, &frame)
    }
    let second = Rect(x: line.x, y: rect.y + 1, width: line.width, height: rect.height > 1 ? 1 : 0)
    if edit?.field == .tags, let edit {
      draw(edit, "tags", in: second, style, &frame)
    } else {
      drawFacts(item, second, style, &frame)
    }
    if let hit = item.hit, rect.height > 2 {
      draw(hit, of: item, in: Rect(x: line.x, y: rect.y + 2, width: line.width, height: 1), style, &frame)
    }
  }

  private func draw(
    _ edit: HistoryScreen.Edit, _ label: String, in rect: Rect, _ style: (Style) -> Style, _ frame: inout Frame
  ) {
    guard !rect.isEmpty else { return }
    let columns = frame.put(
      label + " ", at: Point(x: rect.x, y: rect.y), style: style(theme.accent.adding(.bold)), clip: rect)
    let field = Rect(x: rect.x + columns, y: rect.y, width: rect.width - columns, height: 1)
    frame.fill(field, style: theme.text)
    if edit.line.text.isEmpty, edit.field == .tags {
      frame.put("words, \"or several words\"", at: Point(x: field.x, y: field.y), style: theme.dim, clip: field)
    }
    let cells = Sanitizer.cells(edit.line.text, style: theme.text)
    edit.line.draw(cells, in: field, isTyped: hasKeys, &frame)
  }

  private func drawTitle(
    _ item: ConversationSummary, _ isSelected: Bool, _ rect: Rect, _ style: (Style) -> Style, _ frame: inout Frame
  ) {
    var x = rect.x
    if item.isPinned {
      x += frame.put("★ ", at: Point(x: x, y: rect.y), style: style(theme.warning), clip: rect)
    }
    let states = world.hidesNames ? item.states.sorted { $0.rawValue < $1.rawValue } : item.states
    let glyphs = states.prefix(8).map { state in
      Cell(state.glyph.unicodeScalars.first ?? " ", style: style(theme.style(of: state)))
    }
    frame.put(glyphs, at: Point(x: rect.maxX - glyphs.count, y: rect.y), clip: rect)
    let room = max(0, rect.maxX - glyphs.count - 1 - x)
    let title = Sanitizer.cells(item.title, style: style(isSelected ? theme.strong : theme.text))
    frame.put(TextWidth.truncate(title, to: room), at: Point(x: x, y: rect.y), clip: rect)
  }

  private func drawFacts(
    _ item: ConversationSummary, _ rect: Rect, _ style: (Style) -> Style, _ frame: inout Frame
  ) {
    guard !rect.isEmpty else { return }
    var right = rect.maxX
    if rect.width >= 50 {
      let figures = Figures.plural(item.promptCount, "prompt") + (cost(item).map { " · " + Figures.money($0) } ?? "")
      right -= TextWidth.columns(figures)
      frame.put(figures, at: Point(x: right, y: rect.y), style: style(theme.muted), clip: rect)
      right -= 2
    }
    let when = world.when.text(item.updatedAt)
    let pad = String(repeating: " ", count: max(0, 15 - TextWidth.columns(when)) + 2)
    var cells = Sanitizer.cells(when + pad, style: style(theme.muted))
    for tag in item.tags { cells += Sanitizer.cells("#\(tag) ", style: style(theme.special)) }
    let models =
      world.hidesNames
      ? Figures.plural(item.models.count, "model") : item.models.map(world.label).joined(separator: ", ")
    cells += Sanitizer.cells(models, style: style(theme.muted))
    frame.put(TextWidth.truncate(cells, to: max(0, right - rect.x)), at: Point(x: rect.x, y: rect.y), clip: rect)
  }

  /// What its answers cost whose price is known; `nil` where none is.
  private func cost(_ item: ConversationSummary) -> Double? {
    let costs = item.usage.compactMap { model, usage in world.choice(model)?.price?.cost(of: usage) }
    return costs.isEmpty ? nil : costs.reduce(0, +)
  }

  // MARK: Where it was found

  private func draw(
    _ hit: HistoryHit, of item: ConversationSummary, in rect: Rect, _ style: (Style) -> Style, _ frame: inout Frame
  ) {
    let label = label(hit, of: item, isLong: rect.width >= 60) + "  "
    let x = rect.x + frame.put(label, at: Point(x: rect.x, y: rect.y), style: style(theme.info), clip: rect)
    let text = hit.snippet.text
    let plain = style(theme.text)
    let found = theme.hit(on: plain)
    var cells = Self.withoutMarks(
      Sanitizer.cells(
        text, utf8: 0..<text.utf8.count, style: plain, highlights: hit.snippet.highlights, highlighted: found))
    let room = max(0, rect.maxX - x)
    // What was found is seen, whatever stands before it.
    if let first = cells.firstIndex(where: { $0.style == found }), cells.count > room {
      let length = cells[first...].prefix { $0.style == found }.count
      if first + length > room - 1 {
        var start = min(first, max(0, first + length / 2 - room / 2) + 1)
        if cells[start].isContinuation { start += 1 }
        cells = [Cell("…", style: style(theme.muted))] + cells[start...]
      }
    }
    frame.put(TextWidth.truncate(cells, to: room), at: Point(x: x, y: rect.y), clip: rect)
  }

  /// A snippet is a piece of text, not Markdown: its marks of bold text, code and headings would only be noise.
  private static func withoutMarks(_ cells: [Cell]) -> [Cell] {
    let scalars = cells.map(\.scalar)
    let (star, tick, hash) = (UInt32(0x2A), UInt32(0x60), UInt32(0x23))
    return cells.indices.filter { index in
      let scalar = scalars[index]
      let before = index > 0 ? scalars[index - 1] : 0x20
      let after = index + 1 < scalars.count ? scalars[index + 1] : 0x20
      if scalar == star { return before != star && after != star }
      if scalar == hash { return !(before == 0x20 || before == hash) || !(after == hash || after == 0x20) }
      return scalar != tick
    }.map { cells[$0] }
  }

  /// `answer`, or `answer of gpt-4o-mini` where the model is known and there is room.
  private func label(_ hit: HistoryHit, of item: ConversationSummary, isLong: Bool) -> String {
    guard isLong, hit.place == .answer || hit.place == .reasoning else { return hit.place.rawValue }
    var model = item.models.count == 1 ? item.models.first : nil
    if model == nil, let preview = history.preview, preview.id == item.id {
      let replies = preview.exchanges.first { $0.id == hit.exchange }?.replies
      model = replies?.first { $0.id == hit.reply }?.model
    }
    return hit.place.rawValue + (model.map { " of \(world.label($0))" } ?? "")
  }
}
