import Canvas
import TestSupport
import Testing

@testable import FiedlerUI

@Suite("Lines of cells that know their places") struct StyledLineTests {
  /// Letters, and what joins letters before or behind it, or neither.
  private static let pieces = [
    "a", "Z", " ", ".", "é", "e\u{301}", "\u{301}", "\u{600}", "漢", "🇩", "🇪", "👩", "\u{200D}", "👧", "\u{1F3FD}", "\t",
    "\r",
    "\n", "\u{1B}", "\u{7F}", "क", "\u{94D}", "\u{93F}", "กำ", "\u{FE0F}", "\u{202E}", "—", "”",
  ]

  @Test("A text's cells and their places are those of its characters one by one", arguments: 0..<40)
  func mixed(_ seed: Int) {
    var random = Seeded(UInt64(seed))
    for _ in 0..<200 {
      let count = Int.random(in: 0...12, using: &random)
      let text = (0..<count).map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined()
      var expected = StyledLine()
      var place = 3
      for character in text {
        expected.append(character, style: .plain, origin: place)
        place += character.utf8.count
      }
      var line = StyledLine()
      line.append("abc" + text + "def", utf8: 3..<(3 + text.utf8.count), style: .plain)
      #expect(line.cells == expected.cells, "\(text.debugDescription)")
      #expect(line.origins == expected.origins, "\(text.debugDescription)")
    }
  }
}
