import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("From many answers to one") struct SynthesisPickerTests {
  /// Three models, two of which have answered; the keys are a pane's.
  private static func answered(_ width: Int, _ height: Int) -> AppDriver {
    var app = AppDriver(width, height)
    app.send("Why is the sky blue?")
    for model in 0..<2 {
      app.event(model, .text("Because of scattering"), at: .milliseconds(40))
      app.event(model, .finished(.stop), at: .milliseconds(50))
    }
    app.press(Key(.tab))
    app.press("=")
    return app
  }

  @Test("A key asks how the answers shall be read", arguments: ScreenTests.sizes)
  func ways(_ size: Size) throws {
    var app = Self.answered(size.width, size.height)
    #expect(app.effects == [.loadTemplates(.synthesize)])
    app.tell(.templatesLoaded([], for: .synthesize))
    try ScreenTests.expect(app, is: "synthesis")
  }

  @Test("Two times Enter puts them before the first model; who read them last stands first the next time")
  func judges() {
    var app = Self.answered(100, 30)
    app.tell(.templatesLoaded([], for: .synthesize))
    app.press(Key(.enter))
    app.press(Key(.down), Key(.enter))
    let (prompt, judge) = (AppDriver.id(1001), AppDriver.model("deepseek-r1"))
    #expect(app.effects == [.synthesize(prompt: prompt, in: AppDriver.id(1), judge: judge, template: "merge")])
    #expect(app.state.layer == nil)
    app.press("=")
    app.tell(.templatesLoaded([], for: .synthesize))
    app.press(Key(.down), Key(.enter), Key(.enter))
    #expect(app.effects == [.synthesize(prompt: prompt, in: AppDriver.id(1), judge: judge, template: "critique")])
  }

  @Test("Where there are not two answers yet the key says so") func tooFew() {
    var app = AppDriver(100, 30)
    app.send("Why is the sky blue?")
    app.press(Key(.tab))
    app.press("=")
    #expect(app.effects.isEmpty && app.state.toasts.last?.text == "It takes two answers that have ended")
  }

  @Test("The pane of a reading says whose answers it reads") func legend() {
    var app = Self.answered(160, 30)
    let prompt = Prompt(
      id: AppDriver.id(1002), parent: AppDriver.id(1001), turnNumber: 4, text: "The files Answer A …",
      models: [AppDriver.model("deepseek-r1")], sentAt: AppDriver.launch,
      synthesis: Synthesis(
        template: "merge",
        sources: [
          .init(label: "A", reply: AppDriver.id(101), model: AppDriver.model("deepseek-r1"), attempt: 1),
          .init(label: "B", reply: AppDriver.id(100), model: AppDriver.model("gpt-4o-mini"), attempt: 1),
        ]))
    let reply = Reply(id: AppDriver.id(200), model: prompt.models[0], startedAt: AppDriver.launch)
    app.tell(.sendStarted(Exchange(prompt: prompt, replies: [reply]), in: AppDriver.id(1)))
    #expect(app.screen.contains("reads, unlabelled: A deepseek-r1 · B gpt-4o-mini"))
  }
}
