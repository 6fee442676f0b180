import Basics

/// What a model can be asked to make of several answers, without a template of one's own.
public enum SynthesisWay: String, Hashable, Sendable, CaseIterable {
  /// One answer that takes the best of all.
  case merge
  /// What is right, wrong and missing in each.
  case critique
  /// Which is best, in a line that can be read by a program: `Ranking: B > A > C`.
  case rank
  /// What all say, what only some say, and where they contradict, as a checklist with sources.
  case consensus
  /// Every model ranks the answers, unlabelled; then one writes, with the rankings before it.
  case council

  /// In a few words, for lists.
  public var summary: String {
    switch self {
    case .merge: "one answer that takes the best of all"
    case .critique: "what is right, wrong and missing in each"
    case .rank: "from best to worst, with a sentence each"
    case .consensus: "what all say, what only some say, where they contradict"
    case .council: "every model ranks them unlabelled, then this one writes"
    }
  }

  /// How many answers it needs at least.
  public var fewestAnswers: Int { self == .critique ? 1 : 2 }

  /// What the reader is asked. The answers are files called as `labels` say; `prompt` is what they answer.
  public func prompt(for prompt: String, labels: [String], rankings: Int = 0) -> String {
    let files = labels.map(Synthesis.fileName).joined(separator: ", ")
    let quoted = prompt.textLines().map { "> \($0)" }
    var text = """
      The files \(files) are answers by different authors, who are not named, to this prompt:

      \(quoted.joined(separator: "\n"))


      """
    if rankings > 0 {
      text += "The files Ranking 1 to Ranking \(rankings) say how others have ranked them. Weigh what they say.\n\n"
    }
    return text + task
  }

  private var task: String {
    switch self {
    case .merge, .council:
      """
      Write one answer to the prompt that takes the best of them: keep what is right and well put, mend what is wrong, say \
      nothing twice. Answer in the language and the form that the prompt asks for, and do not speak of the answers.
      """
    case .critique:
      """
      Say of each answer, by its name, what is right, what is wrong or missing, and what you would change; quote the place \
      that you mean. End with what a good answer must have that none of them has.
      """
    case .rank:
      """
      Rank them from best to worst. Begin with one line of this form, with = between equals: Ranking: B > A > C. Then say of \
      each, by its name, in one sentence why it stands where it stands.
      """
    case .consensus:
      """
      Compare what they say, as Markdown under three headings. "All say": a checklist item (- [x] …) for each point that all \
      of them make. "Only some say": an item (- [ ] …) for each point that only some make. "They contradict": what is said \
      and what is said against it. End every point with its sources in parentheses, such as (A, C).
      """
    }
  }
}

extension Synthesis {
  /// The order that a reader's line `Ranking: B > A = C` gives: labels from best to worst, equals together. `nil` where
  /// there is no such line, or it names an answer that there is not.
  public func ranking(in text: String) -> [[String]]? {
    let prefix = "ranking:"
    let line = text.split(whereSeparator: \.isNewline).lazy.map { line in
      line.filter { $0 != "*" && $0 != "`" && $0 != "#" }.drop(while: \.isWhitespace)
    }.first { $0.lowercased().hasPrefix(prefix) }
    guard let line else { return nil }
    let places = line.dropFirst(prefix.count).split(separator: ">").map { place in
      place.split(separator: "=").map { $0.filter { !$0.isWhitespace && $0 != "." } }
    }
    let named = places.joined()
    let known = Set(sources.map(\.label))
    guard !named.isEmpty, Set(named).count == named.count, named.allSatisfy(known.contains) else { return nil }
    return places
  }
}
