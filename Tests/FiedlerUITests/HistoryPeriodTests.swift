import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("The history by days") struct HistoryPeriodTests {
  private func history(_ width: Int, _ height: Int, _ summaries: [ConversationSummary]) -> AppDriver {
    var app = AppDriver(width, height)
    app.press(.control("s"))
    app.tell(.historyLoaded(for: app.state.history.token, HistoryPage(summaries: summaries, total: summaries.count)))
    return app
  }

  private func column(_ app: AppDriver) -> [String] {
    app.screen.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.drop { $0 != "│" }.dropFirst().prefix { $0 != "│" }.split(separator: " ").joined(separator: " ")
    }
  }

  @Test("Conversations stand under the days they were last used, each head once, the pinned ones first")
  func heads() {
    var summaries = AppDriver.summaries(12)
    summaries[0].isPinned = true
    let lines = column(history(120, 60, summaries))
    let heads = ["pinned", "today", "yesterday", "this week"]
    let places = heads.compactMap { head in lines.firstIndex(of: head) }
    #expect(places.count == heads.count && places == places.sorted(), "\(lines)")
    for head in heads { #expect(lines.count { $0 == head } == 1) }
  }

  @Test("The first entry on the screen tells its day wherever the list is scrolled to, and the selected one is whole")
  func scrolled() {
    for height in 8...40 {
      var app = history(100, height, AppDriver.summaries(30))
      for step in 0..<29 {
        app.press("j")
        let layout = HistoryLayout(app.state.history, app.state.world, app.state.size)
        let inner = layout.list.inset(1, 1)
        let selected = layout.entries.first { $0.index == app.state.history.selected }
        #expect(selected != nil, "step \(step) at \(height)")
        #expect(selected?.rect.height == 2 || inner.height < 3, "step \(step) at \(height)")
        #expect(layout.entries.first?.period != nil || inner.height < 9)
        #expect(layout.entries.allSatisfy { inner.contains(Point(x: $0.rect.x, y: $0.rect.y)) })
        let rows = layout.entries.compactMap { layout.row(at: Point(x: inner.x + 1, y: $0.rect.y)) }
        #expect(rows == layout.entries.map(\.index))
      }
    }
  }

  @Test("By title, and on low screens, there are none")
  func none() {
    var app = history(120, 60, AppDriver.summaries(3))
    app.press("o")
    app.press("o")
    app.tell(.historyLoaded(for: app.state.history.token, HistoryPage(summaries: AppDriver.summaries(3))))
    #expect(app.state.history.shown.order == .title && !column(app).contains("today"))
    #expect(!column(history(60, 12, AppDriver.summaries(3))).contains("today"))
  }

  @Test("The title tells how many there are, not only how many have come")
  func total() {
    var app = AppDriver(120, 40)
    app.press(.control("s"))
    let cursor = HistoryCursor(place: ["x"])
    app.tell(
      .historyLoaded(
        for: app.state.history.token, HistoryPage(summaries: AppDriver.summaries(50), next: cursor, total: 4321)))
    #expect(app.screen.contains("4,321 conversations · newest first"))
  }

  @Test("What a conversation cost stands beside its prompts, where the price of any of its models is known")
  func costs() {
    var summaries = AppDriver.summaries(2)
    // 0.15 and 0.6 dollars a million; the others' price is not known.
    summaries[0].usage = [
      AppDriver.model("gpt-4o-mini"): Usage(promptTokens: 20_000, completionTokens: 1000),
      AppDriver.model("deepseek-r1"): Usage(promptTokens: 1000, completionTokens: 2000),
    ]
    var app = history(160, 40, summaries)
    app.tell(.modelsLoaded(AppDriver.catalog, defaults: []))
    let rows = column(app)
    #expect(rows.contains { $0.hasSuffix("1 prompt · $0.0036") }, "\(rows)")
    #expect(rows.contains { $0.hasSuffix("2 prompts") }, "\(rows)")
  }

  @Test("Enter before the list has come opens the first of it once it is there")
  func early() {
    var app = AppDriver(120, 40)
    app.press(.control("s"))
    app.press(Key(.enter))
    app.tell(.historyLoaded(for: app.state.history.token, HistoryPage(summaries: AppDriver.summaries(3))))
    #expect(app.effects.contains(.openConversation(AppDriver.id(1))), "\(app.effects)")
  }

  @Test("What a conversation was found by stays marked when it is opened, and n goes on from there")
  func marked() throws {
    let conversation = AppDriver.conversation
    var summary = AppDriver.summaries(1)[0]
    summary.hit = HistoryHit(
      place: .answer, exchange: conversation.exchanges[0].id, reply: conversation.exchanges[0].replies[0].id,
      snippet: HighlightedText("but the **delay** is never reset", highlights: [10..<15]))
    var app = history(120, 40, [])
    app.press("/")
    app.type("delay")
    app.tell(.historyLoaded(for: app.state.history.token, HistoryPage(summaries: [summary])))
    #expect(app.screen.contains("but the delay is never reset"), "the marks of Markdown are left out\n\(app.screen)")
    app.press(Key(.enter), Key(.enter))
    app.tell(.conversationLoaded(conversation))
    let find = try #require(app.state.find)
    #expect(find.line.text == "delay" && !find.matches.isEmpty && !find.isTyped)
    #expect(app.screen.contains("delay"))
  }

  @Test("Periods are told as people tell them")
  func periods() {
    let when = When(now: Date(timeIntervalSince1970: 1_000_000_000), secondsFromUTC: 0)  // 9 September 2001
    func period(_ days: Double) -> String { when.period(when.now.addingTimeInterval(-days * 86_400)) }
    #expect(
      [0, 1, 3, 9, 20, 300, 1000].map(period)
        == ["today", "yesterday", "this week", "last week", "August", "November 2000", "December 1998"])
  }
}
