import Conversations

/// Which limit an attempt runs under, and when it would break it. A value: time comes in from outside,
/// always as the time since the send began.
struct AttemptTimer: Hashable, Sendable {
  struct Limits: Hashable, Sendable {
    var connect: Duration
    var firstToken: Duration
    var idle: Duration
    /// For the reply as a whole, earlier attempts and the waits between them included.
    var total: Duration

    /// The limit that a time-out of this kind broke.
    subscript(kind: SendFailure.Kind) -> Duration {
      switch kind {
      case .connectTimeout: connect
      case .firstTokenTimeout: firstToken
      case .idleTimeout: idle
      default: total
      }
    }
  }

  private enum Phase: Hashable {
    case connecting(since: Duration)
    case waiting(since: Duration)
    case streaming(lastBytes: Duration)
  }

  /// The HTTP client has the same connect limit and goes first, because it also gives up the connection.
  static let connectGrace = Duration.milliseconds(250)

  let limits: Limits
  private var phase: Phase

  init(limits: Limits, startedAt: Duration) {
    self.limits = limits
    phase = .connecting(since: startedAt)
  }

  mutating func connected(at time: Duration) {
    if case .connecting = phase { phase = .waiting(since: time) }
  }

  /// Bytes came. Until there is content among them they do not extend the wait for the first token:
  /// a server may send keep-alives for ever.
  mutating func received(at time: Duration, hasContent: Bool) {
    if hasContent { phase = .streaming(lastBytes: time) } else { connected(at: time) }
  }

  /// Which limit was broken at `time`, if any.
  func expired(at time: Duration) -> SendFailure.Kind? {
    if time >= limits.total { return .totalTimeout }
    guard time >= phaseDeadline else { return nil }
    return switch phase {
    case .connecting: .connectTimeout
    case .waiting: .firstTokenTimeout
    case .streaming: .idleTimeout
    }
  }

  /// When to ask ``expired(at:)`` next. Never later than the first moment it could say yes, whatever arrives meanwhile.
  func nextCheck(at time: Duration) -> Duration {
    min(phaseDeadline, limits.total, time + min(limits.idle, limits.firstToken))
  }

  private var phaseDeadline: Duration {
    switch phase {
    case .connecting(let since): since + limits.connect + Self.connectGrace
    case .waiting(let since): since + limits.firstToken
    case .streaming(let last): last + limits.idle
    }
  }
}
