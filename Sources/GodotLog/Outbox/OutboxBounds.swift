import Conversations
import GRDB

/// A sum that passes what SQLite can count makes a real number, which a strict column refuses: what adds to a number
/// that somebody else has written takes it within bounds, or one such row would keep every acknowledgement that is
/// written with it from being noted, and delivery would stand still.
extension Outbox {
  /// SQL for a number within the bounds of counts.
  static func bounded(_ number: String) -> String { "max(0, min(\(number), \(Bounds.counts.upperBound)))" }

  /// The triggers that keep the counters, in place of the first ones.
  static let boundedTriggers = """
    DROP TRIGGER outbox_record_came;
    DROP TRIGGER outbox_record_went;
    DROP TRIGGER outbox_record_moved;
    DROP TRIGGER outbox_log_came;
    DROP TRIGGER outbox_log_went;
    CREATE TRIGGER outbox_record_came AFTER INSERT ON outbox_record BEGIN
      UPDATE outbox_counter SET value = \(bounded("value")) + 1 WHERE name = new.state;
    END;
    CREATE TRIGGER outbox_record_went AFTER DELETE ON outbox_record BEGIN
      UPDATE outbox_counter SET value = \(bounded("value")) - 1 WHERE name = old.state;
    END;
    CREATE TRIGGER outbox_record_moved AFTER UPDATE OF state ON outbox_record WHEN old.state <> new.state BEGIN
      UPDATE outbox_counter SET value = \(bounded("value")) - 1 WHERE name = old.state;
      UPDATE outbox_counter SET value = \(bounded("value")) + 1 WHERE name = new.state;
    END;
    CREATE TRIGGER outbox_log_came AFTER INSERT ON outbox_record WHEN new.kind = 'log' BEGIN
      UPDATE outbox_counter SET value = \(bounded("value")) + \(bounded("new.size")) WHERE name = 'log_bytes';
    END;
    CREATE TRIGGER outbox_log_went AFTER DELETE ON outbox_record WHEN old.kind = 'log' BEGIN
      UPDATE outbox_counter SET value = max(0, \(bounded("value")) - \(bounded("old.size"))) WHERE name = 'log_bytes';
    END;
    """

  /// Ids up to here leave room for all that will ever be queued.
  private static let greatestID: Int64 = 1 << 62

  /// Moves rows with ids beyond all reason down behind the others, in their order, so that there are ids for later
  /// rows: behind the greatest number there is none, and nothing could be queued any more.
  ///
  /// Call it where the database is opened, before anything is queued or sent. It costs one look where all is well.
  ///
  /// - Throws: GRDB's `DatabaseError`.
  public static func makeRoom(in db: Database) throws {
    let last = try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'outbox_record'") ?? 0
    guard last > greatestID else { return }
    let moved = try Int64.fetchAll(
      db, sql: "SELECT id FROM outbox_record WHERE id > ? ORDER BY id", arguments: [greatestID])
    var id =
      try Int64.fetchOne(db, sql: "SELECT max(id) FROM outbox_record WHERE id <= ?", arguments: [greatestID]) ?? 0
    id = max(id, 0)
    for old in moved {
      id += 1
      // What is noted of a row under its old id would be taken for another's; it is told again.
      try db.execute(sql: "DELETE FROM outbox_unconfirmed WHERE record_id IN (?, ?)", arguments: [old, id])
      try db.execute(sql: "DELETE FROM outbox_part WHERE record_id IN (?, ?)", arguments: [old, id])
      try db.execute(sql: "UPDATE outbox_record SET id = ? WHERE id = ?", arguments: [id, old])
    }
    try db.execute(sql: "UPDATE sqlite_sequence SET seq = ? WHERE name = 'outbox_record'", arguments: [id])
    // A process that sends has to look at all of them anew.
    try count("resends", 1, in: db)
  }
}
