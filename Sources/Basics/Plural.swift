/// English words for how many there are of something.
public enum Plural {
  /// `1 turn`, `3 turns`; `many` where the plural is no `s` behind `one`.
  public static func text(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    "\(number) \(word(number, one, many))"
  }

  /// The word alone: `turn`, `turns`.
  public static func word(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    number == 1 ? one : many ?? one + "s"
  }
}
