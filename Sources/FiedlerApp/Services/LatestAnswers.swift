import Basics
import ConversationStore
import Conversations
import FoundationEssentials
import Synchronization

extension Services {
  /// How long a prompt waits until the answers it follows are stored. Turns are numbered as they are stored.
  private static let patience: Duration = .seconds(2)

  /// A conversation with the answers that have ended in this process, although they are stored a moment later: who asks
  /// on as soon as they stand there, or has a prompt wait for them, goes on from all of them.
  ///
  /// Where the disk takes nothing, they are taken as they stand in memory.
  ///
  /// - `read`: Reads it from the store; an answer may end, be stored and be forgotten here while it does.
  func withLatestAnswers(
    _ read: () async throws(StoreError) -> Conversation
  ) async throws(StoreError) -> Conversation {
    // Those who record are asked for first: one that is not there any more has stored all before the reading begins.
    let recorders = recording.withLock { Array($0.values) }
    let stored = try await read()
    let known = Set(stored.exchanges.flatMap(\.replies).map(\.id))
    let open = recorders.filter { recorder in
      let replies = recorder.replies
      return replies.contains { known.contains($0.id) } && replies.allSatisfy(\.state.isFinal)
    }
    guard !open.isEmpty else { return stored }
    for recorder in open { await wait(atMost: Self.patience) { await recorder.settled() } }
    var latest = try await store.conversation(stored.id) ?? stored
    for reply in open.flatMap(\.replies) { latest.replace(reply) }
    return latest
  }
}

extension Conversation {
  /// Puts an answer in the place of the one with its id, unless that has ended.
  fileprivate mutating func replace(_ reply: Reply) {
    for exchange in exchanges.indices {
      guard let place = exchanges[exchange].replies.firstIndex(where: { $0.id == reply.id }) else { continue }
      if !exchanges[exchange].replies[place].state.isFinal { exchanges[exchange].replies[place] = reply }
      return
    }
  }
}
