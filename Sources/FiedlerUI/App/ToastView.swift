import Canvas

/// Where notices stand: in rows of their own, over the prompt or the status bar, so that they cover nothing.
struct ToastLayout {
  /// The newest last, those that have no room left out.
  private(set) var toasts: [(toast: Toast, text: WrappedText)] = []

  /// Rows that all take, each cut where there is no room for more.
  private(set) var rows = 0

  /// Columns before a notice's words.
  static func indent(_ world: World) -> Int { world.isPlain ? 9 : 4 }

  init(_ world: World, _ size: Size, most: Int) {
    // A name must not be cut in two before it is looked for.
    let names = world.hidesNames ? world.hiddenNames : []
    for var toast in world.toasts.reversed() where rows < most {
      toast.text = NameMask.blotted(toast.text, names)
      let text = WrappedText(toast.text, columns: max(8, size.width - Self.indent(world) - 1))
      toasts.insert((toast, text), at: 0)
      rows = min(most, rows + text.rows.count)
    }
  }
}

extension World {
  /// Rows of notices where the rest of the screen can spare so many of them: a third.
  func toastRows(_ size: Size) -> Int {
    toasts.isEmpty ? 0 : ToastLayout(self, size, most: max(1, size.height / 3)).rows
  }

  /// A screen without the rows of notices.
  func room(in size: Size) -> Size { Size(width: size.width, height: size.height - toastRows(size)) }
}

extension AppView {
  /// The newest notice stands lowest, the last of its rows above `bottom`.
  func drawToasts(above bottom: Int, _ size: Size, _ frame: inout Frame) {
    var y = bottom
    let most = min(max(1, size.height / 3), max(0, bottom))
    for (toast, text) in ToastLayout(state.world, size, most: most).toasts.reversed() {
      let height = min(text.rows.count, most - (bottom - y))
      y -= height
      draw(toast, text, Rect(x: 0, y: y, width: size.width, height: height), &frame)
    }
  }

  private func draw(_ toast: Toast, _ text: WrappedText, _ box: Rect, _ frame: inout Frame) {
    let (glyph, word, color): (String, String, Style) =
      switch toast.kind {
      case .info: ("·", "Note:", theme.info)
      case .success: ("✓", "Done:", theme.good)
      case .warning: ("!", "Warning:", theme.warning)
      case .error: ("✕", "Error:", theme.bad)
      }
    let sign = state.isPlain ? word : "▎\(glyph)"
    frame.fill(box, style: theme.text.on(theme.panel))
    frame.put(sign, at: Point(x: box.x, y: box.y), style: color.on(theme.panel).adding(.bold), clip: box)
    for (line, row) in text.rows.prefix(box.height).enumerated() {
      let cells = Sanitizer.cells(toast.text, utf8: row, style: theme.text.on(theme.panel))
      frame.put(cells, at: Point(x: box.x + ToastLayout.indent(state.world), y: box.y + line), clip: box)
    }
  }
}
