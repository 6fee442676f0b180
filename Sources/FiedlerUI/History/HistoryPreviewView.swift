import Canvas
import Conversations

/// Draws the rows of a conversation that are in sight, with what was found in them.
struct HistoryPreviewView {
  let history: HistoryScreen
  let world: World
  let theme: Theme
  let now: Duration
  let hasKeys: Bool

  func draw(_ layout: HistoryLayout, _ frame: inout Frame) {
    let rect = layout.preview
    let isFocused = history.focus == .preview
    let border = isFocused ? theme.focusedBorder : theme.border
    frame.box(rect, style: border)
    guard let item = history.selectedItem else { return }
    let body = layout.previewBody
    let isOther = history.selectedView == nil
    // Another conversation's preview stays until the new one comes, but not for long.
    guard var view = history.view, !isOther || !isLate else {
      drawTitle(item.title, isFocused, rect, &frame)
      if isLate { frame.put("loading …", at: Point(x: body.x, y: body.y), style: theme.dim, clip: body) }
      return
    }
    view.fit(columns: body.width, height: body.height)
    drawTitle(isOther ? view.conversation.title : item.title, isFocused, rect, &frame)
    let drawing = PreviewDrawing(view: view, world: world, theme: theme)
    var line = 0
    while line < view.rows.count {
      let rect = Rect(x: body.x, y: body.y + line, width: body.width, height: 1)
      line += drawing.draw(view.rows[line...], in: rect, &frame)
    }
    drawPlace(view, border, rect, body, &frame)
  }

  private var isLate: Bool { HistoryScreen.isLate(history.awaitedPreview?.since, now) }

  private func drawTitle(_ title: String, _ isFocused: Bool, _ rect: Rect, _ frame: inout Frame) {
    let style = isFocused ? theme.accent.adding(.bold) : theme.strong
    let cells = TextWidth.truncate(Sanitizer.cells(title, style: style), to: max(0, rect.width - 6))
    let blank = Cell(" ", style: theme.text)
    frame.put([blank] + cells + [blank], at: Point(x: rect.x + 2, y: rect.y), clip: rect.inset(1, 0))
  }

  /// Which hit and which prompt are in sight, in the lower border, and how far down that is, in the right one.
  private func drawPlace(_ view: HistoryPreview, _ border: Style, _ rect: Rect, _ body: Rect, _ frame: inout Frame) {
    var parts: [(String, Style)] = []
    if view.document.hitCount > 0 {
      let count = Figures.count(view.document.hitCount)
      let text =
        view.hit.map { "hit \(Figures.count($0 + 1)) of \(count)" } ?? Figures.plural(view.document.hitCount, "hit")
      parts.append((text, theme.hit(on: theme.text)))
    }
    let prompts = view.conversation.exchanges.count
    if let exchange = view.exchange, prompts > 1 {
      parts.append(("prompt \(Figures.count(exchange + 1)) of \(Figures.count(prompts))", theme.muted))
    }
    while !parts.isEmpty {
      var line: [Cell] = [Cell(" ", style: theme.text)]
      for (index, part) in parts.enumerated() {
        if index > 0 { line += Sanitizer.cells(" · ", style: theme.dim) }
        line += Sanitizer.cells(part.0, style: part.1)
      }
      line.append(Cell(" ", style: theme.text))
      if line.count <= rect.width - 4 {
        frame.put(line, at: Point(x: rect.maxX - 2 - line.count, y: rect.maxY - 1))
        break
      }
      parts.removeLast()
    }
    if let position = view.position, body.height >= 3 {
      let y = Int((Double(body.height - 1) * position).rounded())
      frame.put("┃", at: Point(x: rect.maxX - 1, y: body.y + y), style: border)
    }
  }
}

/// Draws rows of a conversation.
struct PreviewDrawing {
  let view: HistoryPreview
  let world: World
  let theme: Theme

  /// Draws the first of `rows` in `rect`, with those under it that are of the same answer. Returns how many.
  func draw(_ rows: ArraySlice<PreviewLayout.Row>, in rect: Rect, _ frame: inout Frame) -> Int {
    guard let row = rows.first else { return 0 }
    guard let markdown = view.markdown[row.block] ?? nil else {
      draw(row, in: rect, &frame)
      return 1
    }
    let count = rows.prefix { $0.block == row.block }.count
    draw(markdown, row, count, rect, &frame)
    return count
  }

  private func draw(
    _ markdown: MarkdownText, _ row: PreviewLayout.Row, _ count: Int, _ rect: Rect, _ frame: inout Frame
  ) {
    let block = view.document.blocks[row.block]
    let laidOut = markdown.rows(from: row.number, count: count, of: view.document.text(of: block), theme)
    let current = view.hit.flatMap { view.document.hit($0) }.flatMap { $0.block == row.block ? $0.range : nil }
    for (line, found) in laidOut.rows.dropFirst(row.number - laidOut.first).prefix(count).enumerated() {
      let hits = found.shown.map { view.document.hits(in: block, $0).ranges } ?? []
      frame.put(
        found.highlighted(hits, current: current, theme),
        at: Point(x: rect.x + block.kind.indent, y: rect.y + line),
        clip: Rect(x: rect.x, y: rect.y + line, width: rect.width, height: 1))
    }
  }

  private func draw(_ row: PreviewLayout.Row, in rect: Rect, _ frame: inout Frame) {
    let block = view.document.blocks[row.block]
    switch block.kind {
    case .gap: break
    case .exchangeTitle: drawExchangeTitle(block, rect, &frame)
    case .replyTitle: drawReplyTitle(block, rect, &frame)
    case .reasoningTitle: drawReasoningTitle(block, row, rect, &frame)
    case .prompt, .files, .reasoning, .answer, .failure: drawText(block, row, rect, &frame)
    }
  }

  /// `── 2 of 12 · 14 Nov 2023 22:13 ─────`
  private func drawExchangeTitle(_ block: PreviewDocument.Block, _ rect: Rect, _ frame: inout Frame) {
    let exchanges = view.conversation.exchanges
    let prompt = exchanges[block.exchange].prompt
    var text = world.when.full(prompt.sentAt)
    if exchanges.count > 1 {
      text = "\(Figures.count(block.exchange + 1)) of \(Figures.count(exchanges.count)) · \(text)"
      let before = block.exchange > 0 ? exchanges[block.exchange - 1].id : nil
      if let parent = prompt.parent, parent != before, let place = exchanges.firstIndex(where: { $0.id == parent }) {
        text += " · follows \(Figures.count(place + 1))"
      }
    }
    frame.put(String(repeating: "─", count: rect.width), at: Point(x: rect.x, y: rect.y), style: theme.border)
    let cells = TextWidth.truncate(Sanitizer.cells(" \(text) ", style: theme.muted), to: max(0, rect.width - 4))
    frame.put(cells, at: Point(x: rect.x + 2, y: rect.y), clip: rect)
  }

  private func drawReplyTitle(_ block: PreviewDocument.Block, _ rect: Rect, _ frame: inout Frame) {
    guard let reply = view.document.reply(of: block) else { return }
    var cells = Sanitizer.cells("\(reply.state.glyph) ", style: theme.style(of: reply.state))
    cells += Sanitizer.cells(world.label(reply.model), style: theme.strong)
    var words = [reply.state.isFinal ? reply.state.word : "still running"]
    if !world.hidesNames {
      if let duration = reply.duration { words[0] += " \(Figures.seconds(duration))" }
      if let tokens = reply.usage.completionTokens { words.append("\(Figures.count(tokens)) tok") }
    }
    let verdict = view.document.exchange(of: block).verdictMark(on: reply.id)
    if !verdict.isEmpty { words.insert(verdict, at: 0) }
    if reply.attempt > 1 { words.append("attempt \(reply.attempt)") }
    cells += Sanitizer.cells("  " + words.joined(separator: " · "), style: theme.muted)
    frame.put(TextWidth.truncate(cells, to: rect.width), at: Point(x: rect.x, y: rect.y), clip: rect)
  }

  private func drawReasoningTitle(
    _ block: PreviewDocument.Block, _ row: PreviewLayout.Row, _ rect: Rect, _ frame: inout Frame
  ) {
    guard let reply = view.document.reply(of: block) else { return }
    let following = row.block + 1 < view.document.blocks.count ? view.document.blocks[row.block + 1] : nil
    let mark = following?.kind == .reasoning ? "▾" : "▸"
    let bytes = reply.reasoning.utf8.count
    let tokens = reply.usage.reasoningTokens ?? TokenEstimate.tokens(inUTF8Bytes: bytes)
    let text = "\(mark) reasoning · \(Figures.count(tokens)) tok"
    frame.put(text, at: Point(x: rect.x + block.kind.indent, y: rect.y), style: theme.dim, clip: rect)
  }

  private func drawText(
    _ block: PreviewDocument.Block, _ row: PreviewLayout.Row, _ rect: Rect, _ frame: inout Frame
  ) {
    let (style, mark) = look(block.kind)
    let isFirst = row.bytes.lowerBound == block.bytes.lowerBound
    if let mark, isFirst || block.kind == .reasoning {
      frame.put(String(mark), at: Point(x: rect.x, y: rect.y), style: style, clip: rect)
    }
    let hits = view.document.hits(in: block, row.bytes)
    let text = view.document.text(of: block)
    let x = rect.x + block.kind.indent
    let isHere = view.hit.map { (hits.first..<(hits.first + hits.ranges.count)).contains($0) } ?? false
    let current = isHere ? view.hit.flatMap { view.document.hit($0)?.range } : nil
    let cells = Sanitizer.cells(
      text, utf8: row.bytes, style: style, highlights: hits.ranges, highlighted: theme.hit(on: style),
      current: current.map { ($0, theme.currentHit(on: style)) })
    frame.put(cells, at: Point(x: x, y: rect.y), clip: rect)
  }

  private func look(_ kind: PreviewDocument.Kind) -> (Style, Character?) {
    switch kind {
    case .prompt: (theme.accent, "❯")
    case .files: (theme.dim, "+")
    case .reasoning: (theme.dim.adding(.italic), "┊")
    case .failure: (theme.bad, nil)
    case .answer, .exchangeTitle, .replyTitle, .reasoningTitle, .gap: (theme.text, nil)
    }
  }
}
