import FoundationEssentials

/// What can happen to one reply, in the order it happens.
///
/// `queued (connecting (retrying connecting)* firstToken? (text | reasoning | usage | continuation)* damaged?)?
/// (finished | failed | cancelled)`. The last three are final; nothing follows them.
public enum SendEvent: Hashable, Sendable {
  case queued
  /// Attempt `attempt` (from 1) of at most `of`.
  case connecting(attempt: Int, of: Int)
  /// The first text or reasoning is about to follow.
  case firstToken
  case text(String)
  case reasoning(String)
  /// Counts known so far; later ones replace earlier ones field by field.
  case usage(Usage)
  /// What the model wants back with the next turn; a later one replaces it.
  case continuation(Continuation)
  /// Some of the answer could not be read and is missing; the rest of it is whole.
  case damaged(SendFailure)
  /// Attempt `attempt` failed; the next one starts after `delay`.
  case retrying(attempt: Int, of: Int, delay: Duration, because: SendFailure)
  case finished(FinishReason)
  /// Whatever had streamed stays; the reply is then partial.
  case failed(SendFailure)
  case cancelled

  public var isFinal: Bool {
    switch self {
    case .finished, .failed, .cancelled: true
    default: false
    }
  }
}

/// An event of one reply of one send.
public struct ReplyEvent: Hashable, Sendable {
  public var reply: UUID
  /// Time since the send began; where the reply had to wait for others of its send, since its turn came. Events of one
  /// reply never go back in time.
  public var at: Duration
  public var event: SendEvent

  public init(reply: UUID, at: Duration, event: SendEvent) {
    self.reply = reply
    self.at = at
    self.event = event
  }
}

/// Takes events from a live send or from a recording being played; the taker cannot tell which.
public protocol SendEventSink: Sendable {
  /// Called on any thread, in order for each reply. Must return at once: the stream waits for it.
  func receive(_ events: [ReplyEvent])
}
