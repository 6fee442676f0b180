import Basics
import FoundationEssentials
import GRDB
import JSON

extension Outbox {
  /// Removes all that is kept of conversations: the turns that wait or are parked, and where the others have gone.
  /// Returns how many turns waited, which no server may ever get now.
  ///
  /// A turn that is being sent at this moment may still arrive. Throws GRDB's `DatabaseError`.
  public static func forget(_ conversations: [UUID], in db: Database) throws -> Int {
    let ids = JSON.array(conversations.map { .string($0.lowercased) }).text
    try db.execute(
      sql: "DELETE FROM outbox_record WHERE kind = 'turn' AND conversation_id IN \(list)", arguments: [ids])
    let waiting = db.changesCount
    for table in ["outbox_delivery", "outbox_conversation", "outbox_resent"] {
      try db.execute(sql: "DELETE FROM \(table) WHERE conversation_id IN \(list)", arguments: [ids])
    }
    return waiting
  }
}
