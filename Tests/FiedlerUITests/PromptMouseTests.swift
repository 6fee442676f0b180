import Canvas
import Testing

@testable import FiedlerUI

@Suite("The mouse in the prompt") struct PromptMouseTests {
  private static func app(_ text: String, _ width: Int = 60, _ height: Int = 24) -> AppDriver {
    var app = AppDriver(width, height, models: ["a"])
    app.type(text)
    return app
  }

  /// The screen's place of a column and row of the prompt's text.
  private static func place(_ x: Int, _ y: Int, _ app: AppDriver) -> Point {
    let text = ComposeLayout(app.state, app.state.size).prompt.inset(2, 1)
    return Point(x: text.x + x, y: text.y + y)
  }

  private static func mouse(_ action: Mouse.Action, _ x: Int, _ y: Int, _ app: inout AppDriver) {
    let button: Mouse.Button = action == .wheelUp || action == .wheelDown ? .none : .left
    app.tell(.input(.mouse(Mouse(action, button: button, at: place(x, y, app)))))
  }

  private static func click(_ x: Int, _ y: Int, _ app: inout AppDriver) {
    mouse(.press, x, y, &app)
    mouse(.release, x, y, &app)
  }

  @Test("A click puts the cursor where it is, also on the right half of a wide character, and takes the keys there")
  func click() {
    var app = Self.app("one 日本 two")
    app.press(Key(.tab))
    Self.click(1, 0, &app)
    #expect(app.state.focus == .prompt && app.state.prompt.editor.marked == "o|ne 日本 two")
    Self.click(4, 0, &app)
    #expect(app.state.prompt.editor.marked == "one |日本 two")
    Self.click(5, 0, &app)
    #expect(app.state.prompt.editor.marked == "one |日本 two")
    Self.click(6, 0, &app)
    #expect(app.state.prompt.editor.marked == "one 日|本 two")
    Self.click(30, 0, &app)
    #expect(app.state.prompt.editor.marked == "one 日本 two|")
    #expect(app.state.prompt.editor.selectedText == nil)
  }

  @Test("Two clicks select a word, three a line, four begin anew; what is typed replaces what is selected")
  func clicks() {
    var app = Self.app("first line_here, now\nsecond")
    for selected in [nil, "line_here", "first line_here, now", nil] as [String?] {
      Self.click(9, 0, &app)
      #expect(app.state.prompt.editor.selectedText == selected)
    }
    Self.click(9, 0, &app)
    app.type("x")
    #expect(app.state.prompt.editor.text == "first x, now\nsecond")
    app.advance(to: .seconds(1))
    Self.click(6, 0, &app)
    app.advance(to: .seconds(2))
    Self.click(6, 0, &app)
    #expect(app.state.prompt.editor.selectedText == nil, "two clicks far apart are two first ones")
  }

  @Test("A drag selects, by words after a second press, both ends wholly and in both directions")
  func drag() {
    var app = Self.app("one two three four")
    Self.mouse(.press, 2, 0, &app)
    Self.mouse(.drag, 9, 0, &app)
    #expect(app.state.prompt.editor.selectedText == "e two t")
    Self.mouse(.drag, 0, 0, &app)
    #expect(app.state.prompt.editor.selectedText == "on")
    Self.mouse(.release, 0, 0, &app)
    app.advance(to: .seconds(1))
    Self.click(5, 0, &app)
    Self.mouse(.press, 5, 0, &app)
    Self.mouse(.drag, 10, 0, &app)
    #expect(app.state.prompt.editor.selectedText == "two three")
    Self.mouse(.drag, 1, 0, &app)
    #expect(app.state.prompt.editor.selectedText == "one two")
    Self.mouse(.release, 1, 0, &app)
    Self.mouse(.drag, 12, 0, &app)
    #expect(app.state.prompt.editor.selectedText == "one two", "the button is up")
  }

  @Test("A drag that rests beyond an edge goes on, until the button is up or the text ends")
  func rest() {
    var app = Self.app((1...40).map(String.init).joined(separator: "\n"))
    let rows = app.state.prompt.editor.viewport.height
    Self.mouse(.press, 0, rows - 1, &app)
    Self.mouse(.drag, 0, -2, &app)
    var selected = app.state.prompt.editor.selectedText?.count ?? 0
    for step in 1...5 {
      #expect(app.state.nextChange.map { $0 <= app.state.now + DragScroll.pace } == true)
      app.advance(to: .milliseconds(60 * step))
      let longer = app.state.prompt.editor.selectedText?.count ?? 0
      #expect(longer > selected)
      selected = longer
    }
    for step in 6...60 { app.advance(to: .milliseconds(60 * step)) }
    #expect(app.state.prompt.editor.selectedText?.hasPrefix("1\n2\n") == true)
    Self.mouse(.release, 0, -2, &app)
    #expect(app.state.dragScroll == nil)
    let text = app.state.prompt.editor.selectedText
    app.advance(to: .seconds(9))
    #expect(app.state.prompt.editor.selectedText == text)
  }

  @Test("The wheel scrolls the text, and takes the cursor along only as far as it must")
  func wheel() {
    var app = Self.app((1...40).map(String.init).joined(separator: "\n"))
    let rows = app.state.prompt.editor.viewport.height
    func top() -> Int { app.state.prompt.editor.visibleLines(in: app.state.prompt.editor.viewport).lowerBound }
    #expect(top() == 40 - rows)
    Self.mouse(.wheelUp, 0, 0, &app)
    #expect(top() == 37 - rows && app.state.prompt.editor.cursor.line == 36)
    for _ in 0..<20 { Self.mouse(.wheelUp, 0, 0, &app) }
    #expect(top() == 0 && app.state.prompt.editor.cursor.line == rows - 1)
    Self.mouse(.wheelDown, 0, 0, &app)
    #expect(top() == 3 && app.state.prompt.editor.cursor.line == rows - 1)
    for _ in 0..<20 { Self.mouse(.wheelDown, 0, 0, &app) }
    #expect(top() == 40 - rows && app.state.prompt.editor.cursor.line == 40 - rows)
  }

  @Test("With vi keys a drag is a visual selection, which vi's commands take")
  func vi() {
    var app = Self.app("one two three")
    app.tell(.editorKeysChosen(.vi))
    app.press(Key(.escape))
    Self.mouse(.press, 4, 0, &app)
    Self.mouse(.drag, 7, 0, &app)
    Self.mouse(.release, 7, 0, &app)
    #expect(app.state.prompt.editor.modeWords == "VISUAL" && app.state.prompt.editor.selectedText == "two")
    app.press("d")
    #expect(app.state.prompt.editor.text == "one  three" && app.state.prompt.editor.modeWords == "NORMAL")
    Self.click(2, 0, &app)
    #expect(app.state.prompt.editor.marked == "on|e  three")
  }

  @Test("Nothing that the mouse does at any place and size breaks the prompt")
  func anywhere() {
    for (width, height) in [(20, 6), (40, 12), (80, 24)] {
      var app = Self.app("a日\tb\n\nlong " + String(repeating: "word ", count: 60), width, height)
      for keys in [Editor.Keys.emacs, .vi] {
        app.tell(.editorKeysChosen(keys))
        app.press(Key(.escape))
        for y in stride(from: -1, to: height + 1, by: 1) {
          for x in stride(from: -1, to: width + 1, by: 3) {
            for action in [Mouse.Action.press, .drag, .wheelDown, .release, .press, .drag, .wheelUp] {
              let button: Mouse.Button = action == .wheelUp || action == .wheelDown ? .none : .left
              app.tell(.input(.mouse(Mouse(action, button: button, at: Point(x: (x * 7) % (width + 1), y: y)))))
            }
            _ = app.frame
          }
        }
      }
      #expect(app.state.prompt.editor.text.hasPrefix("a日"))
    }
  }
}
