import Basics
import Conversations
import DequeModule
import FoundationEssentials
import JSON
import Synchronization

/// What has been handed over and is not in the outbox yet: bounded, and never waited for.
final class RecordBuffer: Sendable {
  /// A record as it was handed over. Everything that takes time happens where it is stored.
  struct Entry: Sendable {
    var level: LogLevel
    var component: String
    var message: String
    var traceID: UUID
    var data: [String: JSON]
    var time: Date
    /// Bytes, roughly.
    var size: Int
  }

  struct Batch: Sendable {
    var entries: [Entry] = []
    /// Records dropped since the batch before.
    var dropped: [LogLevel: Int] = [:]
    var isEmpty: Bool { entries.isEmpty && dropped.isEmpty }
  }

  private struct State {
    /// By level's rank; each in the order of arrival.
    var levels = LogLevel.allCases.map { _ in Deque<(sequence: Int, entry: Entry)>() }
    var count = 0
    var bytes = 0
    var sequence = 0
    var dropped: [LogLevel: Int] = [:]
    var allDropped = 0
    var isTaken = false
    var isSignalled = false
    var isClosed = false
    var waiting: [Int: CheckedContinuation<Bool, Never>] = [:]
    var nextWaiter = 0
  }

  /// Yields after something was handed over.
  let signal: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation
  private let state = Mutex(State())
  private let mostRecords: Int
  private let mostBytes: Int

  init(mostRecords: Int, mostBytes: Int) {
    self.mostRecords = mostRecords
    self.mostBytes = mostBytes
    (signal, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Records dropped so far.
  var dropped: Int { state.withLock { $0.allDropped } }

  func add(_ entry: Entry) {
    let isNews = state.withLock { state in
      guard !state.isClosed else {
        Self.drop(entry.level, &state)
        return false
      }
      state.sequence += 1
      state.levels[entry.level.rank].append((state.sequence, entry))
      state.count += 1
      state.bytes += entry.size
      while state.count > mostRecords || state.bytes > mostBytes {
        guard let lowest = state.levels.firstIndex(where: { !$0.isEmpty }),
          let victim = state.levels[lowest].first?.entry
        else { break }
        state.levels[lowest].removeFirst()
        state.count -= 1
        state.bytes -= victim.size
        Self.drop(victim.level, &state)
      }
      defer { state.isSignalled = true }
      return !state.isSignalled
    }
    if isNews { continuation.yield() }
  }

  private static func drop(_ level: LogLevel, _ state: inout State) {
    state.dropped[level, default: 0] += 1
    state.allDropped += 1
  }

  /// Takes the oldest records of each level, at most `count` in all, in the order of arrival. ``settled()`` must
  /// follow.
  func take(_ count: Int) -> Batch {
    state.withLock { state in
      var taken: [(sequence: Int, entry: Entry)] = []
      // The gravest first, in case not all find room.
      for rank in state.levels.indices.reversed() {
        while taken.count < count, let next = state.levels[rank].first {
          taken.append(next)
          state.levels[rank].removeFirst()
          state.bytes -= next.entry.size
        }
      }
      state.count -= taken.count
      let batch = Batch(entries: taken.sorted { $0.sequence < $1.sequence }.map(\.entry), dropped: state.dropped)
      state.dropped = [:]
      state.isTaken = !batch.isEmpty
      state.isSignalled = state.count > 0
      return batch
    }
  }

  /// What was taken is safe.
  func settled() {
    let (waiting, hasMore) = state.withLock { state in
      state.isTaken = false
      guard state.count == 0 else { return ([CheckedContinuation<Bool, Never>](), true) }
      defer { state.waiting = [:] }
      return (Array(state.waiting.values), false)
    }
    for continuation in waiting { continuation.resume(returning: true) }
    if hasMore { continuation.yield() }
  }

  /// True once nothing is left, false at the deadline.
  func drain(deadline: Duration) async -> Bool {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    var cut: TimeLimit?
    defer { cut?.cancel() }
    return await withCheckedContinuation { continuation in
      let isEmpty = state.withLock { state in
        if state.count == 0, !state.isTaken { return true }
        state.waiting[id] = continuation
        return false
      }
      if isEmpty { return continuation.resume(returning: true) }
      // Not before it waits, or a short limit would pass it by.
      cut = TimeLimit(deadline) { [self] in
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: false)
      }
    }
  }

  /// Lets nothing more in, and ends ``signal``.
  func close() {
    state.withLock { $0.isClosed = true }
    continuation.finish()
  }

  /// Lets go of whoever still waits: nobody reads any more.
  func abandon() {
    let waiting = state.withLock { state in
      defer { state.waiting = [:] }
      return Array(state.waiting.values)
    }
    for continuation in waiting { continuation.resume(returning: false) }
  }
}
