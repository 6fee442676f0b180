import Basics
import Conversations
import FoundationEssentials
import JSON

/// What runs, as lines and as JSON.
public enum RunningText {
  /// The conversation's id and title, then a line an answer: its state, model, size so far and the time since the send.
  public static func lines(_ conversation: RunningConversation, now: Date) -> String {
    let head = "\(conversation.id.lowercased.prefix(8))  \(ListingText.oneLine(conversation.title))\n"
    return head
      + ListingText.columns(
        conversation.answers.map { answer in
          [
            "         ", answer.state.rawValue, answer.model.description, "\(answer.bytes) B",
            age(answer, now).shown,
          ]
        })
  }

  /// `seconds` since the send; `bytes` of answer and reasoning, as UTF-8, that are stored.
  public static func json(_ running: [RunningConversation], now: Date) -> JSON {
    .array(
      running.map { conversation in
        [
          "id": .string(conversation.id.lowercased),
          "title": .string(conversation.title),
          "answers": .array(
            conversation.answers.map { answer in
              [
                "id": .string(answer.id.lowercased),
                "model": .string(answer.model.description),
                "state": .string(answer.state.rawValue),
                "bytes": .int(answer.bytes),
                "seconds": .double(age(answer, now).inSeconds),
              ]
            }),
        ]
      })
  }

  private static func age(_ answer: RunningConversation.Answer, _ now: Date) -> Duration {
    max(.zero, .milliseconds(Int64(now.timeIntervalSince(answer.startedAt) * 1000)))
  }
}
