import Canvas
import Conversations
import Markdown
import TestSupport
import Testing

@testable import FiedlerUI

extension AppDriver {
  static let claude = """
    ## Back-off

    Use **full jitter**: sleep a random time between zero and the back-off, capped at 20 s.

    ```swift
    let delay = Double.random(in: 0...min(20, base * pow(2, Double(attempt))))
    try await clock.sleep(for: .seconds(delay))
    ```

    - Respect `Retry-After`, even when it says 86400.
    - Give up after 5 attempts and say so.

    ## Idle timeout

    A stream that says nothing for 30 s is dead: cancel it.

    | failure | again? |
    | --- | --- |
    | 429 | yes |
    """
  static let gpt = """
    Most people get retries wrong, so here is the short version.

    ## What about back-off?

    The delay doubles each time and is capped at 20 s; full jitter keeps clients apart.

    ```python
    delay = random.uniform(0, min(20, base * 2 ** attempt))
    await asyncio.sleep(delay)
    ```

    1. Budgets are kept per model, not per process.
    2. Servers send `Retry-After`: obey it.

    ### Reset

    Reset the counter on the first byte.
    """
}

@Suite("What two answers have in common") struct CommonGroundTests {
  private let ground = CommonGround(AppDriver.claude, AppDriver.gpt)

  private func words(_ range: Range<Int>, _ side: Int) -> String {
    String([AppDriver.claude, AppDriver.gpt][side].part(range))
  }

  @Test("Headings, points and code that share terms stand beside each other, whatever lies between")
  func aligned() throws {
    func text(_ side: Int, _ blocks: Range<Int>) -> String {
      guard let first = blocks.first, let last = blocks.last else { return "" }
      let all = ground.sides[side].blocks
      return words(all[first].range.lowerBound..<all[last].range.upperBound, side)
    }
    let shared = ground.bands.filter(\.isShared).map { (text(0, $0.old), text(1, $0.new)) }
    for (old, new) in [
      ("Back-off", "What about back-off"), ("full jitter", "full jitter"), ("clock.sleep", "asyncio.sleep"),
      ("Retry-After", "Retry-After"),
    ] {
      #expect(shared.contains { $0.0.contains(old) && $0.1.contains(new) }, "\(old): \(shared)")
    }
  }

  @Test("Bands have all passages of both answers, each once and in order")
  func complete() {
    var (old, new) = (0, 0)
    for band in ground.bands {
      #expect(band.old.lowerBound == old && band.new.lowerBound == new)
      (old, new) = (band.old.upperBound, band.new.upperBound)
    }
    #expect(old == ground.sides[0].blocks.count && new == ground.sides[1].blocks.count)
  }

  @Test("Terms are the same whatever their case, hyphens, plural or a number's blank before the unit")
  func terms() {
    let ground = CommonGround("Timeouts of 20 s; Backoff", "a timeout of 20s and a back-off")
    #expect(ground.sides[0].terms.count == 3 && ground.sides[1].terms.count == 3)
    #expect(ground.share == 1)
  }

  @Test("Words without a meaning of their own are neither marked nor told")
  func glue() {
    let ground = CommonGround("It is what we have, and then this.", "This is what they have, and that.")
    #expect(ground.sides.allSatisfy { $0.terms.isEmpty } && ground.telling.both.isEmpty && ground.share == 0)
  }

  @Test("What is told of both and of each alone are the telling terms: code, numbers, what is emphasized")
  func telling() {
    #expect(ground.telling.both.contains("Retry-After") && ground.telling.both.contains("full jitter"))
    #expect(ground.telling.both.contains { $0.contains("20 s") })
    #expect(ground.telling.only[0].contains { $0.contains("86400") })
    #expect(ground.telling.only[1].contains("asyncio.sleep"))
    let all = ground.telling.only[0] + ground.telling.only[1]
    #expect(Set(all).isDisjoint(with: ground.telling.both))
  }

  @Test("Languages and tables are told of either answer")
  func figures() {
    #expect(ground.sides.map(\.languages) == [["swift"], ["python"]] && ground.sides.map(\.tables) == [1, 0])
  }

  @Test("Four of the same words in a row are a wording, in both answers")
  func wordings() {
    let ground = CommonGround("Then cancel the stream at once, my friend.", "Always cancel the stream at once.")
    #expect(ground.sides.map { $0.wordings.count } == [1, 1])
    #expect(
      ground.sides[0].wordings.first.map { String("Then cancel the stream at once, my friend.".part($0)) }
        == "cancel the stream at once")
  }

  @Test("Text without blanks between words finds its terms too")
  func ideographs() {
    let ground = CommonGround("再試行の間隔は指数関数的に増やす。", "指数関数的な間隔で再試行する。")
    #expect(ground.bands.contains(where: \.isShared) && !ground.sides[0].terms.isEmpty)
  }

  @Test("The same texts give the same, and empty ones do no harm")
  func deterministic() {
    for _ in 0..<5 {
      let again = CommonGround(AppDriver.claude, AppDriver.gpt)
      #expect(again.bands == ground.bands && again.telling == ground.telling && again.share == ground.share)
    }
    for (old, new) in [("", ""), ("", "word"), ("word", ""), ("```\n", "|"), ("---", "<b>")] {
      let ground = CommonGround(old, new)
      #expect((0...1).contains(ground.share))
    }
  }

  @Test("Steps grow with the texts, even where all of them say the same")
  func growth() {
    func steps(_ count: Int, _ passage: (Int) -> String) -> Int {
      let text = (0..<count).map(passage).joined(separator: "\n\n")
      return CommonGround(text, text + "\n\nend").steps
    }
    let kinds: [@Sendable (Int) -> String] = [
      { "The retry of stream \($0) waits \($0) seconds" }, { _ in "always the same retry budget" },
      { "```swift\nlet delay\($0) = base\n```" }, { "## Heading \($0 % 7)" },
    ]
    for kind in kinds {
      let (small, large) = (steps(200, kind), steps(2_000, kind))
      #expect(large <= 14 * small, "\(small) \(large)")
    }
  }

  @Test("Whatever the texts, all of both is on the rows, beside each other and one below the other")
  func rows() {
    var random = Seeded(7)
    let atoms = [
      "word", "retry", " ", "\n\n", "# ", "- ", "```\n", "| a | b |\n|---|---|\n", "漢字", "👩‍🚀", "`x`", "20 s",
    ]
    for _ in 0..<40 {
      let texts = (0..<2).map { _ in
        (0..<Int.random(in: 1...60, using: &random)).map { _ in atoms.randomElement(using: &random) ?? "" }.joined()
      }
      let ground = CommonGround(texts[0], texts[1])
      for isInline in [false, true] {
        let layout = CommonGroundLayout(
          ground: ground, texts: texts, columns: 30, isInline: isInline, theme: .fallback)
        for (index, band) in ground.bands.enumerated() {
          let rows = layout.rows(band, isFirst: index == 0)
          #expect(rows.count == (isInline ? 1 : 2))
          #expect(rows.allSatisfy { $0.allSatisfy { $0.cells.count <= 32 } })
          #expect(rows.contains { !$0.isEmpty })
        }
      }
    }
  }
}

@Suite("The screen of what is common") struct CommonGroundScreenTests {
  @Test("Answers that are mostly different are shown by what is common, alike ones by their words; w changes it")
  func form() {
    var app = AppDriver.comparing(120, 40, [AppDriver.claude, AppDriver.gpt])
    #expect(app.screen.contains("What is common") && app.screen.contains("in common · code: swift, python"))
    #expect(app.screen.contains("both  ") && app.screen.contains("only  "))
    app.press("w")
    #expect(app.screen.contains("What differs") && app.screen.contains("% different"))
    app.press("w")
    #expect(app.screen.contains("What is common"))
    app = AppDriver.comparing(120, 40, [AppDriver.older, AppDriver.newer])
    #expect(app.screen.contains("What differs"))
    app.press("w")
    #expect(app.screen.contains("What is common"))
  }

  @Test("Markdown is rendered, and what stands beside each other begins on one row")
  func level() throws {
    let app = AppDriver.comparing(120, 60, [AppDriver.claude, AppDriver.gpt])
    #expect(!app.screen.contains("## ") && !app.screen.contains("**full"))
    let row = try #require((0..<60).first { app.frame.text(row: $0).contains("┌ swift") })
    #expect(app.frame.text(row: row).contains("┌ python"), "\(app.screen)")
  }

  @Test("Shared terms are marked by another colour than red and green, and without colours too")
  func marks() throws {
    let app = AppDriver.comparing(120, 60, [AppDriver.claude, AppDriver.gpt])
    let theme = Theme.fallback
    let row = try #require((0..<60).first { app.frame.text(row: $0).contains("full jitter: sleep") })
    let cells = app.frame.row(row)
    #expect(cells.contains { $0.style.foreground == theme.info.foreground && $0.style.attributes.contains(.bold) })
    #expect(!cells.contains { [theme.bad, theme.good].map(\.foreground).contains($0.style.foreground) })
    let colorless = view(app.state, size: app.state.size, theme: .monochrome, now: .zero)
    #expect(colorless.row(row).contains { $0.style.attributes.contains(.underline) })
  }

  @Test("n goes from passage to passage in common, and the foot tells which")
  func steps() {
    var app = AppDriver.comparing(100, 20, [AppDriver.claude, AppDriver.gpt])
    app.press("n")
    #expect(app.screen.contains("in common 1 of") && app.screen.contains("▸"))
    app.press("n")
    #expect(app.screen.contains("in common 2 of"))
    app.press("G")
    app.press("w")
    #expect(!app.screen.contains("in common 2 of"))
  }

  @Test("y copies what both and either alone are about")
  func copies() {
    var app = AppDriver.comparing(120, 40, [AppDriver.claude, AppDriver.gpt])
    app.press("y")
    guard case .copy(let text, _) = app.effects.first else {
      Issue.record("\(app.effects)")
      return
    }
    #expect(text.hasPrefix("both: ") && text.contains("\ngpt-4o-mini: ") && text.contains("\ndeepseek-r1: "))
  }

  @Test("Identical answers are said to be so in the middle, with the key to the next one")
  func identical() {
    var app = AppDriver.comparing(100, 30, ["the same words", "the same words", "other"])
    #expect(app.screen.contains("│ identical · ⇥ compares with the next │"), "\(app.screen)")
    app = AppDriver.comparing(40, 12, ["the same words", "the same words"])
    #expect(app.screen.contains("│ identical │"))
  }

  @Test("Two answers by what is common", arguments: ScreenTests.sizes)
  func golden(_ size: Size) throws {
    let app = AppDriver.comparing(size.width, size.height, [AppDriver.claude, AppDriver.gpt])
    try ScreenTests.expect(app, is: "diff-common")
  }
}
