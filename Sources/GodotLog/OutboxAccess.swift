import FoundationEssentials
import GRDB
import JSON

/// The shell's reads and writes of the outbox. All throw GRDB's `DatabaseError`.
extension Outbox {
  struct Counts: Hashable, Sendable {
    var pending = 0
    var parked = 0
    var evicted = 0
    var sent = 0
    var parkedReason: String?
    /// Milliseconds since 1970.
    var oldestPending: Int?
    /// The highest id ever used: it grows when any process queues a record.
    var lastID: Int64 = 0
  }

  static func counts(in db: Database) throws -> Counts {
    var counts = Counts()
    for row in try Row.fetchAll(db, sql: "SELECT name, value FROM outbox_counter") {
      let value: Int = row["value"]
      switch row["name"] as String {
      case "pending": counts.pending = value
      case "parked": counts.parked = value
      case "evicted": counts.evicted = value
      case "sent": counts.sent = value
      default: break
      }
    }
    if counts.parked > 0 {
      counts.parkedReason = try String.fetchOne(
        db, sql: "SELECT last_error FROM outbox_record WHERE state = 'parked' ORDER BY id DESC LIMIT 1")
    }
    if counts.pending > 0 {
      counts.oldestPending = try Int.fetchOne(
        db, sql: "SELECT created_at FROM outbox_record WHERE state = 'pending' ORDER BY id LIMIT 1")
    }
    counts.lastID = try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'outbox_record'") ?? 0
    return counts
  }

  /// Pending rows that no parked row of their conversation holds back; `isEnd` if there are no more.
  static func load(_ load: Shipper.Load, server: String, in db: Database) throws -> (rows: [OutboxRow], isEnd: Bool) {
    let excluded = JSON.array(load.excluding.map { .string($0.lowercased) }).text
    let cursor = try Row.fetchCursor(
      db,
      sql: """
        SELECT r.id, r.payload, r.conversation_id, r.size, r.attempts, c.server_conversation_id
        FROM outbox_record r
        LEFT JOIN outbox_conversation c ON c.server = ? AND c.conversation_id = r.conversation_id
        WHERE r.state = 'pending' AND r.id > ?
          AND (r.conversation_id IS NULL OR r.conversation_id NOT IN (SELECT value FROM json_each(?)))
          AND NOT EXISTS (
            SELECT 1 FROM outbox_record p
            WHERE p.state = 'parked' AND p.conversation_id = r.conversation_id AND p.id < r.id)
        ORDER BY r.id
        """, arguments: [server, load.after, excluded])
    var rows: [OutboxRow] = []
    var bytes = 0
    while let row = try cursor.next() {
      let size: Int = row["size"]
      if !rows.isEmpty, rows.count >= load.rows || bytes + size > load.bytes { return (rows, false) }
      bytes += size
      let payload: Data = row["payload"]
      rows.append(
        OutboxRow(
          id: row["id"], record: read(payload), conversationID: (row["conversation_id"] as String?).flatMap(UUID.init),
          size: size, attempts: row["attempts"], serverConversation: row["server_conversation_id"]))
    }
    return (rows, true)
  }

  private static func read(_ payload: Data) -> Result<TurnRecord, UnreadablePayload> {
    do {
      return .success(try TurnRecord(payload: JSON(bytes: Array(payload))))
    } catch let error as UnreadablePayload {
      return .failure(error)
    } catch {
      return .failure(UnreadablePayload(reason: "\(error)"))
    }
  }

  /// Writes what the shipper decided. A `load` or anything for the network is not for here.
  static func write(_ output: Shipper.Output, server: String, in db: Database) throws {
    switch output {
    case .delivered(let id):
      try db.execute(sql: "DELETE FROM outbox_record WHERE id = ?", arguments: [id])
      if db.changesCount > 0 {
        try db.execute(sql: "UPDATE outbox_counter SET value = value + 1 WHERE name = 'sent'")
      }
    case .refused(let id, let reason):
      try db.execute(
        sql: "UPDATE outbox_record SET attempts = attempts + 1, last_error = ? WHERE id = ?", arguments: [reason, id])
    case .park(let id, let reason):
      try db.execute(
        sql: "UPDATE outbox_record SET state = 'parked', last_error = ? WHERE id = ?", arguments: [reason, id])
    case .keepMapping(let conversation, let serverConversation):
      try db.execute(
        sql: "INSERT OR REPLACE INTO outbox_conversation VALUES (?, ?, ?)",
        arguments: [server, conversation.lowercased, serverConversation])
    case .forgetMapping(let conversation):
      try db.execute(
        sql: "DELETE FROM outbox_conversation WHERE server = ? AND conversation_id = ?",
        arguments: [server, conversation.lowercased])
    case .connect, .abort, .close, .ping, .send, .load: break
    }
  }
}
