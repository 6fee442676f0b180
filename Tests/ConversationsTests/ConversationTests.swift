import Conversations
import FoundationEssentials
import TestSupport
import Testing

@Suite("Conversation")
struct ConversationTests {
  private let a = ModelReference(provider: "p", name: "a")
  private let b = ModelReference(provider: "p", name: "b")

  private func exchange(_ number: Int, _ text: String, _ answers: [(ModelReference, String)]) -> Exchange {
    Sample.exchange(number, text, answers.map { Sample.answer($0.1, of: $0.0) })
  }

  @Test("A model sees its own answers only, and no prompt that it did not answer")
  func history() {
    let conversation = Sample.conversation([
      exchange(1, "one", [(a, "A1"), (b, "B1")]),
      exchange(3, "two", [(a, ""), (b, "B2")]),
      exchange(5, "three", [(a, "A3 first"), (a, "A3 again")]),
    ])
    #expect(
      conversation.history(for: a) == [
        ChatMessage(role: .user, content: "one"), ChatMessage(role: .assistant, content: "A1"),
        ChatMessage(role: .user, content: "three"), ChatMessage(role: .assistant, content: "A3 again"),
      ])
    #expect(conversation.history(for: b).map(\.content) == ["one", "B1", "two", "B2"])
    #expect(conversation.history(for: ModelReference(provider: "p", name: "c")).isEmpty)
  }

  @Test("A turn is found by its number, a prompt's or an answer's")
  func turns() {
    var exchanges = [exchange(1, "one", [(a, "A1"), (b, "B1")]), exchange(4, "two", [(a, "A2")])]
    exchanges[0].replies[0].turnNumber = 3
    exchanges[0].replies[1].turnNumber = 2
    let conversation = Sample.conversation(exchanges)
    #expect([1, 2, 3, 4].map { conversation.exchange(ofTurn: $0)?.prompt.turnNumber } == [1, 1, 1, 4])
    // The last answer has no number yet.
    #expect(conversation.exchange(ofTurn: 5) == nil && conversation.lastTurn == 4)
    #expect(exchanges[0].reply(ofTurn: 2)?.text == "B1" && exchanges[0].reply(ofTurn: 1) == nil)
    #expect(Sample.conversation().lastTurn == nil)
  }

  @Test("The history holds the attached files as they were sent")
  func historyWithFiles() {
    var exchange = exchange(1, "look", [(a, "fine")])
    exchange.prompt.attachments = [Attachment(name: "x.txt", sha256: "", content: "content")]
    let conversation = Sample.conversation([exchange])
    #expect(conversation.history(for: a).first?.content == exchange.prompt.content)
    #expect(exchange.prompt.content.contains("content"))
  }

  @Test("Files are packed whole after the text, between separators with their names")
  func packing() {
    let packed = Prompt.pack(
      "Review",
      [
        Attachment(name: "a.swift", sha256: "", content: "let a = 1\n"),
        Attachment(name: "b.txt", sha256: "", content: "no line end"),
      ])
    #expect(
      packed == """
        Review

        ===== BEGIN FILE: a.swift =====
        let a = 1
        ===== END FILE: a.swift =====

        ===== BEGIN FILE: b.txt =====
        no line end
        ===== END FILE: b.txt =====
        """)
    #expect(Prompt.pack("alone", []) == "alone")
  }

  @Test("A file with CRLF line ends gets no extra line")
  func packingCRLF() {
    let packed = Prompt.pack("", [Attachment(name: "w", sha256: "", content: "a\r\n")])
    #expect(Array(packed.utf8).count == Array("\n\n===== BEGIN FILE: w =====\na\r\n===== END FILE: w =====".utf8).count)
  }

  @Test(
    "A title is the first line with text, cut at 80 characters",
    arguments: [
      ("  hello \nworld", "hello "), ("\r\n\r\n\tsecond", "second"), ("", "Untitled"), (" \n ", "Untitled"),
      (String(repeating: "é", count: 80), String(repeating: "é", count: 80)),
      (String(repeating: "👩‍💻", count: 81), String(repeating: "👩‍💻", count: 79) + "…"),
    ])
  func title(_ text: String, _ title: String) {
    #expect(Prompt.title(for: text) == title)
  }

  @Test("What was read from a cache, or kept for later, costs what it is said to cost")
  func cachedCost() {
    let usage = Usage(promptTokens: 1_000_000, completionTokens: 0, cachedTokens: 600_000, cacheWriteTokens: 100_000)
    #expect(Price(input: 10, output: 1).cost(of: usage) == 10)
    let cost = Price(input: 10, output: 1, cached: 1, cacheWrite: 12.5).cost(of: usage)
    #expect(cost.map { ($0 * 1000).rounded() } == 4850.0)
    let odd = Usage(promptTokens: 10, completionTokens: 0, cachedTokens: 50, cacheWriteTokens: 50)
    #expect(Price(input: 1, output: 1, cached: 0, cacheWrite: 0).cost(of: odd) == 0)
  }
}
