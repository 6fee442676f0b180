import Basics

/// How long the sender waits after a failure.
struct BackOff: Sendable {
  static let first: Duration = .milliseconds(250)
  /// Where something answers and will not serve us: it has to be mended by someone.
  static let most: Duration = .seconds(30)
  /// Where nothing answers, or a database is down: an attempt costs nobody anything, and a server that returns gets
  /// its first record within 5 s.
  static let mostForAbsent: Duration = .seconds(4)

  /// A number from 0 through 1.
  var jitter: @Sendable () -> Double = { Double.random(in: 0...1) }

  func delay(after failures: Int, most: Duration) -> Duration {
    ExponentialBackOff(first: Self.first, most: most).delay(after: failures, jitter: jitter())
  }
}
