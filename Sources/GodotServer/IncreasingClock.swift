import Basics
import FoundationEssentials
import Synchronization

/// The time, never the same twice, so that what came later is later.
final class IncreasingClock: Sendable {
  private let last = Mutex<Int64>(0)

  func now() -> Date {
    let microseconds = Date.now.microseconds
    let given = last.withLock { last in
      last = max(last + 1, microseconds)
      return last
    }
    return Date(microseconds: given)
  }
}
