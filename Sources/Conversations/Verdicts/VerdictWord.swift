import FoundationEssentials

/// What a verdict says of one of the answers that it is about: the values of the filter `verdict:`.
public enum VerdictWord: String, Hashable, Sendable, CaseIterable {
  case best, bad, better, worse, tie
}

extension [Verdict] {
  /// What these say of an answer, each word as often as it is said.
  public func words(on reply: UUID) -> [VerdictWord] {
    compactMap { verdict in
      switch verdict.kind {
      case .best: verdict.reply == reply ? .best : nil
      case .bad: verdict.reply == reply ? .bad : nil
      case .better: verdict.reply == reply ? .better : verdict.other == reply ? .worse : nil
      case .tie: verdict.replies.contains(reply) ? .tie : nil
      }
    }
  }
}
