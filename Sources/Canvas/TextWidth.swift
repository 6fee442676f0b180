/// How many columns text takes, and how it wraps into them.
///
/// Terminals, tmux and the C library disagree about Unicode. What is shown here is only what they all measure alike:
/// widths as in Unicode 14 (the `wcwidth` of glibc 2.36) and newer emoji, which a driver draws as it finds them,
/// everything else replaced or left out by ``Sanitizer``.
public enum TextWidth {
  enum Kind: Hashable {
    case narrow, wide
    /// Combines with the character before it.
    case mark
    /// Emoji skin tone.
    case modifier
    /// Zero-width joiner.
    case joiner
    /// Not shown at all.
    case dropped
    /// A control character, shown as this symbol.
    case control(Unicode.Scalar)
    /// Not known to terminals of today.
    case unknown
  }

  static func kind(of scalar: Unicode.Scalar) -> Kind {
    let value = scalar.value
    switch value {
    case 0x20..<0x7F: return .narrow
    case 0..<0xA0: return .control(symbol(forControl: value))
    case 0xAD: return .dropped
    // What most text is made of, without a look at the Unicode tables.
    case 0..<0x300, 0x3A3..<0x483: return .narrow  // Latin, Greek, Cyrillic
    case 0x300..<0x34F, 0x350..<0x370: return .mark  // accents
    case 0x2010..<0x2028, 0x2190..<0x231A, 0x2500..<0x25FD: return .narrow  // punctuation, arrows, lines, blocks
    case 0x3000..<0x302A, 0x3041..<0x3097, 0x309B..<0x3100, 0x4E00..<0xA000: return .wide  // Chinese, Japanese
    case 0xAC00..<0xD7A4, 0xFF01..<0xFF61: return .wide  // Korean, full width forms
    default: return classify(scalar)
    }
  }

  private static func classify(_ scalar: Unicode.Scalar) -> Kind {
    let value = scalar.value
    switch value {
    case 0x200D: return .joiner
    case 0x2028, 0x2029: return .control("␤")
    case 0x1F3FB...0x1F3FF: return .modifier
    case 0x1171E: return .mark  // a spacing mark only since Unicode 15
    case 0x1161...0x11FF, 0xD7B0...0xD7FB: return hangulPart(scalar)
    default: break
    }
    let properties = scalar.properties
    // Bidirectional and other format controls, blank fillers, variation selectors and tags: nothing to see, much to
    // hide.
    if properties.isDefaultIgnorableCodePoint { return .dropped }
    let category = properties.generalCategory
    if category == .privateUse { return .narrow }
    guard category != .unassigned, let age = properties.age, age.major <= 14 else {
      // Emoji are wide wherever they are known; the driver asks the terminal whether these are.
      return properties.isEmojiPresentation ? .wide : .unknown
    }
    if WideRanges.contains(value) { return .wide }
    switch category {
    case .nonspacingMark, .enclosingMark: return .mark
    case .format: return PrependedMarks.contains(value) ? .narrow : .dropped
    default: return .narrow
    }
  }

  /// The middle and the end of a syllable block join the wide character they follow.
  private static func hangulPart(_ scalar: Unicode.Scalar) -> Kind {
    scalar.properties.age == nil ? .unknown : .mark
  }

  private static func symbol(forControl value: UInt32) -> Unicode.Scalar {
    switch value {
    case 0..<0x20: Unicode.Scalar(0x2400 + value) ?? "\u{FFFD}"
    case 0x7F: "␡"
    case 0x85: "␤"
    default: "\u{FFFD}"
    }
  }

  /// Columns of one line of text once it is sanitised.
  public static func columns(_ text: some StringProtocol) -> Int {
    var text = String(text)
    let ascii = text.withUTF8 { bytes in bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F } ? bytes.count : nil }
    return ascii ?? Sanitizer.cells(text, style: .plain).count
  }

  /// `cells` cut to at most `columns` columns, with `…` where something was cut.
  public static func truncate(_ cells: [Cell], to columns: Int) -> [Cell] {
    guard cells.count > columns else { return cells }
    guard columns > 0 else { return [] }
    var end = columns - 1
    while end > 0, cells[end].isContinuation || cells[end].continuesCluster { end -= 1 }
    return Array(cells[..<end]) + [Cell("…", style: cells[end].style)]
  }

  /// Breaks a line of cells into rows of at most `columns` columns: after blanks but those it begins with, or between
  /// ideographs.
  ///
  /// Each row is a range of `cells`, in order and without gaps, so that a place in the text and a place on the screen
  /// can be found from each other; blanks at a break belong to the row before it and may stick out, and so does a wide
  /// character where there is but one column. An empty line is one empty row.
  public static func wrap(_ cells: [Cell], columns: Int) -> [Range<Int>] {
    let columns = max(1, columns)
    if cells.count <= columns { return [0..<cells.count] }
    return cells.withUnsafeBufferPointer { wrap($0, columns: columns) }
  }

  private static func wrap(_ cells: UnsafeBufferPointer<Cell>, columns: Int) -> [Range<Int>] {
    var rows: [Range<Int>] = []
    rows.reserveCapacity(cells.count / columns + 1)
    var start = 0
    while cells.count - start > columns {
      var end = start + columns
      if cells[end].isContinuation { end -= 1 }
      if end == start { end = start + 2 }
      end = clusterStart(cells, before: end, after: start)
      let next = breakPoint(cells, from: start, to: end)
      rows.append(start..<next)
      start = next
    }
    if start < cells.count || rows.isEmpty { rows.append(start..<cells.count) }
    return rows
  }

  /// Where the cluster begins that would be torn apart at `end`; `end` itself where none is, or where one fills the
  /// row.
  static func clusterStart(_ cells: UnsafeBufferPointer<Cell>, before end: Int, after start: Int) -> Int {
    var first = end
    while first > start, first < cells.count, cells[first].continuesCluster { first -= 1 }
    return first > start ? first : end
  }

  /// Where the row that starts at `start` and has room up to `end` ends.
  private static func breakPoint(_ cells: UnsafeBufferPointer<Cell>, from start: Int, to end: Int) -> Int {
    var next = end
    while next < cells.count, cells[next].scalar == 0x20 { next += 1 }
    if next > end || next == cells.count { return next }
    while next > start + 1 {
      let before = cells[next - 1]
      if before.scalar == 0x20 {
        // A break behind a line's indentation would leave a row of nothing and a text without it.
        return cells[start..<next].allSatisfy { $0.scalar == 0x20 } ? end : next
      }
      let isIdeographic = before.isContinuation || cells[next].width == 2
      if isIdeographic, !cells[next].isContinuation, !closing.contains(cells[next].scalar) { return next }
      next -= 1
    }
    return end
  }

  /// Punctuation that does not begin a row.
  private static let closing: Set<UInt32> = Set("、。，．：；？！）」』】〉》〕…—,.:;?!)]}»”’".unicodeScalars.map(\.value))
}
