import Conversations
import FoundationEssentials
import GRDB
import JSON

/// The reads of ``SQLiteStorage``. All throw GRDB's `DatabaseError`.
enum SQLiteReader {
  static func logs(_ filter: LogFilter, limit: Int, _ db: Database) throws -> [LogEntry] {
    var conditions: [String] = []
    var arguments = StatementArguments()
    func add(_ condition: String, _ value: some DatabaseValueConvertible) {
      conditions.append(condition)
      arguments += [value]
    }
    if let trace = filter.traceID { add("trace_id = ?", trace.storedText) }
    if let component = filter.component { add("component = ?", component) }
    if let from = filter.from { add("created_at >= ?", from.microseconds) }
    if let to = filter.to { add("created_at <= ?", to.microseconds) }
    if let level = filter.level, level > .trace {
      let names = LogLevel.allCases.filter { $0 >= level }.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      conditions.append("level IN (\(names))")
    }
    for word in (filter.search ?? "").split(whereSeparator: \.isWhitespace) {
      add("instr(lower(message), ?) > 0", word.lowercased())
    }
    let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    arguments += [limit]
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT id, trace_id, component, level, created_at, message, data FROM logs \(condition)
        ORDER BY created_at DESC, number DESC LIMIT ?
        """, arguments: arguments)
    return rows.map { row in
      LogEntry(
        id: uuid(row["id"]), traceID: (row["trace_id"] as String?).flatMap(UUID.init(uuidString:)),
        component: row["component"], level: LogLevel(name: row["level"]) ?? .info, message: row["message"],
        data: json(row["data"]), createdAt: Date(microseconds: row["created_at"]))
    }
  }

  static func conversation(_ id: UUID, _ db: Database) throws -> StoredConversation? {
    try Row.fetchOne(
      db.cachedStatement(sql: "SELECT * FROM conversations WHERE id = ?"), arguments: [id.storedText]
    ).map(conversation)
  }

  static func conversations(
    session: String?, offset: Int, limit: Int, _ db: Database
  ) throws -> [StoredConversation] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM conversations \(session == nil ? "WHERE ?1 IS NULL" : "WHERE session_id = ?1")
        ORDER BY updated_at DESC, id LIMIT ?2 OFFSET ?3
        """, arguments: [session, limit, offset]
    ).map(conversation)
  }

  static func messages(of conversation: UUID, after turn: Int, limit: Int, _ db: Database) throws -> [StoredMessage] {
    try Row.fetchAll(
      db,
      sql: "SELECT * FROM messages WHERE conversation_id = ? AND turn_number > ? ORDER BY turn_number LIMIT ?",
      arguments: [conversation.storedText, turn, limit]
    ).map(message)
  }

  static func message(_ conversation: UUID, _ turn: Int, _ db: Database) throws -> StoredMessage? {
    try Row.fetchOne(
      db.cachedStatement(sql: "SELECT * FROM messages WHERE conversation_id = ? AND turn_number = ?"),
      arguments: [conversation.storedText, turn]
    ).map(message)
  }

  static func search(_ text: String, limit: Int, _ db: Database) throws -> [SearchHit] {
    guard let pattern = FTS5Pattern(matchingAllTokensIn: text) else { return [] }
    return try Row.fetchAll(
      db,
      sql: """
        SELECT conversation_id, turn_number, role, model, created_at,
          snippet(messages_text, 0, '', '', '…', 24) AS snippet
        FROM messages_text JOIN messages ON messages.number = messages_text.rowid
        WHERE messages_text MATCH ? ORDER BY messages_text.rowid DESC LIMIT ?
        """, arguments: [pattern, limit]
    ).map { row in
      SearchHit(
        conversationID: uuid(row["conversation_id"]), turnNumber: row["turn_number"], role: row["role"],
        model: row["model"], snippet: row["snippet"], createdAt: Date(microseconds: row["created_at"]))
    }
  }

  private static func conversation(_ row: Row) -> StoredConversation {
    StoredConversation(
      id: uuid(row["id"]), sessionID: row["session_id"], metadata: json(row["metadata"]),
      createdAt: Date(microseconds: row["created_at"]), updatedAt: Date(microseconds: row["updated_at"]))
  }

  private static func message(_ row: Row) -> StoredMessage {
    StoredMessage(
      id: uuid(row["id"]), conversationID: uuid(row["conversation_id"]), turnNumber: row["turn_number"],
      role: row["role"], content: row["content"], model: row["model"], inputTokens: row["input_tokens"],
      outputTokens: row["output_tokens"], timing: row["timing_ms"], metadata: json(row["metadata"]),
      createdAt: Date(microseconds: row["created_at"]))
  }

  /// Only ids that were UUIDs are ever written.
  private static func uuid(_ text: String) -> UUID { UUID(uuidString: text) ?? UUID() }

  private static func json(_ text: String?) -> JSON {
    // What someone else wrote into the file is shown as it is.
    text.map { (try? JSON($0)) ?? .string($0) } ?? .null
  }
}
