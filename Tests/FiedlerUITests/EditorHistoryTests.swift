import Canvas
import Testing

@testable import FiedlerUI

@Suite("Editor: earlier prompts")
struct EditorHistoryTests {
  private func editor(_ history: String..., draft: String = "") -> Editor {
    var editor = Editor(text: draft)
    editor.history = history
    return editor
  }

  @Test("Previous and next walk through the prompts and back to the draft")
  func walk() {
    var editor = editor("one", "two", draft: "dra|ft")
    editor.apply(.left)
    editor.apply(.historyPrevious)
    #expect(editor.marked == "two|")
    editor.apply(.historyPrevious)
    #expect(editor.text == "one")
    editor.apply(.historyPrevious)
    #expect(editor.text == "one")
    editor.apply(.historyNext, .historyNext)
    #expect(editor.marked == "dra|f|t")
    editor.apply(.historyNext)
    #expect(editor.text == "dra|ft")
  }

  @Test("Equal neighbours are one entry")
  func collapsed() {
    let editor = editor("a", "a", "b", "a", "a")
    #expect(editor.history == ["a", "b", "a"])
  }

  @Test("Changes to a recalled prompt are kept while walking, and gone after sending")
  func changesKept() {
    var editor = editor("one", "two")
    editor.apply(.historyPrevious, .insert("!"), .historyPrevious, .historyNext)
    #expect(editor.text == "two!")
    #expect(editor.submit() == "two!")
    #expect(editor.history == ["one", "two", "two!"])
    editor.apply(.historyPrevious, .historyPrevious)
    #expect(editor.text == "two")
  }

  @Test("Undo goes back through recalls, and walking goes on from there")
  func undo() {
    var editor = editor("one", "two", draft: "draft")
    editor.apply(.historyPrevious, .historyPrevious, .undo)
    #expect(editor.text == "two")
    editor.apply(.undo)
    #expect(editor.marked == "draft|")
    editor.apply(.historyPrevious)
    #expect(editor.text == "two")
  }

  @Test("Up at the first row recalls, down at the last row returns; in between they move")
  func arrows() {
    var editor = editor("one\ntwo", draft: "a\nb")
    editor.apply(.upOrHistory)
    #expect(editor.marked == "a|\nb")
    editor.apply(.upOrHistory)
    #expect(editor.marked == "one\ntwo|")
    editor.apply(.upOrHistory, .downOrHistory)
    #expect(editor.marked == "one\ntwo|")
    editor.apply(.downOrHistory)
    #expect(editor.marked == "a|\nb")
    editor.apply(.downOrHistory, .downOrHistory)
    #expect(editor.text == "a\nb")
  }

  @Test("Sending empties the editor and adds the text to the history; undo brings it back")
  func submit() {
    var editor = editor("one", draft: "two")
    #expect(editor.submit() == "two")
    #expect(editor.isEmpty && editor.history == ["one", "two"])
    editor.apply(.undo)
    #expect(editor.text == "two")
    _ = editor.submit()
    #expect(editor.history == ["one", "two"])
  }

  @Test("Blank text is not an entry")
  func blank() {
    var editor = editor("one", draft: " \n")
    _ = editor.submit()
    #expect(editor.history == ["one"])
  }

  @Test("A history that grows keeps the place, another one keeps the draft")
  func replaced() {
    var editor = editor("one", "two", draft: "draft")
    editor.apply(.historyPrevious, .historyPrevious)
    editor.history.append("three")
    editor.apply(.historyNext)
    #expect(editor.text == "two")
    editor.history = ["other"]
    #expect(editor.text == "two")
    editor.apply(.historyNext)
    #expect(editor.text == "draft")
    editor.apply(.historyPrevious)
    #expect(editor.text == "other")
    editor.history = []
    editor.apply(.historyNext)
    #expect(editor.text == "draft")
  }

  @Test("A search shows the newest match with the query under it")
  func searchScreen() {
    var editor = editor("Review the retry logic\nin sender.swift", "Name three rivers", "retry?", draft: "draft")
    editor.apply(.historySearch)
    #expect(editor.screen(30, 3) == "draft\n\nsearch: █")
    editor.apply(.insert("R"), .insert("e"), .insert("t"))
    #expect(editor.screen(30, 3) == "retry?\n\nsearch: Ret█")
    editor.apply(.historySearch)
    #expect(editor.screen(30, 3) == "Review the retry logic\nin sender.swift\nsearch: Ret█")
    let frame = editor.frame(30, 3)
    #expect((0..<30).filter { frame[$0, 0].style.attributes.contains(.reverse) } == [11, 12, 13])
    editor.apply(.historySearch)
    #expect(editor.screen(30, 3) == "Review the retry logic\nin sender.swift\nnot found: Ret█")
    editor.apply(.historySearchNewer)
    #expect(editor.screen(30, 3) == "retry?\n\nsearch: Ret█")
    #expect(editor.screen(9, 1) == "rch: Ret█")
  }

  @Test("A typed letter narrows from the match that is shown; backspace looks from the newest again")
  func narrowing() {
    var editor = editor("rest", "retry", "red")
    editor.apply(.historySearch, .insert("r"), .insert("e"))
    #expect(editor.search?.match == 2)
    editor.apply(.insert("s"))
    #expect(editor.search?.match == 0)
    editor.apply(.insert("x"))
    #expect(editor.search?.match == 0 && editor.search?.isFound == false)
    editor.apply(.deleteBackward, .deleteBackward)
    #expect(editor.search?.match == 2 && editor.search?.isFound == true)
  }

  @Test("Accepting puts the match in the editor as one undo step, and the walk goes on from it")
  func accept() {
    var editor = editor("one", "two", "three", draft: "draft")
    editor.apply(.historySearch, .insert("tw"), .acceptSearch)
    #expect(editor.search == nil && editor.marked == "two|")
    editor.apply(.historyPrevious)
    #expect(editor.text == "one")
    editor.apply(.undo, .undo)
    #expect(editor.marked == "draft|")
  }

  @Test("Cancelling leaves the draft untouched")
  func cancel() {
    var editor = editor("one", draft: "draft")
    editor.apply(.left, .historySearch, .insert("o"), .cancelSearch)
    #expect(editor.search == nil && editor.marked == "draf|t")
    editor.apply(.undo)
    #expect(editor.marked == "draf|t")
  }

  @Test("A motion takes the match and then moves")
  func motionAccepts() {
    var editor = editor("one", draft: "draft")
    editor.apply(.historySearch, .insert("n"), .lineStart)
    #expect(editor.search == nil && editor.marked == "|one")
  }

  @Test("While searching, Enter and Escape are the search's; otherwise they are the owner's")
  func keys() {
    var editor = editor("one")
    #expect(editor.action(for: Key(.enter)) == nil && editor.action(for: Key(.escape)) == nil)
    editor.apply(.historySearch)
    #expect(editor.action(for: Key(.enter)) == .acceptSearch && editor.action(for: Key(.escape)) == .cancelSearch)
    #expect(editor.action(for: .control("r")) == .historySearch)
    #expect(editor.action(for: Key(.character("x"))) == .insert("x"))
  }
}
