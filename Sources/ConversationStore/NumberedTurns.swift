import Conversations
import FoundationEssentials
import GRDB
import GodotLog

/// A numbered turn and whether it was to be logged.
public struct NumberedTurn: Hashable, Sendable {
  /// As it is logged, but for what is redacted.
  public var turn: LocalTurn
  /// It was put into the outbox when it was stored.
  public var isLogged: Bool

  public init(turn: LocalTurn, isLogged: Bool) {
    self.turn = turn
    self.isLogged = isLogged
  }
}

extension ConversationStore {
  /// The ids of conversations in the order in which they were made, those after `last` (all for `nil`), at most `limit`.
  public func conversationIDs(after last: UUID? = nil, limit: Int) async throws(StoreError) -> [UUID] {
    try await read { db in
      let start =
        try last.map {
          try Int64.fetchOne(db, sql: "SELECT id FROM conversations WHERE uuid = ?", arguments: [$0.storedText]) ?? 0
        } ?? 0
      return try Row.fetchAll(
        db, sql: "SELECT uuid FROM conversations WHERE id > ? ORDER BY id LIMIT ?", arguments: [start, limit]
      ).map { try $0.uuid("uuid") }
    }
  }

  /// The conversation's turns by number; none if there is no such conversation. Answers that still stream have none.
  public func turns(of conversation: UUID) async throws(StoreError) -> [NumberedTurn] {
    try await read { db in
      guard
        let row = try Row.fetchOne(
          db, sql: "\(ConversationReader.select) WHERE uuid = ?", arguments: [conversation.storedText])
      else { return [] }
      let logged = try Int.fetchSet(
        db, sql: "SELECT turn_number FROM turns WHERE conversation_id = ? AND logged = 1",
        arguments: [row["id"] as Int64])
      return try ConversationReader.conversation(row, db).exchanges.flatMap { exchange in
        func turn(_ number: Int, _ role: Role, _ content: String) -> NumberedTurn {
          NumberedTurn(
            turn: LocalTurn(
              conversationID: conversation, turnNumber: number, role: role, content: content, traceID: exchange.id),
            isLogged: logged.contains(number))
        }
        return [turn(exchange.prompt.turnNumber, .user, exchange.prompt.content)]
          + exchange.replies.compactMap { reply in reply.turnNumber.map { turn($0, .assistant, reply.text) } }
      }.sorted { $0.turn.turnNumber < $1.turn.turnNumber }
    }
  }
}
