import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Turns and attempts") struct TurnTests {
  @Test("[ and ] go from turn to turn; the pane says which one is in view")
  func turns() {
    var app = AppDriver.threeTurns(100, 14)
    app.press(Key(.tab))
    #expect(app.state.turnInView == 2 && !app.screen.contains("turn 3 of 3"))
    app.press("[")
    #expect(app.state.turnInView == 1 && app.screen.contains("turn 2 of 3"))
    app.press("[")
    app.press("[")
    #expect(app.state.turnInView == 0 && app.frame.text(row: 2).contains("Question one"))
    app.press("]")
    app.press("]")
    app.press("]")
    #expect(app.state.turnInView == 2 && app.state.panes[0].follows)
    app.press("g")
    #expect(app.state.turnInView == 0)
  }

  @Test("y copies the answer of the turn in view and says which")
  func copiesTurn() {
    var app = AppDriver.threeTurns()
    app.press(Key(.tab))
    app.press("[")
    app.press("y")
    #expect(app.effects == [.copy("Answer two of model 1", words: "21 characters of turn 2")])
  }

  @Test("{ and } walk through the attempts at an answer, and the header says which is shown")
  func attempts() {
    var app = AppDriver.threeTurns(140, 30)
    let prompt = AppDriver.id(1003)
    for attempt in 2...3 {
      let again = Reply(
        id: AppDriver.id(900 + attempt), model: AppDriver.model("a"), attempt: attempt, startedAt: AppDriver.launch)
      app.tell(.retryStarted(prompt: prompt, reply: again))
      app.tell(.events([ReplyEvent(reply: again.id, at: .seconds(1), event: .text("Attempt \(attempt) text"))]))
      app.tell(.events([ReplyEvent(reply: again.id, at: .seconds(1), event: .finished(.stop))]))
    }
    #expect(app.screen.contains("done 1.0 s · attempt 3 of 3"))
    app.press(Key(.tab))
    app.press("{")
    #expect(app.screen.contains("attempt 2 of 3") && app.screen.contains("Attempt 2 text"))
    app.press("{")
    app.press("{")
    #expect(app.screen.contains("Answer three of model 1") && app.screen.contains("the first attempt"))
    app.press("y")
    #expect(app.effects == [.copy("Answer three of model 1", words: "23 characters")])
    app.press("}")
    app.press("}")
    #expect(app.screen.contains("Attempt 3 text"))
    app.press("i")
    app.exchange("Question four", number: 4, answer: "Answer four")
    app.press(Key(.tab))
    app.press("[")
    #expect(app.screen.contains("attempt 3 of 3"))
    app.press("{")
    #expect(app.screen.contains("attempt 2 of 3") && app.screen.contains("Attempt 2 text"))
  }

  @Test("A retry whose turn is not the last of the line any more still shows what comes")
  func retryThenWholeLine() {
    var app = AppDriver.threeTurns()
    app.press(Key(.tab))
    app.press("[")
    app.press("b")
    let again = Reply(id: AppDriver.id(900), model: AppDriver.model("a"), attempt: 2, startedAt: AppDriver.launch)
    app.tell(.retryStarted(prompt: AppDriver.id(1002), reply: again))
    app.press(Key(.escape))
    #expect(app.line.count == 3)
    app.tell(.events([ReplyEvent(reply: again.id, at: .seconds(1), event: .text("Anew"))]))
    #expect(app.screen.contains("Anew") && app.screen.contains("attempt 2 of 2"))
    app.tell(.events([ReplyEvent(reply: again.id, at: .seconds(2), event: .text(" and more"))]))
    #expect(app.screen.contains("Anew and more") && app.screen.contains("Question three"))
  }
}
