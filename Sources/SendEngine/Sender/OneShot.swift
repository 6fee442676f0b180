import Synchronization

/// A value that is set once, from any thread, and awaited by one task. Setting it again does nothing.
final class OneShot<Value: Sendable>: Sendable {
  private enum State {
    case empty
    case awaited(CheckedContinuation<Value, Never>)
    case set(Value)
  }

  private let state = Mutex(State.empty)

  func set(_ value: Value) {
    let waiting: CheckedContinuation<Value, Never>? = state.withLock { state in
      switch state {
      case .set: return nil
      case .empty:
        state = .set(value)
        return nil
      case .awaited(let continuation):
        state = .set(value)
        return continuation
      }
    }
    waiting?.resume(returning: value)
  }

  /// Waits for the value. Does not heed cancellation: whoever cancels also sets the value.
  func value() async -> Value {
    await withCheckedContinuation { continuation in
      let ready: Value? = state.withLock { state in
        if case .set(let value) = state { return value }
        state = .awaited(continuation)
        return nil
      }
      if let ready { continuation.resume(returning: ready) }
    }
  }
}
