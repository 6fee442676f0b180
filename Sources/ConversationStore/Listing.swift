import Conversations
import FoundationEssentials
import GRDB

/// How much the history holds.
public struct StoreCounts: Hashable, Sendable {
  public var conversations: Int
  public var prompts: Int
  public var replies: Int

  public init(conversations: Int, prompts: Int, replies: Int) {
    self.conversations = conversations
    self.prompts = prompts
    self.replies = replies
  }
}

extension ConversationStore {
  /// A page of the history, newest first: the `limit` conversations after `last`, or the first ones.
  ///
  /// A conversation that changes between two pages moves to the front; no other is missed or shown twice.
  public func summaries(
    limit: Int, after last: ConversationSummary? = nil
  ) async throws(StoreError) -> [ConversationSummary] {
    try await read { db in
      let rows: [Row]
      let order = "ORDER BY updated_at DESC, uuid DESC LIMIT"
      if let last {
        rows = try Row.fetchAll(
          db, sql: "\(ConversationReader.select) WHERE (updated_at, uuid) < (?, ?) \(order) ?",
          arguments: [last.updatedAt.microseconds, last.id.storedText, limit])
      } else {
        rows = try Row.fetchAll(db, sql: "\(ConversationReader.select) \(order) ?", arguments: [limit])
      }
      return try rows.map { try SummaryReader.summary($0, db) }
    }
  }

  /// The newest conversations that have `text` in their title, a prompt or an ended answer, newest first.
  ///
  /// Reads every text, until full-text search takes its place. The case of ASCII letters does not matter; of `text`
  /// the first 1,000 characters count. An empty `text` finds all.
  public func search(_ text: String, limit: Int) async throws(StoreError) -> [ConversationSummary] {
    let pattern = "%" + text.prefix(1000).map { "\\%_".contains($0) ? "\\\($0)" : "\($0)" }.joined() + "%"
    return try await read { db in
      try Row.fetchAll(
        db,
        sql: """
          \(ConversationReader.select)
          WHERE title LIKE ?1 ESCAPE '\\'
            OR EXISTS (SELECT 1 FROM prompts WHERE conversation_id = conversations.id AND text LIKE ?1 ESCAPE '\\')
            OR EXISTS (SELECT 1 FROM prompts JOIN replies ON replies.prompt_id = prompts.id
              WHERE conversation_id = conversations.id AND replies.text LIKE ?1 ESCAPE '\\')
          ORDER BY updated_at DESC, uuid DESC LIMIT ?2
          """, arguments: [pattern, limit]
      ).map { try SummaryReader.summary($0, db) }
    }
  }

  /// The texts of the newest prompts, newest last, neighbours that are equal only once.
  public func recentPrompts(limit: Int) async throws(StoreError) -> [String] {
    let newestFirst = try await read { db in
      try String.fetchAll(db, sql: "SELECT text FROM prompts ORDER BY id DESC LIMIT ?", arguments: [limit])
    }
    return newestFirst.reversed().reduce(into: []) { prompts, text in
      if prompts.last != text { prompts.append(text) }
    }
  }

  public func counts() async throws(StoreError) -> StoreCounts {
    try await read { db in
      func count(_ table: String) throws -> Int { try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0 }
      return StoreCounts(
        conversations: try count("conversations"), prompts: try count("prompts"), replies: try count("replies"))
    }
  }

  /// Gives a conversation another title. Its place in the history stays.
  public func rename(_ id: UUID, to title: String) async throws(StoreError) {
    let path = path
    try await write(.power) { db in
      try db.execute(
        sql: "UPDATE conversations SET title_key = ?, title = CAST(? AS TEXT) WHERE uuid = ?",
        arguments: [TitleKey.text(title), title.utf8Data, id.storedText])
      guard db.changesCount == 1 else {
        throw StoreError.notFound(path: path, what: "conversation \(id.storedText)")
      }
    }
  }

  /// Deletes a conversation with all its turns, and the files that no other prompt has.
  /// What of it waits in the outbox is logged all the same.
  public func delete(_ id: UUID) async throws(StoreError) {
    let path = path
    try await write(.power) { db in
      try db.execute(sql: "DELETE FROM conversations WHERE uuid = ?", arguments: [id.storedText])
      guard db.changesCount == 1 else {
        throw StoreError.notFound(path: path, what: "conversation \(id.storedText)")
      }
      try db.execute(
        sql: """
          DELETE FROM contents
          WHERE NOT EXISTS (SELECT 1 FROM attachments WHERE attachments.content_id = contents.id)
          """)
    }
  }
}

/// Makes rows of the history list.
enum SummaryReader {
  static func summary(_ row: Row, _ db: Database) throws -> ConversationSummary {
    let id: Int64 = row["id"]
    let models = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT provider, model FROM replies JOIN prompts ON prompts.id = prompt_id WHERE conversation_id = ?
          GROUP BY provider, model ORDER BY min(replies.id)
          """), arguments: [id])
    let promptCount = try Int.fetchOne(
      db.cachedStatement(sql: "SELECT count(*) FROM prompts WHERE conversation_id = ?"), arguments: [id])
    // max(...) makes the other columns those of the newest attempt.
    let states = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT state, max(attempt * 1000000000 + id) FROM replies
          WHERE prompt_id = (SELECT prompt_id FROM turns
            WHERE conversation_id = ? AND prompt_id IS NOT NULL ORDER BY turn_number DESC LIMIT 1)
          GROUP BY position ORDER BY position
          """), arguments: [id])
    return ConversationSummary(
      id: try row.uuid("uuid"), title: row.text("title"), createdAt: row.date("created_at"),
      updatedAt: row.date("updated_at"),
      models: models.map { ModelReference(provider: $0["provider"], name: $0["model"]) },
      promptCount: promptCount ?? 0, states: try states.map { try ReplyState(stored: $0["state"]) },
      tags: try Tags.of(id, db), isPinned: row["pinned"])
  }
}
