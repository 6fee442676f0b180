import FoundationEssentials
import GRDB
import JSON

/// The durable queue between a program and its log server: three SQLite tables in the program's own database.
///
/// ## Layout
/// - `outbox_record`: one row a record not yet acknowledged. `id` is the order of delivery and is never used again
///   (AUTOINCREMENT). `payload` is UTF-8 JSON that no server's dialect shows in; `size` is its length in bytes.
///   `kind` says what the payload is (`turn`). `state` is `pending` or `parked`; `attempts` and `last_error` tell of
///   refusals so far. Records of one conversation go out in the order of `id`, one after another.
/// - `outbox_conversation`: a server chooses its own conversation ids, so each server's id is kept beside ours.
/// - `outbox_counter`: `pending` and `parked`, kept by triggers so that nobody has to count rows, and `sent` and
///   `evicted`, which only grow.
///
/// ## When rows come and go
/// ```
///   caller's transaction                   shipper
///   ┌──────────────────────┐   load   ┌──────────────┐  frame   ┌────────┐
///   │ turn + outbox_record │ ───────▶ │ window of 32 │ ───────▶ │ server │
///   └──────────────────────┘          └──────┬───────┘          └───┬────┘
///         DELETE row, sent + 1  ◀────────────┴──── acknowledged ◀───┘
/// ```
/// 1. A row is inserted in the transaction that stores the turn: both exist or neither does.
/// 2. It is deleted only after the server's acknowledgement, in one transaction with `sent`. A crash before that
///    sends it again; the server (unique turn numbers) or the reader (`log_id`) recognises the repeat.
/// 3. A row that the server refuses while it takes others becomes `parked`: kept, shown, and later rows of the same
///    conversation wait behind it. Other conversations do not.
/// 4. Turns are never dropped to make room. A record with a known `log_id` is not queued a second time.
///
/// ## Limits
/// A payload may be as large as SQLite allows a blob (1 GB); at most about 4 MiB, or one row, is in memory at a time.
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
  }

  /// Queues a turn for delivery, inside the transaction that stores it.
  ///
  /// Call it only where logging is on: what is queued waits until a server takes it. Afterwards, once the transaction
  /// has committed, call ``GodotLogger/nudge()``. A turn whose `logID` is queued already is left as it is.
  ///
  /// - Parameter redactor: takes secrets out before anything is written.
  /// - Throws: GRDB's `DatabaseError`.
  public static func append(_ turn: TurnRecord, redactor: Redactor = Redactor(), in db: Database) throws {
    let payload = redactor.redact(turn.payload).bytes
    try db.execute(
      sql: """
        INSERT INTO outbox_record (log_id, kind, conversation_id, turn_number, payload, size, created_at)
        VALUES (?, 'turn', ?, ?, ?, ?, ?) ON CONFLICT (log_id) DO NOTHING
        """,
      arguments: [
        turn.logID.lowercased, turn.conversationID.lowercased, turn.turnNumber, Data(payload), payload.count,
        turn.createdAt.millisecondsSince1970,
      ])
  }
}
