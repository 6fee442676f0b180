import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

extension AppDriver {
  static let nextPage = HistoryCursor(place: ["next"])

  /// Answers the question that was asked last.
  mutating func answerHistory(
    _ summaries: [ConversationSummary], after: HistoryCursor? = nil, next: HistoryCursor? = nil
  ) {
    tell(.historyLoaded(for: state.history.token, HistoryPage(summaries: summaries, after: after, next: next)))
  }

  /// The history, with its first page.
  static func history(_ width: Int = 100, _ height: Int = 30, count: Int = 30, next: HistoryCursor? = nextPage) -> Self
  {
    var app = AppDriver(width, height)
    app.press(.control("s"))
    app.answerHistory(summaries(count), next: next)
    return app
  }

  /// What the last message asked the store for.
  var askedHistory: (query: HistoryQuery, after: HistoryCursor?)? {
    for case .loadHistory(let query, let after, _) in effects { return (query, after) }
    return nil
  }
}

@Suite("History") struct HistoryTests {
  @Test("Opening loads the newest conversations and then previews the first")
  func opens() {
    var app = AppDriver(100, 30)
    app.press(.control("s"))
    #expect(app.effects == [.loadHistory(HistoryQuery(), after: nil, token: 1)])
    app.answerHistory(AppDriver.summaries(3))
    #expect(app.effects == [.previewConversation(AppDriver.id(1), query: nil)])
    app.tell(.previewLoaded(AppDriver.conversation, hits: []))
    #expect(app.screen.contains("It looks right, but the delay is never reset."))
    #expect(app.screen.contains("3 conversations · newest first"))
  }

  @Test("That an answer is awaited is said after a moment, not at once, and the clock is asked for then")
  func patience() {
    var app = AppDriver(100, 30)
    app.press(.control("s"))
    #expect(!app.screen.contains("Loading") && !app.screen.contains("No conversation"))
    #expect(app.state.nextChange == .milliseconds(150))
    app.advance(to: .milliseconds(150))
    #expect(app.screen.contains("Loading …"))
    app.answerHistory([])
    #expect(app.screen.contains("No conversation yet."))
  }

  @Test("j, k, g, G and the page keys move, each move previews, and near the end the next page is loaded")
  func moves() {
    var app = AppDriver.history()
    app.press("j")
    #expect(app.effects == [.previewConversation(AppDriver.id(2), query: nil)])
    app.press("k")
    #expect(app.state.history.selected == 0)
    app.press(Key(.pageDown))
    #expect(app.state.history.selected == HistoryLayout(app.state.history, app.state.world, app.state.size).visible - 1)
    app.press("G")
    let oldest = AppDriver.summaries(30)[29]
    #expect(
      app.effects == [
        .previewConversation(oldest.id, query: nil),
        .loadHistory(HistoryQuery(), after: AppDriver.nextPage, token: 2),
      ])
    app.press("k")
    app.press("j")
    #expect(app.askedHistory == nil, "one page at a time")
    app.answerHistory(AppDriver.summaries(5, from: 29), after: AppDriver.nextPage)
    #expect(app.state.history.items.count == 34, "one was known already")
    #expect(app.state.history.selectedItem?.id == oldest.id)
    app.press("G")
    #expect(app.askedHistory == nil, "there is no further page")
    app.press("g")
    #expect(app.state.history.selected == 0)
  }

  @Test("A page that failed is asked for again at the next move")
  func pageFailed() {
    var app = AppDriver.history()
    app.press("G")
    app.tell(.historyFailed(for: app.state.history.token, "The database is locked."))
    #expect(app.screen.contains("✕ The database is locked.") && app.state.history.items.count == 30)
    app.press("k")
    #expect(app.askedHistory?.after == AppDriver.nextPage)
  }

  @Test("The history comes back as it was left: the query, the pages loaded, the selected conversation")
  func comesBack() {
    var app = AppDriver.history()
    app.press("G")
    app.answerHistory(AppDriver.summaries(10, from: 30), after: AppDriver.nextPage)
    app.press("j")
    app.press("j")
    let selected = app.state.history.selectedItem?.id
    app.press(Key(.enter))
    app.tell(.conversationLoaded(AppDriver.conversation))
    #expect(app.state.screen == .history, "another conversation was opened")
    app.press(.control("n"))
    app.press(.control("s"))
    #expect(app.askedHistory?.after == nil && app.state.history.items.count == 40)
    app.answerHistory(AppDriver.summaries(30), next: AppDriver.nextPage)
    #expect(app.state.history.items.count == 40 && app.state.history.selectedItem?.id == selected)
    #expect(app.state.history.next == nil, "the last page had been loaded")
    app.press(.control("s"))
    #expect(app.state.history.isFiltering, "asked for in the history, it begins to search")
  }

  @Test("o goes through the orders; best match only where words are looked for")
  func orders() {
    var app = AppDriver.history()
    var seen: [HistoryOrder] = []
    for _ in 0..<3 {
      app.press("o")
      if let order = app.askedHistory?.query.order { seen.append(order) }
      app.answerHistory(AppDriver.summaries(3))
    }
    #expect(seen == [.oldest, .title, .newest])
    app.press("/")
    app.type("x")
    app.answerHistory(AppDriver.summaries(3))
    app.press(Key(.enter), Key(.character("o")), Key(.character("o")), Key(.character("o")))
    #expect(app.askedHistory?.query == HistoryQuery("x", order: .relevance))
    #expect(app.screen.contains("best match first"))
  }

  @Test("Enter opens a conversation to read, c to continue it with its models")
  func openAndContinue() {
    var app = AppDriver.history()
    app.press(Key(.enter))
    #expect(app.effects == [.openConversation(AppDriver.id(1))])
    app.tell(.conversationLoaded(AppDriver.conversation))
    #expect(app.state.screen == .compose && app.state.focus == .pane)
    #expect(app.screen.contains("It looks right"))
    var other = AppDriver.history()
    other.press("c")
    other.tell(.conversationLoaded(AppDriver.conversation))
    #expect(other.state.focus == .prompt)
    #expect(other.state.chosenModels == ["gpt-4o-mini", "deepseek-r1"].map(AppDriver.model))
    other.type("And then?")
    other.press(Key(.enter))
    guard case .send(let draft) = other.effects.first else {
      Issue.record("not sent")
      return
    }
    #expect(draft.conversation == AppDriver.id(1))
  }

  @Test("A conversation that comes after the user went on is not forced on the screen")
  func lateConversation() {
    var app = AppDriver.history()
    app.press(Key(.enter))
    app.tell(.loadFailed("The database is locked."))
    app.tell(.conversationLoaded(AppDriver.conversation))
    #expect(app.state.screen == .history)
    #expect(app.state.conversation == nil)
    app.tell(.previewLoaded(AppDriver.conversation, hits: []))
    app.press("j")
    app.tell(.loadFailed("The database is locked."))
    #expect(!app.screen.contains("It looks right"), "another conversation's preview does not stay")
    app.press("k")
    app.press(Key(.enter), Key(.escape))
    app.tell(.conversationLoaded(AppDriver.conversation))
    #expect(app.state.screen == .compose && app.state.conversation == nil)
  }

  @Test("A conversation that ended here and was continued elsewhere is shown as stored")
  func continuedElsewhere() {
    var app = AppDriver(100, 30, models: ["gpt-4o-mini", "deepseek-r1"])
    app.send("Review the retry logic")
    for model in 0..<2 {
      app.event(model, .text("Old"), at: .seconds(1))
      app.event(model, .finished(.stop), at: .seconds(1))
    }
    app.press(.control("n"))
    app.press(.control("s"))
    app.answerHistory(AppDriver.summaries(1))
    app.press(Key(.enter))
    #expect(app.effects == [.openConversation(AppDriver.id(1))])
    app.tell(.conversationLoaded(AppDriver.conversation))
    #expect(app.screen.contains("It looks right") && !app.screen.contains("Old"))
  }

  @Test("Replies that another program still writes do not keep the prompt from being sent")
  func runningElsewhere() {
    var conversation = AppDriver.conversation
    var reply = conversation.exchanges[0].replies[0]
    reply = Reply(id: reply.id, model: reply.model, state: .streaming, text: "Half", startedAt: AppDriver.launch)
    conversation.exchanges[0].replies[0] = reply
    var app = AppDriver.history()
    app.press("c")
    app.tell(.conversationLoaded(conversation))
    app.type("Next")
    app.press(Key(.enter))
    #expect(app.effects.count == 1)
  }

  @Test(
    "The wheel moves where the mouse is; a click selects, a second one opens, and the search line begins to be typed")
  func mouse() {
    var app = AppDriver.history()
    app.tell(.previewLoaded(AppDriver.conversation, hits: []))
    func click(_ x: Int, _ y: Int) -> Message { .input(.mouse(Mouse(.press, button: .left, at: Point(x: x, y: y)))) }
    app.tell(click(10, 7))
    #expect(app.state.history.selected == 2, "two rows an entry, behind the head, the border and the day")
    app.tell(click(10, 8))
    #expect(app.effects == [.openConversation(AppDriver.id(3))], "the same entry again")
    app.tell(.input(.mouse(Mouse(.wheelDown, at: Point(x: 10, y: 5)))))
    #expect(app.state.history.selected == 3)
    app.tell(click(80, 10))
    #expect(app.state.history.focus == .preview && app.state.history.selected == 3)
    app.tell(click(20, 0))
    #expect(app.state.history.isFiltering)
  }

  @Test(
    "Dates are told from now on",
    arguments: [
      (0, "just now"), (59, "just now"), (60, "1 min ago"), (3599, "59 min ago"), (3 * 3600, "today 19:13"),
      (23 * 3600, "yesterday 23:13"), (46 * 3600, "yesterday 00:13"), (47 * 3600, "12 Nov"),
      (330 * 86400, "19 Dec 2022"),
    ])
  func dates(_ age: Int, _ expected: String) {
    let when = When(now: AppDriver.launch, secondsFromUTC: 0)
    #expect(when.text(AppDriver.launch.addingTimeInterval(Double(-age))) == expected)
  }

  @Test("Dates are local")
  func localDates() {
    let when = When(now: AppDriver.launch, secondsFromUTC: 2 * 3600)
    #expect(when.full(AppDriver.launch) == "15 Nov 2023 00:13")
    #expect(when.text(AppDriver.launch.addingTimeInterval(-7200)) == "yesterday 22:13")
  }
}
