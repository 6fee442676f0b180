import Conversations
import JSON
import Testing

@Suite("Checks of a batch's answers") struct BatchCheckTests {
  @Test(
    "A check holds of the answers it is meant for, and of no others",
    arguments: [
      ("contains: Paris", "It is Paris.", "It is paris."),
      ("icontains: Paris", "it is PARIS", "It is Lyon."),
      ("not-icontains: sorry", "Paris", "Sorry, no."),
      ("contains-any: Paris, Lyon", "Lyon it is", "Nice"),
      ("icontains-all: paris, france", "Paris, France", "Paris"),
      ("starts-with: The", "The capital", "A capital"),
      (#"regex: ^\d{4}$"#, "1789", "in 1789"),
      ("equals: Paris", " Paris\n", "Paris."),
      ("is-json", "[1, 2]", "none"),
      (#"is-json: {"type": "object", "required": ["name"]}"#, #"{"name": 1}"#, #"{"nom": 1}"#),
      ("length: 2..4", "abc", "abcde"),
      ("length(3)", "äöü", "äöüß"),
    ])
  func tests(_ text: String, _ right: String, _ wrong: String) throws {
    let check = try BatchCheck(text: text)
    #expect(check.finding(for: CheckedAnswer(text: right))?.passed == true)
    let finding = try #require(check.finding(for: CheckedAnswer(text: wrong)))
    #expect(!finding.passed)
    #expect(finding.reason?.isEmpty == false, "what does not hold says why")
    #expect(try BatchCheck(check.json) == check, "it is read back as it was kept")
  }

  @Test("Time and money are held against what is known of them") func figures() throws {
    let quick = try BatchCheck(text: "latency(100)")
    #expect(quick.finding(for: CheckedAnswer(text: "", milliseconds: 99))?.passed == true)
    #expect(quick.finding(for: CheckedAnswer(text: "", milliseconds: 101))?.passed == false)
    let cheap = try BatchCheck(["type": "cost", "threshold": 0.01])
    #expect(cheap.finding(for: CheckedAnswer(text: "", cost: 0.01))?.passed == true)
    #expect(cheap.finding(for: CheckedAnswer(text: ""))?.reason == "the model has no price in models.yaml")
  }

  @Test("A judge's mark is held against the threshold, and no mark is no pass") func judges() throws {
    let check = try BatchCheck(text: "llm-rubric(0.7): is polite")
    #expect(check.type == "judge")
    #expect(check.finding(for: CheckedAnswer(text: "Hello")) == nil, "a model has to say")
    let words = "**Score: 0.8**.\nIt greets."
    #expect(check.finding(mark: BatchCheck.mark(in: words), words: words)?.passed == true)
    #expect(check.finding(mark: BatchCheck.mark(in: "Score: 0.6."), words: "")?.passed == false)
    #expect(BatchCheck.mark(in: "Score: 8") == nil)
    #expect(check.finding(mark: nil, words: "Well.")?.reason == "the judge gave no mark: “Well.”")
  }

  @Test(
    "What is no check says what there is", arguments: ["javascript: output.length", "cost", "regex: (", "length: 9..1"])
  func wrong(_ text: String) { #expect(throws: BatchCheckProblem.self) { try BatchCheck(text: text) } }

  @Test("A row's values stand in its checks") func filled() throws {
    let check = try BatchCheck(text: "icontains: {{capital}}").filled(with: ["capital": "Paris"])
    #expect(check.name == "icontains \"Paris\"")
  }
}
