import Basics
import Conversations
import FoundationEssentials
import Interchange
import JSON

/// The verdicts of a conversation, for `fiedler verdict`.
public enum VerdictListing {
  /// A line a verdict: the turns of its answers, what is thought of them, and why.
  public static func lines(_ conversation: Conversation) -> String {
    ListingText.columns(
      conversation.exchanges.flatMap { exchange in
        exchange.verdicts.map { verdict in
          let replies = [verdict.reply, verdict.other].compactMap { id in exchange.replies.first { $0.id == id } }
          let names = replies.map { reply in
            (reply.turnNumber.map { "\($0) " } ?? "") + VerdictText.name(reply, in: exchange)
          }
          let blind = verdict.isBlind ? "blind" : ""
          return [
            verdict.kind.rawValue, names.joined(separator: verdict.kind == .tie ? " = " : " > "), blind, verdict.note,
          ]
        }
      })
  }

  /// An array of the verdicts as they stand in an exported conversation, each with `prompt`, the id of its exchange,
  /// and the names `model` and `other_model`.
  public static func json(_ conversation: Conversation) -> JSON {
    .array(
      conversation.exchanges.flatMap { exchange in
        exchange.verdicts.map { verdict in
          func model(_ id: UUID?) -> JSON {
            JSON(exchange.replies.first { $0.id == id }?.model.description)
          }
          var members = ConversationJSON.json(verdict).object ?? [:]
          members["prompt"] = .string(exchange.id.lowercased)
          members["model"] = model(verdict.reply)
          members["other_model"] = model(verdict.other)
          return .object(members)
        }
      })
  }
}
