import Testing

@testable import Canvas

@Suite struct SanitizerTests {
  private func shown(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for cell in Sanitizer.cells(text, style: .plain) { scalars.append(contentsOf: cell.scalars) }
    return String(scalars)
  }

  @Test("Control characters are seen, not obeyed") func controls() {
    #expect(shown("a\u{1B}[31mb") == "a␛[31mb")
    #expect(shown("\u{0}\u{7}\u{7F}\r\n") == "␀␇␡␍␊")
    #expect(shown("\u{9B}31m\u{85}") == "\u{FFFD}31m␤")
    #expect(shown("a\u{2028}b\u{2029}") == "a␤b␤")
  }

  @Test(
    "A tab reaches the next stop of four columns", arguments: [("\tx", 5), ("ab\tx", 5), ("abcd\tx", 9), ("日\tx", 5)])
  func tabs(text: String, columns: Int) { #expect(Sanitizer.cells(text, style: .plain).count == columns) }

  @Test(
    "What nobody can see vanishes",
    arguments: [
      "a\u{202E}b", "a\u{2066}b\u{2069}", "a\u{200B}b", "\u{FEFF}ab", "a\u{2060}b", "a\u{AD}b", "a\u{FE0F}b",
      "a\u{E0041}b",
      "a\u{E0100}b", "a\u{200C}b", "a\u{200D}b", "a\u{61C}b", "a\u{180E}b", "a\u{3164}b", "a\u{115F}b", "a\u{34F}b",
    ]) func invisible(text: String)
  { #expect(shown(text) == "ab") }

  @Test(
    "Emoji take the columns that every terminal gives them",
    arguments: [
      ("👨‍👩‍👧‍👦", "👨", 2), ("👍🏽", "👍", 2), ("🏽", "🏽", 2), ("❤️", "❤", 1), ("🏳️‍🌈", "🏳", 1), ("🇩🇪", "🇩🇪", 2), ("1️⃣", "1⃣", 1),
      ("😀x", "😀x", 3), ("👩🏽‍🚀!", "👩!", 3), ("🏴\u{E0067}\u{E0062}\u{E007F}", "🏴", 2), ("\u{1FAE8}", "\u{1FAE8}", 2),
      ("👨‍x", "👨x", 3),
    ]) func emoji(text: String, expected: String, columns: Int)
  {
    #expect(shown(text) == expected)
    #expect(TextWidth.columns(text) == columns)
  }

  @Test("Letters that a joiner shapes are all kept") func joinedLetters() {
    #expect(shown("क्‍ष") == "क\u{94D}ष")
    #expect(TextWidth.columns("क्‍ष") == 2)
  }

  @Test("Marks join what they stand on; more than three are left out, and one alone stands on a circle") func marks() {
    let cells = Sanitizer.cells("e\u{301}\u{302}\u{303}\u{304}x", style: .plain)
    #expect(cells.count == 2)
    #expect(cells[0].scalars == ["e", "\u{301}", "\u{302}", "\u{303}"])
    #expect(shown("\u{301}") == "◌\u{301}")
    #expect(shown("\u{1B}\u{301}") == "␛◌\u{301}")
    #expect(shown("가") == "가" && TextWidth.columns("가") == 2)
    #expect(Sanitizer.cells("日\u{301}", style: .plain)[0].scalars == ["日", "\u{301}"])
  }

  @Test("A character alone becomes the cells it has in its text") func characterByCharacter() {
    let text = "aé日\t👨‍👩‍👧 क्‍ष 🇩🇪👍🏽\u{7}e\u{301}\u{202E}z"
    var line: [Cell] = []
    for character in text { Sanitizer.append(character, style: .plain, to: &line) }
    #expect(line == Sanitizer.cells(text, style: .plain))
  }

  @Test("No bytes make a cell that is a control, and columns add up", arguments: 0..<40 as Range<UInt64>)
  func anyBytes(seed: UInt64) {
    var random = Random(state: seed &* 0x9E37_79B9 + 1)
    for _ in 0..<200 {
      let bytes = (0..<Int(random.next() % 60)).map { _ in random.byte() }
      let text = random.next() % 2 == 0 ? String(decoding: bytes, as: UTF8.self) : random.text(count: bytes.count)
      let cells = Sanitizer.cells(text, style: .plain)
      #expect(TextWidth.columns(text) == cells.count)
      expectSound(cells)
      var byCharacter: [Cell] = []
      for character in text { Sanitizer.append(character, style: .plain, to: &byCharacter) }
      expectSound(byCharacter)
      let rows = TextWidth.wrap(cells, columns: Int(random.next() % 12))
      #expect(rows.first?.lowerBound == 0 && rows.last?.upperBound == cells.count)
      #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound && !$0.isEmpty })
      #expect(rows.allSatisfy { $0.isEmpty || !cells[$0.lowerBound].isContinuation })
    }
  }

  private func expectSound(_ cells: [Cell]) {
    for (index, cell) in cells.enumerated() {
      #expect(cell.isContinuation == (index > 0 && cells[index - 1].width == 2))
      for scalar in cell.scalars {
        let category = scalar.properties.generalCategory
        #expect(category != .control && (category != .format || PrependedMarks.contains(scalar.value)))
        #expect(!scalar.properties.isDefaultIgnorableCodePoint)
      }
    }
    #expect(cells.reduce(0) { $0 + Int($1.width) } == cells.count)
  }

  @Test("Plain output keeps lines if asked and emoji whole, but no control") func plain() {
    #expect(Sanitizer.plain("a\nb\tc", multiline: true) == "a\nb\tc")
    #expect(Sanitizer.plain("a\nb\u{1B}]0;x\u{7}") == "a␊b␛]0;x␇")
    #expect(Sanitizer.plain("👨‍👩‍👧 ❤️ x\u{FE0F}\u{202E}\u{E0041}") == "👨‍👩‍👧 ❤️ x")
    #expect(Sanitizer.plain("plain") == "plain")
    #expect(Sanitizer.plain("a\r\nb\rc", multiline: true) == "a\nb␍c")
  }

  @Test("A cell stays small: frames are copied and compared sixty times a second") func size() {
    #expect(MemoryLayout<Cell>.stride == 24)
  }
}

/// Numbers that only look random: the same in every run.
struct Random {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  /// Often a byte that matters.
  mutating func byte() -> UInt8 {
    let special: [UInt8] = [0x1B, 0x0D, 0x0A, 0x09, 0x20, 0x5B, 0xE2, 0x80, 0xAE, 0xF0, 0x9F, 0xC2, 0x9B, 0x00, 0x7F]
    return next() % 3 == 0 ? special[Int(next() % UInt64(special.count))] : UInt8(truncatingIfNeeded: next())
  }

  mutating func text(count: Int) -> String {
    let special: [Unicode.Scalar] = [
      "\u{200D}", "\u{FE0F}", "\u{1F3FD}", "👨", "❤", "日", "\u{301}", "a", " ", "\t", "\u{202E}", "🇩", "\u{1160}", "ᄀ",
      "\u{94D}", "क",
    ]
    var view = String.UnicodeScalarView()
    for _ in 0..<count {
      let any = Unicode.Scalar(UInt32(truncatingIfNeeded: next() % 0x11_0000)) ?? "x"
      view.append(next() % 2 == 0 ? special[Int(next() % UInt64(special.count))] : any)
    }
    return String(view)
  }
}
