import Synchronization

/// Holds whoever waits until a test opens it; open for ever after.
public final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var nextID = 0
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    var arrivals = 0
  }

  private let state = Mutex(State())

  public init() {}

  /// How many have come to the gate so far.
  public var arrivals: Int { state.withLock { $0.arrivals } }

  public func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [:] }
      return state.waiting.values.map { $0 }
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Returns once the gate is open or the task is cancelled.
  public func wait() async {
    let id = state.withLock { state in
      state.arrivals += 1
      state.nextID += 1
      return state.nextID
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let passes = state.withLock { state in
          if state.isOpen || Task.isCancelled { return true }
          state.waiting[id] = continuation
          return false
        }
        if passes { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
    }
  }
}
