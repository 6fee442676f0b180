import FoundationEssentials
import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Reading from the top") struct ReadingTests {
  private let lines = (1...100).map { "line \($0)  " }.joined(separator: "\n")

  private func asked(fromTop: Bool) -> AppDriver {
    var app = AppDriver(100, 30, models: ["a", "b"])
    app.tell(.readingChosen(fromTop: fromTop))
    app.send("Count")
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
}
