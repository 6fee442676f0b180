import Canvas
import Testing

@testable import FiedlerUI

@Suite("Editor: pastes")
struct EditorChipTests {
  static let long = (1...120).map { "some pasted line of text, number \($0)\n" }.joined()

  @Test("A paste is one undo step with its line ends made one kind")
  func shortPaste() {
    var editor = Editor(text: "a")
    editor.apply(.paste("1\r\n2\r3\n"))
    #expect(editor.text == "a1\n2\n3\n")
    #expect(editor.lineCount == 4)
    editor.apply(.undo)
    #expect(editor.text == "a")
  }

  @Test("A paste over 10 lines or 2,000 characters becomes a chip, one that is not stays text")
  func threshold() {
    func lines(after paste: String) -> Int {
      var editor = Editor()
      editor.apply(.paste(paste))
      #expect(editor.text == paste)
      return editor.lineCount * 10_000 + editor.cursor.column
    }
    #expect(lines(after: String(repeating: "x\n", count: 10)) == 110_000)
    #expect(lines(after: String(repeating: "x\n", count: 10) + "x") == 10_001)
    #expect(lines(after: String(repeating: "é", count: 2_000)) == 12_000)
    #expect(lines(after: String(repeating: "é", count: 2_001)) == 10_001)
  }

  @Test("A chip shows what it holds and is sent whole")
  func label() {
    var editor = Editor()
    editor.type("Look: ")
    editor.apply(.paste(Self.long))
    editor.type(" Why?")
    #expect(editor.screen(60, 2) == "Look: ⟦pasted 120 lines · 4.3 kB⟧ Why?█\n")
    #expect(editor.text == "Look: \(Self.long) Why?")
    #expect(editor.utf8Count == editor.text.utf8.count)
    #expect(editor.frame(60, 1)[6, 0].style == Theme.fallback.info.on(Theme.fallback.panel))
    #expect(editor.screen(33, 3) == "Look:\n⟦pasted 120 lines · 4.3 kB⟧ Why?█\n")
  }

  @Test(
    "Sizes are short",
    arguments: [
      (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (4_149, "4.1 kB"), (9_949, "9.9 kB"), (9_950, "10 kB"),
      (11_400, "11 kB"),
      (999_499, "999 kB"), (999_500, "1.0 MB"), (1_048_576, "1.0 MB"), (25_000_000, "25 MB"),
    ])
  func size(_ bytes: Int, _ text: String) {
    #expect(Editor.Chip.size(bytes) == text)
  }

  @Test("One line is a line")
  func oneLine() {
    var editor = Editor()
    editor.apply(.insertChip("short\n"))
    #expect(editor.frame(40, 1).description == "⟦pasted 1 line · 6 B⟧")
  }

  @Test("A chip is one character for the cursor and for deletion")
  func oneCharacter() {
    var editor = Editor(text: "a")
    editor.apply(.paste(Self.long), .insert("b"), .left, .left)
    #expect(editor.cursor.column == 1)
    editor.apply(.right, .deleteBackward)
    #expect(editor.marked == "a|b")
    editor.apply(.undo)
    #expect(editor.text == "a\(Self.long)b")
    editor.apply(.redo, .undo, .left, .deleteForward)
    #expect(editor.marked == "a|b")
  }

  @Test("A chip is a word of its own")
  func word() {
    var editor = Editor(text: "one")
    editor.apply(.insertChip("chip text"), .insert("two"), .wordLeft)
    #expect(editor.cursor.column == 4)
    editor.apply(.wordLeft)
    #expect(editor.cursor.column == 3)
    editor.apply(.wordRight)
    #expect(editor.cursor.column == 4)
    editor.apply(.killBackToBlank)
    #expect(editor.text == "onetwo")
    editor.apply(.yank)
    #expect(editor.text == "onechip texttwo" && editor.cursor.column == 4)
  }

  @Test("A chip opens in its place, from either side, to be read from its start; undo closes it")
  func expand() {
    var editor = Editor(text: "a")
    editor.apply(.paste(Self.long), .insert("b"))
    editor.apply(.expandChip)
    #expect(editor.lineCount == 1)
    editor.apply(.left, .expandChip)
    #expect(editor.lineCount == 121)
    #expect(editor.cursor == Editor.Position(line: 0, column: 1))
    #expect(editor.text == "a\(Self.long)b")
    editor.apply(.undo)
    #expect(editor.lineCount == 1 && editor.cursor.column == 2)
    editor.apply(.left, .expandChip)
    #expect(editor.lineCount == 121)
  }

  @Test("The same text set again keeps its chips, another does not")
  func setText() {
    var editor = Editor()
    editor.apply(.paste(Self.long), .setText(Self.long))
    #expect(editor.lineCount == 1)
    editor.apply(.setText(Self.long + "x"))
    #expect(editor.lineCount == 121)
    #expect(editor.cursor == Editor.Position(line: 120, column: 1))
  }

  @Test("What stands beside a chip does not combine with it")
  func barrier() {
    var editor = Editor()
    editor.apply(.insertChip("e"), .insert("\u{301}"))
    #expect(editor.cursor.column == 2)
    #expect(editor.text.unicodeScalars.elementsEqual("e\u{301}".unicodeScalars))
  }

  @Test("A sent prompt comes back from the history with its chips")
  func history() {
    var editor = Editor(text: "Why? ")
    editor.apply(.paste(Self.long))
    let sent = editor.submit()
    #expect(sent == "Why? \(Self.long)")
    #expect(editor.isEmpty)
    editor.history = ["an older one", sent]
    editor.apply(.historyPrevious)
    #expect(editor.lineCount == 1 && editor.text == sent)
    editor.apply(.historyNext, .historySearch, .insert("why"), .acceptSearch)
    #expect(editor.lineCount == 1 && editor.text == sent)
  }
}
