import Conversations
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
    var resends = 0
    var retries = 0
    var parkedReason: String?
    /// Milliseconds since 1970.
    var oldestPending: Int?
    /// The highest id ever used: it grows when any process queues a record.
    var lastID: Int64 = 0
  }

  static func counts(in db: Database) throws -> Counts {
    var counts = Counts()
    for row in try Row.fetchAll(db, sql: "SELECT name, value FROM outbox_counter") {
      let value = Bounds.counts.nearest(row["value"])
      switch row["name"] as String {
      case "pending": counts.pending = value
      case "parked": counts.parked = value
      case "evicted": counts.evicted = value
      case "sent": counts.sent = value
      case "resends": counts.resends = value
      case "retries": counts.retries = value
      default: break
      }
    }
    if counts.parked > 0 {
      counts.parkedReason = try String.fetchOne(
        db, sql: "SELECT last_error FROM outbox_record WHERE state = 'parked' ORDER BY id DESC LIMIT 1")
    }
    if counts.pending > 0 {
      for lane in Lane.allCases {
        let oldest = try Int.fetchOne(
          db, sql: "SELECT created_at FROM outbox_record WHERE state = 'pending' AND kind = ? ORDER BY id LIMIT 1",
          arguments: [lane.rawValue])
        let time = oldest.map { Date(millisecondsSince1970: $0).millisecondsSince1970 }
        counts.oldestPending = [counts.oldestPending, time].compactMap(\.self).min()
      }
    }
    counts.lastID = try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'outbox_record'") ?? 0
    return counts
  }

  /// Pending rows that no parked row of their conversation holds back.
  static func load(
    _ load: Shipper.Load, server: String, redactor: Redactor = Redactor(), in db: Database
  ) throws -> Shipper.Loaded {
    let resends = Bounds.counts.nearest(
      try Int.fetchOne(db, sql: "SELECT value FROM outbox_counter WHERE name = 'resends'") ?? 0)
    var loaded = Shipper.Loaded(lane: load.lane, rows: [], isEnd: false, resends: resends)
    let cursor = try load.lane == .turns ? turns(load, server: server, in: db) : logs(load, in: db)
    var bytes = 0
    while let row = try cursor.next() {
      let size = Bounds.bytes.nearest(row["size"])
      if !loaded.rows.isEmpty, loaded.rows.count >= load.rows || bytes + size > load.bytes { return loaded }
      bytes += size
      let payload: Data = row["payload"]
      loaded.rows.append(
        OutboxRow(
          id: row["id"], record: read(Array(payload), load.lane, redactor),
          conversationID: (row["conversation_id"] as String?).flatMap(UUID.init), size: size,
          attempts: Bounds.counts.nearest(row["attempts"]), serverConversation: row["server_conversation_id"]))
    }
    loaded.isEnd = true
    return loaded
  }

  private static func turns(_ load: Shipper.Load, server: String, in db: Database) throws -> RowCursor {
    let excluded = JSON.array(load.excluding.map { .string($0.lowercased) }).text
    return try Row.fetchCursor(
      db,
      sql: """
        SELECT r.id, r.payload, r.conversation_id, r.size, r.attempts, c.server_conversation_id
        FROM outbox_record r
        LEFT JOIN outbox_conversation c ON c.server = ? AND c.conversation_id = r.conversation_id
        WHERE r.state = 'pending' AND r.kind = 'turn' AND r.id > ?
          AND (r.conversation_id IS NULL OR r.conversation_id NOT IN (SELECT value FROM json_each(?)))
          AND NOT EXISTS (
            SELECT 1 FROM outbox_record p
            WHERE p.state = 'parked' AND p.conversation_id = r.conversation_id AND p.id < r.id)
        ORDER BY r.id
        """, arguments: [server, load.after, excluded])
  }

  private static func logs(_ load: Shipper.Load, in db: Database) throws -> RowCursor {
    try Row.fetchCursor(
      db,
      sql: """
        SELECT id, payload, NULL AS conversation_id, size, attempts, NULL AS server_conversation_id
        FROM outbox_record WHERE state = 'pending' AND kind = 'log' AND id > ? ORDER BY id
        """, arguments: [load.after])
  }

  private static func read(
    _ payload: [UInt8], _ lane: Lane, _ redactor: Redactor
  ) -> Result<OutboxEntry, UnreadablePayload> {
    do {
      // A secret may have become known since the row was written.
      let isTelling = redactor.finds(in: payload)
      switch lane {
      case .logs:
        return .success(
          .log(QueuedLog(arguments: isTelling ? redactor.redact(try JSON(bytes: payload)).bytes : payload)))
      case .turns:
        let json = try JSON(bytes: payload)
        return .success(.turn(try TurnRecord(payload: isTelling ? redactor.redact(json) : json)))
      }
    } catch let error as UnreadablePayload {
      return .failure(error)
    } catch {
      return .failure(UnreadablePayload(reason: "\(error)"))
    }
  }

  /// Deletes what a server has acknowledged, and counts what of it was still there.
  static func delivered(_ ids: [Int64], to server: String, in db: Database) throws {
    try noteDeliveries(ids, to: server, in: db)
    try db.execute(sql: "DELETE FROM outbox_record WHERE id IN \(list)", arguments: [ids.asJSON])
    try count("sent", db.changesCount, in: db)
  }

  /// Writes what the shipper decided, in order. A `load` or anything for the network is not for here.
  static func write(_ outputs: [Shipper.Output], server: String, in db: Database) throws {
    var acknowledged: [Int64] = []
    for output in outputs {
      // Deletions touch no other rows than their own, so they may wait for the end.
      if case .delivered(let id) = output { acknowledged.append(id) } else { try write(output, server: server, in: db) }
    }
    if !acknowledged.isEmpty { try delivered(acknowledged, to: server, in: db) }
  }

  static func write(_ output: Shipper.Output, server: String, in db: Database) throws {
    switch output {
    case .delivered(let id):
      try delivered([id], to: server, in: db)
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
