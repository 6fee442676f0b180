import Conversations
import GRDB

extension ConversationStore {
  /// Ends what Fiedlers that were killed have left streaming: each such reply keeps the text of its last checkpoint,
  /// becomes `.interrupted`, gets its turn number and is logged. Returns how many there were.
  ///
  /// Meant for the start; harmless at any time, and in several Fiedlers at once. Replies of running ones are not
  /// touched.
  public func recoverInterrupted() async throws(StoreError) -> Int {
    if isReadOnly { return 0 }
    let log = log
    let left = try await read { db in
      try String.fetchSet(db, sql: "SELECT DISTINCT session FROM replies WHERE \(Schema.unfinished)")
    }
    var recovered = 0
    do {
      try await sessions.forEachDead(named: left) { session in
        guard left.contains(session) else { return }
        let ended = try await write(.power) { db in
          let replies = try ConversationReader.unfinishedReplies(of: session, db)
          for reply in replies { _ = try Turns.end(reply.interrupted, log: log, db) }
          return replies.map(\.id)
        }
        recovered += ended.count
        // What others have asked of the process cannot be done any more.
        for reply in ended { _ = sessions.takeStopRequest(reply) }
      }
    } catch {
      throw StoreError(error, path: path)
    }
    return recovered
  }
}

extension Reply {
  /// As it is kept where nobody will ever end it.
  var interrupted: Reply {
    var reply = self
    // Nobody knows when it was killed; the last that is known to have come is the best answer.
    let last = Duration.milliseconds(Int64(clamping: reply.recording.entries().last?.milliseconds ?? 0))
    reply.state = .interrupted
    reply.failure = SendFailure(.interrupted, "Fiedler was stopped before this answer ended")
    reply.duration = last
    reply.recording.append(.end, value: 0, at: last)
    return reply
  }
}
