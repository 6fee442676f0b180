import Canvas

/// Draws one record over its list: its fields, then its data.
struct LogDetailView {
  let detail: LogDetail
  let theme: Theme

  func draw(_ layout: LogLayout, _ frame: inout Frame) {
    let box = layout.box
    frame.put(
      " \(detail.title) ", at: Point(x: box.x + 2, y: box.y), style: theme.accent.adding(.bold), clip: box.inset(1, 0))
    let area = layout.detail
    guard !area.isEmpty else { return }
    var detail = detail
    // Fits already unless this is drawn for another size than the state knows.
    detail.fit(columns: area.width, height: area.height)
    let rows = detail.wrapped.rows
    for line in 0..<min(area.height, rows.count - detail.top) {
      draw(detail, rows[detail.top + line], at: Point(x: area.x, y: area.y + line), area, &frame)
    }
    if rows.count > area.height {
      let shown = "\(Figures.count(detail.top + 1))–\(Figures.count(min(rows.count, detail.top + area.height)))"
      let place = " \(shown) of \(Figures.count(rows.count)) "
      let x = box.maxX - 2 - TextWidth.columns(place)
      if x > box.x + 1 { frame.put(place, at: Point(x: x, y: box.maxY - 1), style: theme.muted) }
    }
  }

  private func draw(_ detail: LogDetail, _ row: Range<Int>, at point: Point, _ area: Rect, _ frame: inout Frame) {
    frame.put(Sanitizer.cells(detail.text, utf8: row, style: theme.text), at: point, clip: area)
    guard row.lowerBound < detail.labelBytes, detail.beginsLine(row.lowerBound) else { return }
    let label = Rect(x: point.x, y: point.y, width: min(LogDetail.labelColumns, area.width), height: 1)
    frame.restyle(label) { $0.foreground = theme.muted.foreground }
  }
}

extension LogDetail {
  fileprivate func beginsLine(_ offset: Int) -> Bool {
    guard offset > 0 else { return true }
    let utf8 = text.utf8
    return utf8[utf8.index(utf8.startIndex, offsetBy: offset - 1)] == UInt8(ascii: "\n")
  }
}
