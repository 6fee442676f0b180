import Conversations
import FoundationEssentials
import JSON
import TestSupport
import Testing

@Suite("A model in another's place") struct SuccessionTests {
  private let old = ModelReference(provider: "p", name: "old")
  private let new = ModelReference(provider: "p", name: "new")
  private let newest = ModelReference(provider: "q", name: "newest")

  private func exchange(
    _ number: Int, _ text: String, _ answers: [(ModelReference, String)], _ successions: [Succession] = []
  ) -> Exchange {
    var exchange = Sample.exchange(number, text, answers.map { Sample.answer($0.1, of: $0.0) })
    exchange.prompt.successions = successions
    return exchange
  }

  @Test("It is shown the other's answers up to there, its own ones behind, and nobody else is")
  func history() {
    let conversation = Sample.conversation([
      exchange(1, "one", [(old, "O1")]), exchange(3, "two", [(old, "O2")]),
      exchange(5, "three", [(new, "N3"), (old, "O3")], [Succession(new, after: old)]),
    ])
    #expect(conversation.history(for: new).map(\.content) == ["one", "O1", "two", "O2", "three", "N3"])
    #expect(conversation.history(for: old).map(\.content) == ["one", "O1", "two", "O2", "three", "O3"])
    #expect(conversation.history(for: newest).isEmpty)
    #expect(
      conversation.history(for: newest, by: [Succession(newest, after: new)]).map(\.content)
        == ["one", "O1", "two", "O2", "three", "N3"])
  }

  @Test("Thinking that another model signed is not carried on")
  func continuation() throws {
    var first = exchange(1, "one", [(old, "O1")])
    first.replies[0].continuation = Continuation(wire: .anthropic, items: [.string("signed")])
    let conversation = Sample.conversation([first])
    #expect(conversation.history(for: old).last?.continuation != nil)
    let seen = conversation.history(for: new, by: [Succession(new, after: old)])
    #expect(seen.map(\.content) == ["one", "O1"] && seen.last?.continuation == nil)
  }

  @Test("It is written and read back")
  func json() throws {
    let succession = Succession(newest, after: old)
    #expect(Succession(try JSON(succession.json.text)) == succession)
    #expect(Succession(["model": .string("x")]) == nil)
  }
}
