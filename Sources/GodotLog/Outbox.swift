import GRDB

public enum Outbox {
  public static func registerMigrations(in migrator: inout DatabaseMigrator) {
    migrator.registerMigration("draft-outbox") { db in
      try db.execute(sql: "CREATE TABLE outbox (id INTEGER PRIMARY KEY, turn TEXT NOT NULL) STRICT")
    }
  }
  public static func append(_ turn: TurnRecord, in db: Database) throws {
    try db.execute(sql: "INSERT INTO outbox (turn) VALUES (?)", arguments: ["\(turn.turnNumber)"])
  }
}
