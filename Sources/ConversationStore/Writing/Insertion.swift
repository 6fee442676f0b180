import Basics
import Conversations
import FoundationEssentials
import GRDB
import JSON

/// Adds rows, for a send as well as for whole conversations from elsewhere.
enum Insertion {
  /// The row of a conversation that has a turn from `updatedAt`, which is made if it is new, and comes back if it was
  /// deleted.
  static func conversation(
    _ id: UUID, title: String, createdAt: Date, updatedAt: Date, _ db: Database
  ) throws -> Int64 {
    // What may bring one back is a statement of its own: SQLite compiles into it all that this sets off.
    let there = try db.cachedStatement(
      sql: """
        UPDATE conversations SET updated_at = max(updated_at, ?) WHERE uuid = ? AND deleted_at IS NULL RETURNING id
        """)
    if let row = try Int64.fetchOne(there, arguments: [updatedAt.microseconds, id.lowercased]) { return row }
    let new = try db.cachedStatement(
      sql: """
        INSERT INTO conversations (uuid, created_at, updated_at, title_key, title)
        VALUES (?, ?, ?, ?, CAST(? AS TEXT)) ON CONFLICT (uuid) DO NOTHING RETURNING id
        """)
    let made = try Int64.fetchOne(
      new,
      arguments: [
        id.lowercased, createdAt.microseconds, updatedAt.microseconds, TitleKey.text(title), title.utf8Data,
      ])
    if let made { return made }
    let back = try db.cachedStatement(
      sql: """
        UPDATE conversations SET updated_at = max(updated_at, ?), deleted_at = NULL WHERE uuid = ? RETURNING id
        """)
    return try Int64.fetchOne(back, arguments: [updatedAt.microseconds, id.lowercased])!  // it is there, and deleted
  }

  /// Stores a prompt with its files, and returns its row. It has no turn yet.
  static func prompt(_ prompt: Prompt, parent: Int64?, in conversation: Int64, _ db: Database) throws -> Int64 {
    try SearchIndex.know(prompt.models, db)
    return try promptRow(prompt, parent: parent, models: StoredModels.text(prompt.models), in: conversation, db)
  }

  /// As ``prompt(_:parent:in:_:)``, of models that filters know already.
  static func promptRow(
    _ prompt: Prompt, parent: Int64?, models: String, in conversation: Int64, _ db: Database
  ) throws -> Int64 {
    try db.cachedStatement(
      sql: """
        INSERT INTO prompts (uuid, conversation_id, parent_id, sent_at, models, synthesis, successions, system, text)
        VALUES (?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT))
        """
    ).execute(arguments: [
      prompt.id.lowercased, conversation, parent, prompt.sentAt.microseconds, models,
      prompt.synthesis.map(StoredSynthesis.text), StoredSuccessions.text(prompt.successions), prompt.system?.utf8Data,
      prompt.text.utf8Data,
    ])
    let id = db.lastInsertedRowID
    for (position, attachment) in prompt.attachments.enumerated() {
      let content = try content(attachment, db)
      try db.cachedStatement(
        sql: "INSERT INTO attachments (prompt_id, position, content_id, name) VALUES (?, ?, ?, CAST(? AS TEXT))"
      ).execute(arguments: [id, position, content, attachment.name.utf8Data])
    }
    return id
  }

  private static func content(_ attachment: Attachment, _ db: Database) throws -> Int64 {
    let arguments: StatementArguments = [
      attachment.sha256, attachment.content.utf8Data, attachment.media?.type.rawValue, attachment.media?.data,
    ]
    let known = try Int64.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT id FROM contents WHERE sha256 = ? AND content = CAST(? AS TEXT) AND media IS ? AND bytes IS ?
          """), arguments: arguments)
    if let known { return known }
    try db.cachedStatement(
      sql: "INSERT INTO contents (sha256, content, media, bytes) VALUES (?, CAST(? AS TEXT), ?, ?)"
    ).execute(arguments: arguments)
    return db.lastInsertedRowID
  }

  /// Stores a reply that has not ended, as it stands.
  static func reply(
    _ reply: Reply, of prompt: Int64, at position: Int, session: String, _ db: Database
  ) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO replies (uuid, prompt_id, position, attempt, provider, model, session, started_at, state, tries,
          maximum_tries, options)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT))
        """
    ).execute(arguments: [
      reply.id.lowercased, prompt, position, reply.attempt, reply.model.provider, reply.model.name, session,
      reply.startedAt.microseconds, ReplyState.queued.rawValue, reply.tries, reply.maximumTries, options(reply),
    ])
    try SearchIndex.know([reply.model], db)
    let progress = ReplyProgress(reply)
    if progress.tellsMore { try progress.write(to: db) }
  }

  private static func options(_ reply: Reply) -> Data? {
    reply.options.isEmpty ? nil : reply.options.json.text.utf8Data
  }

  /// Stores a reply that has ended, and returns its row. It has no turn yet.
  static func ended(_ reply: Reply, of prompt: Int64, at position: Int, _ db: Database) throws -> Int64 {
    try SearchIndex.know([reply.model], db)
    return try endedRow(reply, of: prompt, at: position, db)
  }

  /// As ``ended(_:of:at:_:)``, of a model that filters know already.
  static func endedRow(_ reply: Reply, of prompt: Int64, at position: Int, _ db: Database) throws -> Int64 {
    let start: StatementArguments = [
      reply.id.lowercased, prompt, position, reply.attempt, reply.model.provider, reply.model.name, "",
      reply.startedAt.microseconds, options(reply),
    ]
    try db.cachedStatement(
      sql: """
        INSERT INTO replies (uuid, prompt_id, position, attempt, provider, model, session, started_at, options,
          state, tries, maximum_tries, ttft, duration, prompt_tokens, completion_tokens, reasoning_tokens,
          cached_tokens, cache_write_tokens, finish_reason, failure, recording, continuation, reasoning, text)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT),
          ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT))
        """
    ).execute(arguments: start + end(reply))
    return db.lastInsertedRowID
  }

  /// Stores all that a reply's row says once the reply has ended.
  static func fill(_ reply: Reply, _ id: Int64, _ db: Database) throws {
    try db.cachedStatement(
      sql: """
        UPDATE replies SET state = ?, tries = ?, maximum_tries = ?, ttft = ?, duration = ?, prompt_tokens = ?,
          completion_tokens = ?, reasoning_tokens = ?, cached_tokens = ?, cache_write_tokens = ?, finish_reason = ?,
          failure = ?, recording = ?, continuation = CAST(? AS TEXT),
          reasoning = CAST(? AS TEXT), text = CAST(? AS TEXT)
        WHERE id = ?
        """
    ).execute(arguments: end(reply) + [id])
  }

  /// What is known of a reply at its end, in the order of the statements' columns.
  private static func end(_ reply: Reply) -> StatementArguments {
    [
      reply.state.rawValue, reply.tries, reply.maximumTries, reply.timeToFirstToken?.wholeMicroseconds,
      reply.duration?.wholeMicroseconds, reply.usage.promptTokens, reply.usage.completionTokens,
      reply.usage.reasoningTokens, reply.usage.cachedTokens, reply.usage.cacheWriteTokens, reply.finishReason?.name,
      reply.failure.map(StoredFailure.text), Data(reply.recording.bytes), reply.continuation?.json.text.utf8Data,
      reply.reasoning.utf8Data, reply.text.utf8Data,
    ]
  }

  /// Where a further attempt belongs: beside the one it repeats; a model that was not asked before comes last.
  static func position(of model: ModelReference, among prompt: Int64, _ db: Database) throws -> Int {
    try Int.fetchOne(
      db.cachedStatement(
        sql: "SELECT position FROM replies WHERE prompt_id = ? AND provider = ? AND model = ? LIMIT 1"),
      arguments: [prompt, model.provider, model.name])
      ?? Int.fetchOne(
        db.cachedStatement(sql: "SELECT ifnull(max(position) + 1, 0) FROM replies WHERE prompt_id = ?"),
        arguments: [prompt])
      ?? 0
  }

  /// The row of a prompt of this conversation.
  static func promptID(_ prompt: UUID, in conversation: Int64, _ db: Database) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM prompts WHERE uuid = ? AND conversation_id = ?"),
      arguments: [prompt.lowercased, conversation])
  }
}
