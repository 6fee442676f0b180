import GRDB
import Synchronization

/// Lets writes that wait for each other anyway share one transaction, and so one wait for the disk: with many answers
/// ending at once that wait is most of what keeping them costs. A write that comes alone goes out alone, at once.
final class CommonCommit: Sendable {
  /// A write that waits. `body` may be called more than once, each time after what it did was undone.
  private struct Job: Sendable {
    let body: @Sendable (Database) throws -> Void
    let ended: @Sendable ((any Error)?) -> Void
  }

  private struct State {
    var waiting: [Job] = []
    var isWriting = false
  }

  private let state = Mutex(State())

  /// What one transaction takes at most, so that nobody else waits long for the file.
  private static let most = 64

  /// Runs `body` in a transaction that survives a power cut. Wholly done once it returns, not at all if it throws.
  func write<Value: Sendable>(
    to store: ConversationStore, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    if Task.isCancelled { throw .cancelled }
    let result = Mutex<Value?>(nil)
    let error: (any Error)? = await withCheckedContinuation { continuation in
      let job = Job(
        body: { db in
          let value = try body(db)
          result.withLock { $0 = value }
        }, ended: { continuation.resume(returning: $0) })
      let startsWriting = state.withLock { state in
        state.waiting.append(job)
        defer { state.isWriting = true }
        return !state.isWriting
      }
      if startsWriting { Task { await self.drain(store) } }
    }
    if let error { throw StoreError(error, path: store.path) }
    return result.withLock { $0! }  // set, or there is an error
  }

  private func drain(_ store: ConversationStore) async {
    while true {
      let jobs = state.withLock { state -> [Job] in
        let jobs = Array(state.waiting.prefix(Self.most))
        state.waiting.removeFirst(jobs.count)
        if jobs.isEmpty { state.isWriting = false }
        return jobs
      }
      if jobs.isEmpty { return }
      do throws(StoreError) {
        try await store.write(.power) { db in
          for job in jobs { try job.body(db) }
        }
        for job in jobs { job.ended(nil) }
      } catch {
        // All of it is undone. Each goes alone now, so that what is wrong with one is no other's trouble.
        for job in jobs { await alone(job, store, jobs.count == 1 ? error : nil) }
      }
    }
  }

  /// `known`: why it has failed alone already.
  private func alone(_ job: Job, _ store: ConversationStore, _ known: StoreError?) async {
    if let known { return job.ended(known) }
    do throws(StoreError) {
      try await store.write(.power) { db in try job.body(db) }
      job.ended(nil)
    } catch { job.ended(error) }
  }
}
