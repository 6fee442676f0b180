import Basics
import Conversations
import FoundationEssentials
import GRDB
import JSON

extension SQLiteStorage {
  public func logs(_ filter: RecordFilter, limit: Int) async throws(StorageUnavailable) -> [LogEntry] {
    try await read { try SQLiteReader(db: $0).logs(filter, limit: limit) }
  }

  public func conversation(_ id: UUID) async throws(StorageUnavailable) -> StoredConversation? {
    try await read { try SQLiteReader(db: $0).conversation(id) }
  }

  public func messages(
    of conversation: UUID, after turn: Int, limit: Int
  ) async throws(StorageUnavailable) -> [StoredMessage] {
    try await read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT * FROM messages WHERE conversation_id = ? AND turn_number > ? ORDER BY turn_number LIMIT ?",
        arguments: [conversation.lowercased, turn, max(0, limit)]
      ).map(SQLiteReader.message)
    }
  }

  public func conversations(
    session: String?, offset: Int, limit: Int
  ) async throws(StorageUnavailable) -> [StoredConversation] {
    try await read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM conversations \(session == nil ? "" : "WHERE session_id = :session")
          ORDER BY updated_at DESC, id DESC LIMIT :limit OFFSET :offset
          """,
        arguments: StatementArguments(["limit": max(0, limit), "offset": max(0, offset)])
          + StatementArguments(session.map { ["session": $0.withoutNUL] } ?? [:])
      ).map(SQLiteReader.conversation)
    }
  }

  /// Newest first as they were stored: to sort all hits of a common word by another time would take seconds.
  public func search(_ text: String, limit: Int) async throws(StorageUnavailable) -> [SearchHit] {
    guard let pattern = FTS5Pattern(matchingAllTokensIn: text.withoutNUL) else { return [] }
    return try await read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT conversation_id, turn_number, role, model, created_at,
            snippet(messages_text, 0, '', '', '…', 16) AS snippet
          FROM messages_text JOIN messages ON key = messages_text.rowid
          WHERE messages_text MATCH ? ORDER BY messages_text.rowid DESC LIMIT ?
          """, arguments: [pattern, max(0, limit)]
      ).map { row in
        SearchHit(
          conversationID: try SQLiteReader.id(row["conversation_id"]), turnNumber: row["turn_number"],
          role: row["role"], model: row["model"], snippet: row["snippet"],
          createdAt: Date(microseconds: row["created_at"]))
      }
    }
  }

  public func levels() async throws(StorageUnavailable) -> [String: LogLevel] {
    try await read { db in
      try Row.fetchAll(db, sql: "SELECT component, level FROM log_levels").reduce(into: [:]) { levels, row in
        levels[row["component"]] = LogLevel(rawValue: row["level"])
      }
    }
  }
}

/// Makes values of rows.
struct SQLiteReader {
  let db: Database

  func logs(_ filter: RecordFilter, limit: Int) throws -> [LogEntry] {
    var conditions = ["1"]
    var arguments: StatementArguments = []
    func require(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
      guard let value else { return }
      conditions.append(condition)
      arguments += [value]
    }
    require("trace_id = ?", filter.traceID?.lowercased)
    require("component = ?", filter.component?.withoutNUL)
    require("created_at >= ?", filter.from?.microseconds)
    require("created_at <= ?", filter.to?.microseconds)
    for word in filter.search?.searchWords ?? [] { require("message LIKE ? ESCAPE '\\'", word.likePattern) }
    if let level = filter.level {
      conditions.append("level IN (\(level.andGraver.map { "'\($0.rawValue)'" }.joined(separator: ", ")))")
    }
    return try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM logs WHERE \(conditions.joined(separator: " AND ")) ORDER BY created_at DESC, key DESC LIMIT ?
        """, arguments: arguments + [max(0, limit)]
    ).map { row in
      LogEntry(
        id: try Self.id(row["id"]), traceID: try (row["trace_id"] as String?).map(Self.id), component: row["component"],
        level: LogLevel(rawValue: row["level"]) ?? .info, message: row["message"], data: JSONText(stored: row["data"]),
        createdAt: Date(microseconds: row["created_at"]))
    }
  }

  func conversation(_ id: UUID) throws -> StoredConversation? {
    try Row.fetchOne(
      db.cachedStatement(sql: "SELECT * FROM conversations WHERE id = ?"), arguments: [id.lowercased]
    ).map(Self.conversation)
  }

  static func conversation(_ row: Row) throws -> StoredConversation {
    StoredConversation(
      id: try id(row["id"]), sessionID: row["session_id"], metadata: JSON(stored: row["metadata"]),
      createdAt: Date(microseconds: row["created_at"]), updatedAt: Date(microseconds: row["updated_at"]))
  }

  static func message(_ row: Row) throws -> StoredMessage {
    StoredMessage(
      id: try id(row["id"]), conversationID: try id(row["conversation_id"]), turnNumber: row["turn_number"],
      role: row["role"], content: row["content"], model: row["model"], inputTokens: row["input_tokens"],
      outputTokens: row["output_tokens"], timing: row["timing_ms"], metadata: JSON(stored: row["metadata"]),
      createdAt: Date(microseconds: row["created_at"]))
  }

  static func id(_ text: String) throws -> UUID {
    guard let id = UUID(canonical: text) else { throw StorageUnavailable("the storage is damaged") }
    return id
  }
}
