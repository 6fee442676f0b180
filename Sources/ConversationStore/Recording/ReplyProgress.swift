import Basics
import Conversations
import FoundationEssentials
import GRDB

/// What a streaming reply has got since a checkpoint.
///
/// Holds copies of what is new and nothing of what came before: while the database is being written to, the reply
/// itself goes on growing in place, and is not copied as a whole because of the checkpoint.
struct ReplyProgress: Sendable {
  /// How much of a reply there is, in bytes.
  struct Extent: Sendable {
    var text = 0
    var reasoning = 0
    var recording = 0
  }

  private let id: UUID
  private let state: ReplyState
  private let tries: Int
  private let maximumTries: Int
  private let timeToFirstToken: Duration?
  private let usage: Usage
  private let failure: SendFailure?
  private let start: Extent
  /// How much of the reply is stored once this is.
  let end: Extent
  private let text: Data
  private let reasoning: Data
  private let recording: Data

  /// What `reply` has beyond `start`, of which a checkpoint has told that it is stored.
  init(_ reply: Reply, since start: Extent = Extent()) {
    id = reply.id
    state = reply.state
    tries = reply.tries
    maximumTries = reply.maximumTries
    timeToFirstToken = reply.timeToFirstToken
    usage = reply.usage
    failure = reply.failure
    self.start = start
    text = Data(reply.text.utf8.dropFirst(start.text))
    reasoning = Data(reply.reasoning.utf8.dropFirst(start.reasoning))
    recording = reply.recording.isEmpty ? Data() : Data(reply.recording.bytes.dropFirst(start.recording))
    end = Extent(
      text: start.text + text.count, reasoning: start.reasoning + reasoning.count,
      recording: start.recording + recording.count)
  }

  /// Whether it says more than that the reply is queued, and at which attempt.
  var tellsMore: Bool {
    state != .queued || timeToFirstToken != nil || usage != Usage() || failure != nil
      || !(text.isEmpty && reasoning.isEmpty && recording.isEmpty)
  }

  /// Stores what of it is not there yet. Replies that have ended, or are not there, are passed over.
  func write(to db: Database) throws {
    let select = try db.cachedStatement(
      sql: """
        SELECT id, saved_text, saved_reasoning, saved_recording FROM replies WHERE uuid = ? AND \(Schema.unfinished)
        """)
    guard !state.isFinal, let saved = try Row.fetchOne(select, arguments: [id.lowercased]) else { return }
    let row: Int64 = saved["id"]
    let text = Self.tail(text, from: start.text, after: saved["saved_text"])
    let reasoning = Self.tail(reasoning, from: start.reasoning, after: saved["saved_reasoning"])
    let recording = Self.tail(recording, from: start.recording, after: saved["saved_recording"])
    if !text.isEmpty || !reasoning.isEmpty || !recording.isEmpty {
      try db.cachedStatement(
        sql: "INSERT INTO reply_chunks (reply_id, recording, reasoning, text) VALUES (?, ?, ?, ?)"
      ).execute(arguments: [row, recording, reasoning, text])
    }
    try db.cachedStatement(
      sql: """
        UPDATE replies SET state = ?, tries = ?, maximum_tries = ?, ttft = ?, prompt_tokens = ?, completion_tokens = ?,
          reasoning_tokens = ?, failure = ?, saved_text = saved_text + ?, saved_reasoning = saved_reasoning + ?,
          saved_recording = saved_recording + ?
        WHERE id = ?
        """
    ).execute(arguments: [
      state.rawValue, tries, maximumTries, timeToFirstToken?.wholeMicroseconds, usage.promptTokens,
      usage.completionTokens, usage.reasoningTokens, failure.map(StoredFailure.text), text.count, reasoning.count,
      recording.count, row,
    ])
  }

  /// Nothing, where an older state of the reply comes after a newer one.
  private static func tail(_ bytes: Data, from start: Int, after saved: Int) -> Data {
    saved > start ? Data(bytes.dropFirst(saved - start)) : bytes
  }
}
