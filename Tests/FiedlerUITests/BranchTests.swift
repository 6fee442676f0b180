import Canvas
import Conversations
import FoundationEssentials
import TestSupport
import Testing

@testable import FiedlerUI

extension AppDriver {
  /// Sends a prompt and lets every model answer `answer` at once.
  mutating func exchange(_ text: String, number: Int, answer: String) {
    send(text, number: number)
    finish(number, answer)
  }

  mutating func finish(_ number: Int, _ answer: String) {
    let count = state.world.allExchanges.first { $0.id == Self.id(1000 + number) }?.replies.count ?? 0
    for model in 0..<count {
      event(model, .firstToken, at: .milliseconds(100), number: number)
      event(model, .text("\(answer) of model \(model + 1)"), at: .milliseconds(200), number: number)
      event(model, .finished(.stop), at: .seconds(2), number: number)
    }
  }

  /// Three turns, each of them answered.
  static func threeTurns(_ width: Int = 100, _ height: Int = 30, models: [String] = ["a", "b"]) -> AppDriver {
    var app = AppDriver(width, height, models: models)
    app.exchange("Question one", number: 1, answer: "Answer one")
    app.advance(to: .seconds(100))
    app.exchange("Question two", number: 2, answer: "Answer two")
    app.advance(to: .seconds(200))
    app.exchange("Question three", number: 3, answer: "Answer three")
    app.advance(to: .seconds(300))
    return app
  }

  var draft: SendDraft? {
    for case .send(let draft) in effects { return draft }
    return nil
  }

  var line: [String] { state.conversation?.exchanges.map(\.prompt.text) ?? [] }
}

@Suite("Branches") struct BranchTests {
  @Test("A prompt follows the last turn of the line")
  func follows() {
    var app = AppDriver.threeTurns()
    #expect(app.state.conversation?.exchanges.map(\.prompt.parent) == [nil, AppDriver.id(1001), AppDriver.id(1002)])
    app.type("Four")
    app.press(Key(.enter))
    #expect(app.draft?.parent == AppDriver.id(1003))
  }

  @Test("b cuts the line at the turn in view, says so, and what is sent then is a branch")
  func branch() {
    var app = AppDriver.threeTurns()
    app.press(Key(.tab))
    app.press("[")
    app.press("[")
    app.press("b")
    #expect(app.line == ["Question one"])
    #expect(app.screen.contains("branch after turn 1") && !app.screen.contains("Question two"))
    #expect(app.state.focus == .prompt)
    app.send("Question two, other", number: 4)
    #expect(app.line == ["Question one", "Question two, other"])
    #expect(app.screen.contains("branch 2 of 2") && !app.screen.contains("branch after"))
    app.finish(4, "Other answer")
    #expect(app.screen.contains("Other answer of model 1"))
    #expect(app.state.world.allExchanges.count == 4)
  }

  @Test("Esc takes a branch back, and the line is whole again")
  func takeBack() {
    var app = AppDriver.threeTurns()
    app.press(Key(.tab))
    app.press("[")
    app.press("b")
    #expect(app.line.count == 2)
    app.type("half a")
    app.press(Key(.escape))
    #expect(app.line.count == 3 && app.state.prompt.editor.text == "half a")
    #expect(app.state.turnInView == 1, "at the turn where it was cut")
  }

  @Test("At the last turn there is nothing to branch from, and a turn is needed")
  func branchAtEnd() {
    var app = AppDriver.threeTurns()
    app.press(Key(.tab))
    app.press("b")
    #expect(app.line.count == 3 && app.state.branches.plan == nil)
    #expect(app.screen.contains("follows turn 3"))
    var empty = AppDriver(80, 24)
    empty.type("/branch")
    empty.press(Key(.escape), Key(.enter))
    #expect(empty.screen.contains("no turn yet"))
  }

  @Test("Answers that stream in a branch that was left go on, are counted, and are there on return")
  func leftStreaming() {
    var app = AppDriver.threeTurns()
    app.send("Question four", number: 4)
    app.event(0, .text("It begins"), at: .milliseconds(10), number: 4)
    app.press(Key(.tab))
    app.press("[")
    app.press("b")
    #expect(app.screen.contains("2 elsewhere"))
    app.send("Question four, other", number: 5)
    #expect(app.line.last == "Question four, other", "what streams elsewhere does not hold it up")
    app.event(0, .text(" and goes on"), at: .milliseconds(20), number: 4)
    app.event(0, .text("The other"), at: .milliseconds(20), number: 5)
    #expect(app.screen.contains("The other") && !app.screen.contains("goes on"))
    app.press(Key(.tab))
    app.press("<")
    #expect(app.line.last == "Question four")
    #expect(app.screen.contains("It begins and goes on"))
    app.event(0, .text(" to its end"), at: .milliseconds(30), number: 4)
    app.event(0, .finished(.stop), at: .milliseconds(40), number: 4)
    app.event(1, .finished(.stop), at: .milliseconds(40), number: 4)
    #expect(app.screen.contains("It begins and goes on to its end"))
    #expect(app.state.runningReplies == 2)
  }

  @Test("e puts the prompt in the editor with its system prompt and files, and sends it beside the first")
  func edit() {
    var app = AppDriver(100, 30, models: ["a"])
    app.tell(.attachmentsRead([AttachedFile(path: "src/x.swift", name: "x.swift", bytes: 5)]))
    app.type("/system Be brief")
    app.press(Key(.enter))
    app.type("First")
    app.press(Key(.enter))
    if let draft = app.draft {
      app.startSend(draft, attachments: [Attachment(name: "x.swift", sha256: "", content: "let x")])
    }
    app.finish(1, "One")
    app.exchange("Second", number: 2, answer: "Two")
    app.type("half a thought")
    app.press(Key(.tab))
    app.press("g")
    app.press("[")
    app.press("e")
    #expect(app.state.prompt.editor.text == "First" && app.state.prompt.system == "Be brief")
    #expect(app.screen.contains("edit of turn 1") && app.screen.contains("x.swift (5 B)"))
    #expect(app.line.count == 2, "what was answered stays in sight")
    app.type(" of all")
    app.press(Key(.enter))
    #expect(
      app.draft
        == SendDraft(
          conversation: AppDriver.id(1), parent: nil, text: "First of all", system: "Be brief",
          attachmentsFrom: AppDriver.id(1001), models: [AppDriver.model("a")]))
    #expect(app.state.prompt.editor.text == "half a thought", "what stood there is back")
    if let draft = app.draft { app.startSend(draft, number: 3) }
    #expect(app.line == ["First of all"])
    app.advance(to: .seconds(60))
    #expect(app.screen.contains("branch 2 of 2"))
  }

  @Test("Esc takes an edit back and gives back what stood in the prompt; undo still has the edit")
  func takeBackEdit() {
    var app = AppDriver.threeTurns()
    app.type("half a thought")
    app.press(Key(.tab))
    app.press("[")
    app.press("e")
    app.type("!")
    app.press(Key(.escape))
    #expect(app.state.prompt.editor.text == "half a thought" && app.state.branches.plan == nil)
    app.press(.control("_"))
    #expect(app.state.prompt.editor.text == "Question two!")
  }

  @Test("A send that fails gives back the edit with its place; what stood there before is kept")
  func failedEdit() {
    var app = AppDriver.threeTurns()
    app.type("half a thought")
    app.press(Key(.tab))
    app.press("[")
    app.press("e")
    app.press(Key(.enter))
    app.tell(.sendFailed("The disk is full."))
    #expect(app.state.prompt.editor.text == "Question two")
    #expect(app.screen.contains("edit of turn 2"))
    app.press(Key(.enter))
    #expect(app.draft?.parent == AppDriver.id(1001))
    if let draft = app.draft { app.startSend(draft, number: 4) }
    #expect(app.state.prompt.editor.text == "half a thought")
    #expect(app.line == ["Question one", "Question two"])
  }

  @Test("< and > go round the branches at the fork nearest to the turn in view")
  func switchBranches() {
    var app = AppDriver.threeTurns()
    for (number, text) in [(4, "Two, second"), (5, "Two, third")] {
      app.press(Key(.tab))
      app.press(number == 4 ? "[" : "b")
      if number == 4 { app.press("[") } else { app.press("g") }
      app.press("b")
      app.exchange(text, number: number, answer: "Answer")
      app.press(Key(.escape))
    }
    #expect(app.state.world.allExchanges.count == 5)
    app.press(Key(.tab))
    let before = app.line
    app.press(">")
    let next = app.line
    #expect(next != before)
    app.press(Key(.left, .alt))
    #expect(app.line == before)
  }

  @Test("A prompt whose send is confirmed after the user went to another branch comes there, not on the screen")
  func lateStart() throws {
    var app = AppDriver.threeTurns()
    app.press(Key(.tab))
    app.press("[")
    app.press("b")
    app.exchange("Other three", number: 4, answer: "Other")
    app.type("Next")
    app.press(Key(.enter))
    let draft = try #require(app.draft)
    app.press(Key(.tab))
    app.press("<")
    #expect(app.line.last == "Question three")
    app.startSend(draft, number: 5)
    #expect(app.line.last == "Question three")
    app.event(0, .text("Late"), at: .milliseconds(1), number: 5)
    app.press(">")
    #expect(app.line == ["Question one", "Question two", "Other three", "Next"])
    app.press("G")
    #expect(app.screen.contains("Late"))
  }

  @Test("A conversation opens at its newest end, or by an exchange of another branch; leaving keeps all branches")
  func opens() throws {
    var app = AppDriver.threeTurns()
    app.press(Key(.tab))
    app.press("[")
    app.press("[")
    app.press("b")
    app.exchange("Other two", number: 4, answer: "Other")
    let whole = try #require(app.state.world.wholeConversation)
    app.press(.control("n"))
    #expect(app.state.world.others.last?.exchanges.count == 4)
    app.state.open(whole, continues: false)
    #expect(app.line == ["Question one", "Other two"])
    app.state.open(whole, continues: false, at: AppDriver.id(1002))
    #expect(app.line == ["Question one", "Question two", "Question three"])
    app.tell(.tick(now: .seconds(400)))
    app.press("[")
    #expect(app.state.turnInView == 0)
    var other = AppDriver(100, 30, models: ["a", "b"])
    other.state.open(whole, continues: false, at: AppDriver.id(1002))
    #expect(other.line == ["Question one", "Question two", "Question three"])
    #expect(other.state.turnInView == 1)
  }

  @Test("A model that has no answer in the conversation is marked as new, before the send and after")
  func newModel() {
    var app = AppDriver.threeTurns(120, 30)
    app.tell(.modelsLoaded(["a", "b", "c"].map { ModelChoice(reference: AppDriver.model($0)) }, defaults: []))
    #expect(!app.screen.contains("(new"))
    app.state.world.chosenModels.append(AppDriver.model("c"))
    #expect(app.screen.contains("to a, b, c (new to this conversation)"))
    app.send("Question four", number: 4)
    #expect(app.screen.contains("new here: it saw no earlier turn"))
  }

  @Test("Whatever is done, no exchange is lost, the line is one of the tree's, and all sizes can be drawn")
  func anything() {
    var random = Seeded(11)
    let keys: [Key] =
      "[]{}<>bedtgGjkhlRyzqins".map { Key(.character($0)) } + [
        Key(.tab), Key(.escape), Key(.enter), .control("t"), .control("n"), Key(.pageUp), Key(.tab, .shift),
      ]
    for round in 0..<12 {
      var app = AppDriver.threeTurns(60 + round * 7, 12 + round * 2)
      var number = 4
      var known = Set(app.state.world.allExchanges.map(\.id))
      let whole = app.state.world.wholeConversation
      for _ in 0..<120 {
        if app.state.conversation == nil, let whole = app.state.world.others.last ?? whole {
          app.state.open(whole, continues: Bool.random(using: &random), at: known.randomElement(using: &random))
        }
        if app.state.screen == .compose, app.state.focus == .prompt, Int.random(in: 0..<3, using: &random) == 0 {
          app.type("text \(number)")
        }
        app.press(keys.randomElement(using: &random) ?? Key(.tab))
        app.compare()
        for effect in app.effects {
          switch effect {
          case .send(let draft):
            app.startSend(draft, number: number)
            known.insert(AppDriver.id(1000 + number))
            if Bool.random(using: &random) { app.finish(number, "Answer \(number)") }
            number += 1
          case .retry(let old, _):
            let exchange = app.state.world.allExchanges.first { $0.replies.contains { $0.id == old } }
            guard let exchange, let model = exchange.replies.first(where: { $0.id == old })?.model else { continue }
            let again = Reply(id: UUID(), model: model, attempt: 9, startedAt: AppDriver.launch)
            app.tell(.retryStarted(prompt: exchange.id, reply: again))
            app.tell(.events([ReplyEvent(reply: again.id, at: .seconds(1), event: .text("Again"))]))
            app.tell(.events([ReplyEvent(reply: again.id, at: .seconds(1), event: .finished(.stop))]))
          default: break
          }
        }
        let here =
          app.state.conversation == nil ? app.state.world.others.last?.exchanges ?? [] : app.state.world.allExchanges
        #expect(Set(here.map(\.id)) == known && here.count == known.count)
        if let last = app.state.conversation?.exchanges.last {
          let line = ConversationTree(here).line(to: last.id)
          #expect(line.map(\.id) == app.state.conversation?.exchanges.map(\.id))
        }
        #expect(!app.screen.isEmpty)
      }
    }
  }

  @Test("A line switched to and fro draws as one that was opened anew")
  func sameAsFresh() throws {
    var app = AppDriver.threeTurns()
    app.press(Key(.tab))
    app.press("[")
    app.press("[")
    app.press("b")
    app.exchange("Other two", number: 4, answer: "Other")
    app.press(Key(.tab))
    for _ in 0..<5 { app.press(">") }
    var fresh = AppDriver(100, 30, models: ["a", "b"])
    fresh.advance(to: .seconds(300))
    fresh.state.open(try #require(app.state.world.wholeConversation), continues: false, at: AppDriver.id(1002))
    fresh.press("j")
    app.press("j")
    #expect(app.frame == fresh.frame, "\(app.screen)\n\(fresh.screen)")
  }
}
