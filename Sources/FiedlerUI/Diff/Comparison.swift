import Conversations

/// What has been found out about two texts: what differs, word by word, and what is common.
public struct Comparison: Sendable {
  let difference: WordDiff
  /// `nil` where the texts were not compared, or are too long for more than lines.
  let ground: CommonGround?

  /// Longer texts, in UTF-8 bytes together, are compared by lines alone.
  static let mostBytes = 2_000_000

  /// Takes time in proportion to the texts: not for the screen's thread.
  public init(_ old: String, _ new: String) {
    let isLong = old.utf8.count + new.utf8.count > Self.mostBytes
    difference = WordDiff(from: old, to: new, by: isLong ? .lines : .words)
    ground = isLong ? nil : CommonGround(old, new)
  }

  /// The one text beside the other, without a look at either.
  init(replacing old: String, by new: String) {
    difference = WordDiff(replacing: old, by: new)
    ground = nil
  }

  /// Whether what is common says more than what differs.
  var isMostlyDifferent: Bool { ground != nil && difference.difference > 0.5 }
}
