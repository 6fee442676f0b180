import Conversations

/// What has been found out about two texts: what differs, word by word, and what is common.
public struct Comparison: Sendable {
  let difference: WordDiff
  /// `nil` where the texts were not compared, or are too long for more than lines.
  let ground: CommonGround?

  /// Longer texts, in UTF-8 bytes together, are compared by lines alone.
  static let mostBytes = 2_000_000

  /// Takes time in proportion to the texts: not for the screen's thread.
  init(_ old: String, _ new: String) {
    self.init(Self.difference(old, new), Self.isLong(old, new) ? nil : CommonGround(old, new))
  }

  private init(_ difference: WordDiff, _ ground: CommonGround?) {
    self.difference = difference
    self.ground = ground
  }

  /// The same, what differs and what is common being found out side by side.
  public static func of(_ old: String, _ new: String) async -> Comparison {
    async let ground = isLong(old, new) ? nil : CommonGround(old, new)
    let difference = Self.difference(old, new)
    return Comparison(difference, await ground)
  }

  private static func isLong(_ old: String, _ new: String) -> Bool { old.utf8.count + new.utf8.count > mostBytes }

  private static func difference(_ old: String, _ new: String) -> WordDiff {
    WordDiff(from: old, to: new, by: isLong(old, new) ? .lines : .words)
  }

  /// The one text beside the other, without a look at either.
  init(replacing old: String, by new: String) {
    difference = WordDiff(replacing: old, by: new)
    ground = nil
  }

  /// Whether what is common says more than what differs.
  var isMostlyDifferent: Bool { ground != nil && difference.difference > 0.5 }
}
