import TestSupport
import Testing

@testable import Markdown

@Suite("Markdown cut in parts") struct CutTests {
  private static let pieces = [
    "# Title\n", "\n", "\n", "\n\n", "A paragraph with **bold** and `code`.\n", "- item\n", "- [ ] task\n",
    "  - nested\n", "  more\n", "1. one\n", "   text\n", "> quote\n", "> - in it\n", "```swift\n", "```\n",
    "let a = 1\n",
    "    indented\n", "~~~\n", "\n| a | b |\n|---|---|\n", "| 1 | 2 |\n", "---\n", "\n<div>\nraw\n</div>\n\nText\n",
    "\n<!-- open\n\nclosed -->\n\nText\n\n", "   ```\n", "===\n", "* * *\n", "12) twelve\n", "-\n",
  ]

  @Test("A cut never falls where a block goes on: the parts have the blocks the whole has", arguments: 0..<300)
  func sameAsWhole(_ seed: Int) {
    var random = Seeded(UInt64(seed) &+ 4000)
    let text = (0..<25).map { _ in Self.pieces.randomElement(using: &random)! }.joined()
    var copy = text
    let whole = copy.withUTF8 { BlockParser.blocks($0, offset: 0) }
    let parts = MarkdownDocument(text).blocks
    #expect(parts.map(kind) == whole.map(kind), "\(text)")
    #expect(parts.map(\.containers) == whole.map(\.containers), "\(text)")
    #expect(parts.map(visible) == whole.map(visible), "\(text)")
  }

  /// What stands for nothing in the source has no place worth comparing.
  private func visible(_ block: MarkdownBlock) -> [MarkdownRun] { block.runs.map(placed) }

  private func placed(_ run: MarkdownRun) -> MarkdownRun {
    var run = run
    if run.range.isEmpty { run.range = 0..<0 }
    return run
  }

  private func kind(_ block: MarkdownBlock) -> MarkdownBlock.Kind {
    guard case .table(var table) = block.kind else { return block.kind }
    table.rows = table.rows.map { $0.map { $0.map(placed) } }
    return .table(table)
  }
}
