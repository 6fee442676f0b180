import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("Verdicts on the screen") struct VerdictTests {
  /// Three models, two of which have answered; the keys are a pane's.
  static func answered(_ width: Int, _ height: Int) -> AppDriver {
    var app = AppDriver(width, height)
    app.send("Why is the sky blue?")
    for model in 0..<2 {
      app.event(model, .text("Because of scattering, says number \(model)"), at: .milliseconds(40))
      app.event(model, .usage(Usage(promptTokens: 9, completionTokens: 1234)), at: .milliseconds(45))
      app.event(model, .finished(.stop), at: .milliseconds(5050))
    }
    app.press(Key(.tab))
    return app
  }

  static func given(_ effects: [Effect]) -> Verdict? {
    for case .judge(.give(let verdict)) in effects { return verdict }
    return nil
  }

  /// What the shell does.
  static func tell(_ app: inout AppDriver) {
    let before = app.state.conversation?.exchanges.last?.verdicts ?? []
    for case .judge(let change) in app.effects {
      app.tell(.verdictsChanged(AppDriver.id(1001), before.applying(change)))
      return
    }
  }

  @Test("A key says that an answer is the best, its pane's border shows it, and the key takes it back")
  func best() throws {
    var app = Self.answered(120, 30)
    app.press("+")
    let verdict = try #require(Self.given(app.effects))
    #expect(verdict.kind == .best && verdict.reply == AppDriver.id(100) && !verdict.isBlind)
    #expect(verdict.madeAt == AppDriver.launch)
    Self.tell(&app)
    #expect(app.screen.contains(" best done "), "\(app.screen)")
    app.press("+")
    #expect(app.effects == [.judge(.takeBack(AppDriver.id(100)))])
    Self.tell(&app)
    #expect(!app.screen.contains("best"))
    app.press("-")
    #expect(Self.given(app.effects)?.kind == .bad)
  }

  @Test("An answer that still comes cannot be judged, and the key says so") func running() {
    var app = Self.answered(120, 30)
    app.press(Key(.tab), Key(.tab))
    app.press("+")
    #expect(app.effects.isEmpty && app.state.toasts.last?.text == "A verdict can be given once the answer has ended")
  }

  @Test("A picker has all that can be said of an answer", arguments: ScreenTests.sizes)
  func picker(_ size: Size) throws {
    var app = Self.answered(size.width, size.height)
    app.press("+")
    Self.tell(&app)
    app.press("J")
    try ScreenTests.expect(app, is: "verdict")
  }

  @Test("Better, worse and as good are said of two answers, counted in the borders and in the tree") func pairs() throws
  {
    var app = Self.answered(120, 30)
    app.press("J")
    app.type("worse")
    app.press(Key(.enter))
    let worse = try #require(Self.given(app.effects))
    #expect(worse.kind == .better && worse.reply == AppDriver.id(101) && worse.other == AppDriver.id(100))
    Self.tell(&app)
    #expect(app.screen.contains(" -1 done ") && app.screen.contains(" +1 done "), "\(app.screen)")
    app.press("J")
    app.type("as good")
    app.press(Key(.enter))
    Self.tell(&app)
    #expect(app.screen.contains(" =1 done ") && !app.screen.contains("+1"), "\(app.screen)")
    app.press("t")
    #expect(app.screen.contains("gpt-4o-mini =1"), "\(app.screen)")
    app.press(Key(.escape))
    app.press("J")
    app.type("take back")
    app.press(Key(.enter))
    #expect(app.effects == [.judge(.takeBack(AppDriver.id(100), against: AppDriver.id(101)))])
  }

  @Test("A note is typed to a verdict", arguments: ScreenTests.sizes)
  func note(_ size: Size) throws {
    var app = Self.answered(size.width, size.height)
    app.press("-")
    Self.tell(&app)
    app.press("J")
    app.type("note")
    app.press(Key(.enter))
    app.type("It says nothing")
    try ScreenTests.expect(app, is: "verdict-note")
    app.press(Key(.enter))
    let verdict = try #require(Self.given(app.effects))
    #expect(verdict.note == "It says nothing" && verdict.kind == .bad && app.state.layer == nil)
    app.press("J")
    app.press(Key(.escape))
    #expect(app.state.layer == nil && app.effects.isEmpty)
  }

  @Test("The history's preview shows verdicts, and takes over those given meanwhile") func preview() {
    var app = AppDriver(120, 30)
    app.press(.control("s"))
    app.tell(.historyLoaded(for: 1, HistoryPage(summaries: AppDriver.summaries(3))))
    var conversation = AppDriver.conversation
    let reply = conversation.exchanges[0].replies[0].id
    conversation.exchanges[0].verdicts = [Verdict(.best, of: reply, madeAt: AppDriver.launch)]
    app.tell(.previewLoaded(conversation, hits: []))
    #expect(app.screen.contains("gpt-4o-mini  best · done"), "\(app.screen)")
    app.tell(
      .verdictsChanged(conversation.exchanges[0].id, [Verdict(.bad, of: reply, madeAt: AppDriver.launch)]))
    #expect(app.screen.contains("gpt-4o-mini  bad · done"), "\(app.screen)")
  }
}
