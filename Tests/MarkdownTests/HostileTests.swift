import Markdown
import Testing

@Suite("Markdown that is made to harm") struct HostileTests {
  @Test("A link whose end is the first byte behind the cut of a long line is read within the text", arguments: -3...3)
  func linkAtCut(_ shift: Int) {
    let link = "[a](b)"
    let text = String(repeating: "x", count: 16_384 - link.utf8.count + 1 + shift) + link + " and more"
    let document = MarkdownDocument(text)
    let runs = document.blocks.flatMap(\.runs)
    #expect(runs.allSatisfy { $0.range.upperBound <= text.utf8.count })
    #expect(runs.last.map { $0.range.upperBound } == text.utf8.count)
  }

  @Test(
    "A text that ends within a link, an image, a reference or a tag is read to its end and no further",
    arguments: [
      "see [a](b", "![a](b", "[a](<b", "[a](b \"t", "[a](b 't'", "[a][b", "<a href=\"b", "`code", "**b", "[x]: y",
      "&#1",
    ])
  func cutOff(_ text: String) {
    // The text that a document holds has its own bytes behind it: all of them, to be read by a parser that goes too
    // far.
    for behind in [")", "]", ">", "\"", "'", ";", "`", "*"] {
      let whole = text + behind
      var document = MarkdownDocument(whole)
      document.update(String(whole.dropLast()))
      #expect(document.blocks.allSatisfy { $0.range.upperBound <= text.utf8.count })
      #expect(document.blocks == MarkdownDocument(text).blocks)
    }
  }

  private static func definitions(_ count: Int, length: Int) -> String {
    (0..<count).map { "[l\($0)]: http://\(String(repeating: "x", count: length))\n\n" }.joined()
  }

  @Test("Long definitions do not make every bracket behind them cost what they are long")
  func definitionCost() {
    let paragraphs = String(repeating: "a [ b\n\n", count: 20_000)
    let text = Self.definitions(64, length: 16_000) + paragraphs
    let document = MarkdownDocument(text)
    #expect(document.parsedBytes < 3 * text.utf8.count)
  }

  @Test("Brackets that name short definitions cost no more than a part of a page each")
  func namedDefinitions() {
    let text = Self.definitions(64, length: 400) + String(repeating: "[l1] [l2]\n\n", count: 2_000)
    let document = MarkdownDocument(text)
    #expect(document.parsedBytes < text.utf8.count + 2_000 * 1_100)
    #expect(document.blocks.last?.links.count == 2)
  }

  @Test("Short paragraphs that name a long definition cost what they and its name are long, and share its target")
  func shortUses() {
    let target = "http://" + String(repeating: "x", count: 1_500)
    let text = "[a]: \(target)\n\n" + String(repeating: "[a]\n\n", count: 50_000)
    let document = MarkdownDocument(text)
    #expect(document.parsedBytes < 6 * text.utf8.count)
    #expect(document.blocks.count == 50_000 && document.blocks.allSatisfy { $0.links.map(\.target) == [target] })
  }

  @Test(
    "A label with escaped brackets names its definition in another part",
    arguments: [#"a\]b"#, #"\[a\]"#, #"a\\"#, #"\`a"#, "ẞ"])
  func escapedLabels(_ label: String) {
    let text = "See [\(label)].\n\nMore.\n\n[\(label)]: http://a 'title'\n\nEnd, [\(label.lowercased())][].\n"
    let document = MarkdownDocument(text)
    #expect(document.blocks.map { $0.links.map(\.target) } == [["http://a"], [], ["http://a"]])
  }

  @Test("What stands in for a definition is no address that an answer can use; what defines nothing is none")
  func standIns() {
    let text = "[a]: http://a\n\n[b]: c d e\n\n[x](<\u{1}0>) [a] [b]\n"
    let links = MarkdownDocument(text).blocks.last?.links.map(\.target)
    #expect(links == ["\u{1}0", "http://a"])
  }

  @Test(
    "A definition that comes later makes links of what named it, in any case and with any blanks, and of nothing else")
  func later() {
    var text = "See [The  Label], [the label][] and [other].\n\nMore.\n\n"
    var document = MarkdownDocument(text)
    #expect(document.blocks[0].links.isEmpty)
    text += "[the label]: http://a\n\nEnd.\n"
    document.update(text)
    #expect(document.blocks[0].links.map(\.target) == ["http://a", "http://a"])
    #expect(document.blocks == MarkdownDocument(text).blocks)
  }
}
