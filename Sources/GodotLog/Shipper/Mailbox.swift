import Conversations
import JSON
import MCP
import Synchronization

/// What the shell's task is told.
enum LoggerEvent: Sendable {
  case connected(generation: Int, Result<Uplink, ConnectionError>)
  case session(generation: Int, MCPEvent)
  case outbox(OutboxResult)
  case readBack(number: Int, Result<[RecordKey], Shipper.ReadBackFailure>)
  case counted(Result<Outbox.Counts, OutboxProblem>)
  case flush(Flush)
  case retryNow
  case stop(deadline: ContinuousClock.Instant)
}

/// Someone waits for the outbox to empty.
struct Flush: Sendable {
  var deadline: ContinuousClock.Instant
  var continuation: CheckedContinuation<LogHealth, Never>
  var goal = FlushGoal.stored
  /// Attempts to connect when it began.
  var attempts = 0
}

/// What ``GodotLogger/flush(deadline:until:)`` waits for.
public enum FlushGoal: Hashable, Sendable {
  /// Everything is known to be stored.
  case stored
  /// The server has acknowledged everything, or another process sends, which will do it.
  case handedOver
}

/// Events for one task, and a signal that some have come. Posting costs a lock and a signal.
final class Mailbox: Sendable {
  private struct State {
    var events: [LoggerEvent] = []
    var isNudged = false
    var isClosed = false
    /// Signalled, and not taken since.
    var isSignalled = false

    /// True if the reader has to be told.
    mutating func signal() -> Bool {
      defer { isSignalled = true }
      return !isSignalled
    }
  }

  /// Yields once or more after anything was posted.
  let signal: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation
  private let state = Mutex(State())

  init() {
    (signal, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// False if nobody will read it any more.
  @discardableResult
  func post(_ event: LoggerEvent) -> Bool {
    let (isOpen, isNews) = state.withLock { state in
      if !state.isClosed { state.events.append(event) }
      return (!state.isClosed, state.signal())
    }
    if isNews { continuation.yield() }
    return isOpen
  }

  func nudge() {
    let isNews = state.withLock { state in
      state.isNudged = true
      return state.signal()
    }
    if isNews { continuation.yield() }
  }

  /// Only wakes the reader.
  func wake() { continuation.yield() }

  func take() -> (events: [LoggerEvent], isNudged: Bool) {
    state.withLock { state in
      defer {
        state.events = []
        state.isNudged = false
        state.isSignalled = false
      }
      return (state.events, state.isNudged)
    }
  }

  /// Takes what is left and lets nothing more in.
  func close() -> [LoggerEvent] {
    continuation.finish()
    return state.withLock { state in
      state.isClosed = true
      defer { state.events = [] }
      return state.events
    }
  }
}
