import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("The plain screen") struct PlainScreenTests {
  private static func app(_ size: Size) -> AppDriver {
    var app = AppDriver.streaming(size.width, size.height)
    app.state.isPlain = true
    app.tell(.input(.resize(size)))
    return app
  }

  /// What is on the screen and no ASCII.
  private static func others(_ app: AppDriver) -> Set<Unicode.Scalar> {
    Set(app.frame.cells.flatMap(\.scalars).filter { !$0.isASCII })
  }

  @Test("One answer at a time, in ASCII, without boxes, each notice with its kind", arguments: ScreenTests.sizes)
  func streaming(_ size: Size) throws {
    var app = Self.app(size)
    app.tell(.toast("Theme changed", .success))
    try ScreenTests.expect(app, is: "plain")
    #expect(Self.others(app).isEmpty && app.screen.contains("Done:    Theme changed"))
    app.press(Key(.tab))
    let panes = ComposeLayout(app.state, size).panes
    #expect(panes.count == 1)
    let body = PaneView.body(try #require(panes.first).rect)
    #expect(app.frame.cursor == Point(x: body.x, y: body.y), "the text that has the keys begins at the cursor")
  }

  @Test("Every screen is in ASCII and the cursor stands at what is chosen", arguments: ScreenTests.sizes)
  func everywhere(_ size: Size) throws {
    for keys in [
      [Key(.tab)], [.control("p")], [.control("s")], [Key(.function(2))], [Key(.tab), Key(.character("t"))],
      [Key(.tab), Key(.character("d"))], [Key(.tab), Key(.character("?"))], [.control("o")],
      [Key(.tab), Key(.character("v"))],
    ] {
      var app = Self.app(size)
      for key in keys { app.press(key) }
      #expect(Self.others(app).isEmpty, "\(keys): \(Self.others(app))\n\(app.screen)")
      if keys == [Key(.tab)] || keys == [.control("o")] { #expect(app.frame.cursor != nil, "\(keys)") }
    }
  }

  @Test("Text in other scripts stays as it is") func scripts() {
    var app = AppDriver(80, 24, models: ["a"])
    app.state.isPlain = true
    app.send("Sag es")
    app.event(0, .text("Größe, 日本 → é\n\n- α²\n"), at: .seconds(1))
    #expect(app.screen.contains("Größe, 日本 > é") && app.screen.contains("* α²"))
  }

  @Test("Nothing moves by itself on it, nor where animation is off") func still() {
    for isPlain in [true, false] {
      var app = AppDriver.streaming(80, 24)
      #expect(app.state.nextChange != nil)
      app.state.isPlain = isPlain
      app.tell(.animationChosen(false))
      var health = LogHealth(state: .disconnected(reason: "refused"))
      health.nextRetry = .seconds(8)
      app.tell(.health(health))
      #expect(app.state.nextChange == app.state.compose.draftDue)
      let before = app.screen
      app.advance(to: .seconds(60))
      #expect(app.screen == before)
      #expect(app.screen.contains("streaming") && !app.screen.contains("retry in 4 s"))
    }
  }

  @Test("Keys have names") func keys() {
    let app = Self.app(Size(width: 200, height: 60))
    #expect(app.screen.contains("Enter send") && app.screen.contains("Ctrl+J newline"))
  }
}
