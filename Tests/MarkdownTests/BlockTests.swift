import Markdown
import TestSupport
import Testing

@Suite("Markdown blocks") struct BlockTests {
  private func text(_ block: MarkdownBlock, _ source: String) -> String {
    text(block.runs, source)
  }

  private func text(_ runs: [MarkdownRun], _ source: String) -> String {
    let utf8 = Array(source.utf8)
    return runs.map { run in
      switch run.content {
      case .source: String(decoding: utf8[run.range], as: UTF8.self)
      case .literal(let text): text
      case .lineBreak: "⏎"
      }
    }.joined()
  }

  @Test("An ordered list keeps what stands behind its numbers") func delimiters() {
    let containers = MarkdownDocument("7) seven\n8) eight\n   1. one\n").blocks.map(\.containers)
    #expect(
      containers == [
        [.item(number: 7, isDone: nil, depth: 0, delimiter: ")")],
        [.item(number: 8, isDone: nil, depth: 0, delimiter: ")")],
        [.item(number: 8, isDone: nil, depth: 0, delimiter: ")"), .item(number: 1, isDone: nil, depth: 1)],
      ])
  }

  @Test("Headings, paragraphs, rules and raw HTML are blocks, with the places of their words in the source")
  func blocks() {
    let source = "# One *two*\n\nThree\nfour\n\n---\n\n<div>\nraw\n</div>\n\nSet\n===\n"
    let blocks = MarkdownDocument(source).blocks
    #expect(blocks.map(\.kind) == [.heading(1), .paragraph, .rule, .html, .heading(1)])
    #expect(text(blocks[0], source) == "One two")
    #expect(blocks[0].runs.last?.look == .emphasis && blocks[0].runs.last?.range == 7..<10)
    #expect(text(blocks[1], source) == "Three⏎four")
    #expect(blocks[2].range == 25..<28)
    #expect(text(blocks[3], source) == "<div>⏎raw⏎</div>")
  }

  @Test("Items know their number, their task, their depth, and where a marker belongs")
  func lists() {
    let source = "3. a\n   more\n4. b\n   - [x] done\n   - [ ] open\n\n> quoted\n> - in it\n"
    let blocks = MarkdownDocument(source).blocks
    #expect(
      blocks.map(\.containers) == [
        [.item(number: 3, isDone: nil, depth: 0)], [.item(number: 4, isDone: nil, depth: 0)],
        [.item(number: 4, isDone: nil, depth: 0), .item(number: nil, isDone: true, depth: 1)],
        [.item(number: 4, isDone: nil, depth: 0), .item(number: nil, isDone: false, depth: 1)],
        [.quote], [.quote, .item(number: nil, isDone: nil, depth: 0)],
      ])
    #expect(blocks.map(\.sharedContainers) == [0, 0, 1, 1, 0, 1])
    #expect(blocks.map { text($0, source) } == ["a⏎more", "b", "done", "open", "quoted", "in it"])
  }

  @Test("Code keeps its lines, blank ones too, and says its language")
  func code() {
    let source = "```swift title\nlet a = 1\n\n  b()\n```\n\n    indented\n      more\n"
    let blocks = MarkdownDocument(source).blocks
    #expect(blocks.map(\.kind) == [.code(language: "swift"), .code(language: "")])
    #expect(text(blocks[0], source) == "let a = 1⏎⏎  b()")
    #expect(text(blocks[1], source) == "indented⏎  more")
  }

  @Test("A table has alignments and a cell for every column")
  func table() throws {
    let source = "| a | b | c |\n|---|:-:|--:|\n| 1 | `x` | |\n| 2 |\n"
    let block = try #require(MarkdownDocument(source).blocks.first)
    guard case .table(let table) = block.kind else {
      Issue.record("\(block.kind)")
      return
    }
    #expect(table.alignments == [.left, .center, .right])
    #expect(table.rows.map { $0.map { text($0, source) } } == [["a", "b", "c"], ["1", "x", ""], ["2", "", ""]])
    #expect(table.rows[1][1].first?.look == .code)
  }

  @Test("Links have targets, and are bare where the text says them; entities are characters; breaks are breaks")
  func inline() {
    let source = "**[Here](http://a.b/c?d&amp;e)** https://x.y me@x.org ~~no~~ &lt;&#65;&unknown; a<br>b **x\ny**"
    let block = MarkdownDocument(source).blocks[0]
    #expect(block.links.map(\.target) == ["http://a.b/c?d&e", "https://x.y", "mailto:me@x.org"])
    #expect(block.links.map(\.isBare) == [false, true, true])
    #expect(block.runs.first?.look == .strong && block.runs.first?.link == 0)
    #expect(block.runs.contains { $0.look == .struck })
    #expect(text(block, source) == "Here https://x.y me@x.org no <A&unknown; a⏎b x⏎y")
  }

  @Test("A link is found though its target is defined at the end, or before")
  func definitions() {
    let source = "See [one] and [two].\n\n[one]: http://one\n\nAgain [two].\n\n[two]: http://two\n\nEnd [one].\n"
    let targets = MarkdownDocument(source).blocks.map { $0.links.map(\.target) }
    #expect(targets.filter { !$0.isEmpty } == [["http://one", "http://two"], ["http://two"], ["http://one"]])
  }

  @Test("No bytes crash it, and every run is whole characters of the source, in order", arguments: 0..<40)
  func fuzz(_ seed: Int) {
    var random = Seeded(UInt64(seed) &+ 77)
    for _ in 0..<50 {
      let bytes = (0..<Int.random(in: 0..<400, using: &random)).map { _ in
        Bool.random(using: &random)
          ? UInt8.random(in: 0...255, using: &random)
          : Array("\n\n `~*_#>-+|:[]()<&;\t\\!=1.x\0\r".utf8).randomElement(using: &random)!
      }
      let source = String(decoding: bytes, as: UTF8.self)
      let utf8 = Array(source.utf8)
      var last = 0
      for block in MarkdownDocument(source).blocks {
        var runs = block.runs
        if case .table(let table) = block.kind { runs = table.rows.flatMap { $0.flatMap(\.self) } }
        for run in runs {
          #expect(run.range.lowerBound >= last && run.range.upperBound <= utf8.count)
          last = run.range.lowerBound
          let slice = utf8[run.range]
          #expect(Array(String(decoding: slice, as: UTF8.self).utf8) == Array(slice))
          if let link = run.link { #expect(block.links.indices.contains(link)) }
        }
      }
    }
  }
}
