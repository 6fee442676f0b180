import Canvas

/// Draws a picker over the screen.
struct PickerView {
  let picker: PickerLayer
  let theme: Theme
  /// What keys do here; empty where that is plain.
  var help = ""

  func draw(in area: Rect, _ frame: inout Frame) {
    let width = min(area.width, 76)
    let previewRows = picker.items.contains { !$0.preview.isEmpty } ? (area.height >= 20 ? 4 : 2) : 0
    let below = previewRows > 0 ? previewRows + 1 : 0
    func height(_ lines: Int) -> Int {
      min(area.height, max(8 + below, area.height * 3 / 4), max(1, lines) + 4 + below)
    }
    guard width >= 8, height(picker.lines.count) >= 5 else { return }
    // The line that is typed stays where it is while the list below it shrinks.
    let y = area.y + (area.height - height(picker.lineCount)) / 3
    let box = Rect(
      x: area.x + (area.width - width) / 2, y: y, width: width, height: height(picker.lines.count))
    frame.fill(box, style: theme.text)
    frame.box(box, style: theme.focusedBorder)
    let count = picker.isMultiple ? " \(picker.title) · \(picker.chosen.count) chosen " : " \(picker.title) "
    frame.put(count, at: Point(x: box.x + 2, y: box.y), style: theme.accent.adding(.bold), clip: box.inset(1, 0))
    drawTitleRight(box, &frame)
    picker.line.drawFilter(in: box, theme, &frame)
    drawHeads(box, &frame)
    let list = Rect(x: box.x + 1, y: box.y + 3, width: box.width - 2, height: box.height - 4 - below)
    drawList(list, &frame)
    if below > 0 {
      frame.rule(across: box, y: list.maxY, style: theme.focusedBorder)
      drawPreview(Rect(x: box.x + 2, y: list.maxY + 1, width: box.width - 4, height: previewRows), &frame)
    }
    drawHelp(box, &frame)
  }

  /// What is chosen, by name.
  private func drawTitleRight(_ box: Rect, _ frame: inout Frame) {
    let names = picker.chosen.sorted().map { picker.items[$0].title }.joined(separator: " · ")
    let room = box.width - 30
    guard picker.isMultiple, !names.isEmpty, room >= 12 else { return }
    let cells = TextWidth.truncate(Sanitizer.cells(names, style: theme.good), to: room)
    let x = box.maxX - 4 - cells.count
    frame.put(" ", at: Point(x: x, y: box.y), style: theme.text, clip: box)
    frame.put(cells, at: Point(x: x + 1, y: box.y), clip: box)
    frame.put(" ", at: Point(x: x + 1 + cells.count, y: box.y), style: theme.text, clip: box)
  }

  /// The heads of the columns, in the row that is typed in.
  private func drawHeads(_ box: Rect, _ frame: inout Frame) {
    guard box.width >= 50, TextWidth.columns(picker.filter) < box.width / 3 else { return }
    var right = box.maxX - 2
    for (column, width) in detailWidths().enumerated().reversed() where width > 0 && column < picker.heads.count {
      let head = picker.heads[column]
      frame.put(head, at: Point(x: right - TextWidth.columns(head), y: box.y + 1), style: theme.muted, clip: box)
      right -= width + 2
    }
  }

  /// As many of its parts as there is room for.
  private func drawHelp(_ box: Rect, _ frame: inout Frame) {
    var parts = help.split(separator: " · ")
    while !parts.isEmpty {
      let text = " \(parts.joined(separator: " · ")) "
      let x = box.maxX - 2 - TextWidth.columns(text)
      if x > box.x + 2 {
        if !help.isEmpty { frame.put(text, at: Point(x: x, y: box.maxY - 1), style: theme.muted) }
        return
      }
      parts.removeLast()
    }
  }

  private func drawPreview(_ rect: Rect, _ frame: inout Frame) {
    guard let item = picker.selectedItem.map({ picker.items[$0] }) else { return }
    let style = item.problem == nil ? theme.muted : theme.bad
    let rows = WrappedText(item.preview, columns: max(1, rect.width)).rows
    for (line, row) in rows.prefix(rect.height).enumerated() {
      var cells = Sanitizer.cells(item.preview, utf8: row, style: style)
      if line == rect.height - 1, rows.count > rect.height {
        cells = TextWidth.truncate(cells + Sanitizer.cells(" …", style: style), to: rect.width)
        cells[cells.count - 1] = Cell("…", style: style)
      }
      frame.put(cells, at: Point(x: rect.x, y: rect.y + line), clip: rect)
    }
  }

  private func drawList(_ list: Rect, _ frame: inout Frame) {
    guard !picker.matches.isEmpty else {
      frame.put("  nothing matches", at: Point(x: list.x, y: list.y), style: theme.dim, clip: list)
      return
    }
    let lines = picker.lines
    let selected = lines.firstIndex(of: .match(picker.selected)) ?? 0
    // A heading is seen as long as the first item below it is.
    let above = list.height > 1 && selected > 0 && lines[selected - 1].isHeading ? 1 : 0
    let first = min(max(0, selected - list.height + 1), max(0, lines.count - list.height), selected - above)
    let widths = detailWidths()
    for (number, line) in lines.dropFirst(first).prefix(list.height).enumerated() {
      let row = Rect(x: list.x, y: list.y + number, width: list.width, height: 1)
      switch line {
      case .heading(let title):
        let cells = TextWidth.truncate(Sanitizer.cells(title, style: theme.muted), to: row.width - 2)
        frame.put(cells, at: Point(x: row.x + 1, y: row.y), clip: row)
      case .match(let index): draw(picker.matches[index], isSelected: index == picker.selected, widths, row, &frame)
      }
    }
  }

  /// The columns of each detail, so that figures stand under each other.
  private func detailWidths() -> [Int] {
    let count = picker.items.map(\.details.count).max() ?? 0
    return (0..<count).map { column in
      let widest = picker.items.map { column < $0.details.count ? TextWidth.columns($0.details[column]) : 0 }.max() ?? 0
      let head = column < picker.heads.count ? TextWidth.columns(picker.heads[column]) : 0
      return widest == 0 ? 0 : max(widest, head)
    }
  }

  private func draw(_ match: PickerLayer.Match, isSelected: Bool, _ widths: [Int], _ row: Rect, _ frame: inout Frame) {
    let item = picker.items[match.index]
    let background = isSelected ? theme.selection : theme.background
    frame.fill(row, style: theme.text.on(background))
    frame.put(isSelected ? "›" : " ", at: Point(x: row.x, y: row.y), style: theme.accent.on(background), clip: row)
    var x = row.x + 2
    if picker.isMultiple {
      let isChosen = picker.chosen.contains(match.index)
      let style = (isChosen ? theme.good : theme.dim).on(background)
      x += frame.put(isChosen ? "◉ " : "○ ", at: Point(x: x, y: row.y), style: style, clip: row)
    }
    var right = row.maxX - 1
    for (column, width) in widths.enumerated().reversed() where width > 0 && right - width > x + 16 {
      let text = column < item.details.count ? item.details[column] : ""
      let at = Point(x: right - TextWidth.columns(text), y: row.y)
      frame.put(text, at: at, style: theme.muted.on(background), clip: row)
      // What stands before the first column may have what a short text leaves of it.
      let isFirst = widths.prefix(column).allSatisfy { $0 == 0 }
      right -= !isFirst ? width + 2 : text.isEmpty ? 0 : TextWidth.columns(text) + 2
    }
    let clip = Rect(x: x, y: row.y, width: right - x, height: 1)
    let isDim = item.problem != nil || item.isElsewhere
    let style = (isDim ? theme.dim : isSelected ? theme.strong : theme.text).on(background)
    var title: [Cell] = []
    for (index, character) in item.title.enumerated() {
      let isMatched = match.positions.contains(index)
      let look = isMatched ? theme.accent.adding([.bold, .underline]).on(background) : style
      Sanitizer.append(character, style: look, to: &title)
    }
    x += frame.put(TextWidth.truncate(title, to: clip.width), at: Point(x: x, y: row.y), clip: clip)
    let note = [item.problem.map { "(\($0))" }, item.note.isEmpty ? nil : item.note].compactMap(\.self)
    frame.put(
      TextWidth.truncate(
        Sanitizer.cells(note.joined(separator: "  "), style: theme.dim.on(background)), to: max(0, clip.maxX - x - 2)),
      at: Point(x: x + 2, y: row.y), clip: clip)
  }
}
