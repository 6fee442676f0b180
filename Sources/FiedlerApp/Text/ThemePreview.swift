import Canvas

/// A sample of what screens are made of, in a theme's colours.
public struct ThemePreview {
  public let frame: Frame

  public init(_ theme: Theme) {
    let size = Size(width: 60, height: 14)
    var frame = Frame(size, style: theme.text)
    frame.box(Rect(x: 0, y: 0, width: 60, height: 10), style: theme.focusedBorder)
    frame.put(" \(Sanitizer.plain(theme.name)) ", at: Point(x: 2, y: 0), style: theme.accent.adding(.bold))
    let lines: [[(String, Style)]] = [
      [("Strong text, ", theme.strong), ("ordinary text, ", theme.text), ("muted, ", theme.muted), ("dim", theme.dim)],
      [],
      [("✓ done", theme.good), ("   ! warning", theme.warning), ("   ! caution", theme.caution)],
      [("✕ failed", theme.bad), (" · information", theme.info), ("   special", theme.special)],
      [("accent", theme.accent), ("   ────── border", theme.border)],
    ]
    for (y, line) in lines.enumerated() {
      var x = 2
      for (text, style) in line { x += frame.put(text, at: Point(x: x, y: y + 2), style: style) }
    }
    frame.fill(Rect(x: 1, y: 8, width: 58, height: 1), style: theme.selected)
    let rest: [(String, Style)] = [
      ("› the row under the cursor ", theme.selected), (" match", theme.accent), ("  detail", theme.dim),
    ]
    var x = 1
    for (text, style) in rest {
      x += frame.put(text, at: Point(x: x, y: 8), style: theme.isMonochrome ? style : style.on(theme.selection))
    }
    frame.put("▎✓ A notice on a panel", at: Point(x: 0, y: 11), style: theme.good.on(theme.panel))
    frame.fill(Rect(x: 0, y: 13, width: 60, height: 1), style: theme.bar)
    frame.put("2 models · 1 streaming", at: Point(x: 1, y: 13), style: theme.bar)
    frame.makeReadable(on: theme.selection)
    self.frame = frame
  }

  /// With colours as ECMA-48 has them, each look as `look` maps it; the terminal's own after each line.
  public func styled(_ look: (Style) -> Style) -> String {
    var text = ""
    for y in 0..<frame.size.height {
      var style: Style?
      for cell in frame.row(y) where !cell.isContinuation {
        let mapped = look(cell.style)
        if mapped != style { text += FrameEncoder.select(mapped) }
        style = mapped
        for scalar in cell.scalars { text.unicodeScalars.append(scalar) }
      }
      text += "\u{1B}[0m\n"
    }
    return text
  }
}
