import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("Reading from the top") struct ReadingTests {
  private let lines = (1...100).map { "line \($0)  " }.joined(separator: "\n")

  private func asked(fromTop: Bool) -> AppDriver {
    var app = AppDriver(100, 30, models: ["a", "b"])
    app.tell(.readingChosen(fromTop: fromTop))
    app.send("Count\nto a hundred")
    for model in 0..<2 { app.event(model, .text(lines), at: .seconds(1)) }
    return app
  }

  @Test("An answer stays at its beginning while it grows, and what is below is more, not new")
  func top() {
    var app = asked(fromTop: true)
    #expect(app.frame.text(row: 2).contains("❯ Count") && app.screen.contains("more ─"), "\(app.screen)")
    app.event(0, .text("\n" + lines), at: .seconds(2))
    #expect(app.frame.text(row: 2).contains("❯ Count") && !app.screen.contains(" new "))
    app.press(Key(.tab))
    app.press("G")
    #expect(app.screen.contains("line 100"))
    app.event(0, .text("\nthe very last"), at: .seconds(3))
    #expect(app.screen.contains("the very last"), "whoever goes to the end follows it")
  }

  @Test("By default the end is followed; Home in the empty prompt brings all panes to their beginnings")
  func home() {
    var app = asked(fromTop: false)
    #expect(app.screen.contains("line 100"))
    app.press(Key(.home))
    #expect(app.frame.text(row: 2).components(separatedBy: "❯ Count").count == 3)
  }

  @Test("T changes it for what is on the screen and for what comes")
  func change() {
    var app = asked(fromTop: false)
    app.press(Key(.tab))
    app.press("T")
    #expect(app.frame.text(row: 2).contains("❯ Count") && app.screen.contains("from the top"))
    app.press("T")
    #expect(app.screen.contains("line 100"))
  }

  @Test("What came while one was away is new; what was there is more")
  func words() {
    var app = asked(fromTop: false)
    app.press(Key(.tab))
    app.press("g")
    #expect(app.screen.contains("↓ ") && app.screen.contains(" more ") && !app.screen.contains(" new "))
    app.event(0, .text("\nan end"), at: .seconds(2))
    #expect(app.screen.contains("↓ 1 new"))
  }

  // MARK: What was asked

  /// Three turns of two models, long enough to be scrolled.
  private func turns(_ width: Int, _ height: Int) -> AppDriver {
    var app = AppDriver(width, height, models: ["a", "b"])
    for number in 1...3 {
      app.exchange(
        "Question \(number): only the fix, please", number: number,
        answer: (1...40).map { "row \($0) of \(number)  " }.joined(separator: "\n"))
    }
    app.press(Key(.tab))
    return app
  }

  @Test("While a pane is off its end, the prompt of what is read stays its first row", arguments: ScreenTests.sizes)
  func sticky(_ size: Size) throws {
    var app = turns(size.width, size.height)
    app.press("[")
    for _ in 0..<6 { app.press("j") }
    try ScreenTests.expect(app, is: "sticky-prompt")
  }

  @Test("The prompt that stays goes with its own place in sight, at the end, and in a pane without a row to spare")
  func unstuck() {
    var app = turns(100, 30)
    func first() -> String { app.frame.text(row: 2) }
    #expect(!first().contains("Question"), "at the end")
    app.press("[")
    #expect(first().contains("❯ Question 2"))
    app.press("j")
    #expect(first().contains("❯ Question 2") && !app.frame.text(row: 3).contains("Question"))
    app.press("k")
    app.press("k")
    #expect(first().contains("❯ Question 1"), "\(app.screen)")
    app.press("G")
    #expect(!first().contains("Question"))
    var low = turns(100, 9)
    low.press("[")
    low.press("j")
    low.press("j")
    #expect(!low.screen.contains("❯ Question 2"), "\(low.screen)")
  }

  @Test("A search, a selection and code gone to are not hidden by the prompt that stays")
  func uncovered() {
    var app = turns(100, 30)
    app.press("[")
    for _ in 0..<3 { app.press("j") }
    app.press("V")
    app.press("y")
    let row = app.frame.text(row: 3)
    guard case .copy(let text, _) = app.effects.first, let words = text.split(separator: "  ").first else {
      Issue.record("nothing was copied")
      return
    }
    #expect(row.contains(words), "\(text)\n\(app.screen)")
  }

  @Test("g, G, [ and ] move all panes, with Alt the one that has the keys")
  func together() {
    var app = turns(100, 30)
    app.press("g")
    #expect(app.state.panes.allSatisfy { $0.firstRow == 0 })
    app.press("]")
    #expect(app.state.panes.map(\.turnInView) == [1, 1])
    app.press(Key(.down, .alt))
    #expect(app.state.panes.map(\.turnInView) == [2, 1])
    app.press("G")
    #expect(app.state.panes.allSatisfy { $0.follows })
    app.press(.alt("g"))
    #expect(app.state.panes.map(\.follows) == [false, true])
    app.press(.alt("G"), Key(.up, .alt))
    #expect(app.state.panes.map(\.turnInView) == [1, nil])
  }

  @Test("Panes of a grid repeat the first prompt only where the row above does not say it whole")
  func saidOnce() {
    var app = AppDriver(100, 30, models: ["a", "b"])
    app.send("Why?")
    app.event(0, .text("Because."), at: .seconds(1))
    #expect(app.frame.text(row: 0).contains("Why?") && !app.screen.contains("❯ Why?"), "\(app.screen)")
    #expect(app.frame.text(row: 2).contains("Because."))
    app.press(Key(.tab))
    app.press("z")
    #expect(app.screen.contains("❯ Why?"), "one pane alone has room for it")
    app.press("z")
    app.press("i")
    app.event(0, .finished(.stop), at: .seconds(2))
    app.event(1, .finished(.stop), at: .seconds(2))
    app.send("And then?", number: 2)
    #expect(app.screen.contains("❯ Why?") && app.screen.contains("❯ And then?"), "\(app.screen)")
    var long = AppDriver(100, 30, models: ["a", "b"])
    long.send("Why?\nAnd for how long?")
    #expect(long.screen.contains("❯ Why?"))
  }

  @Test("A view of the end never begins with a blank row")
  func noBlankRow() {
    var app = AppDriver(100, 20, models: ["a"])
    app.send("Go")
    for number in 1...60 {
      app.event(0, .text("paragraph \(number)\n\n"), at: .milliseconds(100 * number))
      let first = app.frame.text(row: 2).filter { !"│┃ ".contains($0) }
      #expect(!first.isEmpty, "\(app.screen)")
      #expect(app.screen.contains("paragraph \(number)"))
    }
    app.press(Key(.tab))
    app.press("k")
    app.press("k")
    #expect(!app.state.panes[0].follows)
    app.press("j")
    app.press("j")
    #expect(app.state.panes[0].follows)
  }
}
