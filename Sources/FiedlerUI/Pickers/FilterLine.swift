import Canvas

extension LineEditor {
  /// Draws it as what narrows the list of a box: in the row below the upper border, with a rule beneath.
  func drawFilter(in box: Rect, _ theme: Theme, _ frame: inout Frame) {
    let line = Rect(x: box.x + 2, y: box.y + 1, width: box.width - 4, height: 1)
    frame.put("❯", at: Point(x: line.x, y: line.y), style: theme.accent, clip: line)
    let field = Rect(x: line.x + 2, y: line.y, width: line.width - 2, height: 1)
    if text.isEmpty {
      frame.put("type to narrow", at: Point(x: field.x, y: line.y), style: theme.dim, clip: field)
    }
    draw(Sanitizer.cells(text, style: theme.text), in: field, isTyped: true, &frame)
    frame.rule(across: box, y: box.y + 2, style: theme.focusedBorder)
  }
}

extension Frame {
  /// A rule from one side of a box to the other.
  mutating func rule(across box: Rect, y: Int, style: Style) {
    put("├" + String(repeating: "─", count: max(0, box.width - 2)) + "┤", at: Point(x: box.x, y: y), style: style)
  }
}
