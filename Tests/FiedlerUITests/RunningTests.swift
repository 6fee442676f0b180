import Canvas
import Conversations
import FoundationEssentials
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

  /// What a script sends.
  private static let script = RunningConversation(
    id: AppDriver.id(7), title: "Sent by a script",
    answers: [
      .init(
        id: AppDriver.id(700), model: AppDriver.model("gpt-4o-mini"), state: .streaming,
        startedAt: AppDriver.launch.addingTimeInterval(1), bytes: 40)
    ])

  @Test(
    "What other processes send stands behind one's own, marked, and in the status bar", arguments: ScreenTests.sizes)
  func elsewhere(_ size: Size) throws {
    var app = Self.two(size.width, size.height)
    app.tell(.runningElsewhere([Self.script]))
    try ScreenTests.expect(app, is: "running-elsewhere")
  }

  @Test("Enter reads what runs elsewhere and shows it live; a key stops it there; leaving does not ask") func watched()
  {
    var app = AppDriver(100, 30)
    app.tell(.runningElsewhere([Self.script]))
    #expect(app.screen.contains("1 elsewhere"))
    app.tell(.showRunning())
    app.press("c")
    #expect(app.effects == [.cancel(reply: AppDriver.id(700))])
    app.press(Key(.enter))
    #expect(app.effects == [.openConversation(AppDriver.id(7))])
    let prompt = Prompt(
      id: AppDriver.id(701), turnNumber: 1, text: "Sent by a script", models: [AppDriver.model("gpt-4o-mini")],
      sentAt: AppDriver.launch)
    let reply = Reply(id: AppDriver.id(700), model: prompt.models[0], state: .streaming, startedAt: AppDriver.launch)
    app.tell(
      .conversationLoaded(
        Conversation(
          id: AppDriver.id(7), title: "Sent by a script", createdAt: AppDriver.launch, updatedAt: AppDriver.launch,
          exchanges: [Exchange(prompt: prompt, replies: [reply])])))
    app.tell(.events([ReplyEvent(reply: reply.id, at: .seconds(2), event: .text("Read along"))]))
    #expect(app.state.screens.isEmpty && app.screen.contains("Read along") && !app.screen.contains("elsewhere"))
    #expect(app.state.nextChange != nil, "its clock goes on")

    var next = Exchange(prompt: prompt, replies: [])
    next.prompt = Prompt(
      id: AppDriver.id(702), parent: prompt.id, turnNumber: 3, text: "And then?", models: prompt.models,
      sentAt: AppDriver.launch)
    next.replies = [Reply(id: AppDriver.id(703), model: prompt.models[0], startedAt: AppDriver.launch)]
    app.tell(.events([ReplyEvent(reply: reply.id, at: .seconds(3), event: .finished(.stop))]))
    app.tell(.beganElsewhere(next, in: AppDriver.id(7)))
    #expect(app.state.conversation?.exchanges.count == 2 && app.screen.contains("And then?"))
    app.press(.control("q"))
    #expect(app.effects == [.quit])
  }

  @Test("A conversation left before that another process goes on with is shown with what that sends") func wentOn() {
    var app = AppDriver(100, 30)
    app.send("The first")
    for model in 0..<3 { app.event(model, .finished(.stop), at: .seconds(1)) }
    app.press(.control("n"))
    let known = app.state.world.others[0]
    var loaded = known
    let prompt = Prompt(
      id: AppDriver.id(702), parent: known.exchanges[0].id, turnNumber: 5, text: "From a script",
      models: [AppDriver.model("gpt-4o-mini")], sentAt: AppDriver.launch)
    loaded.exchanges.append(
      Exchange(
        prompt: prompt,
        replies: [
          Reply(id: AppDriver.id(700), model: prompt.models[0], state: .streaming, startedAt: AppDriver.launch)
        ]))
    var script = Self.script
    script = RunningConversation(id: known.id, title: script.title, answers: script.answers)
    app.tell(.runningElsewhere([script]))
    app.tell(.showRunning(opening: known.id))
    app.tell(.conversationLoaded(loaded))
    app.tell(.events([ReplyEvent(reply: AppDriver.id(700), at: .seconds(2), event: .text("Read along"))]))
    #expect(app.screen.contains("From a script") && app.screen.contains("Read along"))
  }
}
