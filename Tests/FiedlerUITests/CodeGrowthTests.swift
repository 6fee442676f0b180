import Testing

@testable import FiedlerUI

@Suite("Code in colours", .timeLimit(.minutes(1))) struct CodeGrowthTests {
  @Test("A line of quotes that nothing closes costs one look", arguments: ["\\'", "'\\", "' \\'"])
  func quotes(_ unit: String) {
    var highlighter = CodeHighlighter(language: "swift")
    let line = Array(String(repeating: unit, count: 500_000 / unit.utf8.count).utf8)
    #expect(highlighter.kinds(line).count == line.count)
  }

  @Test("A lone quote is an apostrophe, a closed one a string, on one line") func quoteKinds() {
    var highlighter = CodeHighlighter(language: "rust")
    let kinds = highlighter.kinds(Array("'a 'b' \\'c'".utf8))
    #expect(kinds.count == 11)
    #expect(kinds[0] == .string)
  }
}
