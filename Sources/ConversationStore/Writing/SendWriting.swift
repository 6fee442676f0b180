import Basics
import Conversations
import FoundationEssentials
import GRDB

extension ConversationStore {
  /// Stores a send: its prompt as the conversation's next turn, the files, and its replies as they stand (queued).
  ///
  /// The conversation is made if it is new; otherwise `title` and `createdAt` do not matter, and it comes back where it
  /// was deleted. The prompt's parent must be a prompt of it, else ``StoreError/notFound(path:what:)`` is thrown and
  /// nothing is stored. A new one gets `tags`. Returns the prompt with its turn number. Survives a power cut once it
  /// returns.
  @discardableResult
  public func begin(
    _ exchange: Exchange, in conversation: UUID, title: String, createdAt: Date, tags: [String] = []
  ) async throws(StoreError) -> Prompt {
    let session = try sessions.ownName()
    let (path, log) = (path, log)
    return try await commit { db in
      var prompt = exchange.prompt
      let conversationID = try Insertion.conversation(
        conversation, title: title, createdAt: createdAt, updatedAt: prompt.sentAt, db)
      let parent = try prompt.parent.map { parent in
        guard let id = try Insertion.promptID(parent, in: conversationID, db) else {
          let what = "prompt \(parent.lowercased) in conversation \(conversation.lowercased)"
          throw StoreError.notFound(path: path, what: what)
        }
        return id
      }
      let promptID = try Insertion.prompt(prompt, parent: parent, in: conversationID, db)
      for (position, reply) in exchange.replies.enumerated() {
        try Insertion.reply(reply, of: promptID, at: position, session: session, db)
      }
      prompt.turnNumber = try Turns.take(in: conversationID, prompt: promptID, logged: log != nil, db)
      if try SearchIndex.holds(conversation: conversationID, db) {
        try SearchIndex.add(to: conversationID, prompt: promptID, at: prompt.sentAt, db)
      } else {
        if !tags.isEmpty { try Tags.store(tags, of: conversationID, db) }
        try SearchIndex.add(conversation: conversationID, db)
      }
      try log?.append(prompt, of: conversation, in: db)
      return prompt
    }
  }

  /// Stores a new attempt of one of the prompt's models, as it stands (queued). A deleted conversation comes back.
  public func retry(_ reply: Reply, of prompt: UUID) async throws(StoreError) {
    let session = try sessions.ownName()
    let path = path
    try await commit { db in
      guard
        let promptID = try Int64.fetchOne(
          db, sql: "SELECT id FROM prompts WHERE uuid = ?", arguments: [prompt.lowercased])
      else { throw StoreError.notFound(path: path, what: "prompt \(prompt.lowercased)") }
      let position = try Insertion.position(of: reply.model, among: promptID, db)
      try Insertion.reply(reply, of: promptID, at: position, session: session, db)
      let conversation = try Int64.fetchOne(
        db,
        sql: """
          UPDATE conversations SET updated_at = max(updated_at, ?), deleted_at = NULL
          WHERE id = (SELECT conversation_id FROM prompts WHERE id = ?) RETURNING id
          """, arguments: [reply.startedAt.microseconds, promptID])!  // every prompt has its conversation
      if try !SearchIndex.holds(conversation: conversation, db) {
        try SearchIndex.add(conversation: conversation, db)
      }
    }
  }

  /// Stores how far replies have come. Only what came since the last checkpoint is written.
  ///
  /// Survives a kill, not a power cut. Replies that have ended, or are not there, are passed over.
  public func checkpoint(_ replies: [Reply]) async throws(StoreError) {
    try await checkpoint(replies.map { ReplyProgress($0) })
  }

  func checkpoint(_ progress: [ReplyProgress]) async throws(StoreError) {
    guard !progress.isEmpty else { return }
    try await write(.process) { db in
      for reply in progress { try reply.write(to: db) }
    }
  }

  /// Stores a reply that has ended, and gives it the conversation's next turn number; both the first time only, so a
  /// call whose outcome is unknown can be repeated. Survives a power cut once it returns.
  ///
  /// - Precondition: `reply.state.isFinal`.
  public func finish(_ reply: Reply) async throws(StoreError) -> Reply { try await finish([reply])[0] }

  /// Stores several as ``finish(_:)-(Reply)`` does one, in this order: all of them or none.
  public func finish(_ replies: [Reply]) async throws(StoreError) -> [Reply] {
    precondition(replies.allSatisfy(\.state.isFinal), "only a reply that has ended can be finished")
    let (path, log) = (path, log)
    return try await commit { db in
      try replies.map { reply in
        guard let finished = try Turns.end(reply, log: log, db) else {
          throw StoreError.notFound(path: path, what: "reply \(reply.id.lowercased)")
        }
        return finished
      }
    }
  }
}
