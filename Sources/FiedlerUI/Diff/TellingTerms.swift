/// The terms that tell what both answers are about, and what one alone is.
struct TellingTerms: Hashable, Sendable {
  /// The most telling first.
  private(set) var both: [String] = []
  /// Of either answer.
  private(set) var only: [[String]] = [[], []]

  /// Of each of the three.
  static let most = 16

  private struct Candidate {
    var names: [Int]
    var spelling: String
    var score: Double
    /// Where it stands first, for a draw.
    var place: Int
  }

  private struct Couple: Hashable {
    var first: Int
    var second: Int
  }

  private struct Use {
    var counts = [0, 0]
    var spelling: Substring
  }

  init(_ passages: [[Passage]], _ texts: [String], _ book: TermBook, weight: [Double]) {
    var couples: [Couple: Use] = [:]
    var places = [Int](repeating: .max, count: book.entries.count)
    for side in 0..<2 {
      for passage in passages[side] {
        for (index, term) in passage.terms.enumerated() {
          places[term.name] = min(places[term.name], side << 32 + term.range.lowerBound)
          guard index > 0, passage.kind != .code else { continue }
          let before = passage.terms[index - 1]
          // One blank between them, and neither says much else.
          guard term.range.lowerBound == before.range.upperBound + 1, weight[term.name] > 0, weight[before.name] > 0
          else { continue }
          let couple = Couple(first: before.name, second: term.name)
          if couples[couple] == nil {
            let spelling = texts[side].part(before.range.lowerBound..<term.range.upperBound)
            guard !spelling.contains(where: { $0.isNewline || $0.isPunctuation && $0 != "-" }) else { continue }
            couples[couple] = Use(spelling: spelling)
          }
          couples[couple]?.counts[side] += 1
        }
      }
    }
    var shared: [Candidate] = []
    var alone: [[Candidate]] = [[], []]
    for (name, entry) in book.entries.enumerated() where weight[name] > 0 {
      let score = Self.score(entry, weight[name])
      let candidate = Candidate(names: [name], spelling: entry.spelling, score: score, place: places[name])
      if entry.isShared { shared.append(candidate) } else { alone[entry.counts[0] > 0 ? 0 : 1].append(candidate) }
    }
    for (couple, use) in couples {
      let isInBoth = use.counts[0] > 0 && use.counts[1] > 0
      guard isInBoth || use.counts[0] + use.counts[1] > 1 else { continue }
      let names = [couple.first, couple.second]
      let score = names.reduce(0) { $0 + Self.score(book.entries[$1], weight[$1]) } * 0.8
      let candidate = Candidate(
        names: names, spelling: String(use.spelling), score: score, place: places[couple.first])
      if isInBoth { shared.append(candidate) } else { alone[use.counts[0] > 0 ? 0 : 1].append(candidate) }
    }
    both = Self.chosen(shared)
    only = alone.map(Self.chosen)
  }

  private static func score(_ entry: TermBook.Entry, _ weight: Double) -> Double {
    let uses = min(8, entry.counts[0]) + min(8, entry.counts[1])
    return weight * (1 + Double(min(4, entry.prominence))) * Double(uses).squareRoot()
  }

  /// The best, no term twice.
  private static func chosen(_ candidates: [Candidate]) -> [String] {
    let sorted = candidates.sorted { ($1.score, $0.place, $1.names.count) < ($0.score, $1.place, $0.names.count) }
    var taken: Set<Int> = []
    var chosen: [String] = []
    for candidate in sorted where taken.isDisjoint(with: candidate.names) {
      taken.formUnion(candidate.names)
      chosen.append(candidate.spelling)
      if chosen.count == most { break }
    }
    return chosen
  }
}
