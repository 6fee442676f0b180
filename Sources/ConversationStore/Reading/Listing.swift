import Basics
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
  /// The conversation as a row of the history list, deleted or not; `nil` if there is none.
  public func summary(of id: UUID) async throws(StoreError) -> ConversationSummary? {
    try await read { db in
      try SummaryReader.summaries(
        Int64.fetchAll(db, sql: "SELECT id FROM conversations WHERE uuid = ?", arguments: [id.lowercased]), db
      ).first
    }
  }

  /// The texts of the newest prompts, newest last, neighbours that are equal only once; those of deleted conversations
  /// are left out.
  public func recentPrompts(limit: Int) async throws(StoreError) -> [String] {
    let newestFirst = try await read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT text FROM documents JOIN prompts ON prompts.id = prompt_id
          WHERE reply_id IS NULL ORDER BY documents.id DESC LIMIT ?
          """, arguments: [limit])
    }
    return newestFirst.reversed().reduce(into: []) { prompts, text in
      if prompts.last != text { prompts.append(text) }
    }
  }

  /// What is deleted but not purged counts too.
  public func counts() async throws(StoreError) -> StoreCounts {
    try await read { db in
      func count(_ table: String) throws -> Int { try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0 }
      return StoreCounts(
        conversations: try count("conversations"), prompts: try count("prompts"), replies: try count("replies"))
    }
  }
}

/// Makes rows of the history list.
enum SummaryReader {
  /// The conversations of these rows, in this order. One whose row is damaged is left out.
  static func summaries(_ ids: [Int64], _ db: Database) throws -> [ConversationSummary] {
    let summaries = try byRow(ids, db)
    return ids.compactMap { summaries[$0] }
  }

  /// The conversations of these rows, in a few statements however many they are.
  static func byRow(_ ids: [Int64], _ db: Database) throws -> [Int64: ConversationSummary] {
    let list = "(SELECT value FROM json_each(?))"
    let json = "[" + ids.map(String.init).joined(separator: ",") + "]"
    func rows(_ sql: String) throws -> [Int64: [Row]] {
      Dictionary(grouping: try Row.fetchAll(db.cachedStatement(sql: sql), arguments: [json])) { $0["conversation"] }
    }
    let conversations = try rows(
      """
      SELECT id AS conversation, uuid, created_at, updated_at, pinned, CAST(title AS BLOB) AS title
      FROM conversations WHERE id IN \(list)
      """)
    let models = try rows(
      """
      SELECT conversation_id AS conversation, provider, model, \(countedUsage)
      FROM prompts JOIN replies ON prompt_id = prompts.id
      WHERE conversation_id IN \(list) GROUP BY conversation_id, provider, model ORDER BY min(replies.id)
      """)
    let prompts = try rows(
      "SELECT conversation_id AS conversation, count(*) AS count FROM prompts WHERE conversation_id IN \(list) GROUP BY 1"
    )
    let tags = try rows(
      """
      SELECT conversation_id AS conversation, CAST(tag AS BLOB) AS tag FROM tags
      WHERE conversation_id IN \(list) ORDER BY conversation_id, key
      """)
    // max(...) makes the other columns those of the newest attempt.
    let states = try rows(
      """
      SELECT lists.value AS conversation, state, max(attempt * 1000000000 + replies.id)
      FROM json_each(?) AS lists JOIN replies ON prompt_id = (SELECT prompt_id FROM turns
        WHERE conversation_id = lists.value AND prompt_id IS NOT NULL ORDER BY turn_number DESC LIMIT 1)
      GROUP BY lists.value, position ORDER BY lists.value, position
      """)
    return ids.reduce(into: [:]) { summaries, id in
      // Without its id nobody can ask for it; `export` tells that it is there.
      guard let row = conversations[id]?.first, let uuid = try? row.uuid("uuid") else { return }
      let asked = models[id, default: []].map { row in
        (ModelReference(provider: row["provider"], name: row["model"]), usage(row))
      }
      summaries[id] = ConversationSummary(
        id: uuid, title: row.text("title"), createdAt: row.date("created_at"),
        updatedAt: row.date("updated_at"),
        models: asked.map(\.0),
        promptCount: prompts[id]?.first?["count"] ?? 0,
        states: states[id, default: []].map { ReplyState(rawValue: $0["state"]) ?? .interrupted },
        usage: Dictionary(asked.compactMap { model, usage in usage.map { (model, $0) } }, uniquingKeysWith: { $1 }),
        tags: tags[id, default: []].map { $0.text("tag") }, isPinned: row["pinned"])
    }
  }

  /// The sums of those replies whose price can be told: the parts of the input no larger than the whole, as
  /// `Price.cost(of:)` has them.
  private static let countedUsage: String = {
    let isCounted = "prompt_tokens IS NOT NULL AND completion_tokens IS NOT NULL"
    let cached = "min(ifnull(cached_tokens, 0), prompt_tokens)"
    // Not sum(): it fails where a number is too large.
    func total(_ tokens: String, _ name: String) -> String {
      "CAST(total(\(tokens)) FILTER (WHERE \(isCounted)) AS INTEGER) AS \(name)"
    }
    return [
      "count(*) FILTER (WHERE \(isCounted)) AS counted",
      total("prompt_tokens", "prompt"), total("completion_tokens", "completion"), total(cached, "cached"),
      total("min(ifnull(cache_write_tokens, 0), prompt_tokens - \(cached))", "written"),
    ].joined(separator: ", ")
  }()

  private static func usage(_ row: Row) -> Usage? {
    guard row["counted"] as Int > 0 else { return nil }
    return Usage(
      promptTokens: row["prompt"], completionTokens: row["completion"], cachedTokens: row["cached"],
      cacheWriteTokens: row["written"])
  }
}
