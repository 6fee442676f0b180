import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Selecting in panes") struct PaneSelectionTests {
  private static let answer = """
    The **delay** never resets: see [the notes](https://example.com/x) and `Sender.retry()`, then go on for long.

    - 日本語 and é
    - two

    ```swift
    let a = 1
    ```

    """

  private static func app(_ text: String = answer, _ width: Int = 60, _ height: Int = 30) -> AppDriver {
    var app = AppDriver(width, height, models: ["a"])
    app.send("Say it")
    app.event(0, .text(text), at: .milliseconds(400))
    app.event(0, .finished(.stop), at: .milliseconds(900))
    app.press(Key(.tab))
    app.press("g")
    return app
  }

  /// Where a text stands on the screen, its first or its last column.
  private static func place(_ text: String, _ app: AppDriver, last: Bool = false) throws -> Point {
    let wanted = Sanitizer.cells(text, style: .plain).map(\.scalars)
    for y in 0..<app.frame.size.height {
      let row = app.frame.row(y).map(\.scalars)
      guard row.count >= wanted.count else { continue }
      for x in 0...(row.count - wanted.count) where Array(row[x..<x + wanted.count]) == wanted {
        return Point(x: last ? x + wanted.count - 1 : x, y: y)
      }
    }
    throw Missing(text: text)
  }

  private struct Missing: Error { let text: String }

  private static func drag(_ app: inout AppDriver, from: Point, to: Point) {
    app.tell(.input(.mouse(Mouse(.press, button: .left, at: from))))
    app.tell(.input(.mouse(Mouse(.drag, button: .left, at: to))))
    app.tell(.input(.mouse(Mouse(.release, button: .left, at: to))))
  }

  private static func selected(_ app: AppDriver) -> String {
    let frame = app.frame
    var text = String.UnicodeScalarView()
    for y in 1..<frame.size.height - 1 {
      for cell in frame.row(y) where cell.style.background == Theme.fallback.selection {
        text.append(contentsOf: cell.scalars)
      }
    }
    return String(text)
  }

  private static func copied(_ app: AppDriver) -> String? {
    for case .copy(let text, _) in app.effects { return text }
    return nil
  }

  @Test("Dragging selects what the source has between, marks included and soft line ends not; letting go copies it")
  func drags() throws {
    var app = Self.app()
    Self.drag(&app, from: try Self.place("delay", app), to: try Self.place("long", app, last: true))
    let text = "delay** never resets: see [the notes](https://example.com/x) and `Sender.retry()`, then go on for long"
    #expect(app.effects == [.copy(text, words: "\(text.count) characters")])
    #expect(Self.selected(app).hasPrefix("delay never resets"))
    #expect(Self.selected(app).hasSuffix("long"))
    app.press(Key(.escape))
    #expect(Self.selected(app) == "" && app.state.focus == .pane)
  }

  @Test("It does not matter which end is first, and wide characters stay whole")
  func backwards() throws {
    var app = Self.app()
    let start = try Self.place("本", app, last: true)
    Self.drag(&app, from: try Self.place("é", app), to: start)
    #expect(Self.copied(app) == "本語 and é")
    #expect(Self.selected(app) == "本語 and é")
  }

  @Test("From the prompt into the answer, blocks are a blank line apart; bars and borders are not copied")
  func blocks() throws {
    var app = Self.app()
    let end = try Self.place("❯ Say it", app, last: true)
    Self.drag(&app, from: Point(x: end.x - 1, y: end.y), to: try Self.place("never", app, last: true))
    #expect(Self.copied(app) == "it\n\nThe **delay** never")
    Self.drag(&app, from: try Self.place("│ let", app), to: try Self.place("= 1", app, last: true))
    #expect(Self.copied(app) == "let a = 1")
  }

  @Test(
    "Code that is dragged over comes without the margins and marks of what it stands in",
    arguments: [
      "- In a list:\n\n  ```c\n  if (a) {\n    b();\n  }\n  ```\n- after\n",
      "> In a quote:\n> ```c\n> if (a) {\n>   b();\n> }\n> ```\n> after\n",
      "1. > ```c\n   > if (a) {\n   >   b();\n   > }\n   > ```\n", "- x\n\n      if (a) {\n        b();\n      }\n",
    ])
  func codeInside(_ text: String) throws {
    var app = Self.app(text)
    Self.drag(&app, from: try Self.place("if (a)", app), to: try Self.place("}", app, last: true))
    #expect(Self.copied(app) == "if (a) {\n  b();\n}")
    Self.drag(&app, from: try Self.place("(a)", app), to: try Self.place("b()", app, last: true))
    #expect(Self.copied(app) == "(a) {\n  b()")
    if text.contains("In a") {
      Self.drag(&app, from: try Self.place("In a", app), to: try Self.place("b()", app, last: true))
      #expect(Self.copied(app)?.contains("```c") == true, "with text around it the source is copied")
    }
  }

  @Test("A click selects nothing and drops what was; two clicks select a word, three a row")
  func clicks() throws {
    var app = Self.app()
    let point = try Self.place("never", app)
    func click() {
      app.tell(.input(.mouse(Mouse(.press, button: .left, at: point))))
      app.tell(.input(.mouse(Mouse(.release, button: .left, at: point))))
    }
    click()
    #expect(app.effects.isEmpty && app.state.selection == nil)
    click()
    #expect(Self.copied(app) == "never")
    click()
    #expect(Self.copied(app)?.hasPrefix("The **delay** never resets") == true)
    app.advance(to: .seconds(5))
    click()
    #expect(app.effects.isEmpty && Self.selected(app) == "")
    app.advance(to: .seconds(6))
    click()
    #expect(app.effects.isEmpty, "too late for a second one")
  }

  @Test("Dragging beyond an edge scrolls by a row each time and selects on")
  func edges() throws {
    var app = Self.app((1...100).map { "line \($0)\n" }.joined(), 60, 24)
    app.press("m")
    let start = try Self.place("line 3", app)
    app.tell(.input(.mouse(Mouse(.press, button: .left, at: start))))
    for _ in 0..<5 { app.tell(.input(.mouse(Mouse(.drag, button: .left, at: Point(x: 58, y: 23))))) }
    #expect(app.state.panes[0].firstRow == 5)
    app.tell(.input(.mouse(Mouse(.release, button: .left, at: Point(x: 58, y: 23)))))
    let lines = try #require(Self.copied(app)).split(separator: "\n")
    let last = 5 + app.state.panes[0].bodyHeight - 2
    #expect(lines.first == "line 3" && lines.last == "line \(last)" && lines.count == last - 2)
  }

  @Test("V selects rows, j and the pages extend, y copies their source, Escape ends it")
  func keys() {
    var app = Self.app()
    app.press("V")
    #expect(app.screen.contains("1 row selected"))
    for _ in 0..<2 { app.press("j") }
    #expect(app.screen.contains("3 rows selected"))
    app.press("y")
    #expect(Self.copied(app)?.hasPrefix("Say it\n\nThe **delay** never") == true)
    #expect(app.state.selection == nil)
    app.press("V", "G", "y")
    let all = "Say it\n\n" + Self.answer.dropLast(5)
    #expect(Self.copied(app)?.hasPrefix(all) == true, "the fence's end shows in no row but stands before the links")
    app.press("g", "V", "j", "z")
    #expect(!app.state.isZoomed, "other keys wait")
    app.press(Key(.escape))
    #expect(app.state.selection == nil && app.state.focus == .pane)
  }

  @Test("Rows selected while the answer streams stay selected and in sight, and grow with their text")
  func streaming() throws {
    var app = AppDriver(60, 16, models: ["a"])
    app.send("Say it")
    app.event(0, .text((1...20).map { "- line \($0)\n" }.joined() + "- the last"), at: .milliseconds(300))
    app.press(Key(.tab))
    app.press("V", "G")
    let first = app.state.panes[0].firstRow
    let rows = try #require(app.state.selection).rows
    app.press("k", "k", "G")
    #expect(app.state.selection?.rows == rows)
    for number in 1...30 {
      app.event(0, .text(number == 1 ? " line\n" : "- more \(number)\n"), at: .milliseconds(300 + 10 * number))
    }
    #expect(app.state.selection?.rows == rows && app.state.panes[0].firstRow == first)
    #expect(app.screen.contains("\(rows.count) rows selected") && app.screen.contains("the last line"))
    app.press("y")
    let copied = try #require(Self.copied(app))
    #expect(copied.hasSuffix("- line 20\n- the last line") && !copied.contains("more"))
    app.press("V", "G", "y")
    #expect(Self.copied(app)?.hasSuffix("- more 30") == true)
  }

  @Test("Where a table is laid out anew as it streams, the selected row is found again by its text")
  func table() throws {
    var app = AppDriver(60, 24, models: ["a"])
    app.send("Say it")
    app.event(0, .text("| a | b |\n|---|---|\n| one two | four |\n| three | four |\n"), at: .milliseconds(300))
    app.press(Key(.tab))
    app.press("g", "V")
    while Self.row(of: app) != "three" { app.press("j") }
    app.press(Key(.escape))
    app.state.panes[0].scroll(to: 0)
    app.press("V")
    while Self.row(of: app) != "three" { app.press("j") }
    let before = try #require(app.state.selection?.head.row)
    app.event(0, .text("| x | " + String(repeating: "much longer words ", count: 9) + "|\n"), at: .milliseconds(400))
    #expect(Self.row(of: app) == "three", "it stood in row \(before)")
  }

  /// The first word of the row that the selection's end is in.
  private static func row(of app: AppDriver) -> String? {
    guard let head = app.state.selection?.head, let reply = app.state.conversation?.exchanges.first?.replies.first,
      let piece = app.state.panes[0].document.piece(
        atRow: head.row, column: 0, .row, app.state.conversation?.exchanges ?? [])
    else { return nil }
    let bytes = Array(reply.text.utf8)
    guard piece.range.upperBound <= bytes.count else { return "" }
    return String(decoding: bytes[piece.range], as: UTF8.self).split { " |".contains($0) }.first.map(String.init)
  }

  @Test(
    "While the button is down the text stays under it, whatever streams; afterwards the end is followed if it is seen")
  func dragStreaming() throws {
    var app = AppDriver(60, 16, models: ["a"])
    app.send("Say it")
    app.event(0, .text((1...20).map { "- line \($0)\n" }.joined()), at: .milliseconds(300))
    let (start, end) = (try Self.place("line 15", app), try Self.place("line 17", app, last: true))
    app.tell(.input(.mouse(Mouse(.press, button: .left, at: start))))
    #expect(app.state.panes[0].follows, "a click alone changes nothing")
    app.tell(.input(.mouse(Mouse(.drag, button: .left, at: Point(x: end.x - 1, y: end.y)))))
    app.event(0, .text((1...5).map { "- more \($0)\n" }.joined()), at: .milliseconds(400))
    app.tell(.input(.mouse(Mouse(.drag, button: .left, at: end))))
    app.tell(.input(.mouse(Mouse(.release, button: .left, at: end))))
    #expect(Self.copied(app) == "line 15\n- line 16\n- line 17")
    #expect(!app.state.panes[0].follows && app.screen.contains("line 15"))
    app.press("G")
    let last = try Self.place("more 5", app)
    Self.drag(&app, from: last, to: Point(x: last.x + 3, y: last.y))
    #expect(app.state.panes[0].follows && Self.copied(app) == "more")
  }

  @Test("With nothing selected any more, a pane that was at its end follows it again")
  func followsAgain() {
    var app = AppDriver(60, 16, models: ["a"])
    app.send("Say it")
    app.event(0, .text((1...20).map { "- line \($0)\n" }.joined()), at: .milliseconds(300))
    app.press(Key(.tab))
    app.press("V")
    #expect(!app.state.panes[0].follows)
    app.press(Key(.escape))
    #expect(app.state.panes[0].follows)
  }

  @Test("k goes up over every row, blank ones too")
  func up() {
    var app = Self.app()
    app.press("G", "V", "G")
    let rows = app.state.panes[0].document.rowCount
    for _ in 0..<rows { app.press("k") }
    #expect(app.state.selection?.head.row == 0)
  }

  @Test("What streams and another width leave the selection on its text")
  func changes() throws {
    var app = AppDriver(60, 24, models: ["a"])
    app.send("Say it")
    app.event(0, .reasoning("Thinking about it."), at: .milliseconds(200))
    app.event(0, .text("One **two** three"), at: .milliseconds(300))
    app.press(Key(.tab))
    Self.drag(&app, from: try Self.place("two", app), to: try Self.place("three", app, last: true))
    app.event(0, .text(" four.\n\nMore.\n"), at: .milliseconds(400))
    #expect(Self.selected(app) == "two three")
    app.tell(.input(.resize(Size(width: 40, height: 20))))
    #expect(Self.selected(app) == "two three")
    app.press("y")
    #expect(Self.copied(app) == "two** three")
    app.press("m")
    #expect(app.state.selection == nil)
  }
}
