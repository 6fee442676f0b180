import Canvas
import Testing

@testable import FiedlerUI

@Suite("Editor: screens")
struct EditorScreenTests {
  @Test("Rows break at blanks and keep the last column for the cursor")
  func wraps() {
    let editor = Editor(text: "Review the retry logic.\n\nIs it right?")
    #expect(
      editor.screen(16, 6) == """
        Review the
        retry logic.

        Is it right?█


        """)
    #expect(editor.rows(width: 16) == 4)
  }

  @Test("Behind a full row the cursor stands in the last column")
  func fullRow() {
    #expect(Editor(text: "0123456789").screen(11, 2) == "0123456789█\n")
    #expect(Editor(text: "01234567890").screen(11, 2) == "0123456789\n0█")
    #expect(Editor.at("0123456789|0").screen(11, 2) == "0123456789\n█")
  }

  @Test("A blank typed behind a full row takes the cursor to a row of its own")
  func blankBehindFullRow() {
    let editor = Editor(text: "one two  ")
    #expect(editor.screen(8, 3) == "one two\n█\n")
    #expect(editor.rows(width: 8) == 2)
  }

  @Test("A wide character never straddles the edge, and the cursor stands on whole ones")
  func wide() {
    let editor = Editor.at("日本|語 text")
    #expect(editor.frame(8, 3).description == "日本語\ntext\n")
    #expect(editor.frame(8, 3).cursor == Point(x: 4, y: 0))
    #expect(editor.frame(6, 3).description == "日本\n語\ntext")
    #expect(editor.frame(6, 3).cursor == Point(x: 0, y: 1))
  }

  @Test("Combining marks and joined emoji take the columns they are drawn with")
  func clusters() {
    let editor = Editor(text: "e\u{301}👨‍👩‍👧‍👦🇩🇪x")
    let frame = editor.frame(12, 1)
    #expect(frame[0, 0].scalars == ["e", "\u{301}"])
    #expect(frame[1, 0].scalars == ["👨"])
    #expect(frame.text(row: 0).hasSuffix("x"))
    #expect(frame.cursor?.x == TextWidth.columns("e\u{301}👨‍👩‍👧‍👦🇩🇪x"))
  }

  @Test("A tab reaches to the next stop of 4")
  func tabs() {
    #expect(Editor(text: "\ta\tbc").screen(20, 1) == "    a   bc█")
  }

  @Test("Control and invisible characters are seen")
  func controls() {
    let editor = Editor(text: "a\u{1B}[2Jb\u{202E}c\u{200B}d\u{0}")
    let frame = editor.frame(20, 1)
    #expect(frame.description == "a␛[2Jb·c·d␀")
    #expect(frame[1, 0].style == Theme.fallback.caution && frame[6, 0].style == Theme.fallback.caution)
    #expect(frame[2, 0].style == Theme.fallback.text)
  }

  @Test("The placeholder shows while there is no text, cut to the width")
  func placeholder() {
    var editor = Editor()
    editor.placeholder = "Ask several models"
    #expect(editor.frame(20, 2).description == "Ask several models\n")
    #expect(editor.frame(20, 2).cursor == Point(x: 0, y: 0))
    #expect(editor.frame(8, 1).description == "Ask sev…")
    editor.type("x")
    #expect(editor.screen(20, 2) == "x█\n")
  }

  @Test("The frame has a cursor only where the editor has the focus, and nothing is drawn outside its rectangle")
  func placed() {
    var frame = Frame(Size(width: 12, height: 5))
    frame.fill(frame.bounds, style: .plain, with: ".")
    let editor = Editor(text: "one two three four")
    let rect = Rect(x: 2, y: 1, width: 7, height: 3)
    editor.draw(in: rect, frame: &frame, theme: .fallback, focused: false)
    #expect(frame.cursor == nil)
    #expect(
      frame.description == """
        ............
        ..two    ...
        ..three  ...
        ..four   ...
        ............
        """)
    editor.draw(in: rect, frame: &frame, theme: .fallback, focused: true)
    #expect(frame.cursor == Point(x: 6, y: 3))
  }

  @Test("Scrolling follows the cursor by no more than it must")
  func scrolling() {
    var editor = Editor(text: (1...9).map { "line \($0)" }.joined(separator: "\n"))
    editor.viewport = Size(width: 10, height: 3)
    #expect(editor.screen(10, 3) == "line 7\nline 8\nline 9█")
    editor.apply(.up, .up)
    #expect(editor.screen(10, 3) == "line 7█\nline 8\nline 9")
    editor.apply(.up)
    #expect(editor.screen(10, 3) == "line 6█\nline 7\nline 8")
    editor.apply(.down)
    #expect(editor.screen(10, 3) == "line 6\nline 7█\nline 8")
    editor.apply(.textStart)
    #expect(editor.screen(10, 3) == "█ine 1\nline 2\nline 3")
    #expect(editor.visibleLines(in: Size(width: 10, height: 3)) == 0..<3)
    editor.apply(.pageDown)
    #expect(editor.screen(10, 3) == "line 1\nline 2\n█ine 3")
    editor.apply(.pageDown)
    #expect(editor.screen(10, 3) == "line 3\nline 4\n█ine 5")
    editor.apply(.pageUp)
    #expect(editor.screen(10, 3) == "█ine 3\nline 4\nline 5")
  }

  @Test("A text that became shorter leaves no blank rows under its end")
  func shrinking() {
    var editor = Editor(text: "1\n2\n3\n4\n5")
    editor.viewport = Size(width: 10, height: 3)
    editor.apply(.deleteBackward, .deleteBackward)
    #expect(editor.screen(10, 3) == "2\n3\n4█")
    editor.viewport = Size(width: 10, height: 4)
    #expect(editor.screen(10, 4) == "1\n2\n3\n4█")
  }

  @Test("A drawing at another size than the viewport still shows the cursor", arguments: 1...12, 1...4)
  func anySize(_ width: Int, _ height: Int) {
    var editor = Editor(text: "日本 one\ttwo\n\nthree ⟦ 👨‍👩‍👧‍👦 four")
    editor.apply(.insertChip("some text"))
    while true {
      let cursor = editor.frame(width, height).cursor
      #expect(cursor.map(Rect(x: 0, y: 0, width: width, height: height).contains) == true, "\(editor.cursor)")
      if editor.cursor == .start { break }
      editor.apply(.left)
    }
  }

  @Test("Up and down go by screen rows and keep the column where they began")
  func visualRows() {
    var editor = Editor.at("aaaa bbbb cc|cc\ndd\neeee")
    editor.viewport = Size(width: 6, height: 9)
    #expect(editor.screen(6, 5) == "aaaa\nbbbb\ncc█c\ndd\neeee")
    editor.apply(.up, .up)
    #expect(editor.marked == "aa|aa bbbb cccc\ndd\neeee")
    editor.apply(.up)
    #expect(editor.marked == "aa|aa bbbb cccc\ndd\neeee")
    editor.apply(.lineEnd, .down, .down)
    #expect(editor.marked == "aaaa bbbb cccc\ndd\neeee|")
  }

  @Test("Down and up step through every row of a chip wider than the screen")
  func wideChip() {
    var editor = Editor(text: "a")
    editor.apply(.newline, .insertChip("some text"), .newline, .insert("b"))
    editor.viewport = Size(width: 8, height: 9)
    editor.apply(.textStart, .down, .down)
    #expect(editor.cursor.line >= 1)
    editor.apply(.down)
    #expect(editor.cursor.line == 2)
    editor.apply(.up, .up, .up)
    #expect(editor.cursor.line == 0)
  }

  @Test("A click puts the cursor at the character it hit, and at the end behind the text")
  func mouse() {
    var editor = Editor(text: "one two 日本\nx")
    let rect = Rect(x: 3, y: 2, width: 9, height: 4)
    editor.press(at: Point(x: 5, y: 2), in: rect)
    #expect(editor.marked == "on|e two 日本\nx")
    editor.press(at: Point(x: 4, y: 3), in: rect)
    #expect(editor.marked == "one two |日本\nx")
    editor.press(at: Point(x: 5, y: 3), in: rect)
    #expect(editor.marked == "one two 日|本\nx")
    editor.press(at: Point(x: 11, y: 3), in: rect)
    #expect(editor.marked == "one two 日本|\nx")
    editor.press(at: Point(x: 11, y: 2), in: rect)
    #expect(editor.marked == "one two| 日本\nx")
    editor.press(at: Point(x: 3, y: 5), in: rect)
    #expect(editor.marked == "one two 日本\n|x")
  }

  @Test("A click in scrolled text counts from the first row that is shown")
  func mouseScrolled() {
    var editor = Editor(text: "1\n2\n3\n4")
    editor.viewport = Size(width: 5, height: 2)
    editor.press(at: Point(x: 0, y: 0), in: Rect(x: 0, y: 0, width: 5, height: 2))
    #expect(editor.marked == "1\n2\n|3\n4")
  }
}
