import Basics
import Conversations
import FoundationEssentials
import GRDB

extension ConversationStore {
  /// The conversations whose answers come in other processes just now, the newest send first. Answers that a killed
  /// process has left are not among them: ``recoverInterrupted()`` ends those.
  ///
  /// Reads what is kept of every answer anyway, and nothing of the answers themselves.
  public func runningElsewhere() async throws(StoreError) -> [RunningConversation] {
    let own = sessions.knownName
    let rows = try await read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT replies.uuid, replies.session, provider, model, state, started_at,
            saved_text + saved_reasoning AS bytes, conversations.uuid AS conversation,
            CAST(conversations.title AS BLOB) AS title
          FROM replies JOIN prompts ON prompts.id = replies.prompt_id
            JOIN conversations ON conversations.id = prompts.conversation_id
          WHERE \(Schema.unfinished) ORDER BY prompts.sent_at DESC, prompts.id DESC, replies.position, replies.id
          """
      ).map { row in
        (
          session: row["session"] as String, conversation: try row.uuid("conversation"), title: row.text("title"),
          answer: RunningConversation.Answer(
            id: try row.uuid("uuid"), model: ModelReference(provider: row["provider"], name: row["model"]),
            state: try ReplyState(stored: row["state"]), startedAt: row.date("started_at"), bytes: row["bytes"])
        )
      }
    }
    var lives: [String: Bool] = [:]
    var running: [RunningConversation] = []
    for row in rows where row.session != own {
      let isAlive = lives[row.session] ?? sessions.isAlive(row.session)
      lives[row.session] = isAlive
      guard isAlive else { continue }
      if let index = running.firstIndex(where: { $0.id == row.conversation }) {
        running[index].answers.append(row.answer)
      } else {
        running.append(RunningConversation(id: row.conversation, title: row.title, answers: [row.answer]))
      }
    }
    return running
  }

  /// Asks the process that streams this answer to stop it, which it does within a quarter second. An answer that has
  /// ended is left as it is.
  public func requestStop(of reply: UUID) async throws(StoreError) {
    let streams = try await read { db in
      try Bool.fetchOne(
        db, sql: "SELECT 1 FROM replies WHERE uuid = ? AND \(Schema.unfinished)", arguments: [reply.lowercased])
    }
    if streams == true { try sessions.requestStop(of: reply) }
  }

  /// Which of these answers, which this process streams, others have asked to be stopped since the last call.
  public func takeStopRequests(among replies: some Sequence<UUID>) -> [UUID] {
    replies.filter(sessions.takeStopRequest)
  }
}
