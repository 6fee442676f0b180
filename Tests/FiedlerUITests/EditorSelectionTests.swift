import Canvas
import Testing

@testable import FiedlerUI

@Suite("Editor: selection")
struct EditorSelectionTests {
  /// Presses keys as the table has them.
  private func press(_ editor: inout Editor, _ keys: Key...) {
    for key in keys { if let action = editor.action(for: key) { editor.apply(action) } }
  }

  @Test(
    "Shift and a motion selects whole characters",
    arguments: [
      (Key(.left, .shift), "one two| three", "o"), (Key(.right, .shift), "one |e\u{301}x", "e\u{301}"),
      (Key(.right, .shift), "|👨‍👩‍👧‍👦b", "👨‍👩‍👧‍👦"), (Key(.right, .shift), "a|\nb", "\n"),
      (Key(.left, [.control, .shift]), "one two| three", "two"), (Key(.right, [.control, .shift]), "one| two", " two"),
      (Key(.home, .shift), "a\none t|wo", "one t"), (Key(.end, .shift), "one t|wo\nb", "wo"),
      (Key(.up, .shift), "abc\nde|f", "c\nde"), (Key(.down, .shift), "a|bc\ndef", "bc\nd"),
      (Key(.up, [.control, .shift]), "a\n\nb\nc|", "\nb\nc"), (Key(.end, [.control, .shift]), "a|b\nc", "b\nc"),
      (.alt("a"), "a|b\nc", "ab\nc"),
    ])
  func held(_ key: Key, _ text: String, _ selected: String) {
    var editor = Editor.at(text)
    press(&editor, key)
    #expect(editor.selectedText == selected)
    press(&editor, Key(.end))
    #expect(editor.selectedRange == nil)
  }

  @Test("After a mark every motion selects, over line ends and chips, and none recalls a prompt")
  func mark() {
    var editor = Editor(text: "ab")
    editor.history = ["earlier"]
    editor.apply(.insertChip("long paste"), .newline, .insert("cd"))
    press(&editor, .control(" "), Key(.up), Key(.up), Key(.home), Key(.right))
    #expect(editor.selectedText == "blong paste\ncd")
    press(&editor, .control("w"))
    #expect(editor.recall.index == nil)
    press(&editor, .control("y"))
    #expect(editor.text == "ablong paste\ncd")
    press(&editor, .control(" "), .control(" "), Key(.left))
    #expect(editor.selection == nil)
  }

  @Test(
    "What comes in or deletes takes the selection's place, in one undo step",
    arguments: [
      (.insert("x"), "one x|ee"), (.newline, "one \n|ee"), (.paste("a\nb"), "one a\nb|ee"),
      (.deleteBackward, "one |ee"), (.deleteForward, "one |ee"), (.yank, "one killed|ee"),
      (.killLine, "one |ee"), (.killBackToBlank, "one |ee"), (.insertChip("c"), "one c|ee"),
    ] as [(EditorAction, String)])
  func replaces(_ action: EditorAction, _ result: String) {
    var editor = Editor(text: "killed")
    editor.apply(.killToStart)
    editor.apply(.insert("one two three"), .wordLeft, .right, .right, .right)
    let before = editor.text
    editor.apply(.select(.wordLeft), .select(.wordLeft), action)
    #expect(editor.marked == result)
    editor.apply(.undo)
    #expect(editor.text == before)
  }

  @Test("Ctrl+W kills what is selected and Alt+W keeps it; either is yanked")
  func kill() {
    var editor = Editor.at("one two| three")
    editor.apply(.select(.wordLeft), .killBackToBlank)
    #expect(editor.marked == "one | three")
    editor.apply(.yank)
    #expect(editor.marked == "one two| three")
    editor.apply(.select(.textStart), .copySelection, .textEnd, .yank)
    #expect(editor.marked == "one two threeone two|")
    #expect(editor.selection == nil)
  }

  @Test("A yank over a selection can be changed into the kill before, and the selection stays away")
  func yankPop() {
    var editor = Editor(text: "first second")
    editor.apply(.killWordBackward, .left, .killToStart, .deleteForward, .insert("a b"))
    editor.apply(.select(.left), .yank)
    #expect(editor.text == "a first")
    editor.apply(.yankPop)
    #expect(editor.text == "a second")
  }

  @Test("Left and right go to the ends of what shift selected")
  func ends() {
    var editor = Editor.at("a|bc d")
    editor.apply(.select(.right), .select(.right), .left)
    #expect(editor.marked == "a|bc d")
    editor.apply(.select(.right), .select(.right), .right)
    #expect(editor.marked == "abc| d")
  }

  @Test("The selected cells, and a cell for each line end among them, are drawn as selected")
  func drawn() {
    var editor = Editor(text: "a日b\n\ncd")
    func marked() -> [String] {
      let frame = editor.frame(6, 3)
      return (0..<3).map { y in
        String((0..<6).map { frame[$0, y].style == Theme.fallback.selected ? "#" : "." })
      }
    }
    #expect(marked() == ["......", "......", "......"])
    editor.apply(.left, .select(.textStart), .select(.right))
    #expect(marked() == [".####.", "#.....", "#....."])
    editor.apply(.dropSelection)
    #expect(marked() == ["......", "......", "......"])
  }

  @Test("A selection over rows of one line is drawn on each of them")
  func wrapped() {
    var editor = Editor.at("on|e two three")
    editor.apply(.select(.wordRight), .select(.wordRight), .select(.right), .select(.right))
    let frame = editor.frame(6, 3)
    let rows = (0..<3).map { y in
      String((0..<6).map { frame[$0, y].style == Theme.fallback.selected ? "#" : "." })
    }
    #expect(rows[0].hasPrefix("..#") && rows[1].hasPrefix("###") && rows[2] == "#.....")
  }

  @Test("In the program, Alt+W copies to the clipboard, Esc drops the selection and nothing selected is said")
  func program() {
    var app = AppDriver(80, 24)
    app.type("one two")
    app.press(Key(.left, [.control, .shift]), .alt("w"))
    #expect(app.effects == [.copy("two", words: "3 characters")])
    app.press(.alt("w"))
    #expect(app.effects.isEmpty && app.screen.contains("Nothing is selected"))
    app.press(.control(" "), Key(.home), Key(.escape))
    #expect(app.state.prompt.editor.selection == nil)
    app.press(.alt("a"))
    app.type("x")
    #expect(app.state.prompt.editor.text == "x")
  }

  @Test(
    "Paragraph motions go to the blank lines around it, then to the text's ends",
    arguments: [
      (.paragraphDown, "a|\nb\n \nc", "a\nb\n| \nc"), (.paragraphDown, "a\n|\n\nc", "a\n\n\nc|"),
      (.paragraphUp, "a\n\nb\nc|", "a\n|\nb\nc"), (.paragraphUp, "a\n|\nb", "|a\n\nb"), (.paragraphDown, "|", "|"),
    ] as [(EditorAction, String, String)])
  func paragraphs(_ action: EditorAction, _ text: String, _ result: String) {
    var editor = Editor.at(text)
    editor.apply(action)
    #expect(editor.marked == result)
  }
}
