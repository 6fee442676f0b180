import Basics
import Conversations
import FoundationEssentials

/// A conversation has no turn with this number.
public struct NoSuchTurn: Error, CustomStringConvertible {
  public var turn: Int
  public var conversation: Conversation

  public var description: String {
    "Conversation \(conversation.id.lowercased.prefix(8)) has no turn \(turn); its turns are 1 to \(conversation.lastTurn ?? 0)."
  }
}
