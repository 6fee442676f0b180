import FoundationEssentials

/// How a ``Sender`` waits, retries and names itself. The defaults are meant for people at a terminal.
public struct SenderConfiguration: Sendable {
  /// No connection (DNS, TCP and TLS together) within this: a connect time-out, retried. As the two that follow, a
  /// model may have a limit of its own (``RequestOptions``).
  public var connectTimeout: Duration = .seconds(10)
  /// Connected, but nothing at all arrives for this long before the first text or reasoning: a first-token time-out. It
  /// is not retried, because the server may be at work on the prompt still.
  public var firstTokenTimeout: Duration = .seconds(900)
  /// Nothing at all arrives for this long once the answer has begun: an idle time-out.
  public var idleTimeout: Duration = .seconds(300)
  /// The longest `Retry-After` that is honoured; a longer one fails the reply at once and says so.
  public var longestRetryAfter: Duration = .seconds(60)
  /// Exponential back-off with full jitter: before request n + 1 a random part of `base * 2^(n-1)`, at most `cap`.
  public var backoffBase: Duration = .milliseconds(500)
  public var backoffCap: Duration = .seconds(20)
  /// A number from 0 up to 1, anew at each call: the part of the back-off that is waited.
  public var jitter: @Sendable () -> Double = { Double.random(in: 0..<1) }
  /// What every wait and every time stamp is measured with.
  public var clock: any Clock<Duration> = ContinuousClock()
  /// The time of day, for a `Retry-After` that is a date.
  public var now: @Sendable () -> Date = { Date() }
  /// The longest single event a provider may send.
  public var maximumEventBytes = 16 << 20
  /// How many requests of all sends may be under way at a time, for each takes files of the system's; the others wait
  /// for their turn, first come, first served. `nil` for any number.
  public var mostRequests: Int?
  /// Goes into `User-Agent: fiedler/<version>`.
  public var version = "0.1.0"
  /// Another seed makes the demo models give other answers to the same prompts.
  public var demoSeed: UInt64 = 0

  /// Proxies and authorities, as the environment has them.
  public var network = NetworkEnvironment()

  public init() {}
}
