import FoundationEssentials
import Synchronization

/// Lets so many replies be asked for at a time, of all the sends that share it; the others wait, first come, first
/// served. Usable from any thread; nobody holds one while waiting.
public final class SendGate: Sendable {
  private struct State {
    var free: Int
    var waiting: [(id: UUID, continuation: CheckedContinuation<Bool, Never>)] = []
  }

  private let state: Mutex<State>

  /// - `most`: at least 1.
  public init(_ most: Int) { state = Mutex(State(free: max(1, most))) }

  /// Waits for a place. False if the task was cancelled before there was one; then none is taken.
  func enter() async -> Bool {
    let id = UUID()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer = state.withLock { state -> Bool? in
          // A task is cancelled before its handler runs, so that whoever waits by then is found by it.
          if Task.isCancelled { return false }
          guard state.free > 0 else {
            state.waiting.append((id, continuation))
            return nil
          }
          state.free -= 1
          return true
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiting = state.withLock { state in
        state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
      }
      waiting?.continuation.resume(returning: false)
    }
  }

  /// Gives a place back, to whoever has waited longest.
  func leave() {
    let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst().continuation }
      state.free += 1
      return nil
    }
    next?.resume(returning: true)
  }
}
