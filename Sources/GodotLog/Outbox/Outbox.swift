import Basics
import Conversations
import FoundationEssentials
import GRDB
import GodotWire
import JSON

/// The durable queue between a program and its log server: seven SQLite tables in the program's own database.
///
/// ## Layout
/// - `outbox_record`: one row a record not yet known to be stored. `id` is the order of delivery and is never used
///   again (AUTOINCREMENT). `payload` is UTF-8 JSON that no server's dialect shows in; `size` is its length in bytes.
///   `kind` says what the payload is: a conversation's `turn`, or the arguments of an ordinary `log` record, whose
///   `severity` (0 TRACE through 4 ERROR) decides who goes first when there are too many. `state` is `pending` or
///   `parked`; `attempts` and `last_error` tell of refusals so far. Turns of one conversation go out in the order of
///   `id`, one after another; ordinary records have no order.
/// - `outbox_conversation`: a server chooses its own conversation ids, so each server's id is kept beside ours.
/// - `outbox_delivery`: which server has acknowledged which turn.
/// - `outbox_unconfirmed`: records that a server has only queued so far, and since when; they are pending still.
/// - `outbox_part`: the acknowledged parts of a record that is sent in several, with what tells one way of dividing it
///   from another.
/// - `outbox_resent`: which turns were queued again after a server had lost them, and so are late by intent.
/// - `outbox_counter`: `pending`, `parked` and `log_bytes` (payloads of ordinary records), kept by triggers so that
///   nobody has to count rows; `sent` and `evicted`, which only grow; `resends` and `retries`, by which one process
///   tells the one that sends what its user asked for.
///
/// ## When rows come and go
/// ```
///   caller's transaction                   shipper
///   ┌──────────────────────┐   load   ┌──────────────┐  frame   ┌────────┐
///   │ turn + outbox_record │ ───────▶ │    window    │ ───────▶ │ server │
///   └──────────────────────┘          └──────┬───────┘          └───┬────┘
///         DELETE row, sent + 1  ◀────────────┴──── acknowledged ◀───┘
/// ```
/// 1. A row is inserted in the transaction that stores the turn: both exist or neither does.
/// 2. It is deleted only after the server's acknowledgement that it is stored, or when it was seen in the store, in one
///    transaction with `sent`. A crash before that sends it again; the server (unique turn numbers) or the reader
///    (`log_id`) recognises the repeat.
/// 3. A row that the server refuses while it takes others becomes `parked`: kept, shown, and later rows of the same
///    conversation wait behind it. Other conversations do not.
/// 4. Turns are never dropped to make room. Of ordinary records the least severe go first, the oldest among them,
///    once they pass ``mostLogBytes``; `evicted` counts them in the same transaction. A record with a known `log_id`
///    is not queued a second time.
///
/// ## Limits
/// A payload may be as large as SQLite allows a blob (1 GB); at most about 8 MiB of turns and 8 MiB of ordinary
/// records, or one row of each, are in memory at a time.
public enum Outbox {
  /// Registers the tables. Call it on the migrator of the database that holds the turns.
  public static func registerMigrations(in migrator: inout DatabaseMigrator) {
    migrator.registerMigration("outbox 1") { db in
      try db.execute(
        sql: """
          CREATE TABLE outbox_record (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            log_id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            conversation_id TEXT,
            turn_number INTEGER,
            payload BLOB NOT NULL,
            size INTEGER NOT NULL,
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'parked')),
            attempts INTEGER NOT NULL DEFAULT 0,
            last_error TEXT,
            created_at INTEGER NOT NULL  -- milliseconds since 1970
          ) STRICT;
          CREATE INDEX outbox_record_by_state ON outbox_record (state, id);
          CREATE INDEX outbox_record_parked ON outbox_record (conversation_id, id) WHERE state = 'parked';

          CREATE TABLE outbox_conversation (
            server TEXT NOT NULL,
            conversation_id TEXT NOT NULL,
            server_conversation_id TEXT NOT NULL,
            PRIMARY KEY (server, conversation_id)
          ) STRICT, WITHOUT ROWID;

          CREATE TABLE outbox_counter (
            name TEXT PRIMARY KEY,
            value INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          INSERT INTO outbox_counter VALUES ('pending', 0), ('parked', 0), ('sent', 0), ('evicted', 0);

          CREATE TRIGGER outbox_record_came AFTER INSERT ON outbox_record BEGIN
            UPDATE outbox_counter SET value = value + 1 WHERE name = new.state;
          END;
          CREATE TRIGGER outbox_record_went AFTER DELETE ON outbox_record BEGIN
            UPDATE outbox_counter SET value = value - 1 WHERE name = old.state;
          END;
          CREATE TRIGGER outbox_record_moved AFTER UPDATE OF state ON outbox_record WHEN old.state <> new.state BEGIN
            UPDATE outbox_counter SET value = value - 1 WHERE name = old.state;
            UPDATE outbox_counter SET value = value + 1 WHERE name = new.state;
          END;
          """)
    }
    migrator.registerMigration("outbox 2") { db in
      try db.execute(
        sql: """
          ALTER TABLE outbox_record ADD COLUMN severity INTEGER;
          DROP INDEX outbox_record_by_state;
          CREATE INDEX outbox_record_by_kind ON outbox_record (state, kind, id);
          CREATE INDEX outbox_record_by_severity ON outbox_record (severity, id) WHERE kind = 'log';
          INSERT INTO outbox_counter VALUES ('log_bytes', 0), ('resends', 0), ('retries', 0);

          CREATE TRIGGER outbox_log_came AFTER INSERT ON outbox_record WHEN new.kind = 'log' BEGIN
            UPDATE outbox_counter SET value = value + new.size WHERE name = 'log_bytes';
          END;
          CREATE TRIGGER outbox_log_went AFTER DELETE ON outbox_record WHEN old.kind = 'log' BEGIN
            UPDATE outbox_counter SET value = value - old.size WHERE name = 'log_bytes';
          END;
          """)
    }
    migrator.registerMigration("outbox 3") { try $0.execute(sql: deliveriesTable) }
    migrator.registerMigration("outbox 4") { try $0.execute(sql: unconfirmedTables) }
    migrator.registerMigration("outbox resent") { db in
      try db.execute(sql: resentTable)
      try db.execute(
        sql: "CREATE INDEX outbox_record_by_turn ON outbox_record (conversation_id, turn_number) WHERE kind = 'turn'")
    }
    migrator.registerMigration("outbox bounds") { try $0.execute(sql: boundedTriggers) }
  }

  /// How many bytes of ordinary records are kept unless told otherwise.
  public static let mostLogBytes = 256 << 20

  /// Queues a turn for delivery, inside the transaction that stores it.
  ///
  /// Call it only where logging is on: what is queued waits until a server takes it. Afterwards, once the transaction
  /// has committed, call ``GodotLogger/nudge()``. A turn whose `logID` is queued already is left as it is.
  ///
  /// - `redactor`: takes secrets out before anything is written.
  /// - Throws: GRDB's `DatabaseError`.
  public static func append(_ turn: TurnRecord, redactor: Redactor = Redactor(), in db: Database) throws {
    let payload = redactor.redact(turn.payload).bytes
    try db.run(
      """
      INSERT INTO outbox_record (log_id, kind, conversation_id, turn_number, payload, size, created_at)
      VALUES (?, 'turn', ?, ?, ?, ?, ?) ON CONFLICT (log_id) DO NOTHING
      """,
      [
        turn.logID.lowercased, turn.conversationID.lowercased, turn.turnNumber, Data(payload), payload.count,
        turn.createdAt.millisecondsSince1970,
      ])
  }

  /// Queues an ordinary log record. Afterwards, once the transaction has committed, call ``GodotLogger/nudge()``.
  ///
  /// `data` gains `log_id` and `logged_at_ms` (milliseconds since 1970), by which a server or a reader knows a repeat;
  /// members of these names are kept under `repaired`. A record whose `logID` is queued already is left as it is.
  /// Where ordinary records come to more than `mostBytes`, the least severe are dropped and counted, which may be
  /// this one.
  ///
  /// - `time`: when it was made.
  /// - `redactor`: takes secrets out before anything is written.
  /// - Throws: GRDB's `DatabaseError`.
  public static func append(
    _ record: LogRecord, logID: UUID = .timeOrdered(), at time: Date, redactor: Redactor = Redactor(),
    keeping mostBytes: Int = mostLogBytes, in db: Database
  ) throws {
    let payload = redactor.redact(record.arguments(logID: logID, at: time)).bytes
    try db.run(
      """
      INSERT INTO outbox_record (log_id, kind, payload, size, severity, created_at)
      VALUES (?, 'log', ?, ?, ?, ?) ON CONFLICT (log_id) DO NOTHING
      """,
      [
        logID.lowercased, Data(payload), payload.count, record.level.rank, time.millisecondsSince1970,
      ])
    try evict(keeping: mostBytes, in: db)
  }

  private static func evict(keeping mostBytes: Int, in db: Database) throws {
    let kept = try db.cachedStatement(sql: "SELECT value FROM outbox_counter WHERE name = 'log_bytes'")
    let bytes = try Int.fetchOne(kept) ?? 0
    guard bytes > mostBytes else { return }
    var excess = bytes - mostBytes
    var ids: [Int64] = []
    let rows = try Row.fetchCursor(
      db, sql: "SELECT id, size FROM outbox_record WHERE kind = 'log' ORDER BY severity, id")
    while excess > 0, let row = try rows.next() {
      ids.append(row["id"])
      excess -= Bounds.bytes.nearest(row["size"])
    }
    try db.run("DELETE FROM outbox_record WHERE id IN \(list)", [ids.asJSON])
    try count("evicted", db.changesCount, in: db)
  }

  static func count(_ name: String, _ number: Int, in db: Database) throws {
    guard number > 0 else { return }
    try db.run("UPDATE outbox_counter SET value = \(bounded("value")) + ? WHERE name = ?", [number, name])
  }

  /// SQL for the numbers of `[Int64].asJSON`.
  static let list = "(SELECT value FROM json_each(?))"
}

extension [Int64] {
  var asJSON: String { "[" + map(String.init).joined(separator: ",") + "]" }
}

extension LogRecord {
  /// The arguments of the server's log tool, with what makes a repeat recognisable.
  func arguments(logID: UUID, at time: Date) -> JSON {
    var data = data.object ?? [:]
    let replaced = data.filter { $0.key == "log_id" || $0.key == "logged_at_ms" }
    if !replaced.isEmpty {
      data[WireKey.repaired] = .object((data[WireKey.repaired]?.object ?? [:]).merging(replaced) { $1 })
    }
    data[WireKey.logID] = .string(logID.lowercased)
    data[WireKey.loggedAt] = .int(time.millisecondsSince1970)
    var members = arguments.object ?? [:]
    members[WireKey.data] = .object(data)
    return .object(members)
  }
}

extension Database {
  /// Runs a statement that is run again and again, and is prepared once.
  func run(_ sql: String, _ arguments: StatementArguments) throws {
    try cachedStatement(sql: sql).execute(arguments: arguments)
  }
}
