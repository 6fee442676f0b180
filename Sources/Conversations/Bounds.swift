import Basics
import FoundationEssentials

/// What numbers from outside can be: from providers, imported files, databases, recordings and log servers.
///
/// Each number is held against its bound once, where it is read. Within the bounds, sums and products of a few such
/// numbers fit `Int`, `Double` and `Duration`, so nobody who reckons with them needs to fear a trap.
public enum Bounds {
  /// Tokens of one kind in one reply.
  public static let tokens = 0...1_000_000_000_000
  /// What counts from 1: attempts and turns.
  public static let ordinals = 1...1_000_000_000
  /// What counts from 0: requests made for a reply, records of an outbox.
  public static let counts = 0...1_000_000_000_000
  /// Sizes of what fits a row, in bytes.
  public static let bytes = 0...1 << 40
  public static let httpStatus = 100...999
  /// Lengths of time in seconds, up to about 31 years.
  public static let seconds = 0.0...1e9
  /// Lengths of time in milliseconds.
  public static let milliseconds = 0...1_000_000_000_000
  /// Lengths of time in microseconds.
  public static let microseconds = 0...1_000_000_000_000_000
  /// Points in time in seconds since 1970 UTC: the years 1 to 9999.
  public static let secondsSince1970 = Date.keptSeconds
}

extension ClosedRange {
  /// The number itself if it is within, else the nearest that is.
  public func nearest(_ value: Bound) -> Bound { Swift.min(Swift.max(value, lowerBound), upperBound) }

  /// As above; what is no number counts as the least.
  public func nearest(_ value: Bound) -> Bound where Bound: FloatingPoint {
    value.isNaN ? lowerBound : Swift.min(Swift.max(value, lowerBound), upperBound)
  }

  /// The number if it is within, else `nil`.
  public func only(_ value: Bound?) -> Bound? { value.flatMap { contains($0) ? $0 : nil } }
}
