import Markdown
import TestSupport
import Testing

@Suite("Markdown as it streams") struct StreamTests {
  private static let pieces = [
    "# Title\n", "\n", "\n\n", "A paragraph with **bold** and `code`.\n", "- item\n", "- [ ] task\n", "  - nested\n",
    "1. one\n", "2. two\n", "> quote\n", "```swift\n", "```\n", "let a = 1\n", "    indented\n", "~~~\n",
    "| a | b |\n|---|---|\n", "| 1 | 2 |\n", "---\n", "<div>\n", "</div>\n", "<!-- open\n", "-->\n", "[a]: http://a\n",
    "See [a] and [b].\n", "[b]: <http://b>\n", "text", " ", "漢字 é\n", "\t", "***\n", "   ```\n", "\r\n", "===\n",
    "<pre>\n",
  ]

  private static func sample(_ random: inout Seeded, _ count: Int) -> String {
    (0..<count).map { _ in pieces.randomElement(using: &random)! }.joined()
  }

  @Test("A text that comes in pieces is the same in the end as the text at once", arguments: 0..<60)
  func pieces(_ seed: Int) {
    var random = Seeded(UInt64(seed))
    let text = Self.sample(&random, 60)
    let whole = MarkdownDocument(text)
    let scalars = Array(text.unicodeScalars)
    var streamed = MarkdownDocument()
    var end = 0
    while end < scalars.count {
      end = min(scalars.count, end + Int.random(in: 1...30, using: &random))
      streamed.update(String(String.UnicodeScalarView(scalars[..<end])))
    }
    #expect(streamed.blocks == whole.blocks)
    #expect(streamed.finishedCount == whole.finishedCount)
  }

  @Test("A replay that goes back and forth shows what the text at once shows", arguments: 0..<20)
  func backAndForth(_ seed: Int) {
    var random = Seeded(UInt64(seed) &+ 1000)
    let scalars = Array(Self.sample(&random, 60).unicodeScalars)
    var streamed = MarkdownDocument()
    for _ in 0..<40 {
      let end = Int.random(in: 0...scalars.count, using: &random)
      let text = String(String.UnicodeScalarView(scalars[..<end]))
      streamed.update(text)
      #expect(streamed.blocks == MarkdownDocument(text).blocks)
    }
  }

  @Test(
    "A piece costs what is unfinished, however long the text, even of one block or one line",
    arguments: [
      "A paragraph of some words.\n\n", "- an item\n\n", "word ", "one line\n", "```\ncode\n\n\n", "| a | b\n",
    ])
  func bounded(_ unit: String) {
    var text = unit.hasPrefix("```") ? unit : ""
    while text.utf8.count < 200_000 { text += unit.hasPrefix("```") ? "code\n\n" : unit }
    var document = MarkdownDocument(text)
    for _ in 0..<50 {
      let before = document.parsedBytes
      text += "x"
      document.update(text)
      #expect(document.parsedBytes - before < 70_000)
    }
  }

  @Test("What is finished stays: only parts behind it are parsed")
  func finishedStays() {
    var document = MarkdownDocument("One.\n\nTwo.\n\nThree.\n\nFo")
    #expect(document.finishedCount == 2, "a cut waits for a complete line behind it")
    #expect(document.update("One.\n\nTwo.\n\nThree.\n\nFour.\n\nFive.\n") == 2)
    #expect(document.finishedCount == 4)
  }

  @Test("Cuts are where no block goes on: a document in parts has the blocks it has in one")
  func cuts() {
    let text = """
      Intro

      1. one

         ```sh
         a

         b
         ```

      2. two

      After the list

      ```
      code

      # not a heading
      ```

      - a

        b

          c

      > q

      <!-- a

      b -->

      | a | b |
      |---|---|
      | 1 | 2 |

      End

      """
    let document = MarkdownDocument(text)
    let kinds = document.blocks.map(\.kind)
    #expect(document.finishedCount == 8)
    #expect(kinds.filter { $0 == .paragraph }.count == 9)
    #expect(kinds.filter { if case .code = $0 { true } else { false } }.count == 2)
  }
}
