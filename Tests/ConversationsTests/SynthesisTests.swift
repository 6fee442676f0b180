import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import Conversations

@Suite("Having one model read the answers of others") struct SynthesisTests {
  private static let synthesis = Synthesis(
    template: "merge",
    sources: [
      .init(label: "A", reply: Sample.id(1), model: Sample.model("gpt"), attempt: 1),
      .init(label: "B", reply: Sample.id(2), model: Sample.model("claude"), attempt: 2),
      .init(label: "C", reply: Sample.id(3), model: Sample.model("kimi"), attempt: 1),
    ], leftOut: [Sample.model("slow")])

  @Test(
    "Where a reader names an answer by its label, the author's name is put back, and nothing else is touched",
    arguments: [
      ("Answer A is right.", "Answer A (gpt) is right."),
      ("As Answer B, Answer C say", "As Answer B (claude), Answer C (kimi) say"),
      ("They all say so (A, C).", "They all say so (gpt, kimi)."), ("(B)", "(claude)"),
      ("Answer D and (A, D) and Answers", "Answer D and (A, D) and Answers"),
      ("A (sic) plan B", "A (sic) plan B"), ("Answer About", "Answer About"), ("(A", "(A"),
      ("Answer A", "Answer A (gpt)"),
      ("f(A) + Answer B2", "f(gpt) + Answer B2"), ("", ""),
    ])
  func named(_ text: String, _ expected: String) {
    #expect(Self.synthesis.named(text) == expected)
    #expect(Self.synthesis.named(expected) == expected, "names stay names")
  }

  @Test(
    "A ranking is read from its line, however it is set; one that names what there is not is none",
    arguments: [
      ("Ranking: B > A > C\nBecause.", [["B"], ["A"], ["C"]]), ("**Ranking:** A = C > B", [["A", "C"], ["B"]]),
      ("I read them.\n\nranking: C>B", [["C"], ["B"]]), ("Ranking: `A > B > C`.", [["A"], ["B"], ["C"]]),
      ("Ranking: A > D", nil), ("Ranking: A > A", nil), ("A is best", nil), ("Ranking:", nil),
    ] as [(String, [[String]]?)])
  func ranking(_ text: String, _ expected: [[String]]?) { #expect(Self.synthesis.ranking(in: text) == expected) }

  @Test("It is read back as it was written, and what is none is refused") func json() throws {
    #expect(Synthesis(try JSON(Self.synthesis.json.text)) == Self.synthesis)
    #expect(Synthesis(["template": "merge", "sources": [["label": "A"]]]) == nil)
    #expect(Synthesis([:]) == nil)
  }

  @Test("There are labels for any number of answers", arguments: [(0, "A"), (25, "Z"), (26, "AA"), (52, "BA")])
  func labels(_ index: Int, _ expected: String) { #expect(Synthesis.label(index) == expected) }

  @Test("Answers that still come, or have no text, are left out; of several attempts the newest is read")
  func readable() {
    let models = ["a", "b", "c", "d"].map(Sample.model)
    func reply(_ number: Int, _ model: Int, _ state: ReplyState, _ text: String, attempt: Int = 1) -> Reply {
      Reply(
        id: Sample.id(number), model: models[model], attempt: attempt, state: state, text: text,
        startedAt: RecordedSend.date)
    }
    let exchange = Exchange(
      prompt: Prompt(id: Sample.id(9), turnNumber: 1, text: "?", models: models, sentAt: RecordedSend.date),
      replies: [
        reply(1, 0, .success, "old"), reply(2, 0, .success, "new", attempt: 2), reply(3, 1, .streaming, "half"),
        reply(4, 2, .failed, ""), reply(5, 3, .partial, "some"),
      ])
    #expect(exchange.readable.answers.map(\.id) == [Sample.id(2), Sample.id(5)])
    #expect(exchange.readable.leftOut == [models[1], models[2]])
  }

  @Test("No prompt to a reader names an author", arguments: SynthesisWay.allCases)
  func unlabelled(_ way: SynthesisWay) {
    let text = way.prompt(for: "What is\nlightning?", labels: ["A", "B"], rankings: way == .council ? 2 : 0)
    #expect(text.contains("Answer A, Answer B") && text.contains("> What is\n> lightning?"))
    #expect(text.contains("Ranking 1 to Ranking 2") == (way == .council))
  }
}
