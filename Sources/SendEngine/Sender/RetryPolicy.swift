import Basics
import Conversations

/// Decides what follows a failed attempt. A value without a clock: the same question gets the same answer.
struct RetryPolicy: Hashable, Sendable {
  /// Requests at most, the first included.
  var maximumAttempts: Int
  var base: Duration
  var cap: Duration
  var longestRetryAfter: Duration
  /// The limit of the whole reply, counted from the send.
  var total: Duration

  enum Decision: Hashable {
    case retry(after: Duration)
    /// The failure as it is to be shown.
    case giveUp(SendFailure)
  }

  /// - `attempt`: the number of the attempt that failed, from 1; 0 where that was the first and does not count.
  /// - `hasContent`: some of the answer had come. It is then kept, and only the user may ask again.
  /// - `elapsed`: time since the send began.
  /// - `jitter`: from 0 up to 1.
  func decide(
    _ failure: SendFailure, attempt: Int, hasContent: Bool, elapsed: Duration, jitter: Double
  ) -> Decision {
    guard !hasContent, Self.mayHelpToRepeat(failure) else { return .giveUp(failure) }
    if failure.repetition == .untilReady { return whileLoading(failure, elapsed: elapsed) }
    guard attempt < maximumAttempts else {
      return .giveUp(attempt > 1 ? failure.adding("gave up after \(attempt) attempts") : failure)
    }
    let delay =
      failure.retryAfterSeconds.map { Duration.seconds(Bounds.seconds.nearest($0)) }
      ?? ExponentialBackOff(first: base, most: cap).delay(after: max(1, attempt), jitter: jitter)
    guard delay <= longestRetryAfter else {
      return .giveUp(
        failure.adding(
          "it asks to wait \(delay.inWords), longer than the \(longestRetryAfter.inWords) that are waited by itself"))
    }
    guard elapsed + delay < total else {
      return .giveUp(failure.adding("no time is left to try again within \(total.inWords)"))
    }
    return .retry(after: delay)
  }

  /// A server that loads a model is asked again as long as there is time, however many requests that takes.
  private func whileLoading(_ failure: SendFailure, elapsed: Duration) -> Decision {
    let said = failure.retryAfterSeconds.map { Duration.seconds(max(0, $0)) }
    let delay = min(said ?? base * 4, Self.longestLook)
    guard elapsed + delay < total else {
      return .giveUp(failure.adding("it was not ready within \(total.inWords), the model's timeout"))
    }
    return .retry(after: delay)
  }

  /// A model may be ready sooner than the server thought.
  private static let longestLook = Duration.seconds(4)

  /// Whether the same request may succeed a little later.
  static func mayHelpToRepeat(_ failure: SendFailure) -> Bool {
    if let known = failure.repetition { return known != .useless }
    return switch failure.kind {
    case .rateLimited, .connection, .connectTimeout, .empty, .truncated: true
    case .http, .provider:
      switch failure.httpStatus {
      case 408, 409, 425, 429: true
      case .some(let status): status >= 500
      case nil: false
      }
    // A server that was silent until its limit may be at work on the prompt still: it is not given the same again.
    case .missingKey, .unauthorized, .firstTokenTimeout, .idleTimeout, .totalTimeout, .malformed, .blocked,
      .interrupted,
      .invalidRequest:
      false
    }
  }
}

extension SendFailure {
  func adding(_ clause: String) -> SendFailure {
    var copy = self
    copy.message += "; " + clause
    return copy
  }
}

extension Duration {
  /// For a sentence: `60 s`, `0.5 s`, `3 min`.
  var inWords: String {
    let seconds = inSeconds
    if seconds >= 120, seconds.truncatingRemainder(dividingBy: 60) == 0 { return "\(Int(seconds / 60)) min" }
    if seconds == seconds.rounded() { return "\(Int(seconds)) s" }
    return "\((seconds * 10).rounded() / 10) s"
  }
}
