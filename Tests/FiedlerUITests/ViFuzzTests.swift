import Canvas
import TestSupport
import Testing

@testable import FiedlerUI

@Suite("Editor: vi keys, anything at all")
struct ViFuzzTests {
  /// Graphemes of several scalars, wide, right-to-left, invisible and combining ones, alone and beside each other.
  private static let text = """
    e\u{301}\u{327} o\u{308} 👨‍👩‍👧‍👦👍🏽 🇩🇪🇫🇷🇯 "क्षि" (한글) [ﷺ]
    \u{200D}\u{FE0F} \u{301}a \u{202E}עברית\u{202C} {z̸̢̛a̷l̶g̵o̴}\u{0}\t\u{7F}

    日本語、テキスト。ﬁ ß İ ŉ Ǆ
      1\u{FE0F}\u{20E3} \u{0600}1 a\u{600} x
    """

  private static let keys: [String] = [
    "h", "j", "k", "l", "w", "b", "e", "W", "B", "E", "0", "^", "$", "gg", "G", "gj", "gk", "fa", "F1", "t(", "T ", ";",
    ",", "{", "}", "%", "d", "c", "y", "dd", "cc", "yy", "x", "X", "s", "S", "D", "C", "Y", "p", "P", "r", "r\u{301}",
    "r👍", "~", "J", "i", "a", "I", "A", "o", "O", "u", "<C-r>", ".", "v", "V", "iw", "aw", "i\"", "a(", "ip", "ap", "2",
    "3", "<Esc>", "<Esc>", "<BS>", "<Left>", "<Up>", "<Down>", "<C-w>", "<C-y>", "<NL>", "<A-w>", "q", "/", "<CR>",
    "\u{301}", "🇩", "🏽", "\u{200D}", "日",
  ]

  @Test("No key splits a character, the cursor stands on one, and undo leads back to the first text", arguments: 1...40)
  func invariants(_ seed: UInt64) {
    var random = Seeded(seed)
    var editor = Editor(text: Self.text)
    editor.apply(.insertChip("a long\npaste\u{301}"))
    editor.apply(.insert("\u{301}x"))
    editor.keys = .vi
    editor.press("<Esc>")
    editor.viewport = Size(width: 20, height: 5)
    for step in 1...250 {
      let key = Self.keys.randomElement(using: &random) ?? "x"
      editor.press(key)
      // Text that doubles at every step is not what this is about.
      if editor.utf8Count > 20_000 { editor.press("<Esc><Esc>u") }
      check(editor, "seed \(seed), step \(step), \(key)")
    }
    editor.apply(.cancelSearch)
    editor.press("<Esc><Esc><Esc>")
    for _ in 1...600 { editor.press("u") }
    #expect(editor.text == Self.text, "seed \(seed)")
  }

  private func check(_ editor: Editor, _ place: String) {
    let lines = editor.document.lines
    #expect(editor.utf8Count == editor.text.utf8.count, "\(place)")
    for line in lines {
      let units = line.units(0..<line.count)
      #expect(Editor.Unit.resegmented(units) == units, "\(place)")
    }
    guard lines.indices.contains(editor.cursor.line) else {
      Issue.record("\(place): line \(editor.cursor.line) of \(lines.count)")
      return
    }
    let count = lines[editor.cursor.line].count
    let last = editor.takesCommands && editor.search == nil ? max(0, count - 1) : count
    #expect((0...last).contains(editor.cursor.column), "\(place)")
    if let range = editor.selectedRange {
      #expect(lines.indices.contains(range.upperBound.line), "\(place)")
      #expect(lines[range.lowerBound.line].count >= range.lowerBound.column, "\(place)")
      #expect(lines[range.upperBound.line].count >= range.upperBound.column, "\(place)")
    }
    _ = editor.frame(20, 5)
  }
}
