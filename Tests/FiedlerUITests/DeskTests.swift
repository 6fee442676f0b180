import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("The desk before the first prompt") struct DeskTests {
  private func desk() -> AppDriver {
    var app = AppDriver(100, 30)
    let recent = AppDriver.summaries(3)
    app.tell(.deskLoaded(Desk(recent: recent, interrupted: recent[1], interruptedAnswers: 2)))
    return app
  }

  @Test("A number and Enter open that conversation")
  func opens() {
    var app = desk()
    #expect(app.screen.contains("1  Review number 0") && app.screen.contains("3  Review number 2"))
    app.type("1")
    app.press(Key(.enter))
    #expect(app.effects == [.openConversation(AppDriver.id(1))] && app.state.prompt.editor.isEmpty)
    app.tell(.conversationLoaded(AppDriver.conversation))
    #expect(app.state.conversation?.id == AppDriver.id(1) && app.state.panes.count == 2)
  }

  @Test("What was interrupted is opened by !")
  func interrupted() {
    var app = desk()
    #expect(app.screen.contains("!  2 answers were interrupted: Review number 1"))
    app.type("!")
    app.press(Key(.enter))
    #expect(app.effects == [.openConversation(AppDriver.id(2))])
  }

  @Test("A prompt that begins with a digit is a prompt, and so is a number that stands for nothing")
  func prompts() {
    for text in ["3 reasons", "9", "42"] {
      var app = desk()
      app.type(text)
      app.press(Key(.enter))
      let isSent = app.effects.contains { if case .send(let draft) = $0 { draft.text == text } else { false } }
      #expect(isSent, "\(text)")
    }
    var app = AppDriver.streaming(100, 30)
    app.tell(.deskLoaded(Desk(recent: AppDriver.summaries(3))))
    app.press(Key(.escape))
    app.type("1")
    let taken = app.state.compose.takeFromDesk(&app.state.world)
    #expect(taken == nil && app.state.world.desk.recent.count == 3, "a conversation is shown")
  }

  @Test("A conversation that is left lies on top; a deleted one is gone")
  func kept() {
    var app = desk()
    app.send("Why is the sky blue?")
    app.press(.control("n"))
    #expect(app.state.world.desk.recent.first?.title == "Why is the sky blue?")
    #expect(app.screen.contains("1  Why is the sky blue?"))
    app.tell(.conversationDeleted(AppDriver.id(2)))
    #expect(!app.state.world.desk.recent.contains { $0.id == AppDriver.id(2) })
    #expect(!app.screen.contains("interrupted:"))
  }
}
