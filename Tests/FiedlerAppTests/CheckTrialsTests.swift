import Conversations
import Testing

@testable import FiedlerApp

@Suite("Checks that may take long") struct CheckTrialsTests {
  @Test("A regular expression that backtracks without end is given up with words, negated or not; others are judged")
  func givenUp() async throws {
    let trials = CheckTrials(limit: .milliseconds(1))
    // Tries about four million ways, and then ends: nothing of it stays behind.
    let answer = CheckedAnswer(text: String(repeating: "a", count: 22) + "!")
    for type in ["regex", "not-regex"] {
      let finding = try #require(await trials.finding(BatchCheck(text: "\(type): ^(a+)+$"), for: answer))
      #expect(!finding.passed && finding.reason?.hasPrefix("the regular expression was not done within") == true)
    }
    // Two go on: a third one is not begun.
    let third = try #require(await trials.finding(BatchCheck(text: "regex: a"), for: answer))
    #expect(!third.passed)
    #expect(await trials.finding(try BatchCheck(text: "contains: a"), for: answer)?.passed == true)
    #expect(await CheckTrials().finding(try BatchCheck(text: "regex: a!$"), for: answer)?.passed == true)
    #expect(await CheckTrials().finding(try BatchCheck(text: "judge: is polite"), for: answer) == nil)
  }
}
