import Basics
import Canvas
import Conversations

/// Draws one pane: name and state in its upper border, the text, figures and what is out of sight in the lower one.
struct PaneView {
  let state: StageLook
  let theme: Theme
  let now: Duration
  let awards: PaneAwards
  /// The title's row says what was asked.
  private let hidesPrompt: Bool

  init(state: StageLook, _ layout: ComposeLayout, theme: Theme, now: Duration) {
    self.state = state
    hidesPrompt = state.stage.titleTellsPrompt(layout, state.world)
    self.theme = theme
    self.now = now
    awards = PaneAwards(state, theme, now)
  }

  /// What remains for text inside a pane's border: a blank on each side.
  static func body(_ rect: Rect) -> Rect { rect.inset(2, 1) }

  /// `isNamed`: a tab has its name already.
  func draw(_ index: Int, in rect: Rect, isNamed: Bool = false, _ frame: inout Frame) {
    guard rect.width >= 4, rect.height >= 2 else { return }
    var pane = state.panes[index]
    let body = Self.body(rect)
    let exchanges = state.conversation?.exchanges ?? []
    // The cache fits unless this is drawn for another size than the state knows.
    if pane.isStale(columns: body.width, isRaw: state.showsSource, hidesPrompt: hidesPrompt)
      || pane.bodyHeight != body.height
    {
      pane.refresh(
        exchanges, columns: body.width, height: body.height, isRaw: state.showsSource, hidesPrompt: hidesPrompt,
        theme: theme)
    }
    let isFocused = state.focus == .pane && state.activePane == index
    let border = isFocused ? theme.focusedBorder : theme.border
    frame.box(rect, style: border)
    let reply = state.shownReply(pane)
    drawHeader(pane, reply, isFocused, isNamed, rect, &frame)
    drawText(pane, exchanges, reply, isFocused, body, &frame)
    defer { if isLeftOut(pane) { dim(rect, &frame) } }
    drawMarks(pane, reply, border, isActive: state.activePane == index, rect, body, &frame)
  }

  private func drawHeader(
    _ pane: Pane, _ reply: Reply?, _ isFocused: Bool, _ isNamed: Bool, _ rect: Rect, _ frame: inout Frame
  ) {
    let y = rect.y
    let glyph = reply?.state.glyph ?? "○"
    let room = rect.width - 4
    let award = state.world.hidesNames ? "" : awards.mark(of: pane.model, plainly: state.isPlain)
    let verdict = reply.flatMap { state.conversation?.exchanges.last?.verdictMark(on: $0.id) } ?? ""
    let status = [award, verdict, status(pane, reply, room)].filter { !$0.isEmpty }.joined(separator: " ")
    let statusColumns = status.isEmpty ? 0 : TextWidth.columns(status) + 2
    let showsStatus = statusColumns > 0 && room - statusColumns >= 12
    let nameRoom = max(0, room - 2 - (showsStatus ? statusColumns + 1 : 0))
    let name = Sanitizer.cells(
      state.label(pane.model), style: isFocused ? theme.accent.adding(.bold) : theme.strong)
    let color = reply.map { theme.style(of: $0.state) } ?? theme.dim
    var line = Sanitizer.cells(" \(glyph) ", style: color)
    if !isNamed { line += TextWidth.truncate(name, to: max(1, nameRoom - 2)) + [Cell(" ", style: theme.text)] }
    frame.put(line, at: Point(x: rect.x + 1, y: y), clip: Rect(x: rect.x + 1, y: y, width: rect.width - 2, height: 1))
    if showsStatus {
      frame.put(" \(status) ", at: Point(x: rect.maxX - 1 - statusColumns, y: y), style: color)
    }
  }

  /// The state and time of a reply and which of several attempts it is, as far as there is room.
  private func status(_ pane: Pane, _ reply: Reply?, _ room: Int) -> String {
    guard let reply else { return isLeftOut(pane) ? "not asked" : "" }
    let status = PaneFigures(state: state, theme: theme, now: now).status(reply)
    let attempts = state.conversation?.exchanges.last?.attempts(pane.model) ?? []
    guard attempts.count > 1, let place = attempts.firstIndex(where: { $0.id == reply.id }) else { return status }
    let name = min(12, TextWidth.columns(state.label(pane.model))) + 4
    let candidates = [
      "\(status) · attempt \(place + 1) of \(attempts.count)", "\(status) · \(place + 1) of \(attempts.count)",
    ]
    return candidates.first { TextWidth.columns($0) + 3 + name <= room } ?? status
  }

  /// Whether the last prompt went to others alone.
  private func isLeftOut(_ pane: Pane) -> Bool { state.conversation != nil && state.currentReply(pane.model) == nil }

  private func dim(_ rect: Rect, _ frame: inout Frame) {
    frame.restyle(rect) { style in
      style.foreground = theme.dim.foreground
      style.attributes.remove(.bold)
      style.attributes.formUnion(theme.dim.attributes)
    }
  }

  private func drawText(
    _ pane: Pane, _ exchanges: [Exchange], _ reply: Reply?, _ isFocused: Bool, _ body: Rect, _ frame: inout Frame
  ) {
    var end = Point(x: body.x, y: body.y - 1)
    let find = state.stage.find(in: pane)
    let selection = state.stage.selection(in: pane)
    let total = pane.document.rowCount
    let first = pane.firstRow
    // The prompt that was gone to, so that it is known from the others in sight.
    let chosen = isFocused ? pane.turn.map { pane.document.row(ofExchange: $0) } : nil
    // The Markdown rows in sight, of the block they were laid out for.
    var laid: (source: PaneDocument.Source, first: Int, rows: [MarkdownRow])?
    // The lines of a block before a place in its text.
    var counted = (block: -1, offset: 0, lines: 0)
    pane.document.forEachRow(from: first, count: body.height) { line, index, row in
      let block = pane.document.blocks[index]
      let y = body.y + line
      let text = PaneDocument.text(of: block.source, exchanges)
      var cells: [Cell] = []
      var links: [String] = []
      switch block.layout {
      case .plain(let wrapped):
        let isChosen = block.look == .prompt && first + line - row == chosen
        let plain = isChosen ? theme.selected.adding(.bold) : style(block.look)
        let range = wrapped.rows[row]
        if block.look == .keys {
          let ways = Sanitizer.cells(waysOut(of: reply), style: plain)
          frame.put(TextWidth.truncate(ways, to: body.width), at: Point(x: body.x, y: y), clip: body)
          return
        }
        let found = find?.highlights(in: block.source, range) ?? []
        let current = find?.currentRange(in: block.source).map { ($0, theme.currentHit(on: plain)) }
        cells = Sanitizer.cells(
          text, utf8: range, style: plain, highlights: found, highlighted: theme.hit(on: plain), current: current)
        if let selection {
          var line = StyledLine()
          line.append(text, utf8: range, style: plain)
          cells = selection.highlighted(cells, line.origins, of: index, text, theme)
        }
        if !block.links.isEmpty {
          links = block.links
          let before = counted.block == index ? counted : (block: index, offset: 0, lines: 0)
          let more = text.utf8.dropFirst(before.offset).prefix(max(0, range.lowerBound - before.offset))
          counted = (index, range.lowerBound, before.lines + more.count { $0 == UInt8(ascii: "\n") })
          let number = UInt16(exactly: counted.lines + 1) ?? 0
          for index in cells.indices { cells[index].link = number }
        }
      case .markdown(let markdown):
        if laid?.source != block.source {
          let found = markdown.rows(from: row, count: body.height - line, of: text, theme)
          laid = (block.source, found.first, found.rows)
        }
        if let laid, laid.rows.indices.contains(row - laid.first) {
          let found = pane.clipped(laid.rows[row - laid.first])
          cells = find?.highlighted(found, of: block.source, theme) ?? found.cells
          links = found.links
          if let bar = found.code.map({ $0 - 2 }), cells.indices.contains(bar),
            pane.code?.contains(found.start, of: block.source) ?? false
          {
            cells[bar] = Cell("┃", style: theme.accent.adding(.bold))
          }
          if let selection { cells = selection.highlighted(cells, found.origins, of: index, text, theme) }
        }
      }
      let x = body.x + block.look.indent
      if let mark = mark(block.look, row: row) {
        frame.put(CollectionOfOne(Cell(mark.0, style: mark.1)), at: Point(x: body.x, y: y), clip: body)
      }
      let drawn = frame.put(cells, links: links, at: Point(x: x, y: y), clip: body)
      end = Point(x: min(x + drawn, body.maxX), y: y)
      if let selection, selection.unit == .row, selection.rows.contains(first + line) {
        frame.restyle(Rect(x: body.x, y: y, width: body.width, height: 1)) { $0 = theme.selecting($0) }
      }
    }
    drawStickyPrompt(pane, exchanges, body, &frame)
    if reply?.state == .streaming, first + body.height >= total, end.y >= body.y, total > 0 {
      // The blank column right of the text has room for the cursor after a full row.
      frame.put(CollectionOfOne(Cell("▌", style: theme.accent)), at: end)
    }
  }

  /// What can be done about an answer that did not come, by the keys in effect.
  private func waysOut(of reply: Reply?) -> String {
    func way(_ id: ActionID, _ word: String) -> String? {
      state.world.keyMap.name(of: id, in: [.pane]).map { "\($0) \(word)" }
    }
    // A key is the way out only where one is wanted, and there it is the first.
    let wantsKey = reply?.failure?.kind == .missingKey || reply?.failure?.kind == .unauthorized
    let ways = [
      wantsKey ? way(.giveKey, "gives a key") : nil, way(.retry, "asks again"), way(.swapModel, "another model"),
    ]
    return ways.compactMap(\.self).joined(separator: "  ")
  }

  /// What was asked, over the part of its answer that is read.
  private func drawStickyPrompt(_ pane: Pane, _ exchanges: [Exchange], _ body: Rect, _ frame: inout Frame) {
    guard let turn = pane.stickyTurn, exchanges.indices.contains(turn) else { return }
    let row = Rect(x: body.x, y: body.y, width: body.width, height: 1)
    let line = exchanges[turn].prompt.text.split(maxSplits: 1, whereSeparator: \.isNewline).first ?? ""
    frame.fill(row, style: theme.text)
    // A line may be long: more bytes than fill the row are not looked at.
    let cells = Sanitizer.cells("❯ \(line.prefix(4 * body.width))", style: theme.dim)
    frame.put(TextWidth.truncate(cells, to: row.width), at: Point(x: row.x, y: row.y), clip: row)
  }

  private func style(_ look: PaneDocument.Look) -> Style {
    switch look {
    case .prompt: theme.accent
    case .files, .reasoningTitle, .note: theme.dim
    case .cause: theme.muted
    case .keys: theme.accent
    case .reasoning: theme.dim.adding(.italic)
    case .answer, .gap: theme.text
    case .failure: theme.bad.adding(.bold)
    }
  }

  private func mark(_ look: PaneDocument.Look, row: Int) -> (Unicode.Scalar, Style)? {
    switch look {
    case .prompt: row == 0 ? ("❯", theme.accent.adding(.bold)) : nil
    case .files: row == 0 ? ("+", theme.dim) : nil
    case .reasoning: ("┊", theme.dim)
    case .failure: row == 0 ? ("✕", theme.bad) : nil
    case .reasoningTitle, .answer, .cause, .note, .keys, .gap: nil
    }
  }

  /// The part of the right border that stands for the rows shown, and how much came below.
  private func drawMarks(
    _ pane: Pane, _ reply: Reply?, _ border: Style, isActive: Bool, _ rect: Rect, _ body: Rect, _ frame: inout Frame
  ) {
    let total = pane.document.rowCount
    if total > body.height, body.height >= 3 {
      let track = rect.height - 2
      let length = max(1, track * body.height / total)
      let start = (track - length) * pane.firstRow / max(1, total - body.height)
      for y in 0..<length {
        let point = Point(x: rect.maxX - 1, y: rect.y + 1 + min(start + y, track - 1))
        frame.put(CollectionOfOne(Cell("┃", style: border)), at: point)
      }
    }
    let turns = state.conversation?.exchanges.count ?? 0
    var words: [String] = []
    if let turn = pane.turnInView, turn < turns - 1 {
      words.append("turn \(Figures.count(turn + 1)) of \(Figures.count(turns))")
    }
    if let code = pane.code { words.append("code \(Figures.count(code.number + 1)) of \(Figures.count(code.count))") }
    if let selection = state.stage.selection(in: pane), selection.isByKeys {
      words.append(Figures.plural(selection.rows.count, "row") + " selected")
    }
    // The title says it where there is one.
    if isActive, ComposeLayout.titleRows(frame.size) == 0, let branch = state.branchWords { words.append(branch) }
    if isActive, let find = state.stage.find(in: pane) {
      let row = Rect(x: rect.x + 1, y: rect.maxY - 1, width: rect.width - 2, height: 1)
      drawFind(find, row, &frame)
      return
    }
    // What came while the reader was elsewhere, else what is merely out of sight.
    let isNew = pane.newRows > 0
    let rows = isNew ? pane.newRows : pane.moreRows
    let new = rows > 0 ? " ↓ \(Figures.count(rows)) \(isNew ? "new" : "more") " : ""
    let right = rect.maxX - 2 - TextWidth.columns(new)
    if !new.isEmpty {
      frame.put(
        new, at: Point(x: right, y: rect.maxY - 1), style: isNew ? theme.info.adding(.bold) : theme.dim, clip: rect)
    }
    var left = Sanitizer.cells(words.joined(separator: " · "), style: theme.muted)
    if let reply {
      let separator = left.isEmpty ? [] : Sanitizer.cells(" · ", style: theme.dim)
      let room = right - rect.x - 5 - left.count - separator.count
      let figures = PaneFigures(state: state, theme: theme, now: now).cells(pane, reply, columns: room)
      if !figures.isEmpty { left += separator + figures }
    }
    guard !left.isEmpty else { return }
    let blank = [Cell(" ", style: theme.text)]
    frame.put(blank + left + blank, at: Point(x: rect.x + 2, y: rect.maxY - 1), clip: rect.inset(1, 0))
  }
}

extension PaneView {
  /// What is looked for, and which place of how many is shown, on the pane's lower border.
  private func drawFind(_ find: PaneFind, _ row: Rect, _ frame: inout Frame) {
    let words = find.words.isEmpty ? "" : " \(find.words) "
    let isMissing = !find.line.text.isEmpty && find.matches.isEmpty
    let room = max(4, row.width - TextWidth.columns(words) - 3)
    let text = Sanitizer.cells(find.line.text, style: theme.strong)
    let needed = find.isTyped ? max(text.count, find.line.cursorColumn) + 1 : text.count
    let field = Rect(x: row.x + 2, y: row.y, width: min(room, needed), height: 1)
    frame.put(" /", at: Point(x: row.x, y: row.y), style: theme.accent, clip: row)
    frame.fill(field, style: theme.text)
    find.line.draw(text, in: field, isTyped: find.isTyped, &frame)
    let place = Point(x: field.maxX, y: row.y)
    frame.put(words.isEmpty ? " " : words, at: place, style: isMissing ? theme.warning : theme.muted, clip: row)
  }
}

extension Theme {
  func style(of state: ReplyState) -> Style {
    switch state {
    case .queued, .cancelled: muted
    case .connecting, .streaming: info
    case .retrying: warning
    case .success: good
    case .partial, .interrupted: caution
    case .failed: bad
    }
  }
}
