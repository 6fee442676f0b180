import Basics
import Conversations
import FoundationEssentials
import JSON

extension PostgreSQLStorage {
  public func logs(_ filter: RecordFilter, limit: Int) async throws(StorageUnavailable) -> [LogEntry] {
    try await read { try PostgreSQLReader(connection: $0).logs(filter, limit: limit) }
  }

  public func conversation(_ id: UUID) async throws(StorageUnavailable) -> StoredConversation? {
    try await read { connection in
      let rows = try connection.run(
        "SELECT \(PostgreSQLReader.conversationColumns) FROM conversations WHERE id = $1::uuid",
        PostgreSQLParameters(id))
      return rows.count > 0 ? try PostgreSQLReader.conversation(rows, 0) : nil
    }
  }

  public func messages(
    of conversation: UUID, after turn: Int, limit: Int
  ) async throws(StorageUnavailable) -> [StoredMessage] {
    try await read { connection in
      let rows = try connection.run(
        """
        SELECT \(PostgreSQLReader.messageColumns) FROM messages
        WHERE conversation_id = $1::uuid AND turn_number > $2::bigint ORDER BY turn_number LIMIT $3::bigint
        """, PostgreSQLParameters(conversation, turn, max(0, limit)))
      return try (0..<rows.count).map { try PostgreSQLReader.message(rows, $0) }
    }
  }

  public func conversations(
    session: String?, offset: Int, limit: Int
  ) async throws(StorageUnavailable) -> [StoredConversation] {
    try await read { connection in
      var parameters = PostgreSQLParameters(max(0, limit), max(0, offset))
      if let session { parameters.append(session.withoutNUL) }
      let rows = try connection.run(
        """
        SELECT \(PostgreSQLReader.conversationColumns) FROM conversations
        \(session == nil ? "" : "WHERE session_id = $3")
        ORDER BY updated_at DESC, id DESC LIMIT $1::bigint OFFSET $2::bigint
        """, parameters)
      return try (0..<rows.count).map { try PostgreSQLReader.conversation(rows, $0) }
    }
  }

  /// Words beyond a message's first 100,000 characters are not found.
  public func search(_ text: String, limit: Int) async throws(StorageUnavailable) -> [SearchHit] {
    let words = text.withoutNUL
    return try await read { connection in
      let rows = try connection.run(
        """
        WITH hits AS (
          SELECT id, conversation_id, turn_number, role, model, content, created_at FROM messages
          WHERE \(PostgreSQLSchema.searchable) @@ plainto_tsquery('simple', $1)
          ORDER BY created_at DESC, id DESC LIMIT $2::bigint
        )
        SELECT conversation_id, turn_number, role, model, \(PostgreSQLTime.column("created_at")),
          ts_headline('simple', left(content, \(PostgreSQLSchema.indexedCharacters)), plainto_tsquery('simple', $1),
            'StartSel="", StopSel="", MinWords=8, MaxWords=16, MaxFragments=1')
        FROM hits ORDER BY created_at DESC, id DESC
        """, PostgreSQLParameters(words, max(0, limit)))
      return try (0..<rows.count).map { row in
        SearchHit(
          conversationID: try PostgreSQLReader.id(rows.text(row, 0)), turnNumber: rows.int(row, 1) ?? 0,
          role: rows.text(row, 2) ?? "", model: rows.text(row, 3), snippet: rows.text(row, 5) ?? "",
          createdAt: PostgreSQLReader.date(rows, row, 4))
      }
    }
  }

  public func levels() async throws(StorageUnavailable) -> [String: LogLevel] {
    try await read { connection in
      let rows = try connection.run("SELECT component, level FROM log_levels")
      return (0..<rows.count).reduce(into: [:]) { levels, row in
        levels[rows.text(row, 0) ?? ""] = LogLevel(rawValue: rows.text(row, 1) ?? "")
      }
    }
  }
}

/// Makes values of rows.
struct PostgreSQLReader {
  let connection: PostgreSQLConnection

  func logs(_ filter: RecordFilter, limit: Int) throws -> [LogEntry] {
    var parameters = PostgreSQLParameters(max(0, limit))
    var conditions = ["true"]
    func require(_ value: (any PostgreSQLText)?, _ condition: (Int) -> String) {
      guard let value else { return }
      parameters.append(value)
      conditions.append(condition(conditions.count + 1))
    }
    require(filter.traceID) { "trace_id = $\($0)::uuid" }
    require(filter.component?.withoutNUL) { "component = $\($0)" }
    require(filter.from?.microseconds) { "created_at >= \(PostgreSQLTime.parameter($0))" }
    require(filter.to?.microseconds) { "created_at <= \(PostgreSQLTime.parameter($0))" }
    for word in filter.search?.searchWords ?? [] { require(word.likePattern) { "message ILIKE $\($0)" } }
    if let level = filter.level {
      conditions.append("level IN (\(level.andGraver.map { "'\($0.rawValue)'" }.joined(separator: ", ")))")
    }
    let rows = try connection.run(
      """
      SELECT id, trace_id, component, level, message, data, \(PostgreSQLTime.column("created_at")) FROM logs
      WHERE \(conditions.joined(separator: " AND ")) ORDER BY created_at DESC LIMIT $1::bigint
      """, parameters)
    return try (0..<rows.count).map { row in
      LogEntry(
        id: try Self.id(rows.text(row, 0)), traceID: try rows.text(row, 1).map { try Self.id($0) },
        component: rows.text(row, 2) ?? "", level: LogLevel(rawValue: rows.text(row, 3) ?? "") ?? .info,
        message: rows.text(row, 4) ?? "", data: JSONText(stored: rows.text(row, 5)), createdAt: Self.date(rows, row, 6))
    }
  }

  static let conversationColumns = """
    id, session_id, metadata, \(PostgreSQLTime.column("created_at")), \(PostgreSQLTime.column("updated_at"))
    """

  static func conversation(_ rows: PostgreSQLRows, _ row: Int) throws -> StoredConversation {
    StoredConversation(
      id: try id(rows.text(row, 0)), sessionID: rows.text(row, 1), metadata: JSON(stored: rows.text(row, 2)),
      createdAt: date(rows, row, 3), updatedAt: date(rows, row, 4))
  }

  static let messageColumns = """
    id, conversation_id, turn_number, role, content, model, input_tokens, output_tokens, timing_ms, metadata,
    \(PostgreSQLTime.column("created_at"))
    """

  static func message(_ rows: PostgreSQLRows, _ row: Int) throws -> StoredMessage {
    StoredMessage(
      id: try id(rows.text(row, 0)), conversationID: try id(rows.text(row, 1)), turnNumber: rows.int(row, 2) ?? 0,
      role: rows.text(row, 3) ?? "", content: rows.text(row, 4) ?? "", model: rows.text(row, 5),
      inputTokens: rows.int(row, 6), outputTokens: rows.int(row, 7), timing: rows.int(row, 8),
      metadata: JSON(stored: rows.text(row, 9)), createdAt: date(rows, row, 10))
  }

  static func date(_ rows: PostgreSQLRows, _ row: Int, _ column: Int) -> Date {
    Date(microseconds: Int64(rows.int(row, column) ?? 0))
  }

  static func id(_ text: String?) throws -> UUID {
    guard let id = text.flatMap({ UUID(canonical: $0) }) else { throw StorageUnavailable("the storage is damaged") }
    return id
  }
}
