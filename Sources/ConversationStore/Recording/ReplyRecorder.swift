import Conversations
import FoundationEssentials
import Synchronization

/// Keeps the replies of one send in a ``ConversationStore`` while they stream.
///
/// Stands between the sender and whoever shows the replies: takes every event, passes it on, and writes from tasks of
/// its own; at most one checkpoint each `interval`, and each reply's end at once, in the order in which they ended. A
/// write that fails is reported and made again after `interval`, for as long as it takes: the text stays in memory.
///
/// Everything may be called from any thread; the callbacks come on any thread, never two at the same time.
public final class ReplyRecorder: SendEventSink {
  private struct State {
    var replies: [UUID: Reply]
    /// How much of each the checkpoints have stored.
    var stored: [UUID: ReplyProgress.Extent] = [:]
    /// What has changed since the last checkpoint.
    var changed: Set<UUID> = []
    /// What has ended and is not stored yet, in the order in which it ended.
    var ended: [UUID] = []
    /// Several could not be stored together: each goes alone, so that what is wrong with one is no other's trouble.
    var goesAlone = false
    /// How many replies are not stored yet.
    var open: Int
    /// A task sleeps until the next tick.
    var isTicking = false
    /// A tick has come; what has changed is to be written.
    var isCheckpointDue = false
    /// A task is writing, and will look for more before it ends.
    var isWriting = false
    /// A write has failed; nothing more is written before the next tick.
    var isPaused = false
    var failure: StoreError?
    var waiting: [UUID: CheckedContinuation<Void, Never>] = [:]
  }

  private enum Work {
    /// Those that have ended meanwhile share one wait for the disk.
    case finish([Reply])
    case checkpoint([UUID: ReplyProgress])
  }

  /// What one transaction takes at most, so that nobody else waits long for the file.
  private static let mostTogether = 64

  private let store: ConversationStore
  private let order: [UUID]
  private let clock: any Clock<Duration>
  private let interval: Duration
  private let next: (any SendEventSink)?
  private let onCommitted: @Sendable (Reply) -> Void
  private let onFailure: @Sendable (StoreError) -> Void
  private let state: Mutex<State>

  /// Records `replies`, which ``ConversationStore/begin(_:in:title:createdAt:)`` or
  /// ``ConversationStore/retry(_:of:)`` has stored.
  ///
  /// - `interval`: The longest that text waits before it is written. A fifth of a second leaves a slow disk time to
  ///   keep the promise of a quarter.
  /// - `next`: Gets every event too, after the recorder.
  /// - `onCommitted`: A reply and its turn are stored; it has its turn number.
  /// - `onFailure`: A write has failed. Called again only when the reason changes, or after a success.
  public init(
    _ replies: [Reply], in store: ConversationStore, clock: any Clock<Duration> = ContinuousClock(),
    interval: Duration = .milliseconds(200), forwardingTo next: (any SendEventSink)? = nil,
    onCommitted: @escaping @Sendable (Reply) -> Void = { _ in },
    onFailure: @escaping @Sendable (StoreError) -> Void
  ) {
    self.store = store
    self.order = replies.map(\.id)
    self.clock = clock
    self.interval = interval
    self.next = next
    self.onCommitted = onCommitted
    self.onFailure = onFailure
    state = Mutex(
      State(replies: Dictionary(uniqueKeysWithValues: replies.map { ($0.id, $0) }), open: replies.count))
  }

  /// The replies as they stand, in the order given to `init`.
  public var replies: [Reply] { state.withLock { state in order.compactMap { state.replies[$0] } } }

  /// Why the last write failed; `nil` while all is well.
  public var failure: StoreError? { state.withLock { $0.failure } }

  public func receive(_ events: [ReplyEvent]) {
    let (startsTicking, startsWriting) = state.withLock { state in
      for event in events { Self.take(event, &state) }
      let startsTicking = !state.isTicking && !state.changed.isEmpty
      if startsTicking { state.isTicking = true }
      let startsWriting = !state.isWriting && !state.ended.isEmpty && !state.isPaused
      if startsWriting { state.isWriting = true }
      return (startsTicking, startsWriting)
    }
    if startsWriting { Task { await write() } }
    if startsTicking { Task { await tick() } }
    next?.receive(events)
  }

  /// Waits until every reply has ended and is stored, or the task is cancelled. Returns them as they then stand.
  @discardableResult
  public func settled() async -> [Reply] {
    let key = UUID()
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.open == 0 || Task.isCancelled { return true }
          state.waiting[key] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: key) }?.resume()
    }
    return replies
  }

  private static func take(_ event: ReplyEvent, _ state: inout State) {
    guard state.replies[event.reply]?.state.isFinal == false else { return }
    state.replies[event.reply]?.apply(event.event, at: event.at)
    if event.event.isFinal {
      state.changed.remove(event.reply)
      state.ended.append(event.reply)
    } else {
      state.changed.insert(event.reply)
    }
  }

  private func tick() async {
    // Throws only if its task is cancelled, which nobody can do.
    try? await clock.sleep(for: interval)
    let startsWriting = state.withLock { state in
      state.isTicking = false
      state.isPaused = false
      state.isCheckpointDue = true
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if startsWriting { await write() }
  }

  private func write() async {
    while let work = nextWork() {
      do throws(StoreError) {
        switch work {
        case .finish(let replies):
          for reply in try await store.finish(replies) { committed(reply) }
        case .checkpoint(let progress):
          try await store.checkpoint(Array(progress.values))
          state.withLock { state in
            for (id, progress) in progress { state.stored[id] = progress.end }
            state.failure = nil
          }
        }
      } catch {
        if case .finish(let replies) = work, replies.count > 1 {
          state.withLock { state in
            state.ended.insert(contentsOf: replies.map(\.id), at: 0)
            state.goesAlone = true
          }
        } else {
          failed(work, error)
        }
      }
    }
  }

  private func nextWork() -> Work? {
    state.withLock { state in
      if !state.isPaused {
        if !state.ended.isEmpty {
          let ids = state.ended.prefix(state.goesAlone ? 1 : Self.mostTogether)
          state.ended.removeFirst(ids.count)
          if state.ended.isEmpty { state.goesAlone = false }
          return .finish(ids.compactMap { state.replies[$0] })
        }
        if state.isCheckpointDue {
          state.isCheckpointDue = false
          let changed = state.changed
          state.changed = []
          if !changed.isEmpty { return .checkpoint(Self.progress(of: changed, state)) }
        }
      }
      state.isWriting = false
      return nil
    }
  }

  private static func progress(of changed: Set<UUID>, _ state: State) -> [UUID: ReplyProgress] {
    var progress: [UUID: ReplyProgress] = [:]
    for id in changed {
      guard let reply = state.replies[id] else { continue }
      progress[id] = ReplyProgress(reply, since: state.stored[id] ?? ReplyProgress.Extent())
    }
    return progress
  }

  private func committed(_ reply: Reply) {
    let waiting = state.withLock { state in
      state.replies[reply.id] = reply
      state.failure = nil
      return Self.close(&state)
    }
    onCommitted(reply)
    for continuation in waiting { continuation.resume() }
  }

  private func failed(_ work: Work, _ cause: StoreError) {
    // However many replies have lost their place, it is one thing to tell.
    let error: StoreError = if case (.finish, .notFound) = (work, cause) { .purgedMeanwhile } else { cause }
    let (isNew, startsTicking, waiting) = state.withLock { state in
      var waiting: [CheckedContinuation<Void, Never>] = []
      switch (work, error) {
      // There is no place left to write to.
      case (.finish, .purgedMeanwhile): waiting = Self.close(&state)
      case (.finish(let replies), _): state.ended.insert(contentsOf: replies.map(\.id), at: 0)
      case (.checkpoint(let progress), _):
        for id in progress.keys where state.replies[id]?.state.isFinal == false { state.changed.insert(id) }
      }
      let isNew = state.failure != error
      state.failure = error
      state.isPaused = true
      let startsTicking = !state.isTicking
      state.isTicking = true
      return (isNew, startsTicking, waiting)
    }
    if isNew { onFailure(error) }
    if startsTicking { Task { await tick() } }
    for continuation in waiting { continuation.resume() }
  }

  /// One reply less to wait for. Returns who waited for the last.
  private static func close(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
    state.open -= 1
    guard state.open == 0 else { return [] }
    defer { state.waiting = [:] }
    return Array(state.waiting.values)
  }
}
