import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("History screens") struct HistoryScreenTests {
  static let sizes = ScreenTests.sizes
  static let allSizes = sizes + [Size(width: 60, height: 30)]

  @Test("The list has pins, tags, states and dates beside the newest exchange", arguments: allSizes)
  func list(_ size: Size) throws {
    var app = AppDriver(size.width, size.height)
    app.press(.control("s"))
    var summaries = AppDriver.summaries(30)
    summaries[0].isPinned = true
    summaries[0].tags = ["retry", "swift"]
    summaries[1].isPinned = true
    summaries[4].tags = ["to read"]
    app.answerHistory(summaries, next: AppDriver.nextPage)
    app.tell(.previewLoaded(AppDriver.conversation, hits: []))
    try ScreenTests.expect(app, is: "history-list")
  }

  @Test("What was found stands under each title, with the words marked and the place named", arguments: allSizes)
  func snippets(_ size: Size) throws {
    try ScreenTests.expect(.searched(size.width, size.height), is: "history-search")
  }

  @Test("The search line says what can be typed in it", arguments: sizes)
  func emptySearch(_ size: Size) throws {
    var app = AppDriver.history(size.width, size.height)
    app.tell(.previewLoaded(AppDriver.conversation, hits: []))
    app.press("/")
    try ScreenTests.expect(app, is: "history-empty-search")
  }

  @Test("The preview stands at a hit, says which, and in which exchange", arguments: allSizes)
  func hit(_ size: Size) throws {
    var app = AppDriver.searched(size.width, size.height)
    app.press(Key(.enter), Key(.tab), Key(.character("n")))
    try ScreenTests.expect(app, is: "history-hit")
  }

  @Test("What is wrong with a query stands under it, and the list stays", arguments: sizes)
  func problem(_ size: Size) throws {
    var app = AppDriver.searched(size.width, size.height, query: "delay")
    app.type(" status:lost")
    app.tell(
      .historyFailed(
        for: app.state.history.token,
        "cannot search for status:lost: status: is one of success, partial, failed, cancelled, interrupted."))
    try ScreenTests.expect(app, is: "history-problem")
  }

  @Test("Tags are typed in the entry", arguments: sizes)
  func tags(_ size: Size) throws {
    var app = AppDriver.searched(size.width, size.height)
    app.press(Key(.enter))
    app.press("j")
    app.press("t")
    app.type("\"to read\"")
    try ScreenTests.expect(app, is: "history-tags")
  }

  @Test("The export's formats are chosen from a small list", arguments: sizes)
  func export(_ size: Size) throws {
    var app = AppDriver.searched(size.width, size.height)
    app.press(Key(.enter), Key(.character("e")))
    try ScreenTests.expect(app, is: "history-export")
  }

  @Test("Hostile titles, tags, snippets and texts stay harmless cells, at any size")
  func hostile() {
    let nasty = "\u{1B}]0;owned\u{07}\u{202E}evil\u{9B}31m\r\u{0}\n漢字"
    var summaries = AppDriver.found
    for index in summaries.indices {
      summaries[index].title = nasty
      summaries[index].tags = [nasty]
      summaries[index].hit?.snippet = HighlightedText(nasty, highlights: [-1..<3, 2..<9, 1..<900])
    }
    var conversation = AppDriver.longConversation(3)
    conversation.title = nasty
    for index in conversation.exchanges.indices {
      conversation.exchanges[index].prompt.text = nasty
      conversation.exchanges[index].replies[0].text = nasty
      conversation.exchanges[index].replies[1].reasoning = nasty
    }
    let ranges = [-4..<0, 0..<2, 1..<4, 22..<24, 3..<90_000]
    let hits = conversation.exchanges.flatMap { exchange in
      [
        TextHits(place: .prompt, exchange: exchange.id, ranges: ranges),
        TextHits(place: .answer, exchange: exchange.id, reply: exchange.replies[0].id, ranges: ranges),
        TextHits(place: .reasoning, exchange: exchange.id, reply: exchange.replies[1].id, ranges: ranges),
      ]
    }
    for width in [20, 30, 39, 40, 60, 79, 80, 200] {
      for height in [6, 8, 12, 16, 24, 60] {
        var app = AppDriver.history(width, height)
        app.press("/")
        app.tell(.input(.paste(nasty)))
        app.answerHistory(summaries)
        app.tell(.previewLoaded(conversation, hits: hits))
        app.tell(.historyFailed(for: app.state.history.token, nasty))
        for key in [
          Key(.enter), Key(.tab), Key(.character("n")), Key(.character("t")), Key(.escape), Key(.character("m")),
        ] {
          app.press(key)
          #expect(app.frame.size == app.state.size)
          for cell in app.frame.cells {
            for scalar in cell.scalars {
              let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
              #expect(!isControl && !(0x202A...0x202E).contains(scalar.value), "U+\(String(scalar.value, radix: 16))")
            }
          }
          if let cursor = app.frame.cursor { #expect(app.frame.bounds.contains(cursor)) }
        }
      }
    }
  }
}
