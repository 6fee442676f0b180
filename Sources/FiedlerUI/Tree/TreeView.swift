import Canvas
import Conversations

/// Draws the tree of a conversation: a row a prompt, two with the beginnings of its answers where there is room, and
/// the selected one at length below.
struct TreeView {
  let tree: TreeScreen
  let world: World
  let theme: Theme

  func draw(_ size: Size, _ frame: inout Frame) {
    let layout = TreeLayout(tree, size)
    guard layout.box.height >= 2 else { return }
    drawHead(tree, layout.head, &frame)
    frame.box(layout.box, style: theme.focusedBorder)
    let first = layout.first(tree)
    for line in 0..<min(layout.visible, tree.rows.count - first) {
      let y = layout.list.y + line * layout.rowHeight
      let rect = Rect(x: layout.list.x, y: y, width: layout.list.width, height: layout.rowHeight)
      draw(tree.rows[first + line], in: tree, isSelected: first + line == tree.selected, rect, &frame)
    }
    if tree.rows.count > layout.visible, layout.list.height >= 3 {
      let track = layout.list.height - 1
      let y = track * first / max(1, tree.rows.count - layout.visible)
      frame.put("┃", at: Point(x: layout.box.maxX - 1, y: layout.list.y + y), style: theme.focusedBorder)
    }
    if layout.detail.height >= 2, tree.rows.indices.contains(tree.selected) {
      drawDetail(tree.rows[tree.selected], layout, &frame)
    }
  }

  private func drawHead(_ tree: TreeScreen, _ rect: Rect, _ frame: inout Frame) {
    let branches = tree.leafCount > 1 ? " · \(Figures.plural(tree.leafCount, "branch", "branches"))" : ""
    let figures = Figures.plural(tree.rows.count, "prompt") + branches
    let right = rect.maxX - 1 - TextWidth.columns(figures)
    frame.put(figures, at: Point(x: right, y: rect.y), style: theme.muted, clip: rect)
    let x = rect.x + 1 + frame.put("Tree", at: Point(x: rect.x + 1, y: rect.y), style: theme.strong, clip: rect) + 2
    // What the line on the screen begins with: of several first prompts, its own.
    let own = world.conversation?.exchanges.first.map { Prompt.title(for: $0.prompt.text) }
    let isForked = tree.rows.count { $0.parent == nil } > 1
    let title = Sanitizer.cells(
      (isForked ? own : nil) ?? world.conversation?.title ?? "", style: theme.text)
    frame.put(TextWidth.truncate(title, to: max(0, right - x - 2)), at: Point(x: x, y: rect.y), clip: rect)
  }

  private func exchange(_ row: TreeScreen.Row) -> Exchange? {
    switch row.place {
    case .line(let index):
      world.conversation.flatMap { $0.exchanges.indices.contains(index) ? $0.exchanges[index] : nil }
    case .rest(let index): world.branches.rest.indices.contains(index) ? world.branches.rest[index] : nil
    }
  }

  private func isOnLine(_ row: TreeScreen.Row) -> Bool { if case .line = row.place { true } else { false } }

  /// A style in a row that is selected, seen without colours too.
  private func style(_ style: Style, _ isSelected: Bool) -> Style {
    isSelected ? style.on(theme.selection).adding(theme.selected.attributes) : style
  }

  private func draw(
    _ row: TreeScreen.Row, in tree: TreeScreen, isSelected: Bool, _ rect: Rect, _ frame: inout Frame
  ) {
    guard let exchange = exchange(row) else { return }
    frame.fill(rect, style: isSelected ? theme.selected : theme.text)
    let isOnLine = isOnLine(row)
    let right = drawFigures(exchange, isSelected, rect, &frame)
    var x = rect.x
    func put(_ text: String, _ style: Style) {
      x += frame.put(text, at: Point(x: x, y: rect.y), style: self.style(style, isSelected), clip: rect)
    }
    put(isSelected ? "›" : " ", theme.accent)
    put(isOnLine ? "• " : "  ", theme.accent.adding(.bold))
    let (lines, isCut) = tree.lines(before: row, most: max(1, rect.width / 9))
    if isCut { put("… ", theme.dim) }
    put(lines, isOnLine ? theme.accent : theme.dim)
    let below = x
    put("\(Figures.count(row.turn)) ", theme.muted)
    let isHere = exchange.id == world.conversation?.exchanges.last?.id
    let here = isHere ? Sanitizer.cells("  ← here", style: style(theme.accent, isSelected)) : []
    let words = Sanitizer.cells(
      Prompt.title(for: exchange.prompt.text),
      style: style(isSelected ? theme.strong : isOnLine ? theme.text : theme.muted, isSelected))
    let title = TextWidth.truncate(words, to: max(0, right - 2 - x - here.count))
    frame.put(title + here, at: Point(x: x, y: rect.y), clip: rect)
    guard rect.height > 1 else { return }
    drawAnswers(exchange, row, in: tree, isSelected, from: below, rect, &frame)
  }

  /// The beginnings of the answers, side by side, below their prompt; the lines that lead on go through.
  private func drawAnswers(
    _ exchange: Exchange, _ row: TreeScreen.Row, in tree: TreeScreen, _ isSelected: Bool, from left: Int, _ rect: Rect,
    _ frame: inout Frame
  ) {
    let y = rect.y + 1
    let lines = tree.lines(below: row, most: max(1, rect.width / 9))
    frame.put(
      lines, at: Point(x: left - TextWidth.columns(lines), y: y), style: style(theme.dim, isSelected), clip: rect)
    let answers = newest(exchange).filter { !$0.text.isEmpty }
    let room = rect.maxX - 1 - left
    guard !answers.isEmpty, room >= 12 else { return }
    let width = max(12, room / answers.count)
    for (index, reply) in answers.prefix(room / width).enumerated() {
      let words = Self.beginning(reply.text)
      let cells =
        Sanitizer.cells("\(reply.state.glyph) ", style: style(theme.style(of: reply.state), isSelected))
        + Sanitizer.cells(words, style: style(theme.dim, isSelected))
      frame.put(
        TextWidth.truncate(cells, to: width - 2), at: Point(x: left + index * width, y: y), clip: rect)
    }
  }

  /// The first words of an answer, without the marks of Markdown that a line begins with.
  private static func beginning(_ text: String) -> String {
    let line = text.prefix(400).split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) } ?? ""
    return String(line.drop { "#>*-` ".contains($0) }).replacing("**", with: "").replacing("`", with: "")
  }

  /// The states of the newest attempts and, where there is room, when the prompt was sent. Returns where they begin.
  private func drawFigures(_ exchange: Exchange, _ isSelected: Bool, _ rect: Rect, _ frame: inout Frame) -> Int {
    var x = rect.maxX - 1
    if rect.width >= 60 {
      let when = world.when.text(exchange.prompt.sentAt)
      let columns = TextWidth.columns(when)
      frame.put(when, at: Point(x: x - columns, y: rect.y), style: style(theme.muted, isSelected), clip: rect)
      x -= 17
    }
    for reply in newest(exchange).prefix(8).reversed() {
      x -= 1
      let glyph = String(reply.state.glyph)
      frame.put(glyph, at: Point(x: x, y: rect.y), style: style(theme.style(of: reply.state), isSelected), clip: rect)
    }
    return x
  }

  /// The newest attempt of each model, in the order of the models.
  private func newest(_ exchange: Exchange) -> [Reply] {
    let exchange = world.shown(exchange)
    return exchange.replies.indices.filter { index in
      !exchange.replies[(index + 1)...].contains { $0.model == exchange.replies[index].model }
    }.map { exchange.replies[$0] }
  }

  /// The prompt as far as it fits, and in the last row the models with their states.
  private func drawDetail(_ row: TreeScreen.Row, _ layout: TreeLayout, _ frame: inout Frame) {
    guard let exchange = exchange(row) else { return }
    let rule = String(repeating: "─", count: layout.box.width - 2)
    frame.put("├\(rule)┤", at: Point(x: layout.box.x, y: layout.detail.y), style: theme.focusedBorder)
    let area = layout.detail.inset(1, 0)
    let replies = newest(exchange)
    // Where there is room, each model has a row with the beginning of its answer.
    let hasAnswers = area.height >= 6
    let room = area.height - 1 - (hasAnswers ? min(replies.count, area.height - 2) : 1)
    let text = String(exchange.prompt.text.prefix(max(0, room) * area.width * 2))
    let wrapped = WrappedText(text, columns: area.width)
    for (line, range) in wrapped.rows.prefix(max(0, room)).enumerated() {
      var cells = Sanitizer.cells(text, utf8: range, style: theme.text)
      if line == room - 1, wrapped.rows.count > room {
        while cells.last?.scalar == 0x20 { cells.removeLast() }
        cells.append(Cell("…", style: theme.dim))
      }
      frame.put(TextWidth.truncate(cells, to: area.width), at: Point(x: area.x, y: area.y + 1 + line), clip: area)
    }
    if hasAnswers {
      for (line, reply) in replies.prefix(area.height - 1 - room).enumerated() {
        let cells =
          name(of: reply, exchange, isLong: area.width >= 60)
          + Sanitizer.cells("  " + Self.beginning(reply.text), style: theme.muted)
        let y = area.y + 1 + room + line
        frame.put(TextWidth.truncate(cells, to: area.width), at: Point(x: area.x, y: y), clip: area)
      }
      return
    }
    var x = area.x
    for reply in replies {
      let cells = name(of: reply, exchange, isLong: area.width >= 60)
      guard x == area.x || x + cells.count <= area.maxX else { break }
      let drawn = TextWidth.truncate(cells, to: max(0, area.maxX - x))
      x += frame.put(drawn, at: Point(x: x, y: area.maxY - 1), clip: area) + 3
    }
  }

  /// A model with the state of its answer, how many attempts there were, and the verdict.
  private func name(of reply: Reply, _ exchange: Exchange, isLong: Bool) -> [Cell] {
    let attempts = exchange.attempts(reply.model).count
    let count = attempts > 1 ? " (\(attempts)\(isLong ? " attempts" : ""))" : ""
    return Sanitizer.cells("\(reply.state.glyph) ", style: theme.style(of: reply.state))
      + Sanitizer.cells(world.label(reply.model) + count, style: theme.muted) + verdict(on: reply, of: exchange)
  }

  private func verdict(on reply: Reply, of exchange: Exchange) -> [Cell] {
    let mark = exchange.verdictMark(on: reply.id)
    return mark.isEmpty ? [] : Sanitizer.cells(" " + mark, style: theme.accent)
  }
}
