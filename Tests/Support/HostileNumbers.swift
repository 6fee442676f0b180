/// What a number from outside may be, however unlikely: tests put each where a reader expects a sound one.
public enum HostileNumbers {
  /// As they stand in a JSON or YAML text. The last three are no JSON.
  public static let texts =
    integers.map(String.init) + ["9223372036854775808", "1e308", "-1e308", "0.5", "1e999", "NaN", "Infinity"]
  public static let integers = [Int.min, Int.min + 1, -1, 0, 1, Int(Int32.max) + 1, Int.max - 1, Int.max]
}
