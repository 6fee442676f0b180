import Basics
import NIOCore
import Synchronization

/// Gathers the writes of all clients, so that one transaction serves many: while one is committed the next fills.
final class CommitQueue: Sendable {
  typealias Results = Result<ArraySlice<Result<StorageReceipt, StorageRefusal>>, StorageUnavailable>

  /// Writes of one client, committed together and in order.
  struct Group: Sendable {
    var writes: [StorageWrite]
    /// Bytes, roughly.
    var size: Int
    let addedAt = ContinuousClock.now
    var completion: @Sendable (Results) -> Void

    /// What the commit of it costs, in log records.
    var cost: Int { writes.reduce(0) { $0 + ($1.bringsMessages ? 4 : 1) } }
  }

  private struct State {
    var waiting = CircularBuffer<Group>()
    var isCommitting = false
    var whenIdle: [CheckedContinuation<Void, Never>] = []
  }

  /// Of one transaction, in log records: 4,096 of them, or a fourth as many turns, take about 50 ms. With fewer, pages
  /// of the indexes that neighbouring batches share are written more often.
  static let mostCost = 4096
  static let mostBytes = 8 << 20

  private let storage: any LogStorage
  private let watch: StorageWatch
  private let metrics: ServerMetrics
  private let state = Mutex(State())

  init(storage: any LogStorage, watch: StorageWatch, metrics: ServerMetrics) {
    self.storage = storage
    self.watch = watch
    self.metrics = metrics
  }

  /// Groups given one after another are committed in that order.
  func add(_ group: Group) {
    let starts = state.withLock { state in
      state.waiting.append(group)
      defer { state.isCommitting = true }
      return !state.isCommitting
    }
    if starts { Task { await commitAll() } }
  }

  /// Writes that wait, and their bytes.
  var waiting: (writes: Int, bytes: Int) {
    state.withLock { state in
      state.waiting.reduce(into: (0, 0)) { sum, group in
        sum.0 += group.writes.count
        sum.1 += group.size
      }
    }
  }

  /// Returns when everything given so far is committed or has failed, at the latest after `limit`.
  func waitUntilIdle(within limit: Duration) async {
    var cut: TimeLimit?
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if state.isCommitting { state.whenIdle.append(continuation) }
        return !state.isCommitting
      }
      if isIdle { return continuation.resume() }
      // Not before it waits, or a short limit would pass it by.
      cut = TimeLimit(limit) { self.release() }
    }
    cut?.cancel()
  }

  private func release() {
    let waiting = state.withLock { state in
      defer { state.whenIdle = [] }
      return state.whenIdle
    }
    for continuation in waiting { continuation.resume() }
  }

  private func commitAll() async {
    while let groups = nextBatch() { await commit(groups) }
    release()
  }

  /// `nil`, and no longer committing, if there is nothing to do.
  private func nextBatch() -> [Group]? {
    state.withLock { state in
      var groups: [Group] = []
      var cost = 0
      var bytes = 0
      while let next = state.waiting.first {
        cost += next.cost
        bytes += next.size
        guard groups.isEmpty || (cost <= Self.mostCost && bytes <= Self.mostBytes) else { break }
        groups.append(state.waiting.removeFirst())
      }
      state.isCommitting = !groups.isEmpty
      return groups.isEmpty ? nil : groups
    }
  }

  private func commit(_ groups: [Group]) async {
    let writes = groups.count == 1 ? groups[0].writes : groups.flatMap(\.writes)
    let begin = ContinuousClock.now
    let outcome = await outcome(of: writes)
    metrics.committed(writes, outcome, took: ContinuousClock.now - begin, waited: groups.map(\.addedAt))
    // Those behind would each wait as long for the same answer; their clients are to know now.
    if case .failure(let failure) = outcome, failure.gaveUpWaiting {
      for group in takeWaiting() { group.completion(.failure(failure)) }
    }
    var start = 0
    for group in groups {
      let range = start..<(start + group.writes.count)
      group.completion(outcome.map { $0[range] })
      start = range.upperBound
    }
  }

  private func takeWaiting() -> CircularBuffer<Group> {
    state.withLock { state in
      defer { state.waiting = CircularBuffer() }
      return state.waiting
    }
  }

  private func outcome(
    of writes: [StorageWrite]
  ) async -> Result<[Result<StorageReceipt, StorageRefusal>], StorageUnavailable> {
    var failure = StorageUnavailable("the storage gave no answer")
    // Every write can be repeated, and a connection that was lost is often back at once.
    for _ in 0..<2 {
      do throws(StorageUnavailable) {
        let results = try await storage.commit(writes)
        guard results.count == writes.count else { break }
        watch.worked(.writing)
        return .success(results)
      } catch {
        failure = error
        if error.gaveUpWaiting { break }
      }
    }
    watch.failed(failure, .writing)
    return .failure(failure)
  }
}
