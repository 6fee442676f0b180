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
    let height = min(area.height, max(8 + below, min(picker.items.count + 5 + below, area.height * 3 / 4)))
    guard width >= 8, height >= 5 else { return }
    let box = Rect(
      x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width: width, height: height)
    frame.fill(box, style: theme.text)
    frame.box(box, style: theme.focusedBorder)
    let count = picker.isMultiple ? " \(picker.title) · \(picker.chosen.count) chosen " : " \(picker.title) "
    frame.put(count, at: Point(x: box.x + 2, y: box.y), style: theme.accent.adding(.bold), clip: box.inset(1, 0))
    drawFilter(box, &frame)
    let list = Rect(x: box.x + 1, y: box.y + 3, width: box.width - 2, height: box.height - 4 - below)
    drawRule(box, y: box.y + 2, &frame)
    drawList(list, &frame)
    if below > 0 {
      drawRule(box, y: list.maxY, &frame)
      drawPreview(Rect(x: box.x + 2, y: list.maxY + 1, width: box.width - 4, height: previewRows), &frame)
    }
    drawHelp(box, &frame)
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

  private func drawRule(_ box: Rect, y: Int, _ frame: inout Frame) {
    let rule = "├" + String(repeating: "─", count: box.width - 2) + "┤"
    frame.put(rule, at: Point(x: box.x, y: y), style: theme.focusedBorder)
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

  private func drawFilter(_ box: Rect, _ frame: inout Frame) {
    let line = Rect(x: box.x + 2, y: box.y + 1, width: box.width - 4, height: 1)
    frame.put("❯", at: Point(x: line.x, y: line.y), style: theme.accent, clip: line)
    let field = Rect(x: line.x + 2, y: line.y, width: line.width - 2, height: 1)
    if picker.filter.isEmpty {
      frame.put("type to narrow", at: Point(x: field.x, y: line.y), style: theme.dim, clip: field)
    }
    picker.line.draw(Sanitizer.cells(picker.filter, style: theme.text), in: field, isTyped: true, &frame)
  }

  private func drawList(_ list: Rect, _ frame: inout Frame) {
    guard !picker.matches.isEmpty else {
      frame.put("  nothing matches", at: Point(x: list.x, y: list.y), style: theme.dim, clip: list)
      return
    }
    let first = min(max(0, picker.selected - list.height + 1), max(0, picker.matches.count - list.height))
    let widths = detailWidths()
    for line in 0..<min(list.height, picker.matches.count - first) {
      let row = Rect(x: list.x, y: list.y + line, width: list.width, height: 1)
      draw(picker.matches[first + line], isSelected: first + line == picker.selected, widths, row, &frame)
    }
  }

  /// The columns of each detail, so that figures stand under each other.
  private func detailWidths() -> [Int] {
    let count = picker.items.map(\.details.count).max() ?? 0
    return (0..<count).map { column in
      picker.items.map { column < $0.details.count ? TextWidth.columns($0.details[column]) : 0 }.max() ?? 0
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
      right -= column > 0 ? width + 2 : text.isEmpty ? 0 : TextWidth.columns(text) + 2
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
