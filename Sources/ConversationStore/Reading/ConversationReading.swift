import Basics
import Conversations
import FoundationEssentials
import GRDB
import JSON

extension ConversationStore {
  /// The whole conversation, deleted or not, replies that still stream included as far as they were checkpointed. `nil`
  /// if there is none.
  public func conversation(_ id: UUID) async throws(StoreError) -> Conversation? {
    try await read { db in
      let row = try Row.fetchOne(
        db, sql: "\(ConversationReader.select) WHERE uuid = ?", arguments: [id.lowercased])
      return try row.map { try ConversationReader.conversation($0, db) }
    }
  }

  /// The one conversation whose id begins with `prefix`; dashes and case do not matter.
  ///
  /// Throws ``StoreError/notFound(path:what:)`` or ``StoreError/ambiguous(prefix:candidates:)``.
  public func conversation(matching prefix: String) async throws(StoreError) -> Conversation {
    let path = path
    return try await read { db in
      let notFound = StoreError.notFound(path: path, what: "conversation \(prefix)")
      guard let start = Self.canonicalPrefix(prefix) else { throw notFound }
      // Every character of an id is before "g".
      let rows = try Row.fetchAll(
        db,
        sql: """
          \(ConversationReader.select) WHERE uuid >= ? AND uuid < ? AND deleted_at IS NULL ORDER BY updated_at DESC, uuid DESC LIMIT 10
          """, arguments: [start, start + "g"])
      guard let row = rows.first else { throw notFound }
      guard rows.count == 1 else {
        throw StoreError.ambiguous(prefix: prefix, candidates: try SummaryReader.summaries(rows.map { $0["id"] }, db))
      }
      return try ConversationReader.conversation(row, db)
    }
  }

  /// `1F3A8D60-91` and `1f3a8d6091` as ids begin in the tables; `nil` for what begins no id.
  static func canonicalPrefix(_ text: String) -> String? {
    let digits = text.lowercased().filter { $0 != "-" }
    guard !digits.isEmpty, digits.count <= 32, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
    var prefix = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { prefix.append("-") }
      prefix.append(digit)
    }
    return prefix
  }
}

/// Makes values of a conversation's rows.
enum ConversationReader {
  /// What ``conversation(_:_:)`` needs of a conversation's row.
  static let select = """
    SELECT id, uuid, created_at, updated_at, pinned, CAST(title AS BLOB) AS title FROM conversations
    """

  static func conversation(_ row: Row, _ db: Database) throws -> Conversation {
    let id: Int64 = row["id"]
    let attachments = try attachments(of: id, db)
    let replies = try replies(of: id, db)
    let verdicts = try StoredVerdicts.verdicts(ofConversation: id, db)
    let prompts = try Row.fetchAll(
      db,
      sql: """
        SELECT prompts.id, prompts.uuid, parents.uuid AS parent, turn_number, prompts.sent_at, prompts.models, prompts.synthesis,
          prompts.successions,
          CAST(prompts.system AS BLOB) AS system, CAST(prompts.text AS BLOB) AS text
        FROM prompts JOIN turns ON turns.prompt_id = prompts.id
          LEFT JOIN prompts AS parents ON parents.id = prompts.parent_id
        WHERE prompts.conversation_id = ? ORDER BY turn_number
        """, arguments: [id])
    let exchanges = try prompts.map { row in
      let id: Int64 = row["id"]
      let system: Data? = row["system"]
      let synthesis: String? = row["synthesis"]
      var prompt = Prompt(
        id: try row.uuid("uuid"), parent: try row.optionalUUID("parent"), turnNumber: row["turn_number"],
        text: row.text("text"),
        system: system.map { String(decoding: $0, as: UTF8.self) }, attachments: attachments[id] ?? [],
        models: try StoredModels.models(row["models"]), sentAt: row.date("sent_at"),
        synthesis: try synthesis.map(StoredSynthesis.synthesis))
      prompt.successions = try StoredSuccessions.successions(row["successions"])
      return Exchange(prompt: prompt, replies: replies[id] ?? [], verdicts: verdicts[id] ?? [])
    }
    return Conversation(
      id: try row.uuid("uuid"), title: row.text("title"), createdAt: row.date("created_at"),
      updatedAt: row.date("updated_at"), tags: try Tags.of(id, db), isPinned: row["pinned"], exchanges: exchanges)
  }

  private static func attachments(of conversation: Int64, _ db: Database) throws -> [Int64: [Attachment]] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT prompt_id, CAST(name AS BLOB) AS name, sha256, CAST(content AS BLOB) AS content, media, bytes
        FROM attachments JOIN contents ON contents.id = content_id
        WHERE prompt_id IN (SELECT id FROM prompts WHERE conversation_id = ?) ORDER BY prompt_id, position
        """, arguments: [conversation])
    var attachments: [Int64: [Attachment]] = [:]
    for row in rows {
      var attachment = Attachment(name: row.text("name"), sha256: row["sha256"], content: row.text("content"))
      if let word: String = row["media"] {
        guard let type = MediaType(rawValue: word), let bytes: Data = row["bytes"] else {
          throw Unreadable(what: "a file of the type \(word)")
        }
        attachment.media = Media(type: type, data: bytes)
      }
      attachments[row["prompt_id"], default: []].append(attachment)
    }
    return attachments
  }

  private static func replies(of conversation: Int64, _ db: Database) throws -> [Int64: [Reply]] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        \(selectReply) WHERE replies.prompt_id IN (SELECT id FROM prompts WHERE conversation_id = ?)
        ORDER BY replies.prompt_id, position, min(attempt, \(Bounds.ordinals.upperBound)), replies.id
        """, arguments: [conversation])
    var replies: [Int64: [Reply]] = [:]
    for row in rows { replies[row["prompt_id"], default: []].append(try reply(row, db)) }
    return replies
  }

  /// The replies that `session` has begun and not ended.
  static func unfinishedReplies(of session: String, _ db: Database) throws -> [Reply] {
    try Row.fetchAll(
      db, sql: "\(selectReply) WHERE session = ? AND \(Schema.unfinished) ORDER BY replies.id", arguments: [session]
    ).map { try reply($0, db) }
  }

  /// The reply of this id.
  static func reply(_ id: UUID, _ db: Database) throws -> Reply? {
    try Row.fetchOne(db, sql: "\(selectReply) WHERE uuid = ?", arguments: [id.lowercased]).map { try reply($0, db) }
  }

  private static let selectReply = """
    SELECT replies.id, replies.prompt_id, uuid, provider, model, attempt, turn_number, state, tries, maximum_tries,
      started_at, ttft, duration, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens,
      cache_write_tokens, finish_reason, failure,
      recording, CAST(reasoning AS BLOB) AS reasoning, CAST(text AS BLOB) AS text, CAST(options AS BLOB) AS options,
      CAST(continuation AS BLOB) AS continuation
    FROM replies LEFT JOIN turns ON turns.reply_id = replies.id
    """

  private static func reply(_ row: Row, _ db: Database) throws -> Reply {
    let state = try ReplyState(stored: row["state"])
    var text: Data = row["text"]
    var reasoning: Data = row["reasoning"]
    var recording: Data = row["recording"]
    if !state.isFinal {
      let id: Int64 = row["id"]
      let chunks = try Row.fetchCursor(
        db, sql: "SELECT recording, reasoning, text FROM reply_chunks WHERE reply_id = ? ORDER BY id", arguments: [id])
      while let chunk = try chunks.next() {
        recording += chunk["recording"] as Data
        reasoning += chunk["reasoning"] as Data
        text += chunk["text"] as Data
      }
    }
    let finishReason: String? = row["finish_reason"]
    let failure: String? = row["failure"]
    var reply = Reply(
      id: try row.uuid("uuid"), model: ModelReference(provider: row["provider"], name: row["model"]),
      attempt: Bounds.ordinals.nearest(row["attempt"]), turnNumber: row["turn_number"], state: state,
      text: String(decoding: text, as: UTF8.self), reasoning: String(decoding: reasoning, as: UTF8.self),
      usage: Usage(
        promptTokens: row["prompt_tokens"], completionTokens: row["completion_tokens"],
        reasoningTokens: row["reasoning_tokens"], cachedTokens: row["cached_tokens"],
        cacheWriteTokens: row["cache_write_tokens"]),
      finishReason: finishReason.map(FinishReason.init(name:)), failure: try failure.map(StoredFailure.failure),
      startedAt: row.date("started_at"), timeToFirstToken: row.duration("ttft"), duration: row.duration("duration"),
      recording: self.recording(recording))
    reply.tries = Bounds.counts.nearest(row["tries"])
    reply.maximumTries = Bounds.counts.nearest(row["maximum_tries"])
    if let options: Data = row["options"] { reply.options = GenerationOptions(stored: json(options)) }
    if let continuation: Data = row["continuation"] { reply.continuation = Continuation(stored: json(continuation)) }
    return reply
  }

  /// What goes with an answer. What cannot be read is no reason to refuse the answer.
  private static func json(_ stored: Data) -> JSON { (try? JSON(bytes: Array(stored))) ?? .null }

  private static func recording(_ stored: Data) -> Recording {
    guard !stored.isEmpty else { return Recording() }
    // A recording that cannot be read costs the replay, not the answer.
    return (try? Recording(bytes: Array(stored))) ?? Recording()
  }
}
