import Conversations

/// Which limit an attempt runs under, and when it would break it. A value: time comes in from outside,
/// always as the time since the send began.
struct AttemptTimer: Hashable, Sendable {
  struct Limits: Hashable, Sendable {
    var connect: Duration
    /// Silence before the first token.
    var firstToken: Duration
    /// Silence after it.
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
    case waiting(lastBytes: Duration)
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
    if case .connecting = phase { phase = .waiting(lastBytes: time) }
  }

  /// Bytes came. Keep-alives are as good a sign of life as a token: a server that sends them is at work on the prompt,
  /// and ``Limits/total`` bounds that.
  mutating func received(at time: Duration, hasContent: Bool) {
    phase = hasContent ? .streaming(lastBytes: time) : .waiting(lastBytes: time)
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
    case .waiting(let last): last + limits.firstToken
    case .streaming(let last): last + limits.idle
    }
  }
}

/// When an answer that has ended is taken for over though its connection stays open: counts may still come, heartbeats
/// for ever. A value, as ``AttemptTimer`` is.
struct EndingTimer: Hashable, Sendable {
  /// How long counts are waited for.
  static let grace = Duration.seconds(2)

  private enum State: Hashable {
    case open
    case ended(at: Duration)
    /// Text came behind the reason to stop: that did not mean the end.
    case mistaken
  }

  private var state = State.open

  /// When the answer is over, as far as is known.
  var deadline: Duration? { if case .ended(let time) = state { time + Self.grace } else { nil } }

  /// What came was understood; `news` is what it said.
  mutating func received(_ news: [SendEvent], hasEnding: Bool, at time: Duration) {
    switch state {
    case .open:
      if hasEnding { state = .ended(at: time) }
    case .ended:
      let hasText = news.contains {
        switch $0 {
        case .text, .reasoning: true
        default: false
        }
      }
      if hasText { state = .mistaken } else if !news.isEmpty { state = .ended(at: time) }
    case .mistaken: break
    }
  }
}
