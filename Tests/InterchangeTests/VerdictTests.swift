import Conversations
import Foundation
import JSON
import TestSupport
import Testing

@testable import Interchange

@Suite("Verdicts in files") struct VerdictTests {
  private static var judged: Conversation {
    let answers = [
      Sample.answer("Rayleigh.", of: Sample.model("a"), turn: 2), Sample.answer("Mie.", of: Sample.model("b"), turn: 3),
    ]
    var exchange = Sample.exchange(1, "Why?", answers)
    exchange.verdicts = [
      Verdict(.best, of: answers[0].id, note: "short\nand right", madeAt: Sample.date, isBlind: true),
      Verdict(.better, of: answers[0].id, against: answers[1].id, madeAt: Sample.date),
    ]
    return Sample.conversation([exchange])
  }

  @Test("JSON brings verdicts back as they were") func json() throws {
    let judged = Self.judged
    #expect(try ConversationJSON.conversation(JSON(ConversationJSON.json(judged).text)) == judged)
  }

  @Test("What is no verdict is named with its place") func invalid() throws {
    var text = ConversationJSON.json(Self.judged).text
    text.replace("\"kind\":\"best\"", with: "\"kind\":\"nice\"")
    #expect {
      _ = try ConversationJSON.conversation(JSON(text))
    } throws: { "\($0)".contains("exchanges[0].verdicts[0].kind: \"nice\" is none of best, bad, better, tie") }

    var stranger = Self.judged
    stranger.exchanges[0].verdicts[1].other = Sample.id(7)
    #expect {
      _ = try ConversationJSON.conversation(ConversationJSON.json(stranger))
    } throws: { "\($0)".contains("exchanges[0].verdicts[1].other") && "\($0)".contains("no answer of this exchange") }
  }

  @Test("Markdown says under each answer what is thought of it") func markdown() {
    let text = ConversationMarkdown.document(Self.judged) { _ in nil }
    #expect(
      text.contains("## 2. test/a\n\n_Verdict: best (blind): short and right_\n\n_Verdict: better than test/b_\n"))
    #expect(text.contains("## 3. test/b\n\n_Verdict: worse than test/a_\n"))
    let judged = Self.judged
    let answer = ConversationMarkdown.answer(
      judged.exchanges[0].replies[1], to: judged.exchanges[0].prompt, of: judged
    ) { _ in nil }
    #expect(answer.contains("Verdict: worse than test/a"))
  }
}
