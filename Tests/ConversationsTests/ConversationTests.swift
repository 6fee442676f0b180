import Conversations
import FoundationEssentials
import Testing

@Suite("Conversation")
struct ConversationTests {
  private let a = ModelReference(provider: "p", name: "a")
  private let b = ModelReference(provider: "p", name: "b")
  private let epoch = Date(timeIntervalSince1970: 0)

  private func exchange(_ number: Int, _ text: String, _ answers: [(ModelReference, String)]) -> Exchange {
    Exchange(
      prompt: Prompt(id: UUID(), turnNumber: number, text: text, models: answers.map(\.0), sentAt: epoch),
      replies: answers.map { Reply(id: UUID(), model: $0.0, state: .success, text: $0.1, startedAt: epoch) })
  }

  @Test("A model sees its own answers only, and no prompt that it did not answer")
  func history() {
    let conversation = Conversation(
      id: UUID(), title: "t", createdAt: epoch, updatedAt: epoch,
      exchanges: [
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

  @Test("The history holds the attached files as they were sent")
  func historyWithFiles() {
    var exchange = exchange(1, "look", [(a, "fine")])
    exchange.prompt.attachments = [Attachment(name: "x.txt", sha256: "", content: "content")]
    let conversation = Conversation(id: UUID(), title: "t", createdAt: epoch, updatedAt: epoch, exchanges: [exchange])
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
}
