import Basics
import FoundationEssentials
import GRDB

/// Which server has acknowledged which turn: a line for each that is left when its record goes, so that a check knows
/// where to look for it. A program may have logged to several servers in its time.
extension Outbox {
  static let deliveriesTable = """
    CREATE TABLE outbox_delivery (
      conversation_id TEXT NOT NULL,
      turn_number INTEGER NOT NULL,
      server TEXT NOT NULL,
      PRIMARY KEY (conversation_id, turn_number, server)
    ) STRICT, WITHOUT ROWID;
    """

  /// Notes the turns among the acknowledged records, before these are deleted.
  static func noteDeliveries(_ ids: [Int64], to server: String, in db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT OR IGNORE INTO outbox_delivery
        SELECT conversation_id, turn_number, ? FROM outbox_record
        WHERE id IN (SELECT value FROM json_each(?)) AND kind = 'turn'
        """
    ).execute(arguments: [server, ids.asJSON])
  }

  /// The servers that have acknowledged each turn of a conversation, by turn number. Throws GRDB's `DatabaseError`.
  static func deliveries(of conversation: UUID, in db: Database) throws -> [Int: Set<String>] {
    var servers: [Int: Set<String>] = [:]
    let rows = try Row.fetchCursor(
      db, sql: "SELECT turn_number, server FROM outbox_delivery WHERE conversation_id = ?",
      arguments: [conversation.lowercased])
    while let row = try rows.next() { servers[row["turn_number"], default: []].insert(row["server"]) }
    return servers
  }
}
