import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("Searching the history") struct HistorySearchTests {
  @Test("Each key asks anew, answers to older questions are dropped, and the old list stays meanwhile")
  func asYouType() {
    var app = AppDriver.history()
    app.press("/")
    app.press("r")
    #expect(app.effects == [.loadHistory(HistoryQuery("r"), after: nil, token: 2)])
    app.press("e")
    #expect(app.effects == [.loadHistory(HistoryQuery("re"), after: nil, token: 3)])
    #expect(app.state.history.items.count == 30 && app.screen.contains("Review number 1"))
    app.tell(.historyLoaded(for: 2, HistoryPage(summaries: [])))
    app.tell(.historyFailed(for: 2, "Nothing of this."))
    #expect(app.state.history.items.count == 30 && app.state.history.problem == nil)
    app.tell(.historyLoaded(for: 3, HistoryPage(summaries: [])))
    #expect(app.screen.contains("Nothing found for re"))
  }

  @Test("A first page that found nothing yet is followed by the next, and the old list stays until something is found")
  func emptyPages() {
    var app = AppDriver.history()
    app.press("/")
    app.press("r")
    app.answerHistory([], next: AppDriver.nextPage)
    #expect(app.effects == [.loadHistory(HistoryQuery("r"), after: AppDriver.nextPage, token: 3)])
    #expect(app.state.history.items.count == 30)
    app.advance(to: .milliseconds(200))
    #expect(app.screen.contains("searching …"))
    let last = HistoryCursor(place: ["last"])
    app.answerHistory(AppDriver.summaries(2, from: 7), after: AppDriver.nextPage, next: last)
    #expect(app.state.history.items.map(\.id) == [8, 9].map(AppDriver.id))
    #expect(app.askedHistory?.after == last, "two do not fill the screen")
    app.answerHistory([], after: last)
    #expect(app.askedHistory == nil && app.state.history.items.count == 2)
  }

  @Test("A key that does not change the query asks nothing")
  func motions() {
    var app = AppDriver.searched()
    for key in [Key(.left), .control("a"), .control("e"), .alt("b"), Key(.home), Key(.delete, .control)] {
      app.press(.control("e"), key)
      #expect(app.askedHistory == nil, "\(key)")
    }
  }

  @Test("The search line is edited as the prompt is, wide characters and pastes of several lines too")
  func editing() {
    var app = AppDriver.history()
    app.press("/")
    app.type("one 漢字 three")
    app.press(.control("w"))
    #expect(app.askedHistory?.query.text == "one 漢字 ")
    app.press(.control("a"), .alt("f"), .control("k"))
    #expect(app.askedHistory?.query.text == "one")
    app.press(.control("_"))
    #expect(app.askedHistory?.query.text == "one 漢字 ")
    app.press(.control("e"))
    #expect(app.frame.cursor == Point(x: 12 + 9, y: 0), "behind two characters of two columns")
    app.press(.control("u"))
    app.tell(.input(.paste("a\nb\r\nc\td")))
    #expect(app.askedHistory?.query.text == "a b c d")
    app.press(.control("j"), Key(.enter, .alt))
    #expect(app.state.history.search.text == "a b c d", "one line stays one")
  }

  @Test("Down, up and the page keys move in the list while the query is typed; Enter keeps what was found")
  func movesWhileTyping() {
    var app = AppDriver.searched()
    app.press(Key(.down), Key(.down), Key(.up))
    #expect(app.state.history.selected == 1 && app.state.history.isFiltering)
    app.press(Key(.pageDown))
    #expect(app.state.history.selected > 1)
    app.press(Key(.enter))
    #expect(!app.state.history.isFiltering && app.state.history.items.count == AppDriver.found.count)
    app.press("k")
    #expect(app.state.history.search.text == "delay -jitter model:deepseek", "letters are keys again")
  }

  @Test("What changes a conversation waits for what is searched: the row of the search before is not the one meant")
  func waits() {
    var app = AppDriver.searched()
    app.type("s")
    app.press(Key(.enter))
    let letters: [(Character, Bool)] = [("d", true), ("P", true), ("t", false), ("m", false), ("e", false)]
    for (letter, isEffect) in letters {
      let key = Key(.character(letter))
      app.effects = []
      app.press(key)
      #expect(app.effects.isEmpty && app.state.history.edit == nil && app.state.layer == nil, "\(letter)")
      #expect(app.screen.contains("still being searched"), "\(letter): \(app.screen)")
      guard isEffect else { continue }
      var found = app
      found.answerHistory(Array(AppDriver.found.prefix(1)))
      found.press(key)
      #expect(!found.effects.isEmpty, "\(letter), once it is found")
    }
  }

  @Test("Escape clears what was looked for, then leaves")
  func escape() {
    for isTyping in [true, false] {
      var app = AppDriver.searched()
      if !isTyping { app.press(Key(.enter)) }
      app.press(Key(.escape))
      #expect(app.askedHistory?.query == HistoryQuery() && app.state.screen == .history)
      app.answerHistory(AppDriver.summaries(30))
      app.press(Key(.escape))
      #expect(app.state.screen == .compose)
    }
    var idle = AppDriver.history()
    idle.press("/")
    idle.press(Key(.escape))
    #expect(idle.state.screen == .history && !idle.state.history.isFiltering)
  }

  @Test("The first result stays selected while the query grows; one that was gone to stays as long as it is found")
  func selection() {
    var app = AppDriver.history()
    app.press("/")
    app.type("r")
    app.answerHistory(Array(AppDriver.summaries(30).dropFirst(3)))
    #expect(app.state.history.selectedItem?.id == AppDriver.id(4))
    app.press(Key(.down))
    app.type("e")
    app.answerHistory(Array(AppDriver.summaries(30).dropFirst(2)))
    #expect(app.state.history.selectedItem?.id == AppDriver.id(5), "two rows further down now")
    app.type("t")
    app.answerHistory(AppDriver.summaries(2))
    #expect(app.state.history.selected == 0)
  }

  @Test("What is wrong with the query stands under it until the query is right, and no notice comes")
  func problem() {
    var app = AppDriver.searched()
    app.type(" status:x")
    app.tell(.historyFailed(for: app.state.history.token, "“status:x” is no state."))
    #expect(app.frame.text(row: 1).contains("✕ “status:x” is no state.") && app.state.toasts.isEmpty)
    #expect(app.state.history.items.count == AppDriver.found.count)
    app.press(Key(.backspace))
    app.answerHistory(AppDriver.found)
    #expect(!app.screen.contains("is no state"))
  }

  @Test("The preview of the selected conversation is asked for anew when other words are looked for")
  func previewFollows() {
    var app = AppDriver.searched()
    app.type("s")
    app.answerHistory(AppDriver.found)
    let query = HistoryQuery("delay -jitter model:deepseeks")
    #expect(app.effects == [.previewConversation(AppDriver.id(1), query: query)])
    app.press(Key(.down), Key(.up))
    #expect(app.effects == [.previewConversation(AppDriver.id(1), query: query)], "nobody answers the first one now")
  }

  @Test(
    "A query is coloured by its parts",
    arguments: [
      ("word", ["word:word"]), ("a  b", ["word:a", "word:b"]), ("\"two words\" x", ["phrase:\"two words\"", "word:x"]),
      ("\"open end", ["phrase:\"open end"]), ("-not -", ["excluded:-not", "word:-"]),
      ("model:gpt", ["filterName:model:", "filterValue:gpt"]),
      ("Tag:\"to read\"", ["filterName:Tag:", "filterValue:\"to read\""]),
      ("before:", ["filterName:before:"]), ("std::x is::y", ["word:std::x", "word:is::y"]),
      ("\"a b\"c a\"b c", ["phrase:\"a b\"", "word:c", "word:a\"b", "word:c"]), ("http://x", ["word:http://x"]),
      ("-model:x", ["excluded:-model:x"]),
    ] as [(String, [String])])
  func parts(_ query: String, _ expected: [String]) {
    let parts = QueryParts(query).parts
    #expect(parts.compactMap { part in part.kind.map { "\($0):\(part.text)" } } == expected)
    #expect(parts.map { String($0.text) }.joined() == query, "no character is lost")
  }

  @Test("A snippet shows what was found, however far behind it stands, with the place named")
  func snippet() {
    var app = AppDriver.searched(80, 24)
    app.press(Key(.enter), Key(.character("G")))
    let row = (0..<24).map { app.frame.text(row: $0) }.first { $0.contains("delay is 17") }
    #expect(row?.contains("answer  …") == true, "\(app.screen)")
    let marked = app.frame.cells.filter { $0.style.attributes.isSuperset(of: [.bold, .underline]) }
    #expect(marked.count >= 5, "seen without colours too")
  }
}
