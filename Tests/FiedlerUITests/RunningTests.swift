import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("What still runs") struct RunningTests {
  /// Two conversations whose answers come: one on the screen, one left before.
  private static func two(_ width: Int, _ height: Int) -> AppDriver {
    var app = AppDriver(width, height)
    app.send("The first, which was left")
    app.event(0, .text("Something"), at: .milliseconds(40))
    app.press(.control("n"))
    app.advance(to: .seconds(2))
    app.type("The second, on the screen")
    app.press(Key(.enter))
    for case .send(var draft) in app.effects {
      draft.conversation = AppDriver.id(2)
      app.startSend(draft, number: 2)
    }
    app.advance(to: .seconds(5))
    app.type("/running")
    app.press(Key(.enter))
    return app
  }

  @Test("Every conversation with answers to come is listed with its models and its time", arguments: ScreenTests.sizes)
  func list(_ size: Size) throws {
    try ScreenTests.expect(Self.two(size.width, size.height), is: "running")
  }

  @Test("Enter shows the panes of the one selected, a key stops its answers, Escape leads back")
  func actions() {
    var app = Self.two(100, 30)
    app.press("j")
    app.press("c")
    #expect(app.effects == (0..<3).map { .cancel(reply: AppDriver.id(100 + $0)) })
    app.press(Key(.enter))
    #expect(app.state.conversation?.id == AppDriver.id(1) && app.state.screens.isEmpty)
    #expect(app.state.world.others.contains { $0.id == AppDriver.id(2) }, "the other goes on")

    app = Self.two(100, 30)
    app.press(Key(.escape))
    #expect(app.state.conversation?.id == AppDriver.id(2) && app.state.isComposing)
  }

  @Test("What has ended goes from the list, and an empty list says so")
  func ended() {
    var app = Self.two(100, 30)
    app.press("G")
    for number in 1...2 {
      for model in 0..<3 { app.event(model, .finished(.stop), at: .seconds(6), number: number) }
    }
    #expect(app.screen.contains("Nothing runs."))
    app.press("c")
    #expect(app.state.toasts.last?.text == "No answer streams")
    app.press(Key(.enter))
    #expect(app.state.top is RunningScreen && app.effects.isEmpty)
  }
}
