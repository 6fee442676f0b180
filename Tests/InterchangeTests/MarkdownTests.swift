import Conversations
import Foundation
import Testing
import Yams

@testable import Interchange

@Suite("Conversations as Markdown")
struct MarkdownTests {
  private static let prices: ConversationMarkdown.Prices = {
    $0.provider == "openai" ? Price(input: 2.5, output: 10) : nil
  }

  /// The YAML between the first two `---` lines, read by a YAML library, and what follows.
  private func parts(_ document: String) throws -> (header: [String: Any], body: String) {
    let lines = document.split(separator: "\n", omittingEmptySubsequences: false)
    try #require(lines.first == "---")
    let end = try #require(lines.dropFirst().firstIndex(of: "---"))
    let header = try #require(try Yams.load(yaml: lines[1..<end].joined(separator: "\n")) as? [String: Any])
    return (header, lines[(end + 1)...].joined(separator: "\n"))
  }

  @Test("An answer has its header, then its text byte for byte and nothing more")
  func answer() throws {
    let conversation = sampleConversation()
    let exchange = conversation.exchanges[0]
    let document = ConversationMarkdown.answer(
      exchange.replies[0], to: exchange.prompt, of: conversation, prices: Self.prices)
    let (header, body) = try parts(document.replacing("\r\n", with: "\n"))
    #expect(body == "\nLight\nscatters.")
    #expect(document.hasSuffix("---\n\nLight\r\nscatters."))
    #expect(header["provider"] as? String == "openai" && header["model"] as? String == "gpt-4o")
    #expect(header["date"] as? String == "2026-01-31T09:05:00.000001Z")
    #expect(header["tokens"] as? [String: Int] == ["prompt": 1000, "completion": 500, "reasoning": 20])
    #expect(header["cost"] as? Double == 0.0075)
    #expect(header["conversation"] as? String == conversation.id.uuidString.lowercased())
    #expect(header["turn"] as? Int == 3 && header["prompt_turn"] as? Int == 1 && header["attempt"] as? Int == 1)
    #expect(header["title"] as? String == conversation.title && header["state"] as? String == "success")
    #expect(header["finish_reason"] as? String == "stop" && header["failure"] == nil)
    #expect(header["duration"] as? Double == 6.100001 && header["ttft"] as? Double == 0.31)
  }

  @Test("What is not known is null where the key always stands, and left out elsewhere")
  func unknown() throws {
    let conversation = sampleConversation()
    let exchange = conversation.exchanges[0]
    let (header, body) = try parts(
      ConversationMarkdown.answer(exchange.replies[1], to: exchange.prompt, of: conversation, prices: Self.prices))
    #expect(header["cost"] is NSNull && (header["tokens"] as? [String: Any])?["prompt"] is NSNull)
    #expect(header["failure"] as? String == "slow\ndown" && header["ttft"] == nil && header["finish_reason"] == nil)
    #expect(body == "\n")
  }

  @Test("Hostile titles, names and tags are read back as they are and end no header")
  func hostile() throws {
    var generator = SeededGenerator(7)
    for round in 0..<300 {
      // The library that reads takes a byte order mark at the beginning of a text for no part of it.
      generator.knowsByteOrderMark = false
      var conversation = generator.conversation()
      if round == 0 { conversation.title = "a\n---\nevil: yes\u{0}\u{85}\u{2028}\u{FFFE}\u{FFFF}" }
      let (header, _) = try parts(ConversationMarkdown.document(conversation, prices: { _ in nil }))
      // By bytes: for Swift, texts in different normal forms are equal.
      #expect((header["title"] as? String).map { Array($0.utf8) } == Array(conversation.title.utf8))
      #expect(header["tags"] as? [String] ?? [] == conversation.tags)
      #expect(
        Set(header.keys) == ["conversation", "title", "date", "tags", "models", "turns", "tokens", "cost"])
      for exchange in conversation.exchanges {
        let (prompt, _) = try parts(ConversationMarkdown.prompt(exchange.prompt, of: conversation))
        #expect(prompt["system"] as? String == exchange.prompt.system)
        for reply in exchange.replies {
          let document = ConversationMarkdown.answer(
            reply, to: exchange.prompt, of: conversation, prices: { _ in Price(input: 0.1, output: 1e-7) })
          let (header, _) = try parts(document)
          #expect(
            header["provider"] as? String == reply.model.provider && header["model"] as? String == reply.model.name)
          #expect(Array(document.utf8.suffix(reply.text.utf8.count)) == Array(reply.text.utf8))
        }
      }
    }
  }

  @Test("A whole conversation has a section a turn, in the order of the turns, and sums")
  func document() throws {
    let conversation = sampleConversation()
    let document = ConversationMarkdown.document(conversation, prices: Self.prices)
    let (header, _) = try parts(document)
    #expect(header["models"] as? [String] == ["openai/gpt-4o", "together/deepseek/R1"])
    #expect(header["turns"] as? Int == 5 && header["tags"] as? [String] == ["light"])
    #expect(header["tokens"] as? [String: Int] == ["prompt": 3000, "completion": 600, "reasoning": 20])
    #expect(header["cost"] as? Double == 0.0135)
    let body = String(document[document.range(of: "\n# ")!.lowerBound...])
    #expect(
      body == """

        # Why is the sky blue?

        ## 1. Prompt

        ### System

        Be brief.

        ### Text

        Why?

        Files: ../etc/sky.txt, sky.txt

        ## 2. together/deepseek/R1

        _failed: slow down_

        ## 3. openai/gpt-4o

        Light\r
        scatters.

        ## 4. Prompt

        And at dusk?

        Files: ../etc/sky.txt

        ## 5. openai/gpt-4o

        <details><summary>Reasoning</summary>

        Long way.

        </details>

        Red.

        """)
  }

  @Test("Amounts are plain decimals", arguments: [(0, "0.0"), (0.0001234, "0.0001234"), (1e-9, "0.0"), (12.5, "12.5")])
  func amounts(_ amount: Double, _ text: String) { #expect(YAMLHeader.decimal(amount) == text) }
}
