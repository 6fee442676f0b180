import Basics
import Conversations
import FoundationEssentials
import JSON

/// Carries out writes within a transaction. Throws a ``StorageRefusal`` before it has changed anything, or an error of
/// PostgreSQL's.
struct PostgreSQLWriter {
  let connection: PostgreSQLConnection
  /// Conversations that are there and that nobody else adds to before the transaction ends.
  private(set) var locked: Set<UUID> = []

  init(connection: PostgreSQLConnection) { self.connection = connection }

  /// Locks those of the conversations that are there, in the same order everywhere.
  mutating func lock(_ conversations: Set<UUID>) throws {
    guard !conversations.isEmpty else { return }
    var parameters = PostgreSQLParameters()
    parameters.append(array: conversations.lazy.map { $0 })
    let rows = try connection.run(
      "SELECT id FROM conversations WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", parameters)
    for row in 0..<rows.count { locked.insert(try PostgreSQLReader.id(rows.text(row, 0))) }
  }

  /// Counts a conversation as locked that this transaction has made.
  mutating func hold(_ made: UUID) { locked.insert(made) }

  /// Whether the conversation is there, now locked; `new` makes it if need be.
  private mutating func lock(_ id: UUID, making new: StoredConversation? = nil) throws -> Bool {
    if locked.contains(id) { return true }
    if let new { _ = try begin(new) }
    try lock([id])
    return locked.contains(id)
  }

  mutating func insert(_ records: inout PostgreSQLRecords) throws {
    guard records.count > 0 else { return }
    let entries = records.entries
    records = PostgreSQLRecords()
    var parameters = PostgreSQLParameters()
    parameters.append(array: entries.lazy.map { $0.entry.id })
    parameters.append(array: entries.lazy.map { $0.entry.traceID })
    parameters.append(array: entries.lazy.map { $0.entry.component })
    parameters.append(array: entries.lazy.map { $0.entry.level.rawValue })
    parameters.append(array: entries.lazy.map { $0.entry.message })
    parameters.append(array: entries.lazy.map { $0.data })
    parameters.append(array: entries.lazy.map { $0.entry.createdAt.microseconds })
    parameters.append(array: entries.lazy.map { $0.madeAt?.microseconds })
    // An earlier copy came after it was made, but for clocks that differ, and before this one: only those days'
    // partitions are looked into.
    try connection.run(
      """
      INSERT INTO logs (id, trace_id, component, level, message, data, created_at)
      SELECT id, trace_id, component, level, message, data, \(PostgreSQLTime.of("created"))
      FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::bigint[], $8::bigint[])
        AS new (id, trace_id, component, level, message, data, created, made)
      WHERE made IS NULL OR NOT EXISTS (
        SELECT FROM logs AS old WHERE old.id = new.id
          AND old.created_at >= \(PostgreSQLTime.of("made")) - interval '1 day'
          AND old.created_at <= \(PostgreSQLTime.of("created")) + interval '1 day')
      ON CONFLICT DO NOTHING
      """, parameters)
  }

  /// All but a log record, which goes in with others.
  mutating func carryOut(_ write: StorageWrite) throws -> StorageReceipt {
    switch write {
    case .log: return .logged
    case .logTurn(_, _, let message, let part, let parts):
      try storeLogged(message, part: part, parts: parts)
      return .logged
    case .begin(let conversation): return .conversation(try begin(conversation))
    case .store(let message): return try store(message)
    case .storeAll(let conversation, let mustExist, let messages):
      return try storeAll(messages, in: conversation, mustExist: mustExist)
    case .setLevel(let component, let level):
      try connection.run(
        """
        INSERT INTO log_levels (component, level) VALUES ($1, $2)
        ON CONFLICT (component) DO UPDATE SET level = excluded.level
        """, PostgreSQLParameters(component, level.rawValue))
      return .levelSet
    case .clear(let component, let before):
      let rows = try connection.run(
        """
        DELETE FROM logs WHERE ($1::text IS NULL OR component = $1)
          AND ($2::bigint IS NULL OR created_at < \(PostgreSQLTime.parameter(2)))
        """, PostgreSQLParameters(component, before?.microseconds))
      return .cleared(rows.affected)
    }
  }

  private func begin(_ conversation: StoredConversation) throws -> StoredConversation {
    let columns = PostgreSQLReader.conversationColumns
    // The second time where another server has made it just now, which a running statement cannot see.
    for _ in 0..<3 {
      let rows = try connection.run(
        """
        WITH new AS (
          INSERT INTO conversations (id, session_id, metadata, created_at, updated_at)
          VALUES ($1::uuid, $2, $3::jsonb, \(PostgreSQLTime.parameter(4)), \(PostgreSQLTime.parameter(5)))
          ON CONFLICT (id) DO NOTHING RETURNING *
        )
        SELECT \(columns) FROM new UNION ALL SELECT \(columns) FROM conversations WHERE id = $1::uuid
        """,
        PostgreSQLParameters(
          conversation.id, conversation.sessionID, conversation.metadata.storedText,
          conversation.createdAt.microseconds, conversation.updatedAt.microseconds))
      if rows.count > 0 { return try PostgreSQLReader.conversation(rows, 0) }
    }
    throw PostgreSQLError(state: "40001", message: "the conversation comes and goes", isLost: false)
  }

  // MARK: Messages

  private mutating func storeLogged(_ message: StoredMessage, part: Int, parts: Int) throws {
    let conversation = StoredConversation(
      id: message.conversationID, sessionID: nil, metadata: .null, createdAt: message.createdAt,
      updatedAt: message.createdAt)
    _ = try lock(message.conversationID, making: conversation)
    if parts == 1 {
      _ = try insert(message)
      return
    }
    // A turn that is there already stays as it is, and its parts need not be kept.
    guard try !isStored(message) else { return }
    var parameters = Self.parameters(message)
    parameters.append(part)
    parameters.append(parts)
    try connection.run(
      """
      INSERT INTO message_parts (id, conversation_id, turn_number, role, content, model, input_tokens, output_tokens,
        timing_ms, metadata, created_at, part, parts)
      SELECT \(Self.values), $12::int, $13::int ON CONFLICT DO NOTHING
      """, parameters)
    let all = try takeParts(of: message, parts: parts, from: 1)
    if !all.isEmpty { _ = try insert(.joined(all)) }
  }

  private func isStored(_ message: StoredMessage) throws -> Bool {
    try connection.run(
      "SELECT FROM messages WHERE conversation_id = $1::uuid AND turn_number = $2::int",
      PostgreSQLParameters(message.conversationID, message.turnNumber)
    ).count > 0
  }

  /// The kept parts of a turn from `first` on, in order, which are then kept no longer; none if any is missing.
  private func takeParts(of message: StoredMessage, parts: Int, from first: Int) throws -> [StoredMessage] {
    let count = try connection.run(
      """
      SELECT count(*) FROM message_parts
      WHERE conversation_id = $1::uuid AND turn_number = $2::int AND parts = $3::int AND part >= $4::int
      """, PostgreSQLParameters(message.conversationID, message.turnNumber, parts, first))
    guard count.int(0, 0) == parts - first + 1 else { return [] }
    let rows = try connection.run(
      """
      SELECT \(PostgreSQLReader.messageColumns) FROM message_parts
      WHERE conversation_id = $1::uuid AND turn_number = $2::int AND parts = $3::int AND part >= $4::int ORDER BY part
      """, PostgreSQLParameters(message.conversationID, message.turnNumber, parts, first))
    // Those of other divisions of the same turn too.
    try connection.run(
      "DELETE FROM message_parts WHERE conversation_id = $1::uuid AND turn_number = $2::int",
      PostgreSQLParameters(message.conversationID, message.turnNumber))
    return try (0..<rows.count).map { try PostgreSQLReader.message(rows, $0) }
  }

  private mutating func store(_ message: StoredMessage) throws -> StorageReceipt {
    guard try lock(message.conversationID) else {
      throw StorageRefusal.conversationNotFound(message.conversationID)
    }
    var whole = message
    if message.announcedParts > 1, message.turnNumber != StoredMessage.nextTurn, try !isStored(message) {
      let others = try takeParts(of: message, parts: message.announcedParts, from: 2)
      if !others.isEmpty { whole = .joined([message] + others) }
    }
    let stored = try insert(whole)
    guard stored.isSame else {
      throw StorageRefusal.turnTaken(conversation: message.conversationID, turnNumber: stored.turnNumber)
    }
    return .message(id: stored.id, turnNumber: stored.turnNumber, createdAt: stored.createdAt)
  }

  private static func parameters(_ message: StoredMessage) -> PostgreSQLParameters {
    PostgreSQLParameters(
      message.id, message.conversationID, message.turnNumber == StoredMessage.nextTurn ? nil : message.turnNumber,
      message.role, message.content, message.model,
      message.inputTokens, message.outputTokens, message.timing, message.metadata.storedText,
      message.createdAt.microseconds)
  }

  private static let values = """
    $1::uuid, $2::uuid, $3::int, $4::text, $5::text, $6::text, $7::bigint, $8::bigint, $9::bigint, $10::jsonb,
    \(PostgreSQLTime.parameter(11))
    """

  private struct Stored {
    var id: UUID
    var turnNumber: Int
    var createdAt: Date
    /// Whether role and content are those of the message that was to be stored.
    var isSame: Bool
  }

  /// Stores a message, unless its turn or its id is there already in its conversation, which must be locked.
  private func insert(_ message: StoredMessage) throws -> Stored {
    var parameters = Self.parameters(message)
    parameters.append(message.announcedParts > 1)
    let created = PostgreSQLTime.column("created_at")
    let rows = try connection.run(
      """
      WITH known AS MATERIALIZED (
        SELECT id, turn_number, created_at,
          role = $4 AND CASE WHEN $12::boolean THEN starts_with(content, $5) ELSE content = $5 END AS same
        FROM messages WHERE conversation_id = $2::uuid AND (turn_number = $3::int OR id = $1::uuid)
        ORDER BY turn_number <> $3::int LIMIT 1
      ), next AS (
        SELECT coalesce(max(turn_number), 0) + 1 AS turn FROM messages WHERE conversation_id = $2::uuid AND $3::int IS NULL
      ), new AS (
        INSERT INTO messages (id, conversation_id, turn_number, role, content, model, input_tokens, output_tokens,
          timing_ms, metadata, created_at)
        SELECT \(Self.values.replacing("$3::int", with: "coalesce($3::int, turn)"))
        FROM next WHERE NOT EXISTS (SELECT FROM known)
        ON CONFLICT DO NOTHING RETURNING id, turn_number, created_at
      ), touched AS (
        UPDATE conversations SET updated_at = greatest(updated_at, \(PostgreSQLTime.parameter(11)))
        WHERE id = $2::uuid AND EXISTS (SELECT FROM new)
      )
      SELECT id, turn_number, \(created), same FROM known UNION ALL SELECT id, turn_number, \(created), true FROM new
      """, parameters)
    guard rows.count > 0 else {
      throw StorageRefusal.invalid("the message's id is another message's already")
    }
    return Stored(
      id: try PostgreSQLReader.id(rows.text(0, 0)), turnNumber: rows.int(0, 1) ?? 0,
      createdAt: PostgreSQLReader.date(rows, 0, 2), isSame: rows.bool(0, 3))
  }

  private mutating func storeAll(
    _ messages: [StoredMessage], in conversation: StoredConversation, mustExist: Bool
  ) throws -> StorageReceipt {
    var ids = PostgreSQLParameters()
    ids.append(array: messages.map(\.id))
    let known = try connection.run("SELECT count(*) FROM messages WHERE id = ANY ($1::uuid[])", ids).int(0, 0) ?? 0
    guard known == 0 || known == messages.count else {
      throw StorageRefusal.invalid("some of these messages are stored already")
    }
    guard try lock(conversation.id, making: mustExist ? nil : conversation) else {
      throw StorageRefusal.conversationNotFound(conversation.id)
    }
    if known == 0, let last = messages.map(\.createdAt.microseconds).max() {
      try insert(messages, into: conversation.id)
      try connection.run(
        """
        UPDATE conversations SET updated_at = greatest(updated_at, \(PostgreSQLTime.parameter(2))) WHERE id = $1::uuid
        """, PostgreSQLParameters(conversation.id, last))
    }
    return .messages(conversation: conversation.id, count: messages.count)
  }

  private func insert(_ messages: [StoredMessage], into conversation: UUID) throws {
    var parameters = PostgreSQLParameters(conversation)
    parameters.append(columnsOf: messages)
    try connection.run(
      """
      INSERT INTO messages (id, conversation_id, turn_number, role, content, model, input_tokens, output_tokens,
        timing_ms, metadata, created_at)
      SELECT id, $1::uuid, last + number, role, content, model, input_tokens, output_tokens, timing_ms, metadata,
        \(PostgreSQLTime.of("created"))
      FROM (SELECT coalesce(max(turn_number), 0) AS last FROM messages WHERE conversation_id = $1::uuid) AS known,
        unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::jsonb[],
          $10::bigint[]) WITH ORDINALITY
          AS new (id, role, content, model, input_tokens, output_tokens, timing_ms, metadata, created, number)
      """, parameters)
  }
}
