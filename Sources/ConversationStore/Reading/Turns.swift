import Basics
import Conversations
import FoundationEssentials
import GRDB
import GodotLog

/// The numbered turns of conversations, and what of them is logged.
enum Turns {
  /// Takes the conversation's next free number.
  static func take(
    in conversation: Int64, prompt: Int64? = nil, reply: Int64? = nil, logged: Bool, _ db: Database
  ) throws -> Int {
    try Int.fetchOne(
      db.cachedStatement(
        sql: """
          INSERT INTO turns (conversation_id, turn_number, prompt_id, reply_id, logged)
          SELECT ?1, ifnull(max(turn_number), 0) + 1, ?2, ?3, ?4 FROM turns WHERE conversation_id = ?1
          RETURNING turn_number
          """), arguments: [conversation, prompt, reply, logged])!  // an aggregate always gives its one row
  }

  /// Stores how a reply ended, numbers it and puts it into the outbox. Returns it with its number, or `nil` if there
  /// is no such reply. One that has its number keeps it, and is not logged again.
  static func end(_ reply: Reply, log: TurnLog?, _ db: Database) throws -> Reply? {
    let select = try db.cachedStatement(
      sql: """
        SELECT replies.id, replies.prompt_id, prompts.conversation_id, prompts.uuid AS prompt, conversations.uuid AS conversation,
          conversations.deleted_at IS NOT NULL AS is_deleted, asked.turn_number AS asked,
          answered.turn_number AS answered
        FROM replies JOIN prompts ON prompts.id = replies.prompt_id
          JOIN conversations ON conversations.id = prompts.conversation_id
          JOIN turns AS asked ON asked.prompt_id = prompts.id
          LEFT JOIN turns AS answered ON answered.reply_id = replies.id
        WHERE replies.uuid = ?
        """)
    guard let row = try Row.fetchOne(select, arguments: [reply.id.lowercased]) else { return nil }
    let id: Int64 = row["id"]
    let conversationID: Int64 = row["conversation_id"]
    // One that comes again may say something else.
    if row["answered"] != nil { try SearchIndex.remove(reply: id, of: conversationID, db) }
    try Insertion.fill(reply, id, db)
    try db.cachedStatement(sql: "DELETE FROM reply_chunks WHERE reply_id = ?").execute(arguments: [id])
    let end = reply.startedAt + (reply.duration ?? .zero).inSeconds
    if !row["is_deleted"] {
      try SearchIndex.add(to: conversationID, prompt: row["prompt_id"], reply: id, at: end, db)
    }
    try db.execute(
      sql: "UPDATE conversations SET updated_at = max(updated_at, ?) WHERE id = ?",
      arguments: [end.microseconds, conversationID])
    var ended = reply
    if let known: Int = row["answered"] {
      ended.turnNumber = known
      return ended
    }
    let number = try take(in: conversationID, reply: id, logged: log != nil, db)
    ended.turnNumber = number
    try log?.append(
      TurnRecord(
        reply, number: number, answering: (try row.uuid("prompt"), row["asked"]), of: try row.uuid("conversation")),
      in: db)
    return ended
  }
}

/// Where turns are queued to be logged.
struct TurnLog: Sendable {
  var redactor: @Sendable () -> Redactor

  func append(_ turn: TurnRecord, in db: Database) throws {
    try Outbox.append(turn, redactor: redactor(), in: db)
  }

  func append(_ prompt: Prompt, of conversation: UUID, in db: Database) throws {
    try append(TurnRecord(prompt, of: conversation), in: db)
  }
}
