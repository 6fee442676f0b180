/// Exponential back-off with full jitter: before attempt n + 1 a random part of `first` x 2^(n-1), at most `most`.
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
    let exponent = min(max(failures - 1, 0), 20)
    return min(most, Self.first * (1 << exponent)) * jitter()
  }
}
