import Canvas
import Conversations
import TestSupport
import Testing

@testable import FiedlerUI

@Suite("Find in a pane") struct PaneFindTests {
  /// A pane whose answer has `needle` on the lines given, of 100.
  private func app(_ lines: Set<Int> = [30, 60, 90], width: Int = 80, height: Int = 24) -> AppDriver {
    var app = AppDriver(width, height, models: ["a"])
    app.send("Look")
    let text = (1...100).map { "line \($0)\(lines.contains($0) ? " with a Needle in it" : "")" }.joined(separator: "\n")
    app.event(0, .text(text), at: .seconds(1))
    app.event(0, .finished(.stop), at: .seconds(1))
    app.press(Key(.tab))
    app.press("g")
    return app
  }

  @Test("/ finds as it is typed, Enter gives the keys back, n and N go round, Esc takes the marks off")
  func walk() {
    var app = app()
    app.press("/")
    app.type("need")
    #expect(app.screen.contains("line 30 with") && app.screen.contains("/need  1 of 3"))
    app.press(Key(.enter))
    app.press("n")
    #expect(app.screen.contains("line 60 with") && app.screen.contains("2 of 3"))
    app.press("n")
    app.press("n")
    #expect(app.screen.contains("line 30 with") && app.screen.contains("1 of 3"), "round")
    app.press("N")
    #expect(app.screen.contains("line 90 with") && app.screen.contains("3 of 3"))
    app.press(Key(.escape))
    #expect(!app.screen.contains("of 3") && app.screen.contains("line 90 with"), "the place stays")
    #expect(app.state.focus == .pane)
  }

  @Test("Esc while it is typed leads back to where the pane was")
  func giveUp() {
    var app = app()
    let before = app.frame
    app.press("/")
    app.type("line 9")
    #expect(app.frame != before)
    app.press(Key(.escape))
    #expect(app.frame == before)
  }

  @Test("What comes while it streams is found too; the place gone to stays")
  func streaming() {
    var app = app([30])
    app.press("/")
    app.type("needle")
    app.press(Key(.enter))
    #expect(app.screen.contains("1 of 1"))
    let again = Reply(id: AppDriver.id(900), model: AppDriver.model("a"), attempt: 2, startedAt: AppDriver.launch)
    app.tell(.retryStarted(prompt: AppDriver.id(1001), reply: again))
    app.tell(.events([ReplyEvent(reply: again.id, at: .seconds(2), event: .text("needle one"))]))
    #expect(app.screen.contains("/needle 1 "))
    app.press("n")
    app.tell(.events([ReplyEvent(reply: again.id, at: .seconds(2), event: .text(", needle two"))]))
    #expect(app.screen.contains("1 of 2"))
  }

  @Test("What is not there is said; a capital makes case matter; letters beyond ASCII are found in any case")
  func cases() {
    var app = app()
    app.press("/")
    app.type("NEEDLE")
    #expect(app.screen.contains("/NEEDLE  not found"))
    #expect(TextSearch.ranges(of: "needle", in: "Needle nEEdle") == [0..<6, 7..<13])
    #expect(TextSearch.ranges(of: "Needle", in: "Needle nEEdle") == [0..<6])
    #expect(TextSearch.ranges(of: "öl", in: "Öl öl ÖL") == [0..<3, 4..<7, 8..<11])
    #expect(TextSearch.ranges(of: "検索", in: "全文検索") == [6..<12])
    #expect(TextSearch.ranges(of: "aa", in: "aaaaa") == [0..<2, 2..<4])
    #expect(TextSearch.ranges(of: "", in: "a").isEmpty)
  }

  @Test("Whatever is searched, every place holds what was looked for, and none is left out")
  func allPlaces() {
    var random = Seeded(3)
    for _ in 0..<300 {
      let text = (0..<Int.random(in: 0...60, using: &random)).map { _ in "aAbÄä日".randomElement(using: &random)! }
      let query = String((0..<Int.random(in: 1...3, using: &random)).map { _ in "abA日".randomElement(using: &random)! })
      let string = String(text)
      let found = TextSearch.ranges(of: query, in: string)
      let bytes = Array(string.utf8)
      let same = { (part: String) in query == query.lowercased() ? part.lowercased() == query : part == query }
      for range in found { #expect(same(String(decoding: bytes[range], as: UTF8.self))) }
      var rest = string[...]
      var count = 0
      while let next = rest.indices.first(where: { same(String(rest[$0...].prefix(query.count))) }) {
        count += 1
        rest = rest[rest.index(next, offsetBy: query.count)...]
      }
      #expect(found.count == count, "\(query) in \(string)")
    }
  }

  @Test(
    "Pasting and keys go to what is looked for, on the smallest screen too", arguments: [(40, 12), (20, 6), (80, 24)])
  func sizes(width: Int, height: Int) {
    var app = app(width: width, height: height)
    app.press("/")
    app.tell(.input(.paste("needle\nin")))
    #expect(app.state.find?.line.text == "needle in" && app.state.find?.matches.count == 3)
    #expect(app.frame.cursor != nil)
    app.press(.control("u"))
    app.press(Key(.enter))
    #expect(app.state.find == nil, "nothing to look for")
    app.press("n")
    #expect(app.screen.contains("Nothing") || height < 12)
  }

  @Test("Another pane, another conversation: what was looked for ends")
  func ends() {
    var app = AppDriver(100, 24, models: ["a", "b"])
    app.send("Look")
    for model in 0..<2 { app.event(model, .text("needle"), at: .seconds(1)) }
    app.press(Key(.tab))
    app.press("/")
    app.type("needle")
    app.press(Key(.enter))
    app.press(Key(.tab))
    #expect(app.state.find == nil)
    app.press("/")
    app.press(.control("q"))
    #expect(app.state.find != nil)
  }
}
