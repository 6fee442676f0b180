import Canvas
import Conversations
import TestSupport
import Testing

@testable import FiedlerUI

@Suite("Markdown in panes") struct MarkdownTests {
  static let sample = """
    # Back-off, *reviewed*

    The delay **never resets**: see [the notes](https://example.com/backoff) and `Sender.retry()`.

    1. Reset it after a success, so that the next call does not start with the long delay.
    2. Add jitter:
       - full, or
       - ~~none~~ equal
    - [x] measured
    - [ ] fixed

    > Retries are selfish.
    > They must be rare.

    ```swift
    // Doubles, up to a limit.
    let delay = min(limit, base << attempt) + .random(in: 0...250)
    send("again")
    ```

    | Try | Delay | What happens |
    |----:|:-----:|--------------|
    | 1 | 1 s | asks again |
    | 2 | 2 s | asks again, *if* the provider allows it |

    ---
    Sources: <https://example.org/a> and [RFC 9110][rfc].

    [rfc]: https://www.rfc-editor.org/rfc/rfc9110

    """

  private static func app(_ text: String, _ width: Int, _ height: Int, isDone: Bool = true) -> AppDriver {
    var app = AppDriver(width, height, models: ["gpt-4o-mini"])
    app.send("Review it")
    app.event(0, .firstToken, at: .milliseconds(300))
    app.event(0, .text(text), at: .milliseconds(400))
    if isDone { app.event(0, .finished(.stop), at: .milliseconds(900)) }
    app.press(Key(.tab))
    return app
  }

  @Test(
    "An answer's Markdown is laid out for its pane",
    arguments: ScreenTests.sizes)
  func screens(_ size: Size) throws {
    var app = Self.app(Self.sample, size.width, size.height)
    app.press("z")
    app.press("g")
    try ScreenTests.expect(app, is: "markdown")
    app.press("G")
    try ScreenTests.expect(app, is: "markdown-end")
    var tall = Self.app(Self.sample, size.width, 52)
    tall.press("z")
    try ScreenTests.expect(tall, is: "markdown-whole")
  }

  static let formulas = """
    The loss is $L = \\sum_{i=1}^n x_i^2 \\leq \\sqrt{\\alpha}$, so $D_{\\ell,m}$ stays; it costs $5 or $6.

    $$
    \\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}
    =
    \\begin{pmatrix} a*x \\\\ b*y \\end{pmatrix}
    $$

    - So \\(f(x) \\in \\mathbb{R}\\), and
      \\[
      \\frac{a+b}{2}
      =
      \\hat{y}
      \\]

    | name | value |
    |------|-------|
    | rate | $\\alpha^2$ |

    7) The *end*.

    """

  @Test("Formulas are Unicode where they are simple, and else as they were written", arguments: ScreenTests.sizes)
  func formulas(_ size: Size) throws {
    var app = Self.app(Self.formulas, size.width, max(size.height, 40))
    app.press("z")
    app.press("g")
    try ScreenTests.expect(app, is: "formulas")
    app.press("m")
    #expect(app.screen.contains(#"\mathbb{R}"#), "the source is at a key")
  }

  @Test("m shows the source and the Markdown again, the place that is read kept")
  func raw() {
    var app = Self.app((1...50).map { "Paragraph **\($0)**.\n" }.joined(separator: "\n"), 80, 24)
    app.press("g")
    // The first row is the prompt's.
    for _ in 0..<41 { app.press("j") }
    #expect(app.frame.text(row: 3).contains("Paragraph 21."))
    app.press("m")
    #expect(app.frame.text(row: 3).contains("Paragraph **21**."))
    app.press("m")
    #expect(app.frame.text(row: 3).contains("Paragraph 21."))
  }

  @Test("Rows of an answer that came in pieces are those of the answer at once", arguments: 0..<10)
  func streamed(_ seed: Int) {
    var random = Seeded(UInt64(seed))
    let text = Self.sample + Self.sample
    let characters = Array(text)
    let columns = Int.random(in: 1...100, using: &random)
    var whole = MarkdownText()
    whole.update(text, columns: columns)
    var streamed = MarkdownText()
    for _ in 0..<40 {
      let count = Int.random(in: 0...characters.count, using: &random)
      streamed.update(String(characters[..<count]), columns: columns)
    }
    streamed.update(text, columns: columns)
    #expect(streamed.rowCount == whole.rowCount)
    for row in 0..<whole.rowCount {
      #expect(streamed.start(ofRow: row) == whole.start(ofRow: row))
      #expect(row == 0 || whole.start(ofRow: row) >= whole.start(ofRow: row - 1))
    }
    let all = whole.rows(from: 0, count: .max / 2, of: text, .fallback)
    #expect(all.rows.count == whole.rowCount)
    for first in 0..<whole.rowCount {
      let some = whole.rows(from: first, count: 3, of: text, .fallback)
      let row = some.rows[first - some.first]
      #expect(row.cells == all.rows[first].cells)
    }
  }

  @Test("Rows are drawn in the theme that is asked for, whichever they were laid out for")
  func otherTheme() {
    var whole = MarkdownText()
    whole.update(Self.sample, columns: 30)
    for theme in [Theme.fallback, .terminal] {
      var growing = MarkdownText()
      growing.update(Self.sample, columns: 30, isGrowing: true, theme: .terminal)
      let rows = growing.rows(from: 0, count: .max / 2, of: Self.sample, theme).rows
      #expect(rows.map(\.cells) == whole.rows(from: 0, count: .max / 2, of: Self.sample, theme).rows.map(\.cells))
    }
  }

  @Test("A token after a long answer lays out what is unfinished, and drawing lays out what is in sight")
  func bounded() {
    var text = (0..<4000).map { "Paragraph \($0) with **words** enough to take two rows of a pane.\n\n" }.joined()
    var markdown = MarkdownText()
    markdown.update(text, columns: 40)
    let before = markdown.laidOutBytes
    for _ in 0..<100 {
      text += "word "
      markdown.update(text, columns: 40)
      markdown.update(text, columns: 40)
    }
    #expect(markdown.laidOutBytes - before < 100 * 800)
    let shown = markdown.rows(from: markdown.rowCount / 2, count: 20, of: text, .fallback)
    #expect(shown.rows.count < 40)
  }

  @Test("Whatever comes, no row is wider than the pane, but for a wide character in too few columns", arguments: 0..<30)
  func narrow(_ seed: Int) {
    var random = Seeded(UInt64(seed) &+ 9)
    let pieces =
      Self.sample.split(separator: " ", omittingEmptySubsequences: false).map(String.init) + [
        "\n", "\n\n", "> ", "- ", "漢字漢字漢字", "🏳️‍🌈", "\t", "\u{0}", "| a |", "\n```\n", "1) ",
      ]
    let text = (0..<80).map { _ in pieces.randomElement(using: &random)! + " " }.joined()
    for columns in [1, 2, 5, 12, 38, 100] {
      var markdown = MarkdownText()
      markdown.update(text, columns: columns)
      for row in markdown.rows(from: 0, count: .max / 2, of: text, .monochrome).rows where columns > 4 {
        #expect(row.cells.count <= columns)
      }
    }
  }

  @Test("A table too wide for its pane wraps its cells, and one far too wide says head and value")
  func tables() {
    let text = "| Name | What it is for |\n|---|---|\n| jitter | spreads the retries of many clients |\n"
    func rows(_ columns: Int) -> [String] {
      var markdown = MarkdownText()
      markdown.update(text, columns: columns)
      return markdown.rows(from: 0, count: 99, of: text, .fallback).rows.map { row in
        String(String.UnicodeScalarView(row.cells.flatMap(\.scalars)))
      }
    }
    #expect(
      rows(28) == [
        "Name   │ What it is for", "───────┼────────────────────", "jitter │ spreads the retries",
        "       │ of many clients",
      ])
    #expect(rows(12) == ["Name: jitter", "What it is", "for: spreads", "the retries", "of many", "clients"])
  }

  @Test("Code is coloured by its language, over lines of the fence only")
  func code() {
    var swift = CodeHighlighter(language: "Swift")
    func marks(_ line: String) -> String {
      swift.kinds(Array(line.utf8)).map { kind in
        switch kind {
        case .plain: "."
        case .keyword: "k"
        case .string: "s"
        case .comment: "c"
        case .number: "n"
        }
      }.joined()
    }
    #expect(marks("let a1 = 0x1F // x") == "kkk......nnnn.cccc")
    #expect(marks("f(\"a\\\"b\") /* c") == "..ssssss..cccc")
    #expect(marks("d */ return x") == "cccc.kkkkkk..")
    var unknown = CodeHighlighter(language: "brainstorm")
    #expect(unknown.kinds(Array("let \"x\"".utf8)).allSatisfy { $0 == .plain })
    var python = CodeHighlighter(language: "py")
    #expect(python.kinds(Array("x#y # z".utf8)) == [.plain, .plain, .plain, .plain, .comment, .comment, .comment])
  }

  @Test("Every cell of a word knows its place in the source")
  func origins() {
    var markdown = MarkdownText()
    markdown.update(Self.sample, columns: 38)
    let utf8 = Array(Self.sample.utf8)
    var said: Set<Int> = []
    for row in markdown.rows(from: 0, count: 999, of: Self.sample, .fallback).rows {
      #expect(row.origins.count == row.cells.count)
      for (cell, origin) in zip(row.cells, row.origins) where origin >= 0 {
        #expect(cell.scalar == UInt32(utf8[origin]))
        said.insert(origin)
      }
    }
    let letters = utf8.indices.filter { utf8[$0] >= 0x61 && utf8[$0] <= 0x7A }
    #expect(said.intersection(letters).count > letters.count * 4 / 5, "targets and marks alone are left out")
  }

  @Test("Without colours, headings, code, links and keywords still differ from text")
  func monochrome() {
    let text = "# H\n\na `c` [l](x)\n"
    var markdown = MarkdownText()
    markdown.update(text, columns: 40)
    let rows = markdown.rows(from: 0, count: 9, of: text, .monochrome).rows
    let plain = Theme.monochrome.text
    #expect(rows[0].cells[0].style != plain)
    #expect(rows[2].cells[0].style == plain && rows[2].cells[2].style != plain && rows[2].cells[4].style != plain)
    #expect(Theme.monochrome.style(of: .keyword) != plain && Theme.monochrome.style(of: .comment) != plain)
  }
}
