/// Which passages of two answers are about the same, in an order that both have.
///
/// Passages are found by the terms they share, of which rare ones weigh more; code finds code and a table a table even
/// where they share little. Terms that are nearly everywhere are not followed, so the steps are bounded by the terms.
struct PassageAlignment {
  struct Pair: Hashable, Sendable {
    var old: Int
    var new: Int
  }

  /// Ascending in both.
  private(set) var pairs: [Pair] = []
  /// Terms followed and candidates weighed.
  private(set) var steps = 0

  /// A term in more passages of an answer than this leads nowhere.
  static let mostFollowed = 24
  /// Candidates kept of a passage.
  private static let mostCandidates = 6
  /// The share of their weight that two passages must have in common.
  private static let leastShare = 0.12

  init(_ old: [Passage], _ new: [Passage], weight: [Double]) {
    let candidates = candidates(old, new, weight)
    pairs = chain(candidates, newCount: new.count)
  }

  private struct Candidate {
    var pair: Pair
    var value: Double
  }

  private mutating func candidates(_ old: [Passage], _ new: [Passage], _ weight: [Double]) -> [[Candidate]] {
    var places: [Int: [Int]] = [:]
    for (index, passage) in new.enumerated() {
      for name in passage.names where weight[name] > 0 { places[name, default: []].append(index) }
    }
    func total(_ passage: Passage) -> Double { passage.names.reduce(0) { $0 + weight[$1] } }
    let totals = new.map(total)
    let alike = [Passage.Kind.code, .table].map { kind in (kind, new.indices.filter { new[$0].kind == kind }) }
    return old.indices.map { index in
      let passage = old[index]
      var shared: [Int: Double] = [:]
      for name in passage.names {
        guard weight[name] > 0, let found = places[name], found.count <= Self.mostFollowed else { continue }
        steps += found.count
        for place in found where new[place].kind.suits(passage.kind) { shared[place, default: 0] += weight[name] }
      }
      let whole = total(passage)
      var values: [Candidate] = shared.compactMap { place, common in
        let share = 2 * common / max(1, whole + totals[place])
        let isSame = new[place].kind == passage.kind
        guard share >= Self.leastShare || isSame && passage.kind != .prose && common > 0 else { return nil }
        return Candidate(pair: Pair(old: index, new: place), value: common * (0.5 + share) * (isSame ? 1 : 0.5))
      }
      for (kind, found) in alike where kind == passage.kind && found.count <= Self.mostFollowed {
        steps += found.count
        for place in found where shared[place] == nil {
          values.append(Candidate(pair: Pair(old: index, new: place), value: 0.5))
        }
      }
      steps += values.count
      values.sort { ($1.value, $0.pair.new) < ($0.value, $1.pair.new) }
      return Array(values.prefix(Self.mostCandidates))
    }
  }

  /// The candidates of the greatest value together that no two of cross: the best end at each place is kept in a
  /// Fenwick tree (https://doi.org/10.1002/spe.4380240306).
  private mutating func chain(_ candidates: [[Candidate]], newCount: Int) -> [Pair] {
    struct Link {
      var pair: Pair
      var before: Int?
      var sum: Double
    }
    var links: [Link] = []
    var best = [Int?](repeating: nil, count: newCount + 1)
    for ofOne in candidates {
      // From the last place on, so that none builds on another of the same passage.
      for candidate in ofOne.sorted(by: { $0.pair.new > $1.pair.new }) {
        var before: Int?
        var place = candidate.pair.new
        while place > 0 {
          steps += 1
          if let link = best[place], links[link].sum > before.map({ links[$0].sum }) ?? 0 { before = link }
          place -= place & -place
        }
        let sum = candidate.value + (before.map { links[$0].sum } ?? 0)
        links.append(Link(pair: candidate.pair, before: before, sum: sum))
        place = candidate.pair.new + 1
        while place <= newCount {
          steps += 1
          if sum > best[place].map({ links[$0].sum }) ?? 0 { best[place] = links.count - 1 }
          place += place & -place
        }
      }
    }
    var last: Int?
    for index in links.indices where links[index].sum > last.map({ links[$0].sum }) ?? 0 { last = index }
    var pairs: [Pair] = []
    while let link = last {
      pairs.append(links[link].pair)
      last = links[link].before
    }
    return pairs.reversed()
  }
}

extension Passage.Kind {
  /// Whether one may stand beside the other: code beside code, a table beside a table.
  fileprivate func suits(_ other: Self) -> Bool { self == other || !isFixed && !other.isFixed }

  private var isFixed: Bool { self == .code || self == .table }
}
