import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("History") struct HistoryTests {
  private func opened(_ count: Int = 30, more: Bool = true) -> AppDriver {
    var app = AppDriver(100, 30)
    app.press(.control("s"))
    let page = HistoryPage(query: "", after: nil, summaries: AppDriver.summaries(count), more: more)
    app.tell(.historyLoaded(page))
    return app
  }

  @Test("Opening loads the newest conversations and then previews the first")
  func opens() {
    var app = AppDriver(100, 30)
    app.press(.control("s"))
    #expect(app.effects == [.loadHistory(query: "", after: nil)])
    #expect(app.screen.contains("Loading"))
    app.tell(.historyLoaded(HistoryPage(query: "", after: nil, summaries: AppDriver.summaries(3), more: false)))
    #expect(app.effects == [.previewConversation(AppDriver.id(1))])
    app.tell(.previewLoaded(AppDriver.conversation))
    #expect(app.screen.contains("It looks right, but the delay is never reset."))
  }

  @Test("j, k, g, G and the page keys move, each move previews, and the end loads more")
  func moves() {
    var app = opened()
    app.press("j")
    #expect(app.effects == [.previewConversation(AppDriver.id(2))])
    app.press("k")
    #expect(app.state.history.selected == 0)
    app.press(Key(.pageDown))
    #expect(app.state.history.selected == app.state.historyPage)
    app.press("G")
    let oldest = AppDriver.summaries(30)[29]
    #expect(app.effects == [.previewConversation(oldest.id), .loadHistory(query: "", after: oldest)])
    app.press("k")
    app.press("j")
    #expect(!app.effects.contains { if case .loadHistory = $0 { true } else { false } }, "one page at a time")
    let page = HistoryPage(
      query: "", after: oldest, summaries: AppDriver.summaries(5, from: 29), more: false)
    app.tell(.historyLoaded(page))
    #expect(app.state.history.items.count == 34, "one was known already")
    app.press("g")
    #expect(app.state.history.selected == 0)
  }

  @Test("The filter asks anew with each letter, and answers to older questions are dropped")
  func filter() {
    var app = opened()
    app.press("/")
    app.press("r")
    #expect(app.effects == [.loadHistory(query: "r", after: nil)])
    app.press("e")
    app.tell(.historyLoaded(HistoryPage(query: "r", after: nil, summaries: [], more: false)))
    #expect(app.state.history.items.count == 30)
    app.tell(.historyLoaded(HistoryPage(query: "re", after: nil, summaries: [], more: false)))
    #expect(app.screen.contains("Nothing found."))
    app.press(Key(.enter), Key(.escape))
    #expect(app.effects == [.loadHistory(query: "", after: nil)])
    app.press(Key(.escape))
    #expect(app.state.screen == .compose)
  }

  @Test("Enter opens a conversation to read, c to continue it with its models")
  func openAndContinue() {
    var app = opened()
    app.press(Key(.enter))
    #expect(app.effects == [.openConversation(AppDriver.id(1))])
    app.tell(.conversationLoaded(AppDriver.conversation))
    #expect(app.state.screen == .compose && app.state.focus == .pane)
    #expect(app.screen.contains("It looks right"))
    var other = opened()
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
    var app = opened()
    app.press(Key(.enter))
    app.tell(.loadFailed("The database is locked."))
    app.tell(.conversationLoaded(AppDriver.conversation))
    #expect(app.state.screen == .history)
    #expect(app.state.conversation == nil)
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
    app.tell(.historyLoaded(HistoryPage(query: "", after: nil, summaries: AppDriver.summaries(1), more: false)))
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
    var app = opened()
    app.press("c")
    app.tell(.conversationLoaded(conversation))
    app.type("Next")
    app.press(Key(.enter))
    #expect(app.effects.count == 1)
  }

  @Test("A preview gives the room that short answers leave to the long ones")
  func sharing() {
    #expect(HistoryPreview.share(30, among: [1, 2, 100]) == [1, 2, 27])
    #expect(HistoryPreview.share(30, among: [100, 1, 100]) == [14, 1, 15])
    #expect(HistoryPreview.share(30, among: [3, 4]) == [3, 4])
    #expect(HistoryPreview.share(0, among: [3, 4]) == [1, 1])
    #expect(HistoryPreview.share(5, among: []) == [])
    var conversation = AppDriver.conversation
    var reply = conversation.exchanges[0].replies[0]
    reply.text = (1...12).map { "row \($0)" }.joined(separator: "\n") + "\n\n\n"
    conversation.exchanges[0].replies[0] = reply
    var app = opened()
    app.tell(.previewLoaded(conversation))
    #expect(app.screen.contains("row 12") && app.screen.contains("The connection was refused."))
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
