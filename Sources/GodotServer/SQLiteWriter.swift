import Conversations
import FoundationEssentials
import GRDB
import JSON

/// The writes of ``SQLiteStorage``, inside its transaction. All throw ``StorageRefusal`` or GRDB's `DatabaseError`.
enum SQLiteWriter {
  static func perform(_ write: StorageWrite, _ db: Database) throws -> StorageReceipt {
    switch write {
    case .log(let entry, _):
      try log(entry, db)
      return .logged
    case .logTurn(let entry, _, let message, let part, let parts):
      try log(entry, db)
      try keepTurn(message, part: part, parts: parts, db)
      return .logged
    case .begin(let conversation):
      return .conversation(try begin(conversation, db))
    case .store(let message):
      return try store(message, db)
    case .storeAll(let conversation, let mustExist, let messages):
      return try storeAll(conversation, mustExist, messages, db)
    case .setLevel(let component, let level):
      try db.execute(sql: "INSERT OR REPLACE INTO log_levels VALUES (?, ?)", arguments: [component, level.rawValue])
      return .levelSet
    case .clear(let component, let before):
      try db.execute(
        sql: "DELETE FROM logs WHERE (?1 IS NULL OR component = ?1) AND (?2 IS NULL OR created_at < ?2)",
        arguments: [component, before?.microseconds])
      return .cleared(db.changesCount)
    }
  }

  private static func log(_ entry: LogEntry, _ db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO logs (id, trace_id, component, level, created_at, message, data) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO NOTHING
        """
    ).execute(arguments: [
      entry.id.storedText, entry.traceID?.storedText, entry.component, entry.level.rawValue,
      entry.createdAt.microseconds, entry.message, entry.data.storedText,
    ])
  }

  private static func keepTurn(_ message: StoredMessage, part: Int, parts: Int, _ db: Database) throws {
    let conversation = message.conversationID
    guard try !isStored(conversation, message.turnNumber, db) else { return }
    var message = message
    if parts > 1 {
      try db.execute(
        sql: "INSERT OR REPLACE INTO message_parts VALUES (?, ?, ?, ?)",
        arguments: [conversation.storedText, message.turnNumber, part, message.content])
      let pieces = try String.fetchAll(
        db, sql: "SELECT content FROM message_parts WHERE conversation_id = ? AND turn_number = ? ORDER BY part",
        arguments: [conversation.storedText, message.turnNumber])
      guard pieces.count == parts else { return }
      message.content = pieces.joined()
      try db.execute(
        sql: "DELETE FROM message_parts WHERE conversation_id = ? AND turn_number = ?",
        arguments: [conversation.storedText, message.turnNumber])
    }
    _ = try begin(
      StoredConversation(
        id: conversation, sessionID: conversation.storedText, metadata: .null, createdAt: message.createdAt,
        updatedAt: message.createdAt), db)
    try insert(message, db)
  }

  private static func begin(_ conversation: StoredConversation, _ db: Database) throws -> StoredConversation {
    try db.cachedStatement(
      sql: """
        INSERT INTO conversations (id, session_id, metadata, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (id) DO NOTHING
        """
    ).execute(arguments: [
      conversation.id.storedText, conversation.sessionID, conversation.metadata.storedText,
      conversation.createdAt.microseconds, conversation.updatedAt.microseconds,
    ])
    return try SQLiteReader.conversation(conversation.id, db) ?? conversation
  }

  private static func store(_ message: StoredMessage, _ db: Database) throws -> StorageReceipt {
    var message = message
    guard try exists(message.conversationID, db) else {
      throw StorageRefusal.conversationNotFound(message.conversationID)
    }
    if message.turnNumber <= 0 {
      message.turnNumber = try nextTurn(message.conversationID, db)
    } else if let stored = try SQLiteReader.message(message.conversationID, message.turnNumber, db) {
      guard stored.role == message.role, stored.content == message.content else {
        throw StorageRefusal.turnTaken(conversation: message.conversationID, turnNumber: message.turnNumber)
      }
      return .message(id: stored.id, turnNumber: stored.turnNumber, createdAt: stored.createdAt)
    }
    try insert(message, db)
    return .message(id: message.id, turnNumber: message.turnNumber, createdAt: message.createdAt)
  }

  private static func storeAll(
    _ conversation: StoredConversation, _ mustExist: Bool, _ messages: [StoredMessage], _ db: Database
  ) throws -> StorageReceipt {
    if mustExist {
      guard try exists(conversation.id, db) else { throw StorageRefusal.conversationNotFound(conversation.id) }
    } else {
      _ = try begin(conversation, db)
    }
    var turn = try nextTurn(conversation.id, db)
    for message in messages {
      var message = message
      message.conversationID = conversation.id
      message.turnNumber = turn
      try insert(message, db)
      turn += 1
    }
    return .messages(conversation: conversation.id, count: messages.count)
  }

  private static func insert(_ message: StoredMessage, _ db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO messages (id, conversation_id, turn_number, role, model, input_tokens, output_tokens, timing_ms,
          metadata, created_at, content)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      message.id.storedText, message.conversationID.storedText, message.turnNumber, message.role, message.model,
      message.inputTokens, message.outputTokens, message.timing, message.metadata.storedText,
      message.createdAt.microseconds, message.content,
    ])
    try db.cachedStatement(sql: "UPDATE conversations SET updated_at = max(updated_at, ?) WHERE id = ?")
      .execute(arguments: [message.createdAt.microseconds, message.conversationID.storedText])
  }

  private static func exists(_ conversation: UUID, _ db: Database) throws -> Bool {
    try Int.fetchOne(
      db.cachedStatement(sql: "SELECT 1 FROM conversations WHERE id = ?"), arguments: [conversation.storedText]) != nil
  }

  private static func isStored(_ conversation: UUID, _ turn: Int, _ db: Database) throws -> Bool {
    try Int.fetchOne(
      db.cachedStatement(sql: "SELECT 1 FROM messages WHERE conversation_id = ? AND turn_number = ?"),
      arguments: [conversation.storedText, turn]) != nil
  }

  private static func nextTurn(_ conversation: UUID, _ db: Database) throws -> Int {
    try Int.fetchOne(
      db, sql: "SELECT ifnull(max(turn_number), 0) + 1 FROM messages WHERE conversation_id = ?",
      arguments: [conversation.storedText]) ?? 1
  }
}

extension JSON {
  /// JSON text; `nil` for null.
  var storedText: String? { isNull ? nil : text }
}
