import Basics
import Conversations
import FoundationEssentials
import GRDB
import GodotLog

extension ConversationStore: TurnSource {
  /// The ids of conversations in the order in which they were made, those after `last` (all for `nil`), at most
  /// `limit`.
  public func conversationIDs(after last: UUID?, limit: Int) async throws(StoreError) -> [UUID] {
    try await read { db in
      let start =
        try last.map {
          try Int64.fetchOne(db, sql: "SELECT id FROM conversations WHERE uuid = ?", arguments: [$0.lowercased]) ?? 0
        } ?? 0
      return try Row.fetchAll(
        db, sql: "SELECT uuid FROM conversations WHERE id > ? ORDER BY id LIMIT ?", arguments: [start, limit]
      ).map { try $0.uuid("uuid") }
    }
  }

  /// Turns with the titles and first words that the history has of them; as they are where it has none.
  public func described(_ turns: [LoggedTurn]) async throws(StoreError) -> [LoggedTurn] {
    try await read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT CAST(title AS BLOB) AS title,
            CAST(substr(coalesce(prompts.text, replies.text, ''), 1, 200) AS BLOB) AS words
          FROM conversations
            LEFT JOIN turns ON turns.conversation_id = conversations.id AND turn_number = ?
            LEFT JOIN prompts ON prompts.id = turns.prompt_id LEFT JOIN replies ON replies.id = turns.reply_id
          WHERE conversations.uuid = ?
          """)
      return try turns.map { turn in
        guard let row = try Row.fetchOne(statement, arguments: [turn.number, turn.conversation.lowercased]) else {
          return turn
        }
        var turn = turn
        turn.title = row.text("title")
        if turn.words.isEmpty { turn.words = row.text("words") }
        return turn
      }
    }
  }

  /// How many turns have been numbered, those that were not to be logged too.
  public func turnCount(of conversations: [UUID]? = nil) async throws(StoreError) -> Int {
    try await read { db in
      guard let conversations else { return try Int.fetchOne(db, sql: "SELECT count(*) FROM turns") ?? 0 }
      return try conversations.reduce(0) { count, id in
        try count
          + (Int.fetchOne(
            db,
            sql: "SELECT count(*) FROM turns WHERE conversation_id = (SELECT id FROM conversations WHERE uuid = ?)",
            arguments: [id.lowercased]) ?? 0)
      }
    }
  }

  /// The conversation's turns by number; none if there is no such conversation. Answers that still stream have none.
  public func localTurns(of conversation: UUID) async throws(StoreError) -> [LocalTurn] {
    try await read { db in
      guard
        let row = try Row.fetchOne(
          db, sql: "\(ConversationReader.select) WHERE uuid = ?", arguments: [conversation.lowercased])
      else { return [] }
      let logged = try Int.fetchSet(
        db, sql: "SELECT turn_number FROM turns WHERE conversation_id = ? AND logged = 1",
        arguments: [row["id"] as Int64])
      return try ConversationReader.conversation(row, db).exchanges.flatMap { exchange in
        let prompt = exchange.prompt
        let asked = TurnRecord(
          prompt, of: conversation, logID: .resending(turn: prompt.turnNumber, of: conversation))
        return [LocalTurn(record: asked, isLogged: logged.contains(prompt.turnNumber))]
          + exchange.replies.compactMap { reply in
            guard let number = reply.turnNumber else { return nil }
            let answered = TurnRecord(
              reply, number: number, answering: (prompt.id, prompt.turnNumber), of: conversation,
              logID: .resending(turn: number, of: conversation))
            return LocalTurn(record: answered, isLogged: logged.contains(number))
          }
      }.sorted { $0.record.turnNumber < $1.record.turnNumber }
    }
  }
}

extension TurnRecord {
  /// A prompt as it is logged.
  init(_ prompt: Prompt, of conversation: UUID, logID: UUID = .timeOrdered()) {
    self.init(
      logID: logID, conversationID: conversation, turnNumber: prompt.turnNumber, role: .user,
      content: prompt.loggedContent,
      traceID: prompt.id, models: prompt.models, files: prompt.attachments.map(\.name), createdAt: prompt.sentAt)
  }

  /// An answer that has ended, as it is logged.
  ///
  /// - `prompt`: the id and the number of what it answers.
  init(
    _ reply: Reply, number: Int, answering prompt: (id: UUID, number: Int?), of conversation: UUID,
    logID: UUID = .timeOrdered()
  ) {
    self.init(
      logID: logID, conversationID: conversation, turnNumber: number, role: .assistant, content: reply.text,
      model: reply.model, inputTokens: reply.usage.promptTokens, outputTokens: reply.usage.completionTokens,
      timingMilliseconds: reply.duration.map { Int($0.wholeMilliseconds) }, traceID: prompt.id, status: reply.state,
      error: reply.failure?.message, ttftMilliseconds: reply.timeToFirstToken.map { Int($0.wholeMilliseconds) },
      promptTurn: prompt.number, options: reply.options,
      createdAt: reply.startedAt + (reply.duration ?? .zero).inSeconds)
  }
}
