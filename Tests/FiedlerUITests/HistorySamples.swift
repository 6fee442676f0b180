import Canvas
import Conversations
import FoundationEssentials

@testable import FiedlerUI

extension AppDriver {
  /// Bytes of a part of a text.
  static func bytes(of part: String, in text: String) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    let (text, part) = (Array(text.utf8), Array(part.utf8))
    var index = 0
    while index + part.count <= text.count {
      if Array(text[index..<(index + part.count)]) == part {
        ranges.append(index..<(index + part.count))
        index += part.count
      } else {
        index += 1
      }
    }
    return ranges
  }

  /// A conversation of so many prompts, two answers each, the second with reasoning.
  static func longConversation(_ count: Int, id number: Int = 1) -> Conversation {
    let models = ["gpt-4o-mini", "deepseek-r1"].map(model)
    let exchanges = (0..<count).map { turn in
      let sentAt = launch.addingTimeInterval(Double(turn * 60))
      let replies = models.enumerated().map { index, model in
        var reply = Reply(
          id: id(10_000 + turn * 10 + index), model: model, state: .success,
          text: "Answer \(turn + 1) of \(model.name): the delay grows with each attempt.\n\nReset it after a success.",
          usage: Usage(completionTokens: 24), startedAt: sentAt, duration: .milliseconds(2100))
        if index == 1 { reply.reasoning = "Let me think about the delay.\nIt doubles each time." }
        return reply
      }
      let prompt = Prompt(
        id: id(20_000 + turn), parent: turn > 0 ? id(19_999 + turn) : nil, turnNumber: turn * 3 + 1,
        text: "Question \(turn + 1): why does the retry wait so long?", models: models, sentAt: sentAt)
      return Exchange(prompt: prompt, replies: replies)
    }
    return Conversation(
      id: id(number), title: "Why does the retry wait so long?", createdAt: launch, updatedAt: launch,
      exchanges: exchanges)
  }

  /// All places in a conversation where a word stands, as the store tells them.
  static func hits(of word: String, in conversation: Conversation) -> [TextHits] {
    conversation.exchanges.flatMap { exchange -> [TextHits] in
      var hits = [TextHits(place: .prompt, exchange: exchange.id, ranges: bytes(of: word, in: exchange.prompt.text))]
      for reply in exchange.replies {
        let (reasoning, answer) = (bytes(of: word, in: reply.reasoning), bytes(of: word, in: reply.text))
        hits.append(TextHits(place: .reasoning, exchange: exchange.id, reply: reply.id, ranges: reasoning))
        hits.append(TextHits(place: .answer, exchange: exchange.id, reply: reply.id, ranges: answer))
      }
      return hits.filter { !$0.ranges.isEmpty }
    }
  }

  /// Conversations that a search for “delay” found, each in another place.
  static var found: [ConversationSummary] {
    let snippets: [(HistoryHit.Place, String)] = [
      (.answer, "… of deepseek-r1: the delay grows with each attempt. Reset it after a success."),
      (.prompt, "Is there a reason why every later call waits for the whole delay, and would jitter help?"),
      (.reasoning, "… so the delay doubles, and doubles again, 漢字も, until it is capped at 30 s …"),
      (.file, "delay.swift"),
      (.title, "Review number 4 of the delay logic"),
      (.tag, "delay"),
      (
        .answer, "The exponential back-off has no upper bound here, so that after ten failures the delay is 17 minutes."
      ),
    ]
    let conversation = longConversation(3)
    var summaries = summaries(snippets.count)
    for (index, (place, text)) in snippets.enumerated() {
      let exchange = conversation.exchanges[1]
      let isInReply = place == .answer || place == .reasoning
      summaries[index].hit = HistoryHit(
        place: place, exchange: place == .title || place == .tag ? nil : exchange.id,
        reply: isInReply ? exchange.replies[1].id : nil,
        snippet: HighlightedText(text, highlights: bytes(of: "delay", in: text)))
    }
    summaries[0].title = conversation.title
    summaries[1].tags = ["retry", "swift"]
    summaries[5].tags = ["delay"]
    summaries[1].isPinned = true
    return summaries
  }

  /// A search for “delay”, with its first result's preview.
  static func searched(_ width: Int = 100, _ height: Int = 30, query: String = "delay -jitter model:deepseek") -> Self {
    var app = history(width, height)
    app.press("/")
    app.type(query)
    app.answerHistory(found)
    let conversation = longConversation(3)
    app.tell(.previewLoaded(conversation, hits: hits(of: "delay", in: conversation)))
    return app
  }
}
