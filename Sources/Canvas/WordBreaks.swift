import _FoundationICU

/// Where words begin and end in text that has no blanks between them, as Chinese, Japanese and Thai have none.
///
/// The borders are ICU's: its dictionaries, and Unicode Standard Annex 29 where it has none. It is the ICU that
/// Foundation brings along, so it costs the program nothing.
public enum WordBreaks {
  /// Whether a character may stand beside another word with no blank between: it is behind the alphabets of Europe and
  /// of the near East, all of which part words with blanks.
  public static func mayLackBlanks(_ character: Character) -> Bool {
    character.unicodeScalars.contains { $0.value >= 0xE00 }
  }

  /// The borders of words in a text, as numbers of characters before them: ascending, 0 and the text's count included.
  ///
  /// Only those two where ICU fails, so that a text is one word at worst.
  public static func borders(of text: String) -> [Int] {
    let units = Array(text.utf16)
    var ends: Set<Int> = []
    units.withUnsafeBufferPointer { buffer in
      var status = U_ZERO_ERROR
      guard let words = swift_ubrk_open(UBRK_WORD, "", buffer.baseAddress, Int32(buffer.count), &status) else { return }
      defer { swift_ubrk_close(words) }
      guard status.rawValue <= U_ZERO_ERROR.rawValue else { return }
      while case let end = swift_ubrk_next(words), end >= 0 { ends.insert(Int(end)) }
    }
    var borders = [0]
    var (unit, count) = (0, 0)
    for character in text {
      unit += character.utf16.count
      count += 1
      // A border within a character is none.
      if ends.contains(unit) || unit == units.count { borders.append(count) }
    }
    return borders
  }
}
