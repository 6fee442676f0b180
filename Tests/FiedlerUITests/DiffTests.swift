import Canvas
import Conversations
import FoundationEssentials
import TestSupport
import Testing

@testable import FiedlerUI

extension AppDriver {
  /// Does the comparison that was asked for, as the shell does.
  mutating func compare() {
    for case .compare(let old, let new, let token) in effects {
      tell(.compared(for: token, Comparison(old, new)))
    }
  }

  /// One prompt answered by these texts, a model each, and the first two compared.
  static func comparing(_ width: Int, _ height: Int, _ texts: [String]) -> AppDriver {
    let names = ["gpt-4o-mini", "deepseek-r1", "gemini-2.5-pro", "claude"]
    var app = AppDriver(width, height, models: Array(names.prefix(texts.count)))
    app.send("Review the retry logic in sender.swift")
    for (model, text) in texts.enumerated() {
      app.event(model, .text(text), at: .seconds(1))
      app.event(model, .finished(.stop), at: .seconds(2))
    }
    app.press(Key(.tab))
    app.press("d")
    app.compare()
    return app
  }

  static let older = """
    ## Findings

    1. The delay is never reset after a success, so the next call starts with the long delay.
    2. Jitter is missing.
    3. The timeout of 30 s is too long.

    ```swift
    let delay = base * pow(2, attempt)
    try await Task.sleep(for: delay)
    ```

    Fix these and it is good.
    """
  static let newer = """
    ## Findings

    1. The delay is not reset after a failure, so the next call waits for the long delay.
    2. Jitter is missing.

    ```swift
    let delay = min(limit, base * pow(2, attempt))
    try await Task.sleep(for: delay)
    ```

    Then it is good. Write a test first.
    """
}

@Suite("Two answers compared") struct DiffTests {
  @Test("d compares the answer in view with the next pane's, once, off the screen's thread")
  func opens() {
    var app = AppDriver.comparing(120, 30, ["one two three", "one 2 three", "other"])
    #expect(app.state.screen == .diff)
    #expect(app.screen.contains("╭ gpt-4o-mini ") && app.screen.contains("╭ deepseek-r1 "))
    #expect(app.screen.contains("17 % different · 1 change"), "\(app.screen)")
    #expect(app.frame.text(row: 2).contains("one two three") && app.frame.text(row: 2).contains("one 2 three"))
    app.press(Key(.escape))
    #expect(app.state.screen == .compose && app.state.diff?.left == nil)
  }

  @Test("Until the comparison has come the screen says so, and a late one of another pair is dropped")
  func late() {
    var app = AppDriver.comparing(120, 30, ["a b", "a c", "a d"])
    app.press("]")
    #expect(app.screen.contains("comparing") && app.screen.contains("gemini-2.5-pro"))
    let asked = app.effects
    app.tell(.compared(for: (app.state.diff?.token ?? 0) - 1, Comparison("a b", "a c")))
    #expect(app.screen.contains("comparing"))
    #expect(app.effects.isEmpty, "nothing was asked for by the late one")
    app.effects = asked
    app.compare()
    #expect(!app.screen.contains("comparing"))
  }

  @Test("Tab and ] go to the other answers in turn, earlier attempts too")
  func others() {
    var app = AppDriver(120, 30, models: ["a", "b"])
    app.send("Why?")
    for model in 0..<2 {
      app.event(model, .text("text \(model)"), at: .seconds(1))
      app.event(model, .finished(.stop), at: .seconds(1))
    }
    let again = Reply(id: AppDriver.id(900), model: AppDriver.model("a"), attempt: 2, startedAt: AppDriver.launch)
    app.tell(.retryStarted(prompt: AppDriver.id(1001), reply: again))
    app.tell(.events([ReplyEvent(reply: again.id, at: .seconds(1), event: .text("text again"))]))
    app.press(Key(.tab))
    app.press("d")
    app.compare()
    #expect(app.screen.contains("╭ a · attempt 2 of 2") && app.screen.contains("╭ b "))
    app.press(Key(.tab))
    app.compare()
    #expect(app.screen.contains("╭ a · attempt 1 of 2"), "\(app.screen)")
    app.press("]")
    app.compare()
    #expect(app.screen.contains("╭ b "))
    app.press(Key(.tab, .shift))
    app.compare()
    #expect(app.screen.contains("╭ a · attempt 1 of 2"))
  }

  @Test("Without another answer there is nothing to compare, and the screen says so")
  func alone() {
    var app = AppDriver.comparing(120, 30, ["only this"])
    #expect(app.state.screen == .compose && app.screen.contains("no other answer"))
    app = AppDriver.comparing(120, 30, ["", "not empty"])
    #expect(app.state.screen == .compose && app.screen.contains("no answer here"))
  }

  @Test("Lines that both have stand level, whatever lies between")
  func level() throws {
    let app = AppDriver.comparing(80, 30, [AppDriver.older, AppDriver.newer])
    for words in ["## Findings", "2. Jitter is missing.", "try await Task.sleep"] {
      let row = try #require((0..<30).first { app.frame.text(row: $0).contains(words) })
      let text = app.frame.text(row: row)
      #expect(text.split(separator: words, omittingEmptySubsequences: false).count == 3, "\(text)")
    }
  }

  @Test("s shows both in one text, and narrow screens always do; colours alone tell them apart where there are any")
  func inline() {
    var app = AppDriver.comparing(120, 30, ["one two three", "one 2 three"])
    app.press("s")
    #expect(app.screen.contains("one two2 three"))
    app.press("s")
    #expect(!app.screen.contains("two2"))
    app.tell(.input(.resize(Size(width: 60, height: 20))))
    #expect(app.screen.contains("one two2 three"))
    app.press("s")
    #expect(app.screen.contains("two2") && app.screen.contains("needs 80 columns"))
    let colorless = view(app.state, size: app.state.size, theme: .monochrome, now: .zero)
    #expect((0..<20).contains { colorless.text(row: $0).contains("one [-two-]{+2+} three") })
  }

  @Test("The blanks before a line's first word are not underlined")
  func indentation() throws {
    let app = AppDriver.comparing(120, 30, ["if it is\nso then do this", "if it is\n    so then do this"])
    let row = try #require((0..<30).first { app.frame.text(row: $0).contains("    so") })
    #expect(app.frame.row(row).allSatisfy { $0.scalar != 0x20 || !$0.style.attributes.contains(.underline) })
  }

  @Test("Removed and added words differ without colours too")
  func monochrome() {
    let app = AppDriver.comparing(120, 30, ["one two three", "one 2 three"])
    let frame = view(app.state, size: app.state.size, theme: .monochrome, now: .zero)
    let cells = Array(frame.row(2))
    let marked = cells.filter { $0.style.attributes.contains(.underline) }.map {
      Character(Unicode.Scalar($0.scalar) ?? " ")
    }
    #expect(String(marked) == "two2")
  }

  @Test("n and N go to the next and the previous change, and the place is told")
  func changes() {
    let lines = (1...200).map { "line \($0) of the text" }
    var others = lines
    for changed in [20, 100, 180] { others[changed - 1] = "line \(changed) of a text" }
    var app = AppDriver.comparing(100, 24, [lines.joined(separator: "\n"), others.joined(separator: "\n")])
    #expect(app.screen.contains("3 changes"))
    for (place, changed) in [(1, 20), (2, 100), (3, 180), (3, 180)] {
      app.press("n")
      #expect(app.screen.contains("change \(place) of 3") && app.screen.contains("line \(changed) of a text"))
    }
    app.press("N")
    #expect(app.screen.contains("change 2 of 3") && app.screen.contains("line 100 of a text"))
    app.press("g")
    #expect(app.screen.contains("line 1 of"))
    app.press("n")
    #expect(app.screen.contains("change 1 of 3"), "from what is in sight")
    app.press("G")
    #expect(app.screen.contains("line 200 of"))
    app.press("k")
    #expect(!app.screen.contains("line 200 of"))
    app.press("j")
    app.press("j")
    #expect(app.screen.contains("line 200 of"))
  }

  @Test("y copies both in one text with marks")
  func copies() {
    var app = AppDriver.comparing(120, 30, ["one two three\n", "one 2 three"])
    app.press("y")
    #expect(app.effects == [.copy("one [-two-]{+2+} three[-\n-]", words: "both as one text, 2 changes marked")])
  }

  @Test("What comes after the comparison is announced, and u compares anew")
  func refresh() {
    var app = AppDriver(120, 30, models: ["a", "b"])
    app.send("Why?")
    app.event(0, .text("one two"), at: .seconds(1))
    app.event(1, .text("one"), at: .seconds(1))
    app.press(Key(.tab))
    app.press("d")
    app.compare()
    #expect(!app.screen.contains("more has come"))
    app.event(1, .text(" two"), at: .seconds(2))
    #expect(app.screen.contains("more has come: u"))
    app.press("u")
    app.compare()
    #expect(app.screen.contains("identical") && !app.screen.contains("more has come"))
  }

  @Test("Texts that are long together are compared by lines, and the screen says so")
  func long() {
    let line = String(repeating: "word ", count: 30) + "\n"
    let text = String(repeating: line, count: 7_000)
    var app = AppDriver.comparing(120, 30, [text + "end\n", text + "END\n"])
    #expect(app.screen.contains("by lines"))
    app.press("n")
    #expect(app.screen.contains("END"))
    app.press("g")
    for _ in 0..<3 { app.press(Key(.pageDown)) }
    #expect(app.state.diff?.top.block ?? 0 > 10)
  }

  @Test("Whatever the texts, all of both is on the rows in order, in either form")
  func complete() {
    var random = Seeded(5)
    let atoms = ["word", "x", " ", "\n", "\n\n", "漢字", "👩‍🚀", "\t", "long-word-that-does-not-fit-in", ".", "é", "\r\n"]
    for _ in 0..<60 {
      func text() -> String {
        (0..<Int.random(in: 1...60, using: &random)).map { _ in atoms.randomElement(using: &random) ?? "" }.joined()
      }
      let (old, new) = (text(), text())
      let difference = WordDiff(from: old, to: new)
      for isInline in [false, true] {
        let blocks =
          isInline
          ? DiffBlocks.inline(difference, old, new) : DiffBlocks.sideBySide(difference, old, new)
        var (oldEnd, newEnd) = (0, 0)
        var (left, right) = ("", "")
        for block in blocks {
          #expect(block.old.lowerBound == oldEnd && block.new.lowerBound == newEnd)
          (oldEnd, newEnd) = (block.old.upperBound, block.new.upperBound)
          func shown(_ form: DiffText.Form) -> String {
            DiffText(block, form, difference, old: old, new: new, columns: 10, spellsMarks: true).text
          }
          if isInline { left += shown(.both) } else { (left, right) = (left + shown(.old), right + shown(.new)) }
        }
        #expect(oldEnd == old.utf8.count && newEnd == new.utf8.count)
        func bare(_ text: String) -> [Unicode.Scalar] { text.unicodeScalars.filter { $0 != "\n" && $0 != "↵" } }
        if isInline {
          #expect(bare(left) == bare(difference.unified(old, new)))
        } else {
          #expect(bare(left) == bare(old) && bare(right) == bare(new))
        }
      }
    }
  }

  @Test("A change over many lines is wrapped in parts, and none of it is lost")
  func longChange() {
    let old = (1...500).map { "old\($0)\n" }.joined()
    let new = (1...300).map { "new\($0)\n" }.joined()
    let difference = WordDiff(from: old, to: new, by: .lines)
    let blocks = DiffBlocks.sideBySide(difference, old, new)
    #expect(blocks.count == (500 + DiffBlocks.longestChange - 1) / DiffBlocks.longestChange)
    #expect(blocks.last?.old.upperBound == old.utf8.count && blocks.last?.new.upperBound == new.utf8.count)
    var app = AppDriver.comparing(100, 24, [old, new])
    app.press("G")
    #expect(app.screen.contains("old500"))
    app.press("g")
    app.press("n")
    #expect(app.screen.contains("old1 ") && app.screen.contains("new1 "))
  }

  @Test("Escapes and overrides in compared texts and names stay harmless cells")
  func hostile() {
    let nasty = "\u{1B}]0;owned\u{07}\u{202E}evil\u{9B}31m\r\u{0}"
    for width in [120, 50] {
      let app = AppDriver.comparing(width, 20, [nasty + " one", nasty + nasty + " two"])
      for cell in app.frame.cells {
        for scalar in cell.scalars {
          #expect(!(scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || scalar.value == 0x202E))
        }
      }
    }
  }
}
