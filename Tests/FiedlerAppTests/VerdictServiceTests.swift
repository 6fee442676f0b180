import Conversations
import FoundationEssentials
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("Verdicts as commands give them") struct VerdictServiceTests {
  private static let answers = [
    Fixture.replies("one", "two/instruct")[0], Fixture.replies("one", "two/instruct")[1],
  ].enumerated().map { index, reply in
    var reply = reply
    reply.apply(.finished(.stop), at: .seconds(1))
    reply.turnNumber = index + 2
    return reply
  }
  private static let conversation = Sample.conversation([Sample.exchange(1, "Why?", answers)])

  private static func change(_ word: VerdictRequest.Word, _ names: String...) throws -> VerdictChange {
    try VerdictRequest(word, names).change(in: conversation, now: Fixture.date)
  }

  @Test("Answers are named by turn or by model, with or without provider, folder and case") func names() throws {
    for name in ["3", "instruct", "two/instruct", "test/Two/Instruct"] {
      #expect(try Self.change(.bad, name).replies == [Self.answers[1].id], "\(name)")
    }
    #expect(try Self.change(.better, "2", "instruct").replies == Set(Self.answers.map(\.id)))
    #expect(try Self.change(.none, "one") == .takeBack(Self.answers[0].id))
  }

  @Test(
    "What cannot be said is told with the way out",
    arguments: [
      (VerdictRequest.Word.best, ["one", "instruct"], "is said of one answer"),
      (.tie, ["one"], "is said of two answers"),
      (.bad, ["three"], "2 test/one, 3 test/two/instruct"), (.tie, ["2", "one"], "both name the same answer"),
      (.none, [], "name one answer, or two"),
    ])
  func problems(_ word: VerdictRequest.Word, _ names: [String], _ words: String) {
    #expect {
      _ = try VerdictRequest(word, names).change(in: Self.conversation, now: Fixture.date)
    } throws: { "\($0)".contains(words) }
  }
}
