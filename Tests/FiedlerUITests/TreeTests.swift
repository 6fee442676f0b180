import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

extension AppDriver {
  /// A conversation of exchanges numbered from 1, each following the one of the number given, 0 for none.
  static func conversation(parents: [Int], texts: [String] = [], models: [String] = ["gpt-4o-mini", "deepseek-r1"])
    -> Conversation
  {
    let exchanges = parents.enumerated().map { index, parent in
      let sentAt = launch.addingTimeInterval(Double(index - parents.count) * 1500)
      let references = models.map(Self.model)
      let replies = references.enumerated().map { model, reference in
        let failed = (index + model) % 5 == 4
        return Reply(
          id: id(50_000 + index * 10 + model), model: reference, state: failed ? .failed : .success,
          text: failed ? "" : "Answer \(index + 1) of \(model + 1)",
          failure: failed ? SendFailure(.connection, "The connection was refused.") : nil, startedAt: sentAt,
          timeToFirstToken: .milliseconds(300), duration: .seconds(2))
      }
      let prompt = Prompt(
        id: id(10_001 + index), parent: parent == 0 ? nil : id(10_000 + parent), turnNumber: index + 1,
        text: index < texts.count ? texts[index] : "Question \(index + 1)", models: references, sentAt: sentAt)
      return Exchange(prompt: prompt, replies: replies)
    }
    return Conversation(
      id: id(77), title: "Review the retry logic", createdAt: launch, updatedAt: launch, exchanges: exchanges)
  }

  static func opened(_ conversation: Conversation, _ width: Int, _ height: Int) -> AppDriver {
    var app = AppDriver(width, height)
    app.state.open(conversation, continues: false)
    app.tell(.tick(now: .seconds(1)))
    app.tell(.input(.resize(Size(width: width, height: height))))
    return app
  }

  /// Branches in branches, with words.
  static func forked(_ width: Int, _ height: Int) -> AppDriver {
    let texts = [
      "Review the retry logic in sender.swift", "And what would you test first?",
      "Write those tests with Swift Testing", "Which of them would have caught the back-off that is never reset?",
      "Make them run without sleeping", "Write those tests with XCTest instead",
      "Now the same for the receiver, whose errors are typed", "Anything that I forgot?",
    ]
    return opened(conversation(parents: [0, 1, 2, 3, 3, 2, 6, 5], texts: texts), width, height)
  }
}

@Suite("The tree of branches") struct TreeTests {
  private func open(_ app: inout AppDriver) {
    app.press("t")
    #expect(app.state.screen == .tree)
  }

  @Test("t and Ctrl+T show every prompt, the turn in view selected, the current line marked")
  func shows() {
    var app = AppDriver.forked(100, 30)
    open(&app)
    #expect(app.state.tree?.selectedID == AppDriver.id(10_008))
    for row in [
      " • 1 Review the retry logic", " • 2 And what would", " • ├─ 3 Write those tests with Swift Testing",
      "   │  ├─ 4 Which of them", " • │  └─ 4 Make them run", "›• │     5 Anything",
      "   └─ 3 Write those tests with XCTest",
      "      4 Now the same",
    ] {
      #expect(app.screen.contains("│" + row), "\(row)\n\(app.screen)")
    }
    app.press(.control("t"))
    #expect(app.state.screen == .compose)
    app.press(Key(.tab, .shift), .control("t"))
    #expect(app.state.screen == .tree)
    app.press("q")
    #expect(app.state.screen == .compose && app.state.tree == nil)
  }

  @Test("j and k walk the rows, h and l the turns; Enter goes to the branch")
  func walks() {
    var app = AppDriver.forked(100, 30)
    open(&app)
    app.press("g")
    #expect(app.state.tree?.selected == 0)
    app.press("l")
    app.press("l")
    #expect(app.state.tree?.selectedID == AppDriver.id(10_003), "along the current line")
    app.press("h")
    #expect(app.state.tree?.selectedID == AppDriver.id(10_002))
    app.press("k")
    app.press("h")
    #expect(app.state.tree?.selected == 0)
    app.press("G")
    app.press("k")
    #expect(app.state.tree?.selectedID == AppDriver.id(10_006))
    app.press(Key(.enter))
    #expect(app.state.screen == .compose && app.state.focus == .pane)
    #expect(app.state.conversation?.exchanges.map(\.id) == [1, 2, 6, 7].map { AppDriver.id(10_000 + $0) })
    #expect(app.state.turnInView == 2)
    #expect(app.screen.contains("branch 2 of 2"))
  }

  @Test("b and e act on the selected prompt, on whatever branch it is")
  func acts() {
    var app = AppDriver.forked(100, 30)
    open(&app)
    app.press("G")
    app.press("k")
    app.press("b")
    #expect(app.state.screen == .compose && app.screen.contains("branch after turn 3"))
    #expect(app.state.conversation?.exchanges.last?.id == AppDriver.id(10_006))
    app.press(Key(.escape))
    #expect(app.state.conversation?.exchanges.last?.id == AppDriver.id(10_008), "back on the line that was left")
    app.press(Key(.tab))
    open(&app)
    app.press("G")
    app.press("e")
    #expect(app.state.prompt.editor.text == "Now the same for the receiver, whose errors are typed")
    app.press(Key(.enter))
    #expect(app.draft?.parent == AppDriver.id(10_006))
  }

  @Test("What streams while the tree is open shows its state, and a new prompt its row")
  func live() {
    var app = AppDriver.threeTurns()
    app.type("Four")
    app.press(Key(.enter))
    let draft = app.draft
    app.press(Key(.tab))
    open(&app)
    if let draft { app.startSend(draft, number: 4) }
    #expect(app.state.tree?.rows.count == 4 && app.screen.contains("4 Four"))
    #expect(app.screen.contains("○○"))
    app.event(0, .text("x"), at: .milliseconds(1), number: 4)
    #expect(app.screen.contains("◐○"))
  }

  @Test("A thousand turns in a row stand in one column, and so do a thousand forks as far as there is room")
  func thousand() {
    var app = AppDriver.opened(AppDriver.conversation(parents: Array(0..<1000), models: ["a"]), 80, 24)
    open(&app)
    #expect(app.state.tree?.rows.count == 1000 && app.state.tree?.limbs.isEmpty == true)
    #expect(app.screen.contains("1,000 Question 1000") && !app.screen.contains("├─ "))
    app.press("g")
    #expect(app.screen.contains("• 1 Question 1"))
    // Each odd one follows the one before it, each even one is beside it.
    let parents = (0..<1000).map { $0 < 2 ? $0 : $0 % 2 == 0 ? $0 - 1 : $0 - 2 }
    var deep = AppDriver.opened(AppDriver.conversation(parents: parents, models: ["a"]), 40, 12)
    open(&deep)
    #expect(deep.state.tree?.rows.count == 1000)
    for _ in 0..<30 {
      deep.press("k")
      #expect(deep.screen.contains("…") && deep.screen.contains("Quest"), "\(deep.screen)")
    }
  }

  @Test("Several first prompts are branches too; a click selects")
  func roots() {
    var app = AppDriver.opened(AppDriver.conversation(parents: [0, 0, 1]), 80, 24)
    open(&app)
    #expect(app.screen.contains("┌─ 1 Question 1") && app.screen.contains("└─ 1 Question 2"))
    app.tell(.input(.mouse(Mouse(.press, button: .left, at: Point(x: 10, y: 4)))))
    #expect(app.state.tree?.selectedID == AppDriver.id(10_003))
    app.tell(.input(.mouse(Mouse(.press, button: .left, at: Point(x: 10, y: 7)))))
    #expect(app.state.tree?.selectedID == AppDriver.id(10_002), "two rows a prompt where there is room")
  }

  @Test("Without a conversation the tree says so")
  func empty() {
    var app = AppDriver(80, 24)
    app.press(.control("t"))
    #expect(app.state.screen == .compose && app.screen.contains("no conversation on the screen yet"))
  }
}
