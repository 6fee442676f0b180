import Testing

@testable import FiedlerUI

@Suite("Editor: editing")
struct EditorEditingTests {
  /// Text with `|` for the cursor, before and after actions.
  struct Case: CustomTestStringConvertible, Sendable {
    var before: String
    var actions: [EditorAction]
    var after: String
    var testDescription: String { "\(before.debugDescription) \(actions)" }

    init(_ before: String, _ actions: EditorAction..., gives after: String) {
      (self.before, self.actions, self.after) = (before, actions, after)
    }
  }

  @Test(
    "A motion goes where emacs goes",
    arguments: [
      Case("ab|c", .left, gives: "a|bc"),
      Case("ab\n|c", .left, gives: "ab|\nc"),
      Case("|ab", .left, gives: "|ab"),
      Case("ab|\nc", .right, gives: "ab\n|c"),
      Case("ab|", .right, gives: "ab|"),
      Case("one, two_3| x", .wordLeft, gives: "one, two_|3 x"),
      Case("one, |two", .wordLeft, gives: "|one, two"),
      Case("one\n  |two", .wordLeft, gives: "|one\n  two"),
      Case("o|ne, two", .wordRight, gives: "one|, two"),
      Case("one|, two", .wordRight, gives: "one, two|"),
      Case("one|\n\n  two.", .wordRight, .wordRight, gives: "one\n\n  two.|"),
      Case("  |", .wordLeft, gives: "|  "),
      Case("a\nb|c\nd", .lineStart, gives: "a\n|bc\nd"),
      Case("a\nb|c\nd", .lineEnd, gives: "a\nbc|\nd"),
      Case("a\nb|c\nd", .textStart, gives: "|a\nbc\nd"),
      Case("a\nb|c\nd", .textEnd, gives: "a\nbc\nd|"),
    ])
  func motion(_ example: Case) { check(example) }

  @Test(
    "A deletion takes what it names and nothing more",
    arguments: [
      Case("ab|c", .deleteBackward, gives: "a|c"),
      Case("a\n|b", .deleteBackward, gives: "a|b"),
      Case("|a", .deleteBackward, gives: "|a"),
      Case("a|bc", .deleteForward, gives: "a|c"),
      Case("a|\nb", .deleteForward, gives: "a|b"),
      Case("a|", .deleteForward, gives: "a|"),
      Case("one two|", .killWordBackward, gives: "one |"),
      Case("src/a.swift|", .killWordBackward, gives: "src/a.|"),
      Case("see src/a.swift  |", .killBackToBlank, gives: "see |"),
      Case("one\n|", .killBackToBlank, gives: "|"),
      Case("|one two", .killWordForward, gives: "| two"),
      Case("on|e\ntwo", .killLine, gives: "on|\ntwo"),
      Case("one|\ntwo", .killLine, gives: "one|two"),
      Case("one|", .killLine, gives: "one|"),
      Case("a\non|e", .killToStart, gives: "a\n|e"),
      Case("a\n|one", .killToStart, gives: "a|one"),
      Case("a|b|", .clear, gives: "|"),
    ])
  func deletion(_ example: Case) { check(example) }

  @Test(
    "Transpose swaps the characters around the cursor, at a line's end the last two",
    arguments: [
      Case("ab|cd", .transpose, gives: "acb|d"),
      Case("abc|", .transpose, gives: "acb|"),
      Case("|abc", .transpose, gives: "|abc"),
      Case("x\na|", .transpose, gives: "x\na|"),
      Case("日🇩🇪|", .transpose, gives: "🇩🇪日|"),
    ])
  func transposition(_ example: Case) { check(example) }

  @Test(
    "Kills with nothing between them are yanked as one, in reading order",
    arguments: [
      Case("a|b\nc", .killLine, .killLine, .killLine, .textStart, .yank, gives: "b\nc|a"),
      Case("one two|", .killWordBackward, .killWordBackward, .yank, gives: "one two|"),
      Case("one |two", .killWordBackward, .killWordForward, .yank, gives: "one two|"),
      Case("one two|", .killWordBackward, .left, .right, .killBackToBlank, .yank, gives: "one |"),
      Case("ab|", .deleteBackward, .yank, gives: "a|"),
    ])
  func killing(_ example: Case) { check(example) }

  @Test("Yank-pop replaces the yank by the kills before, around the ring, and only directly after a yank")
  func yankPop() {
    var editor = Editor(text: "one two three")
    editor.apply(.killWordBackward, .left, .killWordBackward, .left, .clear)
    editor.apply(.yank)
    #expect(editor.text == "two")
    editor.apply(.yankPop)
    #expect(editor.text == "three")
    editor.apply(.yankPop)
    #expect(editor.text == "two")
    editor.apply(.left, .yankPop)
    #expect(editor.marked == "tw|o")
  }

  @Test("Yank-pop puts back what the yank had joined to itself")
  func yankPopMerges() {
    var editor = Editor(text: "x\u{301}")
    editor.apply(.clear, .insert("\u{301}"), .killToStart, .insert("ab"), .killToStart, .insert("e"))
    editor.apply(.yank, .yankPop)
    #expect(editor.text == "e\u{301}")
    #expect(editor.cursor.column == 1)
    editor.apply(.yankPop)
    #expect(editor.text == "eab")
  }

  @Test("A run of typing is one undo step; a motion, a kill, a paste and a new line begin another")
  func undoGroups() {
    var editor = Editor()
    editor.type("one")
    editor.apply(.left, .right)
    editor.type("two")
    editor.apply(.paste("P"))
    editor.type("x\nyz")
    editor.apply(.killWordBackward)
    var seen: [String] = []
    while !editor.isEmpty {
      editor.apply(.undo)
      seen.append(editor.marked)
    }
    #expect(seen == ["onetwoPx\nyz|", "onetwoPx|", "onetwoP|", "onetwo|", "one|", "|"])
    for text in ["one|", "onetwo|", "onetwoP|", "onetwoPx|", "onetwoPx\nyz|", "onetwoPx\n|"] {
      editor.apply(.redo)
      #expect(editor.marked == text)
    }
  }

  @Test("Backspaces in a row are one undo step, apart from the typing before")
  func undoDeletions() {
    var editor = Editor()
    editor.type("word")
    editor.apply(.deleteBackward, .deleteBackward, .undo)
    #expect(editor.marked == "word|")
    editor.apply(.undo)
    #expect(editor.marked == "|")
  }

  @Test("An edit after an undo forgets what could be redone")
  func redoForgotten() {
    var editor = Editor()
    editor.type("a")
    editor.apply(.undo, .insert("b"), .redo)
    #expect(editor.text == "b")
  }

  @Test("Undo puts the cursor back where the edit began")
  func undoCursor() {
    var editor = Editor.at("one |two")
    editor.apply(.setText("other"), .undo)
    #expect(editor.marked == "one |two")
  }

  @Test("Undo brings a cleared text back")
  func undoClear() {
    var editor = Editor.at("on|e")
    editor.apply(.clear, .undo)
    #expect(editor.marked == "on|e")
  }

  private func check(_ example: Case) {
    var editor = Editor.at(example.before)
    for action in example.actions { editor.apply(action) }
    #expect(editor.marked == example.after)
  }
}
