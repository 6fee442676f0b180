import Synchronization

/// A clock that moves only when a test says so.
public final class ManualClock: Clock, Sendable {
  public struct Instant: InstantProtocol {
    public var offset: Duration
    public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    public func duration(to other: Instant) -> Duration { other.offset - offset }
    public static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
  }

  private struct Sleeper {
    let id: Int
    let until: Instant
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var now = Instant(offset: .zero)
    var nextID = 0
    var sleepers: [Sleeper] = []
    /// Cancelled before their sleep began.
    var cancelled: Set<Int> = []
  }

  private let state = Mutex(State())

  public init() {}

  public var now: Instant { state.withLock { $0.now } }
  public var minimumResolution: Duration { .nanoseconds(1) }

  /// How many tasks sleep now.
  public var sleepers: Int { state.withLock { $0.sleepers.count } }
  /// When the sleepers will wake, as time since the clock was made, soonest first.
  public var deadlines: [Duration] { state.withLock { $0.sleepers.map(\.until.offset).sorted() } }

  public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let result: Result<Void, any Error>? = state.withLock { state in
          if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
          if deadline <= state.now { return .success(()) }
          state.sleepers.append(Sleeper(id: id, until: deadline, continuation: continuation))
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      let sleeper = state.withLock { state -> Sleeper? in
        guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
          state.cancelled.insert(id)
          return nil
        }
        return state.sleepers.remove(at: index)
      }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Moves the time on and wakes whoever is due, in the order in which they are.
  public func advance(by duration: Duration) {
    let due = state.withLock { state -> [Sleeper] in
      state.now = state.now.advanced(by: duration)
      let now = state.now
      let due = state.sleepers.filter { $0.until <= now }.sorted { $0.until < $1.until }
      state.sleepers.removeAll { $0.until <= now }
      return due
    }
    for sleeper in due { sleeper.continuation.resume() }
  }

  /// Moves the time on to the soonest sleeper's. False if nobody sleeps.
  @discardableResult
  public func advanceToNextSleeper() -> Bool {
    guard let next = deadlines.first else { return false }
    advance(by: max(.zero, next - now.offset))
    return true
  }

  /// Waits until at least `count` tasks sleep.
  public func waitForSleepers(_ count: Int) async throws {
    try await eventually("\(count) tasks sleep, \(sleepers) do") { self.sleepers >= count }
  }

  /// Moves from sleeper to sleeper until `condition` is true; others are given time to run in between.
  /// Throws ``NotEventually`` after 20 real seconds.
  public func run(until what: @autoclosure () -> String, _ condition: () -> Bool) async throws {
    let limit = Duration.seconds(20)
    let deadline = ContinuousClock.now + limit
    while !condition() {
      guard ContinuousClock.now < deadline else { throw NotEventually(description: "not within \(limit): \(what())") }
      if advanceToNextSleeper() {
        await Task.yield()
      } else {
        // Whoever is to sleep next is still at work.
        try await Task.sleep(for: .microseconds(200))
      }
    }
  }
}
