import Canvas

/// Draws what two answers are about: together over the boxes, and each alone at the top of its box.
struct CommonGroundView {
  let ground: CommonGround
  let theme: Theme

  /// `11 % in common`, `code: Swift, Python`, `tables: 1, 0`, the most telling first.
  var figures: [String] {
    var figures = ["\(Figures.share(ground.share)) in common"]
    let languages = ground.sides.map { $0.languages.joined(separator: " and ") }
    if languages.contains(where: { !$0.isEmpty }) {
      let words = languages.map { $0.isEmpty ? "none" : $0 }
      figures.append("code: \(words[0] == words[1] ? words[0] : words.joined(separator: ", "))")
    }
    let tables = ground.sides.map(\.tables)
    if tables != [0, 0] { figures.append("tables: \(tables[0]), \(tables[1])") }
    return figures
  }

  func drawSummary(_ layout: DiffLayout, _ frame: inout Frame) {
    if !layout.both.isEmpty {
      let row = Rect(x: 1, y: layout.both.y, width: layout.both.width - 2, height: 1)
      draw("both", ground.telling.both, theme.shared(theme.text), row, &frame)
    }
    guard layout.onlyRows > 0 else { return }
    let boxes = layout.isInline ? [layout.left] : [layout.left, layout.right]
    for side in 0..<2 {
      let box = layout.isInline ? layout.left : boxes[side]
      let y = box.y + 1 + (layout.isInline ? side : 0)
      let name = layout.isInline ? "only \(CommonGroundLayout.letters[side])" : "only"
      let row = Rect(x: box.x + 2, y: y, width: box.width - 4, height: 1)
      draw(name, ground.telling.only[side], theme.text, row, &frame)
    }
    for box in boxes {
      let rule = Rect(x: box.x + 2, y: box.y + 1 + layout.onlyRows, width: box.width - 4, height: 1)
      frame.put(
        String(repeating: "─", count: max(0, rule.width)), at: Point(x: rule.x, y: rule.y), style: theme.border,
        clip: rule)
    }
  }

  /// As many of the terms as fit whole.
  private func draw(_ name: String, _ terms: [String], _ style: Style, _ row: Rect, _ frame: inout Frame) {
    var x = row.x + frame.put(name + "  ", at: Point(x: row.x, y: row.y), style: theme.muted, clip: row)
    guard !terms.isEmpty else {
      frame.put("nothing of note", at: Point(x: x, y: row.y), style: theme.dim, clip: row)
      return
    }
    for (index, term) in terms.enumerated() {
      let cells = Sanitizer.cells(term, style: style)
      let separator = index == 0 ? "" : ", "
      if index > 0, x + separator.count + cells.count > row.maxX { return }
      x += frame.put(separator, at: Point(x: x, y: row.y), style: theme.dim, clip: row)
      x += frame.put(TextWidth.truncate(cells, to: row.maxX - x), at: Point(x: x, y: row.y), clip: row)
    }
  }
}

extension Figures {
  /// `11 %`; what is not all is never said to be, and what is something is not nothing.
  static func share(_ part: Double) -> String {
    if part > 0, part < 0.01 { return "<1 %" }
    return part > 0.99 && part < 1 ? "99 %" : "\(Int((part * 100).rounded())) %"
  }
}
