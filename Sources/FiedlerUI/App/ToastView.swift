import Canvas

extension AppView {
  /// Notices, right-aligned, where they hide least: from the first row down, which holds titles, so that what streams in
  /// at the end of the panes stays in sight; in the Godot log, whose head is what counts, from the last row up.
  /// The newest stands at the edge.
  func drawToasts(_ size: Size, _ frame: inout Frame) {
    let bottom = size.height - 1
    let isUpward = state.screen == .log
    var y = isUpward ? bottom : 0
    for toast in state.toasts.reversed() where toast.until > now {
      let text = WrappedText(toast.text, columns: max(8, min(size.width - 8, max(70, size.width * 2 / 3))))
      let room = isUpward ? y : bottom - y
      let height = min(text.rows.count, room)
      guard height > 0 else { return }
      draw(toast, text, top: isUpward ? y - height : y, height: height, size.width, &frame)
      y += isUpward ? -height : height
    }
  }

  private func draw(
    _ toast: Toast, _ text: WrappedText, top: Int, height: Int, _ width: Int, _ frame: inout Frame
  ) {
    let (glyph, color): (String, Style) =
      switch toast.kind {
      case .info: ("·", theme.info)
      case .success: ("✓", theme.good)
      case .warning: ("!", theme.warning)
      case .error: ("✕", theme.bad)
      }
    let columns = text.rows.map { TextWidth.columns(toast.text, $0) }.max() ?? 0
    let box = Rect(x: max(0, width - columns - 7), y: top, width: columns + 6, height: height)
    frame.fill(box, style: theme.text.on(theme.panel))
    frame.put("▎\(glyph)", at: Point(x: box.x, y: top), style: color.on(theme.panel).adding(.bold), clip: box)
    for (line, row) in text.rows.prefix(height).enumerated() {
      let cells = Sanitizer.cells(toast.text, utf8: row, style: theme.text.on(theme.panel))
      frame.put(cells, at: Point(x: box.x + 4, y: top + line), clip: box)
    }
  }
}
