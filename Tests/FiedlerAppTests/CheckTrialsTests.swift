import Conversations
import Testing

@testable import FiedlerApp

@Suite("Checks that may take long") struct CheckTrialsTests {
  @Test("A schema whose pattern backtracks without end is given up with words; others are judged")
  func schemas() async throws {
    // Ends after a second or two.
    let answer = CheckedAnswer(text: #"["\#(String(repeating: "a", count: 16))!"]"#)
    let slow = try BatchCheck(text: #"is-json: {"items": {"pattern": "^(a+)+$"}}"#)
    let finding = try #require(await CheckTrials(limit: .milliseconds(1)).finding(slow, for: answer))
    #expect(!finding.passed && finding.reason?.hasPrefix("the schema was not done within") == true)
    let quick = try BatchCheck(text: #"is-json: {"items": {"pattern": "!$"}}"#)
    #expect(await CheckTrials().finding(quick, for: answer)?.passed == true)
    #expect(await CheckTrials().finding(try BatchCheck(text: "is-json"), for: answer)?.passed == true)
  }

  @Test("A regular expression that backtracks without end is given up with words, negated or not; others are judged")
  func givenUp() async throws {
    let trials = CheckTrials(limit: .milliseconds(1))
    // Ends after some seconds of work: little of it stays behind.
    let answer = CheckedAnswer(text: String(repeating: "a", count: 17) + "!")
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
