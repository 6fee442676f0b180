import Basics
import Conversations
import FoundationEssentials

/// A conversation has no turn with this number.
public struct NoSuchTurn: Error, CustomStringConvertible {
  public var turn: Int
  public var conversation: Conversation

  public var description: String {
    let turns = conversation.exchanges.flatMap { [$0.prompt.turnNumber] + $0.replies.compactMap(\.turnNumber) }
    let last = turns.max() ?? 0
    return "Conversation \(conversation.id.lowercased.prefix(8)) has no turn \(turn); its turns are 1 to \(last)."
  }
}
