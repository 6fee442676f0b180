import Basics
import FoundationEssentials
import GRDB

/// Turns that a server has lost go out again as they are kept by the program, under their own numbers.
extension Outbox {
  static let resentTable = """
    CREATE TABLE outbox_resent (
      conversation_id TEXT NOT NULL,
      turn_number INTEGER NOT NULL,
      PRIMARY KEY (conversation_id, turn_number)
    ) STRICT, WITHOUT ROWID;
    """

  /// Queues turns again, in the order given, and notes that they are late by intent. One that still lies in the outbox
  /// is left as it is. Returns how many were queued. Throws GRDB's `DatabaseError`.
  static func resend(_ turns: [TurnRecord], redactor: Redactor, in db: Database) throws -> Int {
    var queued = 0
    for turn in turns {
      let arguments: StatementArguments = [turn.conversationID.lowercased, turn.turnNumber]
      let isThere = try Bool.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT EXISTS (
              SELECT 1 FROM outbox_record WHERE kind = 'turn' AND conversation_id = ? AND turn_number = ?)
            """),
        arguments: arguments)
      if isThere ?? false { continue }
      try append(turn, redactor: redactor, in: db)
      try db.cachedStatement(sql: "INSERT OR IGNORE INTO outbox_resent VALUES (?, ?)").execute(arguments: arguments)
      queued += 1
    }
    return queued
  }

  /// Puts a conversation's refused turns back among those to be sent. Returns how many.
  static func resendParked(of conversation: UUID, in db: Database) throws -> Int {
    let ids = try Int64.fetchAll(
      db, sql: "SELECT id FROM outbox_record WHERE state = 'parked' AND conversation_id = ?",
      arguments: [conversation.lowercased])
    if !ids.isEmpty { try resend(ids, in: db) }
    return ids.count
  }

  /// What the outbox knows of a conversation.
  struct Standing {
    var queued: Set<Int> = []
    var parked: Set<Int> = []
    var unconfirmed: Set<Int> = []
    /// The server's own id of it.
    var serverID: String?
    /// Which servers have acknowledged each turn.
    var servers: [Int: Set<String>] = [:]
    var resent: Set<Int> = []
  }

  static func standing(of conversation: UUID, server: String, in db: Database) throws -> Standing {
    let id = conversation.lowercased
    var standing = Standing(servers: try deliveries(of: conversation, in: db))
    var isHeld = false
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT turn_number, state, EXISTS (SELECT 1 FROM outbox_unconfirmed u WHERE u.record_id = r.id) AS is_unconfirmed
          FROM outbox_record r WHERE kind = 'turn' AND conversation_id = ? ORDER BY id
          """), arguments: [id])
    for row in rows {
      let state: String = row["state"]
      isHeld = isHeld || state == "parked"
      guard let number: Int = row["turn_number"] else { continue }
      switch state {
      case "pending" where row["is_unconfirmed"]: standing.unconfirmed.insert(number)
      case "pending" where !isHeld: standing.queued.insert(number)
      case "pending", "parked": standing.parked.insert(number)
      default: standing.unconfirmed.insert(number)
      }
    }
    standing.serverID = try String.fetchOne(
      db.cachedStatement(
        sql: "SELECT server_conversation_id FROM outbox_conversation WHERE server = ? AND conversation_id = ?"),
      arguments: [server, id])
    standing.resent = try Int.fetchSet(
      db.cachedStatement(sql: "SELECT turn_number FROM outbox_resent WHERE conversation_id = ?"), arguments: [id])
    return standing
  }
}
