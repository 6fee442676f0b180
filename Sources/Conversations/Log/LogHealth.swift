/// How logging to Godot stands, as the status bar shows it.
public struct LogHealth: Hashable, Sendable {
  public enum State: Hashable, Sendable {
    /// `godot.url` is `off`.
    case off
    case connecting
    /// Connected, answering, nothing overdue.
    case connected
    /// Connected, but an answer is overdue for this long.
    case waiting(Duration)
    /// Not connected; `reason` in plain words ("connection refused").
    case disconnected(reason: String)
    /// The outbox itself cannot be read or written ("disk full").
    case broken(reason: String)
  }

  public var state: State
  /// Records not yet acknowledged.
  public var pending: Int
  /// Records that the server has acknowledged as queued and that were not seen in its store yet; none of them is
  /// pending.
  public var unconfirmed: Int
  /// Records that a server refuses and that wait for the user.
  public var parked: Int
  /// Why the last one was parked.
  public var parkedReason: String?
  /// Ordinary log records dropped because the outbox was full. Conversation turns are never dropped.
  public var evicted: Int
  /// Age of the oldest pending record.
  public var oldestPending: Duration?
  /// Time since the oldest unconfirmed record was acknowledged.
  public var oldestUnconfirmed: Duration?
  /// Time until the next attempt, while disconnected.
  public var nextRetry: Duration?
  public var lastError: String?
  /// Records delivered since the outbox exists.
  public var sent: Int
  /// The server runs within this program.
  public var isEmbedded: Bool

  public init(
    state: State, pending: Int = 0, parked: Int = 0, parkedReason: String? = nil, evicted: Int = 0,
    unconfirmed: Int = 0, oldestPending: Duration? = nil, oldestUnconfirmed: Duration? = nil,
    nextRetry: Duration? = nil, lastError: String? = nil,
    sent: Int = 0, isEmbedded: Bool = false
  ) {
    self.state = state
    self.pending = pending
    self.parked = parked
    self.parkedReason = parkedReason
    self.evicted = evicted
    self.unconfirmed = unconfirmed
    self.oldestPending = oldestPending
    self.oldestUnconfirmed = oldestUnconfirmed
    self.nextRetry = nextRetry
    self.lastError = lastError
    self.sent = sent
    self.isEmbedded = isEmbedded
  }
}
