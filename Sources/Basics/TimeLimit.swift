/// Does something once a time has passed, unless it is called off before.
public struct TimeLimit: Sendable {
  private let task: Task<Bool, Never>

  /// Begins now. `action` runs in a task of its own.
  public init(_ limit: Duration, then action: @escaping @Sendable () -> Void) {
    task = Task {
      // Called off: a cancelled sleep throws.
      do { try await Task.sleep(for: limit) } catch { return false }
      action()
      return true
    }
  }

  /// Calls it off; too late for an action that has begun.
  public func cancel() { task.cancel() }

  /// Whether the time was over. Comes at once after ``cancel()``, and waits for the end of the time else.
  public var hasPassed: Bool { get async { await task.value } }
}

/// Waits for `work`, but no longer than `limit`. What is not done by then is cancelled and not waited for.
public func wait(atMost limit: Duration, for work: @escaping @Sendable () async -> Void) async {
  let (ends, end) = AsyncStream.makeStream(of: Void.self)
  let working = Task {
    await work()
    end.yield()
  }
  let limiting = TimeLimit(limit) { end.yield() }
  for await _ in ends { break }
  working.cancel()
  limiting.cancel()
}
