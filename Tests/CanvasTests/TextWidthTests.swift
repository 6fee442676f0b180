import Testing

@testable import Canvas

@Suite struct TextWidthTests {
  private func rows(_ text: String, _ columns: Int) -> [String] {
    let cells = Sanitizer.cells(text, style: .plain)
    return TextWidth.wrap(cells, columns: columns).map { range in
      var view = String.UnicodeScalarView()
      for cell in cells[range] { view.append(contentsOf: cell.scalars) }
      return String(view)
    }
  }

  @Test("Lines break behind blanks, which stay with the row before") func words() {
    #expect(rows("the quick brown fox", 10) == ["the quick ", "brown fox"])
    #expect(rows("the quick  brown", 9) == ["the quick  ", "brown"])
    #expect(rows("abc    ", 3) == ["abc    "])
    #expect(rows("", 5) == [""])
    #expect(rows("abcde", 5) == ["abcde"])
  }

  @Test("A word longer than a row breaks anywhere") func longWords() {
    #expect(rows("abcdefghij", 4) == ["abcd", "efgh", "ij"])
    #expect(rows("ab abcdefghij", 5) == ["ab ", "abcde", "fghij"])
  }

  @Test("A line's indentation stays with its text") func indentation() {
    #expect(rows("    abcdefgh ij", 8) == ["    abcd", "efgh ij"])
    #expect(rows("    ab cdefgh", 8) == ["    ab ", "cdefgh"])
    #expect(rows("   日本語", 6) == ["   日", "本語"])
    #expect(rows("        ab", 4) == ["        ", "ab"])
  }

  @Test("Ideographs break anywhere but before closing punctuation") func ideographs() {
    #expect(rows("ab 日本語日本", 8) == ["ab 日本", "語日本"])
    #expect(rows("日本。語", 4) == ["日", "本。", "語"])
    #expect(rows("日本語", 5) == ["日本", "語"])
  }

  @Test("A wide character where there is one column sticks out whole") func oneColumn() {
    #expect(rows("日a本", 1) == ["日", "a", "本"])
    #expect(rows("ab", 0) == ["a", "b"])
  }

  @Test("Text that is cut ends in an ellipsis within its columns") func truncation() {
    func cut(_ text: String, _ columns: Int) -> String {
      var view = String.UnicodeScalarView()
      for cell in TextWidth.truncate(Sanitizer.cells(text, style: .plain), to: columns) {
        view.append(contentsOf: cell.scalars)
      }
      return String(view)
    }
    #expect(cut("abcdef", 4) == "abc…")
    #expect(cut("abcd", 4) == "abcd")
    #expect(cut("日本語", 4) == "日…")
    #expect(cut("日本語", 0) == "")
  }

  @Test("Characters newer than Unicode 14, emoji apart, unassigned ones and noncharacters are unknown")
  func unknown() {
    for value in [0x378, 0xFFFF, 0x1E030, 0x10FFFF, 0xFDD0, 0x2FFFE] as [UInt32] {
      #expect(Unicode.Scalar(value).map(TextWidth.kind) == .unknown)
    }
    #expect(TextWidth.kind(of: "\u{E0B0}") == .narrow, "private use: the icons of terminal fonts")
  }
}
