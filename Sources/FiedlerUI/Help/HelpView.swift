import Canvas

/// Where the rows of help stand: in up to three columns, read downwards, page by page.
struct HelpLayout {
  /// The rows of each column of each page, as places in the table.
  private(set) var pages: [[[Int]]] = []
  /// Rows of a column.
  private(set) var height = 1
  private(set) var box = Rect(x: 0, y: 0, width: 0, height: 0)
  private(set) var columnWidth = 0

  /// A column has room for the longest title beside the usual keys.
  private static let leastColumn = 50
  private static let widestColumn = 62

  init(_ rows: [HelpTable.Row], _ size: Size) {
    let columns = max(1, min(3, (size.width - 4) / Self.leastColumn))
    let width = min(size.width, columns == 1 ? 84 : columns * Self.widestColumn + 4)
    columnWidth = max(1, (width - 4 - 2 * (columns - 1)) / columns)
    // Border, the line that is typed, and the rule below it.
    let most = max(1, size.height - 1 - 4)
    height = min(most, max(3, (rows.count + columns - 1) / columns))
    pages = Self.pages(rows, columns, height)
    while pages.count > 1, height < most {
      height += 1
      pages = Self.pages(rows, columns, height)
    }
    box = Rect(x: (size.width - width) / 2, y: 0, width: width, height: min(size.height - 1, height + 4))
  }

  private static func pages(_ rows: [HelpTable.Row], _ columns: Int, _ height: Int) -> [[[Int]]] {
    var columnsOfAll: [[Int]] = [[]]
    for (index, row) in rows.enumerated() {
      let left = height - columnsOfAll[columnsOfAll.count - 1].count
      // A heading does not stand alone at the foot of a column, nor a blank row at its head.
      if case .heading = row, left < 2 { columnsOfAll.append([]) } else if left < 1 { columnsOfAll.append([]) }
      if row == .gap, columnsOfAll[columnsOfAll.count - 1].isEmpty { continue }
      columnsOfAll[columnsOfAll.count - 1].append(index)
    }
    return stride(from: 0, to: columnsOfAll.count, by: columns).map {
      Array(columnsOfAll[$0..<min($0 + columns, columnsOfAll.count)])
    }
  }
}

/// The help screen, made from the tables of keys.
struct HelpView {
  let help: HelpLayer
  let keyMap: KeyMap
  let theme: Theme

  func draw(_ size: Size, _ frame: inout Frame) {
    let rows = help.rows(keyMap)
    let layout = HelpLayout(rows, size)
    let box = layout.box
    guard box.width >= 10, box.height >= 5 else { return }
    frame.fill(box, style: theme.text)
    frame.box(box, style: theme.focusedBorder)
    frame.put(" help ", at: Point(x: box.x + 2, y: box.y), style: theme.accent.adding(.bold), clip: box)
    help.line.drawFilter(in: box, theme, &frame)
    let inner = Rect(x: box.x + 2, y: box.y + 3, width: box.width - 4, height: layout.height)
    let entries = rows.indices.filter { rows[$0].entry != nil }
    let selected = entries.indices.contains(help.selected) ? entries[help.selected] : nil
    let page = layout.pages.firstIndex { page in page.contains { $0.contains(selected ?? 0) } } ?? 0
    if entries.isEmpty {
      frame.put("nothing matches", at: Point(x: inner.x, y: inner.y), style: theme.dim, clip: inner)
    } else {
      for (number, column) in layout.pages[page].enumerated() {
        let x = inner.x + number * (layout.columnWidth + 2)
        let rect = Rect(x: x, y: inner.y, width: layout.columnWidth, height: inner.height)
        draw(column.map { (rows[$0], $0 == selected) }, in: rect, &frame)
      }
    }
    drawFoot(page, layout, &frame)
  }

  private func draw(_ column: [(row: HelpTable.Row, isSelected: Bool)], in rect: Rect, _ frame: inout Frame) {
    let widths = column.compactMap { $0.row.entry.map { TextWidth.columns($0.keys) } }
    // Rows with more keys than most have their words further right.
    let common = widths.filter { $0 <= min(16, rect.width / 3) }.max() ?? 0
    for (line, (row, isSelected)) in column.enumerated() {
      let y = rect.y + line
      switch row {
      case .gap: break
      case .heading(let title): frame.put(title, at: Point(x: rect.x, y: y), style: theme.strong, clip: rect)
      case .entry(let entry):
        let background = isSelected ? theme.selection : theme.background
        frame.fill(Rect(x: rect.x, y: y, width: rect.width, height: 1), style: theme.text.on(background))
        if isSelected {
          frame.put("›", at: Point(x: rect.x, y: y), style: theme.accent.on(background), clip: rect)
        }
        var x = rect.x + 2
        let keys = Sanitizer.cells(entry.keys, style: theme.accent.on(background))
        x += max(common, frame.put(TextWidth.truncate(keys, to: rect.width * 2 / 3), at: Point(x: x, y: y), clip: rect))
        let style = (isSelected ? theme.strong : theme.text).on(background)
        let words = TextWidth.truncate(Sanitizer.cells(entry.title, style: style), to: max(0, rect.maxX - x - 2))
        frame.put(words, at: Point(x: x + 2, y: y), clip: rect)
      }
    }
  }

  private func drawFoot(_ page: Int, _ layout: HelpLayout, _ frame: inout Frame) {
    let does = keyMap.name(of: .accept, in: [.help]).map { "\($0) does it" }
    let closes = keyMap.name(of: .close, in: [.help]).map { "\($0) closes" }
    let place = layout.pages.count > 1 ? "page \(page + 1) of \(layout.pages.count)" : nil
    var parts = [does, closes, place].compactMap(\.self)
    let box = layout.box
    while !parts.isEmpty {
      let text = " \(parts.joined(separator: " · ")) "
      let x = box.maxX - 2 - TextWidth.columns(text)
      if x > box.x + 1 {
        frame.put(text, at: Point(x: x, y: box.maxY - 1), style: theme.muted)
        return
      }
      parts.removeFirst()
    }
  }
}
