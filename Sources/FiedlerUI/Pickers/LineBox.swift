import Canvas

/// A box over the screen with a line that is typed, below words that say what for, or why it cannot be taken.
struct LineBox {
  let title: String
  let words: String
  let isProblem: Bool
  let theme: Theme

  /// `cells` are what is seen of the line.
  func draw(_ line: LineEditor, as cells: [Cell], _ size: Size, _ frame: inout Frame) {
    let area = Rect(x: 0, y: 0, width: size.width, height: size.height - 1)
    let width = min(area.width, 76)
    guard width >= 20, area.height >= 3 else { return }
    let wrapped = WrappedText(words, columns: width - 4)
    let rows = min(wrapped.rows.count, area.height - 3)
    let box = Rect(
      x: area.x + (area.width - width) / 2, y: (area.height - rows - 3) / 3, width: width, height: rows + 3)
    frame.fill(box, style: theme.text)
    frame.box(box, style: theme.focusedBorder)
    frame.put(
      " \(title) ", at: Point(x: box.x + 2, y: box.y), style: theme.accent.adding(.bold), clip: box.inset(1, 0))
    let style = isProblem ? theme.bad : theme.muted
    for (number, row) in wrapped.rows.prefix(rows).enumerated() {
      let told = Sanitizer.cells(words, utf8: row, style: style)
      frame.put(told, at: Point(x: box.x + 2, y: box.y + 1 + number), clip: box.inset(1, 1))
    }
    let field = Rect(x: box.x + 2, y: box.maxY - 2, width: width - 4, height: 1)
    frame.put("❯", at: Point(x: field.x, y: field.y), style: theme.accent, clip: field)
    line.draw(cells, in: Rect(x: field.x + 2, y: field.y, width: field.width - 2, height: 1), isTyped: true, &frame)
  }
}
