/// Exponential back-off with full jitter: before attempt n + 1 a random part of `first` x 2^(n-1), at most `most`.
///
/// So said by "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): of the usual ways the one that lets many
/// clients come back with the least load.
public struct ExponentialBackOff: Hashable, Sendable {
  public var first: Duration
  public var most: Duration

  public init(first: Duration, most: Duration) {
    self.first = first
    self.most = most
  }

  /// - `failures`: so far, from 1.
  /// - `jitter`: a random number from 0 to 1.
  public func delay(after failures: Int, jitter: Double) -> Duration {
    // A larger exponent would pass every `most` in use, and at last overflow.
    min(most, first * (1 << min(max(failures, 1) - 1, 30))) * jitter
  }
}
