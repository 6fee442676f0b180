import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Code in panes") struct PaneCodeTests {
  private static let filler = (1...30).map { "Paragraph \($0).\n\n" }.joined()
  static let sample = """
    First:

    ```swift
    let a = "**b**"

    send(a)
    ```

    \(filler)
    - in a list
      > ```
      > quoted &amp; kept
      >   indented
      > ```

    \(filler)
        indented code

    The end.
    """

  private static func app(_ text: String = sample) -> AppDriver {
    var app = AppDriver(80, 24, models: ["a"])
    app.send("Show code")
    app.event(0, .text(text), at: .milliseconds(400))
    app.event(0, .finished(.stop), at: .milliseconds(900))
    app.press(Key(.tab))
    app.press("g")
    return app
  }

  @Test("f and F go from one block of code to the next and back, and the one gone to is marked")
  func steps() {
    var app = Self.app()
    app.press("f")
    #expect(app.screen.contains("code 1 of 3"))
    #expect(app.screen.contains("┃ let a = "))
    #expect(app.state.panes[0].firstRow == 0, "it was in sight")
    app.press("f")
    #expect(app.screen.contains("┃ quoted &amp; kept"))
    #expect(!app.screen.contains("let a"))
    app.press("f")
    #expect(app.screen.contains("┃ indented code"))
    app.press("f")
    #expect(app.state.toasts.last?.text == "No code below")
    app.press("F", "F")
    #expect(app.screen.contains("┃ let a = "))
    app.press("G")
    #expect(!app.screen.contains("code 1 of 3"), "out of sight it is forgotten")
  }

  @Test("Y copies the code's own lines, without fences, quotes' marks and indents")
  func copies() {
    var app = Self.app()
    app.press("Y")
    #expect(app.effects == [.copy("let a = \"**b**\"\n\nsend(a)\n", words: "3 lines of swift")], "the first in sight")
    app.press("f", "f", "Y")
    #expect(app.effects == [.copy("quoted &amp; kept\n  indented\n", words: "2 lines of code")])
    app.press("f", "m", "Y")
    #expect(app.effects == [.copy("indented code\n", words: "1 line of code")], "raw text has its code too")
    app.press("g", "G", "k", "k", "k", "k")
    for _ in 0..<18 { app.press("k") }
    app.press("Y")
    #expect(app.effects.isEmpty)
    #expect(app.state.toasts.last?.text == "No code in sight; f and F go to it")
  }

  @Test("A long block, parsed in parts as it streams, is one block and is copied whole")
  func long() {
    let code = (1...4000).map { "line \($0)\n" }.joined()
    var app = Self.app("```\n" + code + "```\nThe end.\n")
    app.press("f")
    #expect(app.screen.contains("code 1 of 1"))
    app.press("Y")
    #expect(app.effects == [.copy(code, words: "4,000 lines of code")])
    app.press("f")
    #expect(app.state.toasts.last?.text == "No code below")
  }

  @Test("Without code the keys say so")
  func none() {
    var app = Self.app("Only words.")
    app.press("f")
    #expect(app.state.toasts.last?.text == "No code in this pane")
    app.press("Y")
    #expect(app.effects.isEmpty)
  }
}

extension AppDriver {
  mutating func press(_ characters: Character...) { for character in characters { press(Key(.character(character))) } }
}
