import Glibc

/// How often values of each size came: enough for quantiles, whatever their number.
///
/// A value is rounded down to its five highest bits, so that a quantile is right to about 3 %. Values below 32 are kept
/// as they are.
public struct Histogram: Hashable, Sendable {
  /// By the lower bound of each bucket.
  public private(set) var counts: [Int: Int] = [:]
  public private(set) var total = 0

  /// Larger values count as this.
  public static let largest = 1 << 44

  public init() {}

  /// The bucket that holds a value: its lower bound. What is negative counts as 0.
  public static func bucket(_ value: Int) -> Int {
    let value = max(0, min(value, largest))
    return value < 32 ? value : value & -(width(value))
  }

  /// How many values the bucket has room for that holds a value.
  public static func width(_ value: Int) -> Int {
    value < 32 ? 1 : 1 << (Int.bitWidth - value.leadingZeroBitCount - 5)
  }

  public mutating func add(_ value: Int) { add(bucket: Self.bucket(value), 1) }

  /// - `bucket`: a lower bound, as ``bucket(_:)`` gives it.
  public mutating func add(bucket: Int, _ count: Int) {
    counts[bucket, default: 0] += count
    total += count
  }

  public mutating func add(_ other: Histogram) {
    for (bucket, count) in other.counts { add(bucket: bucket, count) }
  }

  /// The value that this share of all does not exceed, by what lies around it in its bucket; `nil` where there is none.
  public func quantile(_ share: Double) -> Double? {
    guard total > 0 else { return nil }
    let rank = max(0, min(1, share)) * Double(total - 1)
    var before = 0
    for bucket in counts.keys.sorted() {
      guard let count = counts[bucket], count > 0 else { continue }
      if rank < Double(before + count) {
        let width = Self.width(bucket)
        // The values of a bucket are taken to lie evenly in it.
        return width == 1
          ? Double(bucket) : Double(bucket) + Double(width) * (rank - Double(before) + 0.5) / Double(count)
      }
      before += count
    }
    return nil
  }

  /// How many values lie in each of so many parts of equal ratio between the smallest and the largest, and where those
  /// end. For drawing.
  public func bars(_ count: Int) -> (bars: [Int], lowest: Int, highest: Int)? {
    let known = counts.filter { $0.value > 0 }
    guard count > 0, let lowest = known.keys.min(), let last = known.keys.max() else { return nil }
    let highest = last + Self.width(last)
    var bars = Array(repeating: 0, count: count)
    let (start, end) = (Double(max(1, lowest)), Double(max(2, highest)))
    let ratio = pow(end / start, 1 / Double(count))
    var bound = start * ratio
    var bar = 0
    for bucket in known.keys.sorted() {
      while Double(bucket) >= bound, bar < count - 1 {
        bar += 1
        bound *= ratio
      }
      bars[bar] += known[bucket] ?? 0
    }
    return (bars, lowest, highest)
  }
}
