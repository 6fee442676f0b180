/// The SplitMix64 generator (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014): small, and
/// the same numbers from the same state on every machine. Not for secrets.
public struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
  public var state: UInt64

  public init(state: UInt64) { self.state = state }

  public mutating func next() -> UInt64 {
    state &+= Self.step
    return Self.mixed(state)
  }

  /// Added to the state before each number: 2^64 divided by the golden ratio.
  public static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// The generator's finalizer: neighbouring numbers give bits that have nothing in common.
  public static func mixed(_ value: UInt64) -> UInt64 {
    var value = value
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
