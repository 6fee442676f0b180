import FoundationEssentials
import GRDB

/// What a server has acknowledged as queued, so that the next process looks for it instead of sending it again, and
/// which parts of a large record it has.
///
/// Rows speak of one server: another one is sent the whole record.
extension Outbox {
  static let unconfirmedTables = """
    CREATE TABLE outbox_unconfirmed (
      record_id INTEGER PRIMARY KEY,
      server TEXT NOT NULL,
      since INTEGER NOT NULL  -- milliseconds since 1970
    ) STRICT;
    CREATE TABLE outbox_part (
      record_id INTEGER NOT NULL,
      number INTEGER NOT NULL,  -- from 1
      server TEXT NOT NULL,
      plan TEXT NOT NULL,  -- how the record was divided
      is_stored INTEGER NOT NULL,  -- 0: acknowledged as queued
      PRIMARY KEY (record_id, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TRIGGER outbox_record_done AFTER DELETE ON outbox_record BEGIN
      DELETE FROM outbox_unconfirmed WHERE record_id = old.id;
      DELETE FROM outbox_part WHERE record_id = old.id;
    END;
    CREATE TRIGGER outbox_record_parked AFTER UPDATE OF state ON outbox_record WHEN new.state = 'parked' BEGIN
      DELETE FROM outbox_unconfirmed WHERE record_id = old.id;
    END;
    """

  static func noteUnconfirmed(_ ids: [Int64], at server: String, since time: Date, in db: Database) throws {
    let statement = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO outbox_unconfirmed
        SELECT id, ?, ? FROM outbox_record WHERE id IN (SELECT value FROM json_each(?)) AND state = 'pending'
        """)
    try statement.execute(arguments: [server, time.millisecondsSince1970, ids.asJSON])
  }

  static func noteLost(_ id: Int64, in db: Database) throws {
    try db.run("DELETE FROM outbox_unconfirmed WHERE record_id = ?", [id])
  }

  static func notePart(
    _ id: Int64, number: Int, plan: String, isStored: Bool, at server: String, in db: Database
  ) throws {
    try db.run("DELETE FROM outbox_part WHERE record_id = ? AND (plan <> ? OR server <> ?)", [id, plan, server])
    try db.run(
      "INSERT OR REPLACE INTO outbox_part SELECT id, ?, ?, ?, ? FROM outbox_record WHERE id = ?",
      [number, server, plan, isStored ? 1 : 0, id])
  }

  static func progress(of id: Int64, at server: String, in db: Database) throws -> PartProgress? {
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT number, plan, is_stored FROM outbox_part WHERE record_id = ? AND server = ?"),
      arguments: [id, server])
    guard let plan: String = rows.first?["plan"] else { return nil }
    return PartProgress(
      plan: plan,
      isStored: Dictionary(rows.map { ($0["number"] as Int, $0["is_stored"] as Bool) }) { first, _ in first })
  }
}
