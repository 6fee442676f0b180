import Conversations
import FoundationEssentials
import Synchronization

/// Lets the requests of a process go out to each provider as fast as it takes them, whichever send they belong to.
/// Usable from any thread; nobody holds one while waiting.
final class SendLimiter: Sendable {
  /// One provider at one address.
  struct Place: Hashable, Sendable {
    var provider: String
    var baseURL: String

    init(_ model: ConfiguredModel) {
      provider = model.reference.provider
      baseURL = model.baseURL
    }
  }

  /// A request that has gone out.
  struct Pass: Sendable {
    var number: Int
    /// How many the provider had let in before.
    var admittedBefore: Int
  }

  private struct State {
    var admissions: [Place: Admission] = [:]
    /// Those that wait for another one to end.
    var waiting: [Place: [UUID: CheckedContinuation<Void, Never>]] = [:]
    /// Cancelled before their wait began.
    var cancelled: Set<UUID> = []
  }

  private let timeline: Timeline
  private let longestWait: Duration
  private let state = Mutex(State())

  init(clock: any Clock<Duration>, longestWait: Duration) {
    timeline = Timeline(startingNowOn: clock)
    self.longestWait = longestWait
  }

  /// Waits until a request may go out. `onWait` is told how long that will be, as often as that is known. Throws
  /// `CancellationError` when its task is cancelled.
  func admit(
    _ model: ConfiguredModel, tokens: Int, onWait: @Sendable (Duration) -> Void
  ) async throws -> Pass {
    let place = Place(model)
    while true {
      try Task.checkCancellation()
      let now = timeline.elapsed()
      let (answer, admitted) = state.withLock { state in
        var admission = state.admissions[place] ?? Admission(limits: model.limits, longestWait: longestWait)
        // models.yaml may have been read anew.
        admission.limits = model.limits
        let answer = admission.ask(tokens: tokens, at: now)
        state.admissions[place] = admission
        return (answer, admission.admitted)
      }
      switch answer {
      case .go(let number): return Pass(number: number, admittedBefore: admitted)
      case .wait(let until):
        onWait(until - now)
        try await timeline.sleep(until)
      case .waitForEnd: await waitForEnd(at: place)
      }
    }
  }

  /// The answer to a request has begun.
  func begun(_ model: ConfiguredModel, _ pass: Pass, _ headers: RateLimitHeaders) {
    let now = timeline.elapsed()
    change(model) { $0.begin(pass.number, headers, at: now) }
  }

  /// A request has ended, however.
  func ended(_ model: ConfiguredModel, _ pass: Pass) { change(model) { $0.end(pass.number) } }

  /// Whether others got through since a request went out: refused, it was the crowd's fault then, not its own.
  func isCrowded(_ model: ConfiguredModel, since pass: Pass) -> Bool {
    state.withLock { ($0.admissions[Place(model)]?.admitted ?? 0) > pass.admittedBefore }
  }

  /// A request that has ended was refused for being one too many: all stay away for `delay`.
  func refused(_ model: ConfiguredModel, for delay: Duration) {
    let now = timeline.elapsed()
    change(model) { $0.refused(for: delay, at: now) }
  }

  /// Changes what is known of a place, and has those look again who wait there.
  private func change(_ model: ConfiguredModel, _ body: (inout Admission) -> Void) {
    let place = Place(model)
    let woken = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard var admission = state.admissions[place] else { return [] }
      body(&admission)
      state.admissions[place] = admission
      return state.waiting.removeValue(forKey: place).map { Array($0.values) } ?? []
    }
    for continuation in woken { continuation.resume() }
  }

  private func waitForEnd(at place: Place) async {
    let id = UUID()
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          // What has ended since the question was answered would not wake it any more.
          let isFree = state.admissions[place]?.underway == 0
          if state.cancelled.remove(id) != nil || isFree { return true }
          state.waiting[place, default: [:]][id] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
        if let waiting = state.waiting[place]?.removeValue(forKey: id) { return waiting }
        state.cancelled.insert(id)
        return nil
      }
      waiting?.resume()
    }
  }
}
