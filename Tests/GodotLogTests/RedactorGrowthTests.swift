import Testing

@testable import GodotLog

@Suite("Redacting", .timeLimit(.minutes(1))) struct RedactorGrowthTests {
  @Test("An answer that says the key again and again is redacted in the time it takes to read it")
  func echoed() {
    let secret = "sk-12345678"
    let text = Redactor(secrets: [secret]).redact("begin " + String(repeating: secret + " ", count: 300_000) + "end")
    #expect(!text.contains(secret) && text.hasPrefix("begin [REDACTED] ") && text.hasSuffix("[REDACTED] end"))
  }
}
