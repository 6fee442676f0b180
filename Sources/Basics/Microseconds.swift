import FoundationEssentials

extension Date {
  /// The points in time that Fiedler keeps, in seconds since 1970 UTC: the years 1 to 9999, which every database and
  /// every other program can write.
  public static let keptSeconds = -62_135_596_800.0...253_402_300_799.0

  /// Rounded to microseconds since 1970 UTC. A date outside ``keptSeconds`` becomes the nearest inside; what is no
  /// number counts as 1970.
  public var microseconds: Int64 {
    let seconds = timeIntervalSince1970
    guard !seconds.isNaN else { return 0 }
    return Int64((min(max(seconds, Self.keptSeconds.lowerBound), Self.keptSeconds.upperBound) * 1_000_000).rounded())
  }

  /// - `microseconds`: since 1970 UTC, any number; what lies outside ``keptSeconds`` becomes the nearest there.
  public init(microseconds: Int64) {
    let seconds = Double(microseconds) / 1_000_000
    self.init(timeIntervalSince1970: min(max(seconds, Self.keptSeconds.lowerBound), Self.keptSeconds.upperBound))
  }
}

extension Duration {
  /// Rounded to microseconds, from 0 to those of a billion seconds: what is negative or longer becomes the nearest.
  public var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    let most: Int64 = 1_000_000_000
    guard seconds < most else { return most * 1_000_000 }
    return max(0, max(seconds, -1) * 1_000_000 + (attoseconds + 500_000_000_000) / 1_000_000_000_000)
  }
}
