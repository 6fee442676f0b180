import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Code that is cut at the pane's edge") struct PaneCodeClippingTests {
  private static let long = "let numbers = [" + (1...30).map(String.init).joined(separator: ", ") + "]  // END"

  private static func app() -> AppDriver {
    var app = AppDriver(60, 24, models: ["a"])
    app.send("Show code")
    app.event(
      0, .text("Before.\n\n```swift\n\(long)\n日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語\nshort\n```\n\nAfter.\n"),
      at: .milliseconds(400))
    app.event(0, .finished(.stop), at: .milliseconds(900))
    app.press(Key(.tab))
    return app
  }

  private static func row(_ start: String, _ app: AppDriver) -> String? {
    (0..<app.frame.size.height).map { app.frame.text(row: $0) }.first { $0.contains(start) }
  }

  @Test("w cuts long lines of code, one row each, and wraps them again; a mark says that there is more")
  func toggles() throws {
    var app = Self.app()
    let wrapped = app.state.panes[0].document.rowCount
    #expect(app.screen.contains("┆ "))
    app.press("w")
    #expect(app.state.panes[0].document.rowCount == wrapped - 3)
    #expect(!app.screen.contains("┆ "))
    #expect(try #require(Self.row("let numbers", app)).contains("› │"))
    #expect(app.screen.contains("│ short") && app.screen.contains("┌ swift"))
    app.press("w")
    #expect(app.state.panes[0].document.rowCount == wrapped && app.screen.contains("┆ "))
  }

  @Test("l and h move the code, not the text, as far as its longest line's end")
  func moves() throws {
    var app = Self.app()
    app.press("w", "l")
    #expect(app.screen.contains("│ ‹rs = [") && app.screen.contains("Before."))
    app.press(Key(.right))
    #expect(app.state.panes[0].codeLeft == 16)
    for _ in 0..<40 { app.press("l") }
    #expect(try #require(Self.row("// END", app)).contains("// END │"))
    #expect(app.screen.contains("│ ‹\n") || Self.row("│ ‹ ", app) != nil, "a short line has only the mark")
    for _ in 0..<40 { app.press("h") }
    #expect(app.state.panes[0].codeLeft == 0 && app.screen.contains("│ let numbers"))
    app.tell(.input(.mouse(Mouse(.wheelDown, at: Point(x: 5, y: 5), modifiers: .shift))))
    #expect(app.state.panes[0].codeLeft == 3)
  }

  @Test("The wheel that goes sideways moves the code under the mouse, and wrapped code not at all")
  func sideways() {
    var app = Self.app()
    let row = app.state.panes[0].firstRow
    func roll(_ action: Mouse.Action) { app.tell(.input(.mouse(Mouse(action, at: Point(x: 5, y: 5))))) }
    roll(.wheelRight)
    #expect(app.state.panes[0].codeLeft == 0 && app.state.toasts.isEmpty)
    app.press("w")
    roll(.wheelRight)
    roll(.wheelRight)
    #expect(app.state.panes[0].codeLeft == 6)
    roll(.wheelLeft)
    #expect(app.state.panes[0].codeLeft == 3 && app.state.panes[0].firstRow == row)
    for _ in 0..<3 { roll(.wheelLeft) }
    #expect(app.state.panes[0].codeLeft == 0)
  }

  @Test("Wide characters are not halved at either edge", arguments: 0..<8)
  func wide(_ left: Int) {
    var app = Self.app()
    app.press("w")
    app.state.panes[0].codeLeft = left
    for y in 0..<app.frame.size.height {
      let row = Array(app.frame.row(y))
      for (x, cell) in row.enumerated() {
        if cell.isContinuation { #expect(x > 0 && row[x - 1].width == 2) }
        if cell.width == 2 { #expect(x + 1 < row.count && row[x + 1].isContinuation) }
      }
    }
  }

  @Test("Dragging over code that is moved selects what is seen")
  func selects() throws {
    var app = Self.app()
    app.press("w", "l")
    let y = try #require((0..<24).first { app.frame.text(row: $0).contains("‹rs = [1, 2") })
    let line = app.frame.row(y).map { String(String.UnicodeScalarView($0.scalars)) }
    let x = try #require(line.indices.first { line[$0..<min(line.count, $0 + 3)].joined() == "rs " })
    app.tell(.input(.mouse(Mouse(.press, button: .left, at: Point(x: x, y: y)))))
    app.tell(.input(.mouse(Mouse(.drag, button: .left, at: Point(x: x + 2, y: y)))))
    app.tell(.input(.mouse(Mouse(.release, button: .left, at: Point(x: x + 2, y: y)))))
    #expect(app.effects == [.copy("rs ", words: "3 characters")])
  }

  @Test("While code is wrapped, l says how to cut it")
  func hint() {
    var app = Self.app()
    app.press("l")
    #expect(app.state.toasts.last?.text == "Long lines of code are wrapped; w cuts them")
  }

  @Test("Where lines of code are cut, a table's row with code in it is one row too, and can be moved") func cells() {
    let code = String(repeating: "a(b),", count: 40)
    var app = AppDriver(60, 20, models: ["a"])
    app.send("Say it")
    app.event(0, .text("| step | code |\n|---|---|\n| one | `\(code)end` |\n| two | `c()` |\n"), at: .seconds(1))
    app.event(0, .finished(.stop), at: .seconds(2))
    app.press(Key(.tab))
    let rows = { (app: AppDriver) in app.screen.split(separator: "\n").count { $0.contains("a(b)") } }
    #expect(rows(app) > 1)
    app.press("w")
    app.advance(to: .seconds(9))
    #expect(rows(app) == 1 && app.screen.contains("›") && app.screen.contains("two"))
    for _ in 0..<30 { app.press("l") }
    #expect(app.screen.contains("end"))
  }
}
