import Canvas
import Conversations

/// Where the history's parts stand: side by side, or one above the other on a narrow screen.
struct HistoryLayout {
  var head: Rect
  var list: Rect
  var preview: Rect
  var bar: Rect

  /// Columns from which the preview stands beside the list.
  static let wide = 80
  /// Rows an entry takes.
  static let entryHeight = 2

  init(_ size: Size) {
    let height = max(0, size.height)
    head = Rect(x: 0, y: 0, width: size.width, height: min(1, height))
    bar = Rect(x: 0, y: height - 1, width: size.width, height: min(1, height))
    let body = Rect(x: 0, y: 1, width: size.width, height: height - 2)
    if size.width >= Self.wide {
      let left = max(38, size.width * 2 / 5)
      list = Rect(x: 0, y: body.y, width: left, height: body.height)
      preview = Rect(x: left, y: body.y, width: size.width - left, height: body.height)
    } else {
      let listHeight = body.height >= 14 ? body.height / 2 : body.height
      list = Rect(x: 0, y: body.y, width: size.width, height: listHeight)
      preview = Rect(x: 0, y: body.y + listHeight, width: size.width, height: body.height - listHeight)
    }
  }

  /// Entries that fit in the list's box.
  var visible: Int { max(1, (list.height - 2) / Self.entryHeight) }

  /// The first entry shown, so that the selected one is seen.
  func first(_ history: HistoryState) -> Int {
    min(max(0, history.selected - visible / 2), max(0, history.items.count - visible))
  }
}

struct HistoryView {
  let state: AppState
  let theme: Theme

  func draw(_ size: Size, _ frame: inout Frame) {
    let layout = HistoryLayout(size)
    drawHead(layout.head, &frame)
    drawList(layout, &frame)
    drawPreview(layout.preview, &frame)
  }

  private func drawHead(_ rect: Rect, _ frame: inout Frame) {
    let history = state.history
    var x = rect.x + 1
    x += frame.put("History", at: Point(x: x, y: rect.y), style: theme.strong, clip: rect)
    if history.isFiltering || !history.query.isEmpty {
      x += frame.put("  / ", at: Point(x: x, y: rect.y), style: theme.accent, clip: rect)
      let room = max(0, rect.maxX - x - 2)
      let cells = Sanitizer.cells(history.query, style: theme.text)
      x += frame.put(cells.suffix(room), at: Point(x: x, y: rect.y), clip: rect)
      if history.isFiltering, state.overlay == nil { frame.cursor = Point(x: min(x, rect.maxX - 1), y: rect.y) }
    }
    let count = Figures.count(history.items.count) + (history.more ? "+" : "")
    let found = history.items.count == 1 ? "1 conversation" : "\(count) conversations"
    let text = history.isLoading ? "loading …" : found
    let at = rect.maxX - 1 - TextWidth.columns(text)
    if at > x + 2 { frame.put(text, at: Point(x: at, y: rect.y), style: theme.muted, clip: rect) }
  }

  private func drawList(_ layout: HistoryLayout, _ frame: inout Frame) {
    let rect = layout.list
    guard rect.width >= 4, rect.height >= 2 else { return }
    frame.box(rect, style: theme.focusedBorder)
    let inner = rect.inset(1, 1)
    let items = state.history.items
    if items.isEmpty {
      let empty = state.history.query.isEmpty ? "No conversation yet." : "Nothing found."
      let text = state.history.isLoading ? "Loading …" : empty
      frame.put(text, at: Point(x: inner.x + 1, y: inner.y), style: theme.muted, clip: inner)
      return
    }
    let first = layout.first(state.history)
    for line in 0..<min(layout.visible, items.count - first) {
      let entry = Rect(
        x: inner.x, y: inner.y + line * HistoryLayout.entryHeight, width: inner.width, height: HistoryLayout.entryHeight
      )
      draw(items[first + line], isSelected: first + line == state.history.selected, entry.intersection(inner), &frame)
    }
    if items.count > layout.visible {
      let track = max(1, rect.height - 2)
      let y = track * first / max(1, items.count - layout.visible)
      let at = Point(x: rect.maxX - 1, y: rect.y + 1 + min(y, track - 1))
      frame.put("┃", at: at, style: theme.focusedBorder)
    }
  }

  private func draw(_ item: ConversationSummary, isSelected: Bool, _ rect: Rect, _ frame: inout Frame) {
    let background = isSelected ? theme.selection : theme.background
    frame.fill(rect, style: theme.text.on(background))
    frame.put(isSelected ? "›" : " ", at: Point(x: rect.x, y: rect.y), style: theme.accent.on(background), clip: rect)
    let glyphs = item.states.prefix(8).map { Cell(scalar($0), style: theme.style(of: $0).on(background)) }
    frame.put(glyphs, at: Point(x: rect.maxX - 1 - glyphs.count, y: rect.y), clip: rect)
    let titleRoom = max(0, rect.width - 4 - glyphs.count)
    let style = (isSelected ? theme.strong : theme.text).on(background)
    let title = TextWidth.truncate(Sanitizer.cells(item.title, style: style), to: titleRoom)
    frame.put(title, at: Point(x: rect.x + 2, y: rect.y), clip: rect)
    let models = item.models.map(state.label).joined(separator: ", ")
    let when = state.when.text(item.updatedAt)
    let pad = String(repeating: " ", count: max(0, 15 - TextWidth.columns(when)))
    let second = TextWidth.truncate(
      Sanitizer.cells(when + pad + "  " + models, style: theme.muted.on(background)), to: max(0, rect.width - 3))
    frame.put(second, at: Point(x: rect.x + 2, y: rect.y + 1), clip: rect)
  }

  private func scalar(_ state: ReplyState) -> Unicode.Scalar { state.glyph.unicodeScalars.first ?? " " }

  private func drawPreview(_ rect: Rect, _ frame: inout Frame) {
    guard rect.width >= 8, rect.height >= 3 else { return }
    frame.box(rect, style: theme.border)
    guard let item = state.history.selectedItem else { return }
    let body = rect.inset(2, 1)
    let title = TextWidth.truncate(Sanitizer.cells(item.title, style: theme.strong), to: max(0, rect.width - 6))
    frame.put(
      [Cell(" ", style: theme.text)] + title + [Cell(" ", style: theme.text)], at: Point(x: rect.x + 2, y: rect.y))
    guard let preview = state.history.preview, preview.id == item.id else {
      frame.put("loading …", at: Point(x: body.x, y: body.y), style: theme.dim, clip: body)
      return
    }
    HistoryPreview(state: state, theme: theme).draw(preview, in: body, &frame)
  }
}

/// The newest exchange of a conversation, shortened to what fits.
struct HistoryPreview {
  let state: AppState
  let theme: Theme

  /// More than any preview shows of one text.
  private static let longest = 8_000

  func draw(_ conversation: Conversation, in body: Rect, _ frame: inout Frame) {
    var y = body.y
    let prompts = Figures.plural(conversation.exchanges.count, "prompt")
    let head = "\(state.when.full(conversation.createdAt)) · \(prompts)"
    frame.put(head, at: Point(x: body.x, y: y), style: theme.muted, clip: body)
    y += 2
    guard let exchange = conversation.exchanges.last else { return }
    let replies = latest(exchange.replies)
    let answers = replies.map { wrap($0.text.isEmpty ? $0.failure?.message ?? "" : $0.text, body.width - 2) }
    let prompt = wrap(exchange.prompt.text, body.width - 2)
    let names = exchange.prompt.attachments.map(\.name).joined(separator: ", ")
    // A blank row and a header an answer; what is left is shared, so that short texts leave their room to long ones.
    let room = body.maxY - y - (names.isEmpty ? 0 : 1) - 2 * replies.count
    let shares = Self.share(max(2, room), among: ([prompt] + answers).map(\.wrapped.rows.count))
    put("❯ ", prompt, theme.accent, rows: shares[0], body, &y, &frame)
    if !names.isEmpty { put("+ ", wrap(names, body.width - 2), theme.dim, rows: 1, body, &y, &frame) }
    for (index, reply) in replies.enumerated() where y + 1 < body.maxY {
      y += 1
      let isRunning = !reply.state.isFinal
      let word =
        isRunning
        ? ["still running"] : [reply.state.word, reply.duration.map(Figures.seconds) ?? ""].filter { !$0.isEmpty }
      var x = body.x
      x += frame.put("\(reply.state.glyph) ", at: Point(x: x, y: y), style: theme.style(of: reply.state), clip: body)
      x += frame.put(state.label(reply.model), at: Point(x: x, y: y), style: theme.strong, clip: body)
      frame.put("  " + word.joined(separator: " "), at: Point(x: x, y: y), style: theme.muted, clip: body)
      y += 1
      let style = reply.text.isEmpty ? theme.bad : theme.text
      put("  ", answers[index], style, rows: shares[index + 1], body, &y, &frame)
    }
  }

  /// Rows for each text: all it needs where that is no more than its share, and what others leave to those that need
  /// more; at least one each.
  static func share(_ rows: Int, among needs: [Int]) -> [Int] {
    var shares = needs.map { _ in 1 }
    var left = max(0, rows)
    let order = needs.indices.sorted { (needs[$0], $0) < (needs[$1], $1) }
    for (place, index) in order.enumerated() {
      let share = left / (order.count - place)
      shares[index] = max(1, min(needs[index], share))
      left = max(0, left - shares[index])
    }
    return shares
  }

  /// Each model's newest attempt, in the order of the models.
  private func latest(_ replies: [Reply]) -> [Reply] {
    replies.indices.filter { index in
      !replies[(index + 1)...].contains { $0.model == replies[index].model }
    }.map { replies[$0] }
  }

  private struct Excerpt {
    var text: String
    var wrapped: WrappedText
  }

  /// The beginning of a text, without blank lines at its ends.
  private func wrap(_ text: String, _ columns: Int) -> Excerpt {
    var start = text.drop(while: \.isNewline).prefix(Self.longest)
    while start.last?.isWhitespace == true { start.removeLast() }
    let excerpt = String(start)
    return Excerpt(text: excerpt, wrapped: WrappedText(excerpt, columns: columns))
  }

  /// A few rows of a text behind a mark, with `…` where more follows.
  private func put(
    _ mark: String, _ excerpt: Excerpt, _ style: Style, rows: Int, _ body: Rect, _ y: inout Int, _ frame: inout Frame
  ) {
    let indent = TextWidth.columns(mark)
    let all = excerpt.wrapped.rows
    let shown = min(rows, all.count)
    for row in 0..<shown where y < body.maxY {
      if row == 0 { frame.put(mark, at: Point(x: body.x, y: y), style: style, clip: body) }
      var cells = Sanitizer.cells(excerpt.text, utf8: all[row], style: style)
      if row == shown - 1, shown < all.count {
        while cells.last?.scalar == 0x20 { cells.removeLast() }
        cells = TextWidth.truncate(cells + [Cell("…", style: theme.dim)], to: body.width - indent)
      }
      frame.put(cells, at: Point(x: body.x + indent, y: y), clip: body)
      y += 1
    }
  }
}
