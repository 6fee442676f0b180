import Basics
import Conversations
import FoundationEssentials
import GRDB

/// Inserts log records, which are most of what is written. A record whose id is there already is left as it is.
struct SQLiteLogInsertion {
  private let statement: SQLiteBinding

  init(db: Database) throws {
    statement = try SQLiteBinding(
      """
      INSERT INTO logs (id, trace_id, component, level, created_at, data, message) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO NOTHING
      """, in: db)
  }

  /// Throws GRDB's `DatabaseError`.
  func insert(_ entry: LogEntry) throws {
    try statement.run(large: (entry.data.text, entry.message), at: (6, 7)) { row in
      try row.text(entry.id.lowercased, at: 1)
      try row.text(entry.traceID?.lowercased, at: 2)
      try row.text(entry.component, at: 3)
      try row.text(entry.level.rawValue, at: 4)
      try row.integer(entry.createdAt.microseconds, at: 5)
    }
  }
}

/// Inserts messages. One whose id or turn is there already is left as it is.
struct SQLiteMessageInsertion {
  private let db: Database
  private let statement: SQLiteBinding

  init(db: Database) throws {
    self.db = db
    statement = try SQLiteBinding(
      """
      INSERT INTO messages (id, conversation_id, turn_number, role, model, input_tokens, output_tokens, timing_ms,
        created_at, metadata, content)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
      """, in: db)
  }

  /// Whether it was inserted. Throws GRDB's `DatabaseError`.
  func insert(_ message: StoredMessage) throws -> Bool {
    try statement.run(large: (message.metadata.storedText, message.content), at: (10, 11)) { row in
      try row.text(message.id.lowercased, at: 1)
      try row.text(message.conversationID.lowercased, at: 2)
      try row.integer(Int64(message.turnNumber), at: 3)
      try row.text(message.role, at: 4)
      try row.text(message.model, at: 5)
      try row.integer(message.inputTokens.map(Int64.init), at: 6)
      try row.integer(message.outputTokens.map(Int64.init), at: 7)
      try row.integer(message.timing.map(Int64.init), at: 8)
      try row.integer(message.createdAt.microseconds, at: 9)
    }
    return db.changesCount > 0
  }
}
