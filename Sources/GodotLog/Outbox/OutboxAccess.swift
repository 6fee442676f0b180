import Basics
import Conversations
import FoundationEssentials
import GRDB
import JSON

/// The shell's reads and writes of the outbox. All throw GRDB's `DatabaseError`.
extension Outbox {
  struct Counts: Hashable, Sendable {
    /// Those that no server has.
    var pending = 0
    /// Those that a server has queued, and since when the oldest, in milliseconds since 1970.
    var unconfirmed = 0
    var oldestUnconfirmed: Int?
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
    for row in try Row.fetchAll(db.cachedStatement(sql: "SELECT name, value FROM outbox_counter")) {
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
      let unconfirmed = try db.cachedStatement(
        sql: "SELECT count(*) AS number, min(since) AS since FROM outbox_unconfirmed")
      if let row = try Row.fetchOne(unconfirmed) {
        counts.unconfirmed = row["number"]
        counts.oldestUnconfirmed = (row["since"] as Int?).map { Date(millisecondsSince1970: $0).millisecondsSince1970 }
      }
      counts.pending = max(0, counts.pending - counts.unconfirmed)
    }
    if counts.pending > 0 {
      for lane in Lane.allCases {
        let oldest = try Int.fetchOne(
          db.cachedStatement(
            sql: """
              SELECT created_at FROM outbox_record WHERE state = 'pending' AND kind = ?
                AND id NOT IN (SELECT record_id FROM outbox_unconfirmed) ORDER BY id LIMIT 1
              """), arguments: [lane.rawValue])
        let time = oldest.map { Date(millisecondsSince1970: $0).millisecondsSince1970 }
        counts.oldestPending = [counts.oldestPending, time].compactMap(\.self).min()
      }
    }
    let last = try db.cachedStatement(sql: "SELECT seq FROM sqlite_sequence WHERE name = 'outbox_record'")
    counts.lastID = try Int64.fetchOne(last) ?? 0
    return counts
  }

  /// Pending rows that no parked row of their conversation holds back.
  static func load(
    _ load: Shipper.Load, server: String, redactor: Redactor = Redactor(), at time: Date = Date(), in db: Database
  ) throws -> Shipper.Loaded {
    let resends = Bounds.counts.nearest(
      try Int.fetchOne(db.cachedStatement(sql: "SELECT value FROM outbox_counter WHERE name = 'resends'")) ?? 0)
    var loaded = Shipper.Loaded(lane: load.lane, rows: [], isEnd: false, resends: resends)
    let cursor = try load.lane == .turns ? turns(load, server: server, in: db) : logs(load, server: server, in: db)
    var bytes = 0
    // By position: a name is looked for among all columns. Both queries have id, log_id, payload, conversation_id,
    // size, attempts, server_conversation_id, since, has_parts.
    while let row = try cursor.next() {
      let size = Bounds.bytes.nearest(row[4])
      if !loaded.rows.isEmpty, loaded.rows.count >= load.rows || bytes + size > load.bytes { return loaded }
      bytes += size
      let payload: Data = row[2]
      let since: Int? = row[7]
      loaded.rows.append(
        OutboxRow(
          id: row[0], record: read(Array(payload), load.lane, logID: row[1], redactor),
          conversationID: (row[3] as String?).flatMap(UUID.init(canonical:)), size: size,
          attempts: Bounds.counts.nearest(row[5]), serverConversation: row[6],
          unconfirmed: since.map {
            let then = Date(millisecondsSince1970: $0).millisecondsSince1970
            return .milliseconds(max(time.millisecondsSince1970 - then, 0))
          },
          progress: row[8] ? try progress(of: row[0], at: server, in: db) : nil))
    }
    loaded.isEnd = true
    return loaded
  }

  private static func turns(_ load: Shipper.Load, server: String, in db: Database) throws -> RowCursor {
    let excluded = JSON.array(load.excluding.map { .string($0.lowercased) }).text
    return try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT r.id, r.log_id, r.payload, r.conversation_id, r.size, r.attempts, c.server_conversation_id, u.since,
            \(hasParts)
          FROM outbox_record r
          LEFT JOIN outbox_unconfirmed u ON u.record_id = r.id AND u.server = ?1
          LEFT JOIN outbox_conversation c ON c.server = ?1 AND c.conversation_id = r.conversation_id
          WHERE r.state = 'pending' AND r.kind = 'turn' AND r.id \(load.isFromStart ? ">=" : ">") ?2
            AND (r.conversation_id IS NULL OR r.conversation_id NOT IN (SELECT value FROM json_each(?3)))
            AND NOT EXISTS (
              SELECT 1 FROM outbox_record p
              WHERE p.state = 'parked' AND p.conversation_id = r.conversation_id AND p.id < r.id)
          ORDER BY r.id
          """), arguments: [server, load.after, excluded])
  }

  private static func logs(_ load: Shipper.Load, server: String, in db: Database) throws -> RowCursor {
    try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT r.id, r.log_id, r.payload, NULL AS conversation_id, r.size, r.attempts, NULL AS server_conversation_id,
            u.since, \(hasParts)
          FROM outbox_record r LEFT JOIN outbox_unconfirmed u ON u.record_id = r.id AND u.server = ?
          WHERE r.state = 'pending' AND r.kind = 'log' AND r.id \(load.isFromStart ? ">=" : ">") ? ORDER BY r.id
          """), arguments: [server, load.after])
  }

  private static let hasParts = "EXISTS (SELECT 1 FROM outbox_part WHERE record_id = r.id)"

  private static func read(
    _ payload: [UInt8], _ lane: Lane, logID: String, _ redactor: Redactor
  ) -> Result<OutboxEntry, UnreadablePayload> {
    do {
      // A secret may have become known since the row was written.
      let isTelling = redactor.finds(in: payload)
      switch lane {
      case .logs:
        if !isTelling, let log = QueuedLog(sound: payload) { return .success(.log(log)) }
        let json = try JSON(bytes: payload)
        guard let rowID = UUID(canonical: logID) else { throw UnreadablePayload(reason: "its log_id is no UUID") }
        return .success(
          .log(
            try QueuedLog(stored: isTelling ? redactor.redact(json) : json, rowID: rowID, isTelling ? nil : payload)))
      case .turns:
        if !isTelling, let turn = TurnRecord(sound: payload) { return .success(.turn(turn)) }
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
    try db.run("DELETE FROM outbox_record WHERE id IN \(list)", [ids.asJSON])
    try count("sent", db.changesCount, in: db)
  }

  /// Writes what the shipper decided, in order. A `load` or anything for the network is not for here.
  static func write(_ outputs: [Shipper.Output], server: String, in db: Database) throws {
    var delivered: [Int64] = []
    var unconfirmed: [Int64] = []
    for output in outputs {
      switch output {
      // These touch no other rows than their own, so they may wait for each other, but not for what unmakes them.
      case .delivered(let id): delivered.append(id)
      case .unconfirmed(let id): unconfirmed.append(id)
      case .unqueued, .park:
        try noteUnconfirmed(unconfirmed, at: server, since: Date(), in: db)
        unconfirmed = []
        try write(output, server: server, in: db)
      default: try write(output, server: server, in: db)
      }
    }
    // What was queued and found stored meanwhile needs no note.
    let gone = Set(delivered)
    let queued = gone.isEmpty ? unconfirmed : unconfirmed.filter { !gone.contains($0) }
    if !queued.isEmpty { try noteUnconfirmed(queued, at: server, since: Date(), in: db) }
    if !delivered.isEmpty { try Self.delivered(delivered, to: server, in: db) }
  }

  static func write(_ output: Shipper.Output, server: String, in db: Database) throws {
    switch output {
    case .delivered(let id):
      try delivered([id], to: server, in: db)
    case .unconfirmed(let id):
      try noteUnconfirmed([id], at: server, since: Date(), in: db)
    case .unqueued(let id):
      try noteLost(id, in: db)
    case .part(let id, let number, let plan, let isStored):
      try notePart(id, number: number, plan: plan, isStored: isStored, at: server, in: db)
    case .refused(let id, let reason):
      try db.run(
        "UPDATE outbox_record SET attempts = \(bounded("attempts")) + 1, last_error = ? WHERE id = ?", [reason, id])
    case .park(let id, let reason):
      try db.run("UPDATE outbox_record SET state = 'parked', last_error = ? WHERE id = ?", [reason, id])
    case .keepMapping(let conversation, let serverConversation):
      try db.run(
        "INSERT OR REPLACE INTO outbox_conversation VALUES (?, ?, ?)",
        [server, conversation.lowercased, serverConversation])
    case .forgetMapping(let conversation):
      try db.run(
        "DELETE FROM outbox_conversation WHERE server = ? AND conversation_id = ?", [server, conversation.lowercased])
    case .connect, .abort, .close, .ping, .send, .load, .readBack: break
    }
  }
}
