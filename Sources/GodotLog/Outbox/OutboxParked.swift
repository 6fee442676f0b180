import Basics
import Conversations
import FoundationEssentials
import GRDB
import JSON

/// What a user may see of the outbox, and do with parked records. All throw GRDB's `DatabaseError`.
extension Outbox {
  static func parked(limit: Int, in db: Database) throws -> [ParkedRecord] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT id, kind, conversation_id, turn_number, payload, size, attempts, last_error, created_at
        FROM outbox_record WHERE state = 'parked' ORDER BY id LIMIT ?
        """, arguments: [limit])
    return rows.map { row in
      let conversation: String? = row["conversation_id"]
      return ParkedRecord(
        id: row["id"], title: title(row), conversation: conversation.flatMap(UUID.init(canonical:)),
        reason: row["last_error"] ?? "refused", attempts: Bounds.counts.nearest(row["attempts"]),
        size: Bounds.bytes.nearest(row["size"]),
        createdAt: Date(millisecondsSince1970: row["created_at"]))
    }
  }

  /// What is to be sent and no server has acknowledged, oldest first, but what a parked turn holds back too.
  static func waiting(limit: Int, in db: Database) throws -> [WaitingRecord] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT id, kind, conversation_id, turn_number, payload, created_at FROM outbox_record
        WHERE state = 'pending' AND id NOT IN (SELECT record_id FROM outbox_unconfirmed) ORDER BY id LIMIT ?
        """, arguments: [limit])
    return rows.map { row in
      let payload: Data = row["payload"]
      // A record that cannot be read is named by its numbers.
      let turn = (try? JSON(bytes: Array(payload))).flatMap { try? TurnRecord(payload: $0) }
      return WaitingRecord(
        id: row["id"], title: title(row), turn: turn.map(LoggedTurn.init),
        createdAt: Date(millisecondsSince1970: row["created_at"]))
    }
  }

  private static func title(_ row: Row) -> String {
    let payload: Data = row["payload"]
    // A record that cannot be read is among those that are parked.
    let record = try? JSON(bytes: Array(payload))
    if let conversation: String = row["conversation_id"] {
      let role = (record?["role"]?.string).map { " (\($0))" } ?? ""
      let number: Int? = row["turn_number"]
      return "turn \(number.map(String.init) ?? "?") of \(conversation.prefix(8))\(role)"
    }
    guard let record, let component = record["component"]?.string, let message = record["message"]?.string else {
      return "a record that cannot be read"
    }
    return "\(component): \(ServerAnswer.plain(message))"
  }

  static func resend(_ ids: [Int64], in db: Database) throws {
    try db.execute(
      sql: """
        UPDATE outbox_record SET state = 'pending', attempts = 0, last_error = NULL
        WHERE state = 'parked' AND id IN \(list)
        """, arguments: [ids.asJSON])
    if db.changesCount > 0 { try count("resends", 1, in: db) }
  }

  static func export(_ ids: [Int64], in db: Database) throws -> [JSON] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT id, kind, payload, attempts, last_error, created_at
        FROM outbox_record WHERE state = 'parked' AND id IN \(list) ORDER BY id
        """, arguments: [ids.asJSON])
    return rows.map { row in
      let payload: Data = row["payload"]
      let bytes = Array(payload)
      let kind: String = row["kind"]
      let id: Int = row["id"]
      return [
        "id": .int(id), "kind": .string(kind), "reason": JSON(row["last_error"] as String?),
        "attempts": .int(row["attempts"]), "created_at_ms": .int(row["created_at"]),
        // One that is no JSON is written as the text it is.
        "record": (try? JSON(bytes: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self)),
      ]
    }
  }
}
