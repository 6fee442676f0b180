import Basics
import Conversations
import FoundationEssentials
import GRDB

/// A conversation that another process sends in, as far as it has been read, and how to read on.
///
/// Give it to one task: ``ConversationStore/news(of:)`` moves it on.
public struct FollowedConversation: Sendable {
  public let id: UUID
  /// The answers that had not ended, by their rows.
  fileprivate var followers: [Int64: Follower] = [:]
  /// The session of this process, whose answers need no following.
  fileprivate var own: String?
  /// The exchanges that are known.
  fileprivate var exchanges: Set<UUID> = []
  /// The answers that are known.
  fileprivate var replies: Set<UUID> = []

  fileprivate struct Follower: Sendable {
    var follower: ReplyFollower
    /// The last row of `reply_chunks` that was read.
    var chunk: Int64
  }

  /// Whether an answer has not ended.
  public var isRunning: Bool { !followers.isEmpty }
}

/// What has come in a followed conversation.
public enum FollowedNews: Sendable {
  /// A prompt was sent, its answers as they stood then.
  case began(Exchange)
  /// Another attempt at an answer of this prompt.
  case retried(prompt: UUID, Reply)
  case events([ReplyEvent])
}

extension ConversationStore {
  /// The conversation as it stands, and how to follow it from there; `nil` if there is none.
  public func follow(
    _ id: UUID
  ) async throws(StoreError) -> (conversation: Conversation, followed: FollowedConversation)? {
    let own = sessions.knownName
    return try await read { db in
      let row = try Row.fetchOne(
        db, sql: "\(ConversationReader.select) WHERE uuid = ?", arguments: [id.lowercased])
      guard let row else { return nil }
      let conversation = try ConversationReader.conversation(row, db)
      var followed = FollowedConversation(id: id)
      followed.own = own
      for exchange in conversation.exchanges { try followed.know(exchange, db) }
      return (conversation, followed)
    }
  }

  /// What has come since the last call, in order.
  public func news(of followed: inout FollowedConversation) async throws(StoreError) -> [FollowedNews] {
    var before = followed
    before.own = sessions.knownName
    let (news, after) = try await read { [before] db in
      var followed = before
      let news = try followed.read(db)
      return (news, followed)
    }
    followed = after
    return news
  }
}

extension FollowedConversation {
  fileprivate init(id: UUID) { self.id = id }

  fileprivate mutating func know(_ exchange: Exchange, _ db: Database) throws {
    exchanges.insert(exchange.id)
    for reply in exchange.replies { try know(reply, db) }
  }

  /// Follows a reply that was read in the same transaction.
  private mutating func know(_ reply: Reply, _ db: Database) throws {
    replies.insert(reply.id)
    guard !reply.state.isFinal else { return }
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT id, session, ifnull((SELECT max(id) FROM reply_chunks WHERE reply_id = replies.id), 0) AS chunk
        FROM replies WHERE uuid = ?
        """, arguments: [reply.id.lowercased])
    guard let row, row["session"] as String != own else { return }
    followers[row["id"]] = Follower(follower: ReplyFollower(reply), chunk: row["chunk"])
  }

  fileprivate mutating func read(_ db: Database) throws -> [FollowedNews] {
    var news: [FollowedNews] = []
    var events: [ReplyEvent] = []
    for row in followers.keys.sorted() { events += try read(row, db) }
    if !events.isEmpty { news.append(.events(events)) }
    return try news + readNewAnswers(db)
  }

  private mutating func read(_ id: Int64, _ db: Database) throws -> [ReplyEvent] {
    guard var known = followers[id] else { return [] }
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT uuid, state, maximum_tries, ttft, prompt_tokens, completion_tokens, reasoning_tokens, failure
        FROM replies WHERE id = ?
        """, arguments: [id])
    guard let row else {
      // Its conversation was deleted for good.
      followers[id] = nil
      return []
    }
    guard try !ReplyState(stored: row["state"]).isFinal else {
      followers[id] = nil
      return try ConversationReader.reply(row.uuid("uuid"), db).map { known.follower.end(as: $0) } ?? []
    }
    let failure: String? = row["failure"]
    var news = ReplyFollower.News(
      maximumTries: Bounds.counts.nearest(row["maximum_tries"]), timeToFirstToken: row.duration("ttft"),
      usage: Usage(
        promptTokens: row["prompt_tokens"], completionTokens: row["completion_tokens"],
        reasoningTokens: row["reasoning_tokens"]), failure: try failure.map(StoredFailure.failure))
    let chunks = try Row.fetchCursor(
      db.cachedStatement(
        sql: "SELECT id, recording, reasoning, text FROM reply_chunks WHERE reply_id = ? AND id > ? ORDER BY id"),
      arguments: [id, known.chunk])
    while let chunk = try chunks.next() {
      news.recording += chunk["recording"] as Data
      news.reasoning += chunk["reasoning"] as Data
      news.text += chunk["text"] as Data
      known.chunk = chunk["id"]
    }
    let events = known.follower.take(news)
    followers[id] = known
    return events
  }

  /// Prompts that were sent, and attempts that were made, since the conversation was read.
  private mutating func readNewAnswers(_ db: Database) throws -> [FollowedNews] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT replies.uuid FROM replies JOIN prompts ON prompts.id = replies.prompt_id
          JOIN conversations ON conversations.id = prompts.conversation_id
        WHERE conversations.uuid = ? AND session <> ? AND \(Schema.unfinished) ORDER BY replies.id
        """, arguments: [id.lowercased, own ?? ""])
    let new = try Set(rows.map { try $0.uuid("uuid") }).subtracting(replies)
    guard !new.isEmpty,
      let row = try Row.fetchOne(
        db, sql: "\(ConversationReader.select) WHERE uuid = ?", arguments: [id.lowercased])
    else { return [] }
    var news: [FollowedNews] = []
    for exchange in try ConversationReader.conversation(row, db).exchanges {
      if !exchanges.contains(exchange.id) {
        try know(exchange, db)
        news.append(.began(exchange))
        continue
      }
      for reply in exchange.replies where new.contains(reply.id) {
        try know(reply, db)
        news.append(.retried(prompt: exchange.id, reply))
      }
    }
    return news
  }
}
