/// Turns frames into the bytes that show them on a terminal: the first one whole, of each later one what has changed.
///
/// It speaks what every terminal emulator of today understands (ECMA-48 cursor moves and SGR, 24-bit colours as
/// `38;2;r;g;b`, palette colours as `38;5;n`) and keeps no state but what the terminal shows, so what it makes can be
/// kept and played elsewhere. Colours are those of the styles: a theme of 24-bit colours needs a terminal with as many.
public struct FrameEncoder: Sendable {
  private var shown: Frame?
  /// The terminal's style after the last bytes.
  private var style: Style?

  public init() {}

  /// What leads from the frame before to this one; a frame of another size, like the first one, clears the screen.
  /// Empty if nothing has changed.
  public mutating func encode(_ frame: Frame) -> String {
    var text = ""
    if shown?.size != frame.size {
      shown = nil
      style = nil
      text += "\u{1B}[0m\u{1B}[2J\u{1B}[?25l"
    }
    let runs = frame.changes(since: shown ?? Frame(Size(width: -1, height: -1)))
    for run in runs { encode(run, of: frame, to: &text) }
    if !runs.isEmpty || shown?.cursor != frame.cursor { encodeCursor(of: frame, to: &text) }
    shown = frame
    return text
  }

  private mutating func encode(_ run: Frame.Run, of frame: Frame, to text: inout String) {
    text += Self.move(run.x, run.y)
    let row = frame.row(run.y)
    let first = row.startIndex + run.x
    for cell in row[first..<(first + run.count)] where !cell.isContinuation {
      if cell.style != style {
        text += Self.select(cell.style)
        style = cell.style
      }
      for scalar in cell.scalars { text.unicodeScalars.append(scalar) }
    }
  }

  /// Puts the cursor where it belongs, or hides it.
  private func encodeCursor(of frame: Frame, to text: inout String) {
    let cursor = frame.cursor.flatMap { frame.bounds.contains($0) ? $0 : nil }
    guard let cursor else {
      if shown?.cursor != nil { text += "\u{1B}[?25l" }
      return
    }
    text += Self.move(cursor.x, cursor.y)
    if shown?.cursor == nil { text += "\u{1B}[?25h" }
  }

  private static func move(_ x: Int, _ y: Int) -> String { "\u{1B}[\(y + 1);\(x + 1)H" }

  /// Everything off, then what the style has.
  public static func select(_ style: Style) -> String {
    var codes = ["0"]
    let attributes: [(Attributes, String)] = [
      (.bold, "1"), (.dim, "2"), (.italic, "3"), (.underline, "4"), (.reverse, "7"),
    ]
    for (attribute, code) in attributes where style.attributes.contains(attribute) { codes.append(code) }
    codes += color(style.foreground, base: 30)
    codes += color(style.background, base: 40)
    return "\u{1B}[\(codes.joined(separator: ";"))m"
  }

  /// `base` is 30 for the foreground, 40 for the background.
  private static func color(_ color: Color, base: Int) -> [String] {
    if let rgb = color.rgb { return ["\(base + 8);2;\(rgb >> 16 & 0xFF);\(rgb >> 8 & 0xFF);\(rgb & 0xFF)"] }
    guard let index = color.paletteIndex else { return [] }
    if index < 8 { return ["\(base + Int(index))"] }
    return index < 16 ? ["\(base + 60 + Int(index) - 8)"] : ["\(base + 8);5;\(index)"]
  }
}
