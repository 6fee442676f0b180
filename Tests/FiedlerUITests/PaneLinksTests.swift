import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Links of panes") struct PaneLinksTests {
  private static func app(_ count: Int) -> AppDriver {
    var app = AppDriver(80, 24, models: ["a"])
    app.send("Link it")
    let links = (1...count).map { "See [page \($0)](https://example.com/\($0)).\n" }.joined()
    app.event(0, .text("Bare: <https://example.org/bare>, then\n" + links), at: .milliseconds(400))
    app.event(0, .finished(.stop), at: .milliseconds(900))
    app.press(Key(.tab))
    app.press("o")
    return app
  }

  private static func copy(_ link: String) -> [Effect] { [.copy(link, words: "the link")] }

  @Test("o lists the links by their numbers, those the text shows whole last; Enter copies")
  func lists() {
    var app = Self.app(2)
    for line in ["[1] https://example.com/1", "[2] https://example.com/2", "[3] https://example.org/bare"] {
      #expect(app.screen.contains(line))
    }
    #expect(app.screen.contains("number · ⏎ copies · ^O opens"))
    app.press(Key(.down))
    app.press(Key(.enter))
    #expect(app.effects == Self.copy("https://example.com/2") && app.state.layer == nil)
  }

  @Test("A number copies at once where none begins so, else Enter or its next digit does")
  func numbers() {
    var app = Self.app(12)
    app.press("7")
    #expect(app.effects == Self.copy("https://example.com/7"))
    app.press("o", "1")
    #expect(app.effects.isEmpty && app.state.layer != nil)
    app.press(Key(.enter))
    #expect(app.effects == Self.copy("https://example.com/1"))
    app.press("o", "1", "2")
    #expect(app.effects == Self.copy("https://example.com/12"))
  }

  @Test("Other letters narrow the list; Ctrl+O opens")
  func opens() {
    var app = Self.app(12)
    app.type("bare")
    app.press(.control("o"))
    #expect(app.effects == [.openLink("https://example.org/bare")])
    app.tell(.linkRefused("https://example.org/bare", why: "There is no desktop here"))
    #expect(app.effects == Self.copy("https://example.org/bare"))
    #expect(app.screen.contains("There is no desktop here: the link is copied instead"))
  }

  /// Where each cell of a row leads, as runs of characters and addresses.
  private static func links(_ frame: Frame, row: Int) -> [(String, String)] {
    var found: [(String, String)] = []
    for x in 0..<frame.size.width where !frame[x, row].isContinuation {
      guard let link = frame.link(x, row) else { continue }
      let text = String(String.UnicodeScalarView(frame[x, row].scalars))
      if found.last?.1 == link { found[found.count - 1].0 += text } else { found.append((text, link)) }
    }
    return found
  }

  @Test("Each row of a link that wraps leads to its address, in tables and without words too; other text leads nowhere")
  func marked() throws {
    var app = AppDriver(40, 30, models: ["a"])
    app.send("Link it")
    let text = """
      See [a page whose name is longer than a row has columns](https://a.example/a/long/path/of/it) and \
      <https://b.example/x>.

      | site | of |
      |---|---|
      | [here](https://c.example/) | **me** |

      """
    app.event(0, .text(text), at: .milliseconds(400))
    app.event(0, .finished(.stop), at: .milliseconds(900))
    let frame = app.frame
    let rows = (0..<30).map { Self.links(frame, row: $0) }.filter { !$0.isEmpty }
    let named = rows.flatMap(\.self).filter { $0.1 == "https://a.example/a/long/path/of/it" }.map(\.0)
    #expect(
      named == [
        "a page whose name is longer than", "a row has columns[1]", "[1] https://a.example/a/l…path/of/it",
      ], "\(named)")
    #expect(rows.flatMap(\.self).contains { $0 == ("https://b.example/x", "https://b.example/x") })
    #expect(rows.flatMap(\.self).contains { $0 == ("here[2]", "https://c.example/") })
  }

  @Test("Without links it says so")
  func none() {
    var app = AppDriver.streaming(80, 24)
    app.press(Key(.tab))
    app.press("o")
    #expect(app.state.layer == nil && app.state.toasts.last?.text == "No links in this answer")
  }

  @Test("However often a long link is named, what is told of it stays bounded, and so does the list")
  func bounded() {
    var app = AppDriver(80, 24, models: ["a"])
    app.send("Link it")
    let definition = "[a]: https://example.com/" + String(repeating: "b", count: 500) + "\n\n"
    app.event(0, .text(definition + String(repeating: "[a]\n\n", count: 5_000)), at: .milliseconds(400))
    app.event(0, .finished(.stop), at: .milliseconds(900))
    let targets = app.state.panes[0].document.blocks.compactMap { block in
      if case .literal(let text) = block.source, text.hasPrefix("[1]") { text } else { nil }
    }
    #expect(targets.count == 1 && targets[0].utf8.count <= PaneDocument.longestTargets + 100)
    #expect(targets[0].hasSuffix("links more"))
    app.press(Key(.tab))
    app.press("o")
    #expect(app.screen.contains("the first 1000 of 5000"))
  }
}
