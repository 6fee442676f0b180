/// Turns text from anywhere into cells that can do nothing but be seen.
///
/// Control characters become visible symbols (U+2400 and following), a tab becomes blanks up to the next stop of 4,
/// bidirectional controls, zero-width and tag characters vanish, and whatever the terminal might measure differently
/// from us is replaced by U+FFFD or its base character.
public enum Sanitizer {
  /// The cells of one line of text. A newline shows as `␊`: split lines first.
  public static func cells(_ text: some StringProtocol, style: Style) -> [Cell] {
    var text = String(text)
    return text.withUTF8 { cells(utf8: $0, style: style) }
  }

  /// The cells of one character after `line`: none, one, a wide pair, or blanks for a tab.
  public static func append(_ character: Character, style: Style, to line: inout [Cell]) {
    var writer = CellWriter(style: style)
    for scalar in character.unicodeScalars { writer.write(scalar, to: &line) }
  }

  /// `bytes` must be valid UTF-8, as a `String` guarantees.
  private static func cells(utf8 bytes: UnsafeBufferPointer<UInt8>, style: Style) -> [Cell] {
    var line: [Cell] = []
    line.reserveCapacity(bytes.count)
    var writer = CellWriter(style: style)
    var index = 0
    while index < bytes.count {
      let lead = bytes[index]
      if lead >= 0x20, lead < 0x7F {
        writer.write(printable: lead, to: &line)
        index += 1
        continue
      }
      let (scalar, length) = decode(bytes, at: index)
      writer.write(scalar, to: &line)
      index += length
    }
    return line
  }

  /// The scalar that begins at `index`, and how many bytes it takes.
  @inline(__always)
  private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (Unicode.Scalar, Int) {
    func bits(_ offset: Int, _ mask: UInt8) -> UInt32 { UInt32(bytes[index + offset] & mask) }
    let (value, length): (UInt32, Int) =
      switch bytes[index] {
      case ..<0x80: (bits(0, 0x7F), 1)
      case ..<0xE0: (bits(0, 0x1F) << 6 | bits(1, 0x3F), 2)
      case ..<0xF0: (bits(0, 0x0F) << 12 | bits(1, 0x3F) << 6 | bits(2, 0x3F), 3)
      default: (bits(0, 0x07) << 18 | bits(1, 0x3F) << 12 | bits(2, 0x3F) << 6 | bits(3, 0x3F), 4)
      }
    return (Unicode.Scalar(value) ?? "\u{FFFD}", length)
  }

  /// Text fit for plain output (stdout, a log, a title): controls made visible, bidirectional, tag and other invisible
  /// characters dropped. Emoji keep their joiners and presentation selectors. `multiline` keeps tabs and line ends,
  /// `\n`.
  public static func plain(_ text: String, multiline: Bool = false) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (byte >= 0x20 && byte < 0x7F) || (multiline && (byte == 0x0A || byte == 0x09))
    }
    if isPlain { return text }
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if multiline, scalar == "\n" || scalar == "\t" {
        if scalar == "\n", out.last == "␍" { out.removeLast() }
        out.append(scalar)
        continue
      }
      switch TextWidth.kind(of: scalar) {
      case .dropped where scalar.value == 0xFE0F && out.last?.isPictographic == true: out.append(scalar)
      case .dropped: continue
      case .control(let symbol): out.append(symbol)
      default: out.append(scalar)
      }
    }
    return String(out)
  }
}

/// Writes scalars as cells behind a line and remembers what a mark or a joiner would refer to.
private struct CellWriter {
  let style: Style
  /// Where the character stands that a mark would join.
  private var base: Int?
  /// A zero-width joiner came last.
  private var isJoined = false

  init(style: Style) { self.style = style }

  /// A printable ASCII character.
  @inline(__always)
  mutating func write(printable byte: UInt8, to line: inout [Cell]) {
    base = line.count
    isJoined = false
    line.append(Cell(Unicode.Scalar(byte), style: style))
  }

  mutating func write(_ scalar: Unicode.Scalar, to line: inout [Cell]) {
    if scalar == "\t" {
      repeat { line.append(Cell(" ", style: style)) } while line.count % 4 != 0
      base = nil
      isJoined = false
      return
    }
    switch TextWidth.kind(of: scalar) {
    case .dropped: return
    case .joiner: isJoined = true
    case .control(let symbol):
      emit(symbol, width: 1, to: &line)
      base = nil
    case .unknown: emit("\u{FFFD}", width: 1, to: &line)
    case .mark:
      if base == nil { emit("◌", width: 1, to: &line) }
      if let base { line[base].add(mark: scalar) }
    case .modifier:
      // A skin tone alone is an emoji; behind one it is left out, as terminals draw it apart.
      if !baseIsPictographic(line) { emit(scalar, width: 2, to: &line) }
    case .narrow:
      let continues = scalar.value >= 0x900 && continuesCluster(scalar, line)
      emitUnlessJoined(scalar, width: 1, to: &line)
      if continues, base == line.count - 1 { line[line.count - 1].continuesCluster = true }
    case .wide: emitUnlessJoined(scalar, width: 2, to: &line)
    }
  }

  /// Whether a character of a column of its own belongs to the cluster of the one before (Unicode Standard Annex 29):
  /// the second half of a flag, a vowel sign that takes room, or what a virama joins.
  private func continuesCluster(_ scalar: Unicode.Scalar, _ line: [Cell]) -> Bool {
    guard let base, base == line.count - 1 else { return false }
    let before = line[base]
    switch scalar.value {
    case 0x1F1E6...0x1F1FF:
      return (0x1F1E6...0x1F1FF).contains(before.scalar) && !before.continuesCluster
    case 0xE33, 0xEB3: return true
    default: break
    }
    if scalar.properties.generalCategory == .spacingMark { return true }
    // The scripts of India whose viramas make conjuncts.
    guard (0x900..<0xD80).contains(scalar.value), !before.isSimple else { return false }
    return before.scalars.last?.properties.canonicalCombiningClass == .virama
  }

  /// Joined emoji are drawn as the first of them: terminals disagree on the width of the whole.
  @inline(__always)
  private mutating func emitUnlessJoined(_ scalar: Unicode.Scalar, width: UInt8, to line: inout [Cell]) {
    if isJoined, scalar.isPictographic, baseIsPictographic(line) {
      isJoined = false
    } else {
      emit(scalar, width: width, to: &line)
    }
  }

  @inline(__always)
  private mutating func emit(_ scalar: Unicode.Scalar, width: UInt8, to line: inout [Cell]) {
    base = line.count
    isJoined = false
    let cell = Cell(scalar, width: width, style: style)
    line.append(cell)
    if width == 2 { line.append(cell.continuation) }
  }

  private func baseIsPictographic(_ line: [Cell]) -> Bool {
    guard let base, let scalar = Unicode.Scalar(line[base].scalar) else { return false }
    return scalar.isPictographic
  }
}

extension Unicode.Scalar {
  /// An emoji, digits and other ASCII apart.
  fileprivate var isPictographic: Bool { value > 0xFF && properties.isEmoji }
}
