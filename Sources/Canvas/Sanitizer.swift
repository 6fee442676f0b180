/// Turns text from anywhere into cells that can do nothing but be seen.
///
/// Control characters become visible symbols (U+2400 and following), a tab becomes blanks up to the next stop of 4,
/// bidirectional controls, zero-width and tag characters vanish, and whatever the terminal might measure differently
/// from us is replaced by U+FFFD or its base character.
public enum Sanitizer {
  /// The cells of one line of text. A newline shows as `␊`: split lines first.
  public static func cells(_ text: some StringProtocol, style: Style) -> [Cell] {
    var line: [Cell] = []
    line.reserveCapacity(text.utf8.count)
    for character in text { append(character, style: style, to: &line) }
    return line
  }

  /// The cells of one character after `line`: none, one, a wide pair, or blanks for a tab.
  public static func append(_ character: Character, style: Style, to line: inout [Cell]) {
    let scalars = character.unicodeScalars
    guard let first = scalars.first else { return }
    if first.isASCII, first.value >= 0x20, first.value < 0x7F, scalars.dropFirst().isEmpty {
      line.append(Cell(first, style: style))
      return
    }
    if first == "\t" {
      repeat { line.append(Cell(" ", style: style)) } while line.count % 4 != 0
      return
    }
    var cell: Cell?
    for scalar in scalars {
      switch TextWidth.kind(of: scalar) {
      case .dropped: continue
      case .control(let symbol):
        if let cell { emit(cell, to: &line) }
        cell = Cell(symbol, style: style)
      case .mark:
        if cell == nil { cell = Cell("◌", style: style) }
        cell?.add(mark: scalar)
      case .joiner:
        // A joined emoji is drawn as its first part: terminals disagree on the width of the whole.
        if let cell { emit(cell, to: &line) }
        return
      case .narrow:
        if let cell { emit(cell, to: &line) }
        cell = Cell(scalar, style: style)
      case .wide:
        if let cell { emit(cell, to: &line) }
        cell = Cell(scalar, width: 2, style: style)
      case .modifier:
        // A skin tone alone is an emoji; behind one it is left out, as terminals draw it apart.
        if cell == nil { cell = Cell(scalar, width: 2, style: style) }
      case .unknown:
        if let cell { emit(cell, to: &line) }
        cell = Cell("\u{FFFD}", style: style)
      }
    }
    if let cell { emit(cell, to: &line) }
  }

  private static func emit(_ cell: Cell, to line: inout [Cell]) {
    line.append(cell)
    if cell.width == 2 { line.append(cell.continuation) }
  }

  /// Text fit for a line of plain output (stdout, a log, a title): as above, line ends and tabs kept if `multiline`.
  public static func plain(_ text: String, multiline: Bool = false) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if multiline, scalar == "\n" || scalar == "\t" {
        out.append(scalar)
        continue
      }
      switch TextWidth.kind(of: scalar) {
      case .dropped: continue
      case .control(let symbol): out.append(symbol)
      default: out.append(scalar)
      }
    }
    return String(out)
  }
}
