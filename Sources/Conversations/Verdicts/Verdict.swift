import FoundationEssentials

/// What a reader thinks of an answer, or of one of two beside the other. Kept beside the answers, with a note; it can
/// be changed and taken back at any time.
public struct Verdict: Identifiable, Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The best of the answers to its prompt; one of them at most.
    case best
    /// Not to be used.
    case bad
    /// Better than the other one.
    case better
    /// As good as the other one.
    case tie

    /// Whether it is about two answers.
    public var isOfTwo: Bool { self == .better || self == .tie }
  }

  public let id: UUID
  public var kind: Kind
  /// The answer that it is about; of two the better one.
  public var reply: UUID
  /// The answer that `reply` is compared with, to the same prompt; `nil` unless ``Kind/isOfTwo``.
  public var other: UUID?
  /// Why, in the reader's own words; empty where nothing was said.
  public var note: String
  public var madeAt: Date
  /// Whether the reader did not see whose answers they were.
  public var isBlind: Bool

  public init(
    id: UUID = UUID(), _ kind: Kind, of reply: UUID, against other: UUID? = nil, note: String = "", madeAt: Date,
    isBlind: Bool = false
  ) {
    self.id = id
    self.kind = kind
    self.reply = reply
    self.other = other
    self.note = note
    self.madeAt = madeAt
    self.isBlind = isBlind
  }

  /// The answers that it is about.
  public var replies: Set<UUID> { Set([reply] + (other.map { [$0] } ?? [])) }

  /// Whether both cannot stand together: they are about the same answer, or the same two, or name two that are best.
  public func excludes(_ verdict: Verdict) -> Bool {
    replies == verdict.replies || (kind == .best && verdict.kind == .best)
  }
}

/// What a user does about verdicts.
public enum VerdictChange: Hashable, Sendable {
  /// Gives one; what it excludes goes.
  case give(Verdict)
  /// Takes back what was said of an answer, or of two, in whatever order.
  case takeBack(UUID, against: UUID? = nil)

  /// The answers that it is about.
  public var replies: Set<UUID> {
    switch self {
    case .give(let verdict): verdict.replies
    case .takeBack(let reply, let other): Set([reply] + (other.map { [$0] } ?? []))
    }
  }
}

extension [Verdict] {
  /// The verdicts on the answers to a prompt once one of them has changed, in the order in which they were given.
  public func applying(_ change: VerdictChange) -> [Verdict] {
    switch change {
    case .give(let verdict): filter { !verdict.excludes($0) } + [verdict]
    case .takeBack: filter { $0.replies != change.replies }
    }
  }

  /// What is thought of an answer by itself.
  public func verdict(on reply: UUID) -> Verdict? { first { !$0.kind.isOfTwo && $0.reply == reply } }

  /// What is thought of two answers beside each other, in whatever order.
  public func verdict(between one: UUID, and other: UUID) -> Verdict? {
    first { $0.kind.isOfTwo && $0.replies == [one, other] }
  }

  /// Whether it is settled what is to be made of these answers: one of them is the best, or each two were compared.
  public func settles(_ answers: [UUID]) -> Bool {
    if contains(where: { $0.kind == .best && answers.contains($0.reply) }) { return true }
    guard answers.count > 1 else { return false }
    return answers.indices.allSatisfy { index in
      answers[(index + 1)...].allSatisfy { verdict(between: answers[index], and: $0) != nil }
    }
  }
}
