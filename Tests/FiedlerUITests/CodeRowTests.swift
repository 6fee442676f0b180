import Canvas
import Conversations
import Markdown
import Testing

@testable import FiedlerUI

@Suite("Rows of code") struct CodeRowTests {
  private func rows(_ code: String, _ columns: Int) -> [String] {
    let text = "```swift\n\(code)\n```"
    var markdown = MarkdownText()
    markdown.update(text, columns: columns)
    return markdown.rows(from: 0, count: 99, of: text, .fallback).rows.dropFirst().map { row in
      String(String.UnicodeScalarView(row.cells.filter { !$0.isContinuation }.flatMap(\.scalars)))
    }
  }

  @Test("A long line is broken behind a blank or a comma, and goes on below its text, two columns deeper")
  func tokens() {
    #expect(
      rows("    let delay = min(limit, base << attempt) + jitter", 34) == [
        "│     let delay = min(limit, base ", "┆       << attempt) + jitter",
      ])
    #expect(rows("raise TimeoutError(name)", 14).allSatisfy { $0.count <= 14 })
    #expect(rows("raise TimeoutError(name)", 20) == ["│ raise TimeoutError", "┆   (name)"])
  }

  @Test("What has no token's end is cut where the row is full, and nothing is lost at any width")
  func whole() {
    let lines = [
      "let word = " + String(repeating: "x", count: 90), "        " + String(repeating: "漢字", count: 30),
      "if (a) { b(c, d, e); } else { f(g) } // e\u{301}e\u{301}e\u{301} done",
      String(repeating: " ", count: 70) + "end",
    ]
    for line in lines {
      for columns in 3...80 {
        let rows = rows(line, columns)
        #expect(rows.allSatisfy { TextWidth.columns($0) <= columns + 1 })
        let joined = rows.map { $0.dropFirst(2).filter { $0 != " " } }.joined()
        #expect(joined == line.filter { $0 != " " }, "\(columns): \(rows)")
      }
    }
  }

  @Test("A footnote stands in one row with its address, of which the beginning and the end are seen")
  func footnotes() {
    var app = AppDriver(60, 30, models: ["a"])
    app.send("Links")
    let address = "https://example.com/" + String(repeating: "path/", count: 30) + "end"
    app.event(0, .text("See [this](\(address)) and [that](https://b.example)."), at: .seconds(1))
    app.event(0, .finished(.stop), at: .seconds(2))
    let lines = app.screen.split(separator: "\n")
    let first = lines.first { $0.contains("[1] ") && $0.contains("https") }
    #expect(first?.contains("…") == true && first?.contains("/end") == true, "\(app.screen)")
    #expect(lines.contains { $0.contains("[2] https://b.example") })
  }
}
