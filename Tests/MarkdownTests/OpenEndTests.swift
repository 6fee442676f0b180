import Markdown
import TestSupport
import Testing

@Suite("Markdown that is still open at its end") struct OpenEndTests {
  private static func growing(_ text: String) -> MarkdownDocument {
    var document = MarkdownDocument()
    document.update(text, isGrowing: true)
    return document
  }

  /// What is seen, the looks of runs in brackets.
  private static func seen(_ text: String) -> String {
    let bytes = Array(text.utf8)
    func words(_ runs: [MarkdownRun]) -> String {
      runs.map { run in
        let source = String(decoding: bytes[run.range], as: UTF8.self)
        let marks = [
          run.look.contains(.strong) ? "b" : "", run.look.contains(.emphasis) ? "i" : "",
          run.look.contains(.code) ? "c" : "", run.link != nil ? "l" : "",
        ].joined()
        return marks.isEmpty ? source : "\(marks)(\(source))"
      }.joined()
    }
    return growing(text).blocks.map { block in
      if case .table(let table) = block.kind {
        return table.rows.map { row in row.map(words).joined(separator: "¦") }.joined(separator: "/")
      }
      return words(block.runs)
    }.joined(separator: "\n")
  }

  @Test(
    "Marks that are open are read as closed, and those of which more is to come are not shown",
    arguments: [
      ("a **bold", "a b(bold)"), ("a **bold*", "a b(bold)"), ("a **bold** b", "a b(bold) b"), ("a **", "a"),
      ("a *word", "a i(word)"), ("a `code", "a c(code)"), ("a `", "a"), ("a ``x`y", "a c(x`y)"),
      ("see [the page](http://exa", "see l(the page)"), ("see [the page](", "see l(the page)"),
      ("see [the page](http://a) b", "see l(the page) b"), ("a [b] c", "a [b] c"),
      ("- **item", "b(item)"), ("snake_case", "snake_case"), ("2 * 3", "2 * 3"), ("\\*no", "*no"),
      ("**a `b", "b(a )bc(b)"), ("done.", "done."),
    ])
  func marks(_ text: String, _ expected: String) { #expect(Self.seen(text) == expected) }

  @Test(
    "The head of a table is one before the line under it has come",
    arguments: [
      ("| a | b |", "a¦b"), ("| a | b", "a¦b"), ("| a | b |\n", "a¦b"), ("| a | b |\n|--", "a¦b"),
      ("| a | b |\n|---|---|\n| 1 | 2", "a¦b/1¦2"),
    ])
  func tables(_ text: String, _ expected: String) { #expect(Self.seen(text) == expected) }

  @Test("In a fence nothing is closed or left out")
  func fences() {
    #expect(Self.seen("```c\nint *") == "int *")
    #expect(Self.seen("text\n\n```\na `b **c") == "text\na `b **c")
  }

  @Test("A text that has ended is read as it stands, however it came", arguments: 0..<30)
  func ended(_ seed: Int) {
    var random = Seeded(UInt64(seed))
    let pieces = [
      "**", "*", "_", "`", "``", "[", "](", ")", "word", " ", "\n", "\n\n", "| a |", "|---|\n", "- ", "\\", "é",
      "```\n", "> ",
    ]
    let text = (0..<50).map { _ in pieces.randomElement(using: &random)! }.joined()
    let scalars = Array(text.unicodeScalars)
    var streamed = MarkdownDocument()
    for end in 0...scalars.count {
      streamed.update(String(String.UnicodeScalarView(scalars[..<end])), isGrowing: true)
      let length = String(String.UnicodeScalarView(scalars[..<end])).utf8.count
      let ranges = streamed.blocks.flatMap(\.runs).map(\.range)
      #expect(ranges.allSatisfy { $0.upperBound <= length }, "nothing is shown that has not come")
    }
    streamed.update(text)
    #expect(streamed.blocks == MarkdownDocument(text).blocks)
  }
}
