import Testing

@testable import GodotLog

@Suite("Redacting", .timeLimit(.minutes(1))) struct RedactorTests {
  @Test("An answer that says the key again and again is redacted in the time it takes to read it")
  func echoed() {
    let secret = "sk-12345678"
    let text = Redactor(secrets: [secret]).redact("begin " + String(repeating: secret + " ", count: 300_000) + "end")
    #expect(!text.contains(secret) && text.hasPrefix("begin [REDACTED] ") && text.hasSuffix("[REDACTED] end"))
  }

  @Test(
    "A text whose secret was taken out on the way is the same text, whatever stands beside it",
    arguments: [
      ("a ", " b"), ("", ""), ("", "\u{301} b"), ("e\u{301}", ""), ("\r", "\n"), ("👩\u{200D}", "\u{200D}👩"),
    ])
  func redactedOnTheWay(before: String, after: String) {
    let (local, server) = (before + "sk-12345678" + after, before + Redactor.mark + after)
    let comparison = TurnComparison(redactor: Redactor())
    #expect(comparison.isSame(local, server))
    #expect(comparison.isSame(local + local, server + server))
    #expect(!comparison.isSame(local, server + ".") && !comparison.isSame(local, "." + server))
  }

  @Test("What stands between two secrets has to be there, in its order and once for each time")
  func between() {
    let comparison = TurnComparison(redactor: Redactor())
    #expect(comparison.isSame("x 1 y 2 z", "x [REDACTED] y [REDACTED] z"))
    #expect(!comparison.isSame("x 1 z", "x [REDACTED] y [REDACTED] z"))
    #expect(!comparison.isSame("x y z", "x z [REDACTED] y"))
    #expect(!comparison.isSame("ab", "ab[REDACTED]b"))
  }
}
