import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("History preview") struct HistoryPreviewTests {
  private static func preview(_ conversation: Conversation, _ word: String? = nil, rows: Int = 10) -> HistoryPreview {
    let hits = word.map { AppDriver.hits(of: $0, in: conversation) } ?? []
    var preview = HistoryPreview(conversation, hits: hits, at: nil)
    preview.fit(columns: 40, height: rows)
    return preview
  }

  private static func one(_ text: String) -> Conversation {
    var conversation = AppDriver.longConversation(1)
    conversation.exchanges[0].replies.removeLast()
    conversation.exchanges[0].replies[0].text = text
    return conversation
  }

  private static func asked(_ text: String) -> Conversation {
    var conversation = one("An answer.")
    conversation.exchanges[0].prompt.text = text
    return conversation
  }

  /// All rows from the first down, and from the last up.
  private static func walks(_ conversation: Conversation, _ columns: Int) -> (
    down: [PreviewLayout.Row], up: [PreviewLayout.Row]
  ) {
    let document = PreviewDocument(conversation)
    var layout = PreviewLayout(document, columns: columns)
    let down = layout.rows(from: .init(), .max)
    var other = PreviewLayout(document, columns: columns)
    var up: [PreviewLayout.Row] = []
    var row = other.row(at: .init(block: .max, offset: .max))
    while let here = row {
      up.append(here)
      row = other.row(before: here)
    }
    return (down, up.reversed())
  }

  @Test(
    "Text is laid out alike from above and from below, and no byte of it is lost",
    arguments: [
      "one", "one two three four five six seven eight nine ten", "a\n\n\nb\n  \n\n", "\n\nfirst",
      "crlf\r\n\r\nline\r\n",
      String(repeating: "word ", count: 9000), String(repeating: "x", count: 40_000),
      String(repeating: "漢字", count: 9000), String(repeating: "line of some words\n", count: 3000),
      String(repeating: "y", count: 8191) + "\n" + String(repeating: "z", count: 16_384) + "\n" + "end",
      String(repeating: "e\u{301}", count: 9000), String(repeating: " ", count: 20_000) + "x",
    ])
  func layout(_ text: String) {
    for columns in [3, 38, 200] {
      let (down, up) = Self.walks(Self.asked(text), columns)
      #expect(down.map(\.place) == up.map(\.place))
      #expect(down.map(\.bytes) == up.map(\.bytes))
      let document = PreviewDocument(Self.asked(text))
      guard let block = document.blocks.firstIndex(where: { $0.kind == .prompt }) else { continue }
      let bytes = Array(text.utf8)
      var next = document.blocks[block].bytes.lowerBound
      for row in down where row.block == block {
        #expect(bytes[next..<row.bytes.lowerBound].allSatisfy { $0 == 0x0A || $0 == 0x0D })
        #expect(row.bytes.count <= 2 * PreviewLayout.pieceBytes)
        next = row.bytes.upperBound
      }
      #expect(next == document.blocks[block].bytes.upperBound)
    }
  }

  @Test("Rows are those of the text as a whole wherever its lines are not very long")
  func asWhole() {
    let text = (1...400).map { "line \($0) " + String(repeating: "word ", count: $0 % 30) + "end" }.joined(
      separator: "\n")
    let rows = Self.walks(Self.asked(text), 40).down
    let document = PreviewDocument(Self.asked(text))
    let prompt = rows.filter { document.blocks[$0.block].kind == .prompt }
    #expect(prompt.map(\.bytes) == WrappedText(text, columns: 38).rows)
  }

  private static let markdown = """
    # A heading

    Some *words* that go on for more than one row, with `code` and a [link](http://a.example/page).
    > A quote

    ```swift
    let delay = 1

    ```

    - one
      - two
    - [x] three

    | Name | Value |
    |---|---:|
    | a longer name than fits | 1 |

    ---
        indented

    &amp; the end

    ```
    """

  @Test("Answers are laid out as Markdown, alike from above and below, and every row is found by its place")
  func markdownLayout() throws {
    for end in [Self.markdown.utf8.count] + Array(stride(from: 1, to: Self.markdown.utf8.count, by: 7)) {
      let conversation = Self.one("\n" + String(decoding: Self.markdown.utf8.prefix(end), as: UTF8.self) + "\n\n")
      for columns in [3, 12, 38, 200] {
        let (down, up) = Self.walks(conversation, columns)
        #expect(down == up)
        #expect(Set(down.map(\.place)).count == down.count)
        #expect(zip(down, down.dropFirst()).allSatisfy { $0.place < $1.place })
        var layout = PreviewLayout(PreviewDocument(conversation), columns: columns)
        for row in down { #expect(layout.row(at: row.place) == row) }
      }
    }
    var preview = Self.preview(Self.one(Self.markdown), rows: 5)
    preview.scroll(by: -1_000_000)
    preview.fit(columns: 40, height: 5)
    let down = Self.walks(Self.one(Self.markdown), 40).down
    for first in 0...(down.count - 5) {
      #expect(preview.rows == Array(down[first..<(first + 5)]))
      preview.scroll(by: 1)
      preview.fit(columns: 40, height: 5)
    }
    #expect(preview.position == 1)
  }

  @Test("What was found is marked in the Markdown; an answer where Markdown does not show it is shown as its source")
  func markdownHits() throws {
    func screen(_ word: String) throws -> AppDriver {
      var app = AppDriver.history(100, 40)
      let conversation = Self.one(Self.markdown)
      app.tell(.previewLoaded(conversation, hits: AppDriver.hits(of: word, in: conversation)))
      app.press(Key(.tab))
      return app
    }
    let shown = try screen("delay")
    #expect(shown.screen.contains("│ let delay = 1") && !shown.screen.contains("```swift"))
    let row = try #require((0..<40).first { shown.frame.text(row: $0).contains("let delay") })
    let marked = (0..<100).filter { shown.frame[$0, row].style.attributes.contains(.underline) }.count
    #expect(marked == 5)
    try ScreenTests.expect(shown, is: "history-markdown")
    let hidden = try screen("example")
    #expect(hidden.screen.contains("[link](http://a.example/page)") && hidden.screen.contains("```swift"))
  }

  @Test("A piece of a very long line is found from any byte in it")
  func pieces() {
    let text = String(repeating: "some words and ", count: 5000) + "\n" + String(repeating: "x", count: 30_000)
    let pieces = TextPieces(text, 0..<text.utf8.count)
    var starts = [0]
    while let next = pieces.start(after: starts[starts.count - 1]) { starts.append(next) }
    #expect(starts.count > 10)
    for offset in stride(from: 0, to: text.utf8.count, by: 997) {
      #expect(pieces.start(holding: offset) == starts.last { $0 <= offset }, "\(offset)")
    }
    for start in starts { #expect(pieces.start(holding: start) == start) }
  }

  @Test("Without words it opens at the newest exchange's beginning")
  func newest() {
    let preview = Self.preview(AppDriver.longConversation(30))
    #expect(preview.exchange == 29)
    let first = preview.document.blocks[preview.rows[0].block]
    #expect(first.kind == .exchangeTitle && first.exchange == 29)
  }

  @Test("It opens at the hit that the list shows, and n and N walk through all of them and round the ends")
  func hits() {
    let conversation = AppDriver.longConversation(12)
    let listed = HistoryHit(
      place: .answer, exchange: conversation.exchanges[5].id, reply: conversation.exchanges[5].replies[1].id,
      snippet: HighlightedText("delay"))
    var preview = HistoryPreview(conversation, hits: AppDriver.hits(of: "delay", in: conversation), at: listed)
    preview.fit(columns: 40, height: 10)
    #expect(preview.document.hitCount == 36 && preview.hit == 17)
    for step in [1, -1] {
      var seen: Set<Int> = []
      var rounds = 0
      for _ in 0..<36 {
        if preview.moveHit(by: step) { rounds += 1 }
        preview.fit(columns: 40, height: 10)
        if let hit = preview.hit {
          seen.insert(hit)
          #expect(preview.isInSight(hit))
        }
      }
      #expect(seen.count == 36 && rounds == 1 && preview.hit == 17)
    }
  }

  @Test("After scrolling away, the next hit is the next one from what is seen")
  func hitsFromHere() {
    var preview = Self.preview(AppDriver.longConversation(12), "delay")
    preview.scroll(by: 1_000_000)
    preview.fit(columns: 40, height: 10)
    #expect(preview.position == 1)
    _ = preview.moveHit(by: -1)
    preview.fit(columns: 40, height: 10)
    #expect((preview.hit ?? 0) > 30)
  }

  @Test("Reasoning is one line unless something was found in it, and r unfolds it all, the place kept")
  func reasoning() {
    let conversation = AppDriver.longConversation(8)
    var preview = Self.preview(conversation)
    #expect(!preview.document.blocks.contains { $0.kind == .reasoning })
    preview.toggleReasoning()
    preview.fit(columns: 40, height: 10)
    #expect(preview.document.blocks.count { $0.kind == .reasoning } == 8 && preview.exchange == 7)
    #expect(Self.preview(conversation, "doubles").document.blocks.count { $0.kind == .reasoning } == 8)
    #expect(!Self.preview(conversation, "Reset").document.blocks.contains { $0.kind == .reasoning })
  }

  @Test("Another width and another height keep the place that is read")
  func resize() {
    var preview = Self.preview(
      Self.one((1...500).map { "This is line number \($0) of the answer." }.joined(separator: "\n")))
    preview.scroll(by: -1_000_000)
    preview.fit(columns: 40, height: 10)
    preview.scroll(by: 100)
    preview.fit(columns: 40, height: 10)
    let place = preview.rows[0].place
    for columns in [20, 61, 8, 40] {
      preview.fit(columns: columns, height: 12)
      #expect(preview.rows[0].bytes.contains(place.offset) && preview.rows[0].block == place.block)
    }
  }

  @Test("A conversation that has grown keeps the reader's place, and goes on where the newest exchange was read")
  func grown() {
    var preview = Self.preview(AppDriver.longConversation(20))
    preview.scroll(by: -30)
    preview.fit(columns: 40, height: 10)
    let rows = preview.rows
    preview.update(AppDriver.longConversation(21))
    preview.fit(columns: 40, height: 10)
    #expect(preview.rows == rows)
    var newest = Self.preview(AppDriver.longConversation(20))
    newest.update(AppDriver.longConversation(21))
    newest.fit(columns: 40, height: 10)
    #expect(newest.exchange == 20)
  }

  @Test("Tab goes to the preview, where the same keys scroll; the list keeps its selection")
  func focus() {
    var app = AppDriver.history(100, 20)
    app.tell(.previewLoaded(AppDriver.longConversation(9), hits: []))
    app.press(Key(.tab), Key(.character("g")))
    #expect(app.screen.contains("── 1 of 9 ·") && app.screen.contains("prompt 1 of 9"))
    app.press("j")
    #expect(!app.screen.contains("── 1 of 9 ·") && app.state.history.selected == 0)
    app.press(Key(.pageDown))
    app.press("G")
    #expect(app.screen.contains("Answer 9 of deepseek-r1"))
    app.tell(.input(.mouse(Mouse(.wheelUp, at: Point(x: 80, y: 8)))))
    #expect(app.state.history.view?.position ?? 1 < 1)
    app.press(Key(.escape))
    #expect(app.state.history.focus == .list && app.state.screen == .history)
  }

  @Test("On a small screen Tab shows the preview instead of the list")
  func small() {
    var app = AppDriver.searched(40, 12)
    app.press(Key(.enter))
    #expect(app.screen.contains("Review number 1") && !app.screen.contains("╭─ Why"))
    app.press(Key(.tab))
    #expect(!app.screen.contains("Review number 1") && app.screen.contains("╭─ Why"))
    app.press(Key(.tab))
    #expect(app.screen.contains("Review number 1"))
    app.press("n")
    #expect(app.screen.contains("hit 6 of 9") && app.frame.text(row: 4).contains("delay"), "a third of the way down")
    app.press("n")
    #expect(app.screen.contains("hit 7 of 9"))
    app.press(Key(.escape))
    #expect(app.screen.contains("Review number 1"), "back to the list before anything is cleared")
  }

  @Test("n says where it went round, and what there is to look for if nothing was")
  func words() {
    var app = AppDriver.searched()
    app.press(Key(.enter))
    for _ in 0..<3 { app.press("n") }
    #expect(app.screen.contains("hit 9 of 9"))
    app.press("n")
    #expect(app.screen.contains("hit 1 of 9") && app.screen.contains("From the first hit again"))
    app.press("N")
    #expect(app.screen.contains("hit 9 of 9") && app.screen.contains("From the last hit again"))
    var plain = AppDriver.history()
    plain.tell(.previewLoaded(AppDriver.conversation, hits: []))
    plain.press("n")
    #expect(plain.screen.contains("/ looks for words"))
  }

  @Test("A conversation of 10,000 prompts and an answer of 5 MB are laid out no further than what is seen")
  func large() {
    let long = Self.preview(AppDriver.longConversation(10_000), "delay")
    #expect(long.rows.count == 10 && long.document.hitCount == 30_000)
    for text in [String(repeating: "no line end here ", count: 300_000), String(repeating: "a line\n", count: 700_000)]
    {
      var large = Self.preview(Self.one(text))
      large.scroll(by: 1_000_000)
      large.fit(columns: 40, height: 10)
      #expect(large.rows.count == 10 && large.position == 1)
      large.scroll(by: -200)
      large.fit(columns: 61, height: 10)
      #expect((large.position ?? 0) > 0.99)
    }
  }
}
