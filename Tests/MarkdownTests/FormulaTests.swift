import TestSupport
import Testing

@testable import Markdown

@Suite("Formulas") struct FormulaTests {
  /// What stands in formulas of a text, without their line ends' blanks.
  private static func formulas(_ text: String) -> [String] {
    var ranges: [Range<Int>] = []
    for run in MarkdownDocument(text).blocks.flatMap(\.allRuns) {
      if let range = run.formula, !ranges.contains(range) { ranges.append(range) }
    }
    let utf8 = Array(text.utf8)
    return ranges.map { String(decoding: utf8[$0], as: UTF8.self) }
  }

  /// What is seen of a text, line by line.
  private static func shown(_ text: String) -> String {
    let utf8 = Array(text.utf8)
    return MarkdownDocument(text).blocks.map { block in
      block.allRuns.map { run in
        switch run.content {
        case .source: String(decoding: utf8[run.range], as: UTF8.self)
        case .literal(let text): text
        case .lineBreak: "\n"
        }
      }.joined()
    }.joined(separator: "\n\n")
  }

  @Test(
    "A formula is shown as it was written",
    arguments: [
      #"$a*b*c$ and $x_i y_i$"#, #"$\forall\, \varepsilon > 0\; \exists \delta\!$"#, #"\(a_1 * b_1 * c\) end"#,
      #"so \[x^2\] end"#, #"$\{a\} \| b \\ c$"#, #"设$x_1$和$y_1$"#, #"$$a_1 * b_1 * c_1 * d$$"#, #"$f(x) = `$"#,
      #"\begin{pmatrix} a & b \\ c & d \end{pmatrix}"#, #"$5$ is \(\$5\)"#, #"$a&lt;b_1_2$"#,
      "$<b>x</b> = 1$", "$a <b c> d$ and $x<y$", "$$\nx\n=\ny\n$$", "$$\nx\n---\ny\n$$",
      "\\[\na\n- b_1\n+ c\n# d\n> 1. e\n\\]",
      "\\begin{align}\na &= b \\\\\n  &= c_1 * d * e\n\\end{align}", "$$\na \\\\[2pt] b\n$$",
    ])
  func asWritten(_ text: String) {
    let lines = text.split(separator: "\n").map { line in
      // Markdown's paragraphs have no blanks at the beginnings of their lines.
      String(line.drop { $0 == " " })
    }
    #expect(Self.shown(text) == lines.joined(separator: "\n"))
    #expect(!Self.formulas(text).isEmpty)
    let looks = MarkdownDocument(text).blocks.flatMap(\.allRuns).filter { $0.formula != nil }.map(\.look)
    #expect(looks.allSatisfy { $0.isEmpty })
  }

  @Test(
    "Prices, variables, code and links are no formulas",
    arguments: [
      "Price is $5 and $6.", "from $5-$10 or ($5)/($6)", "between $5 and 10$ each", "US$5 and CA$6", "10$ or 20$",
      "Set $HOME and $PATH.", "$HOME:$PATH", "$HOME:${PATH}", "$A:$(pwd) x", "`$a$ b`", "```\n$a$\n```", "    $a$ b",
      "[a](http://e/$b$c)", "<http://e/$b$c>", #"\$a$ b \$c"#, "cost $ 5 $", "$$$ and $$$", "pid $$ of", "a $b\n\nc$ d",
      "- $x is one, `$y$` none", #"\\(a\\)"#, #"a \(b"#, "[1]: http://e/$a$b",
      "<a href=\"$x\">b$ c</a>", "<i title=\"$x$\">", "$5 for <b>ten$</b>",
    ])
  func none(_ text: String) { #expect(Self.formulas(text) == []) }

  @Test(
    "Formulas are found in all that Markdown has around them",
    arguments: [
      ("# The $x_1$ term", ["$x_1$"]), ("- a $x_1$\n- b \\(y\\)", ["$x_1$", "\\(y\\)"]),
      ("| a | b |\n|---|---|\n| $x_1$ | c |\n| d | $y_1$ |", ["$x_1$", "$y_1$"]), ("**bold $x_1$**", ["$x_1$"]),
      ("[see $x_1$](http://e)", []), ("> $$\n> x\n> =\n> y\n> $$", ["$$\n> x\n> =\n> y\n> $$"]),
      ("1. So:\n   $$\n   x_1\n   =\n   y_1\n   $$", ["$$\n   x_1\n   =\n   y_1\n   $$"]),
      ("$a_b and $c_d$", ["$c_d$"]), ("**Note:**$x_1$", ["$x_1$"]),
    ])
  func around(_ text: String, _ expected: [String]) { #expect(Self.formulas(text) == expected) }

  @Test("A line of = in a formula makes no heading, and emphasis around one stays")
  func blocks() {
    #expect(MarkdownDocument("$$\nx\n=\ny\n$$").blocks.map(\.kind) == [.paragraph])
    #expect(MarkdownDocument("> $$\n> x\n> =\n> y\n> $$").blocks.map(\.containers) == [[.quote]])
    let bold = MarkdownDocument("**Note:**$x_1$ b").blocks.flatMap(\.runs)
    #expect(bold.map(\.look) == [.strong, [], []])
  }

  @Test("A formula that is still being written is one, until a blank line says it has no end")
  func unfinished() {
    #expect(Self.formulas("Text\n\n$$\na \\\\ b\n=\n") == ["$$\na \\\\ b\n="])
    #expect(Self.formulas("Text\n\n\\[ a\n= b") == ["\\[ a\n= b"])
    #expect(Self.formulas("$$\na\n\nb") == [])
  }

  private static let pieces = [
    "$", "$$", "\\(", "\\)", "\\[", "\\]", "\\begin{a}", "\\end{a}", "x_1", "*b*", " ", "\n", "\n\n", "=\n", "- ", "> ",
    "`", "```\n", "5", "| a | b |\n|---|---|\n", "[l](u)", "é", "\\", "**", "# ",
  ]

  @Test("Formulas that come in pieces are in the end those of the text at once", arguments: 0..<60)
  func streamed(_ seed: Int) {
    var random = Seeded(UInt64(seed))
    let text = (0..<60).map { _ in Self.pieces.randomElement(using: &random)! }.joined()
    let scalars = Array(text.unicodeScalars)
    var streamed = MarkdownDocument()
    var end = 0
    while end < scalars.count {
      end = min(scalars.count, end + Int.random(in: 1...9, using: &random))
      let part = String(String.UnicodeScalarView(scalars[..<end]))
      streamed.update(part)
      #expect(streamed.blocks == MarkdownDocument(part).blocks)
    }
  }

  @Test(
    "Openings without an end cost no search each", arguments: ["$$ ", "\\( ", "\\[ ", "\\begin{a} ", "$a ", "$a$ "])
  func hostile(_ opening: String) {
    let text = String(repeating: opening, count: 60_000 / opening.utf8.count)
    var document = MarkdownDocument()
    document.update(text)
    #expect(document.parsedBytes <= text.utf8.count * 2)
    #expect(!document.blocks.isEmpty)
  }

  // MARK: Unicode

  private static func unicode(_ text: String) -> String? {
    var place = 0
    let pieces = text.map { character in
      defer { place += character.utf8.count }
      return FormulaText.Piece(text: character, place: place)
    }
    return FormulaText.unicode(pieces).map { String($0.map(\.text)) }
  }

  @Test(
    "A simple formula is shown as Unicode mathematics",
    arguments: [
      (#"$\alpha^2$"#, "α²"), (#"$\sqrt{x}$"#, "√x"), (#"$\sqrt{x+1}$"#, "√(x+1)"), (#"$\sqrt[3]{8}$"#, "∛8"),
      (#"$\sum_{i=1}^n x_i \leq 1$"#, "∑ᵢ₌₁ⁿ xᵢ ≤ 1"), (#"$$a^{-1} \ne b_{12}$$"#, "a⁻¹ ≠ b₁₂"),
      (#"\(\frac{1}{2}\)"#, "1/2"), (#"\[\frac{a+b}{2c}\]"#, "(a+b)/(2c)"), (#"$x \in \mathbb{R}^n$"#, "x ∈ ℝⁿ"),
      (#"$A^\top A$"#, "Aᵀ A"), (#"$\hat{y} = \bar x$"#, "ŷ = x̄"), (#"$\text{if } x \to \infty$"#, "if x → ∞"),
      (#"$\left( x \right)$"#, "( x )"), (#"$f'(x)$"#, "f′(x)"),
      (
        #"$\forall\, \varepsilon > 0\; \exists \delta\!$"#,
        "∀ ε > 0 ∃ δ"
      ), (#"$O(n \log n)$"#, "O(n log n)"), (#"$90^\circ$"#, "90°"), (#"$x^2_i$"#, "x²ᵢ"),
      (#"$\sin\theta + \mathbf{x_1}$"#, "sin θ + x₁"),
    ])
  func simple(_ text: String, _ expected: String) { #expect(Self.unicode(text) == expected) }

  @Test(
    "What has no Unicode form stays as it was written",
    arguments: [
      #"$\begin{pmatrix} a \end{pmatrix}$"#, #"$a & b$"#, #"$a \\ b$"#, #"$D_{\ell,m}$"#, #"$\unknown{x}$"#, #"$x^$"#,
      #"$\frac{1}$"#, #"${a$"#, #"$a}$"#, #"$\sqrt[n]{x}$"#, #"$x^{\infty}$"#, #"\begin{a}x\end{a}"#, "$$$$", #"$\$"#,
      "$" + String(repeating: "^", count: 300) + "$", "$" + String(repeating: #"\sqrt"#, count: 60) + "$",
    ])
  func notSimple(_ text: String) { #expect(Self.unicode(text) == nil) }
}
