/// Finds which tokens of two texts are the same ones, in order and within a bound of steps.
///
/// What is equal at both ends is taken off; tokens that are unique in what remains, in the longest order common to
/// both, part it into smaller gaps ("patience diff", https://bramcohen.livejournal.com/73318.html), and so on. Where
/// none is unique, tokens that are equally frequent in both are paired in order. Small gaps are filled with the longest
/// sequence common to both, by a table of all their pairs.
struct TokenMatching {
  private let old: [Int32]
  private let new: [Int32]
  /// The new token that an old one is; -1 for none.
  private var partners: [Int32]
  /// How often each name is in the gap looked at, and where in it a unique one stands.
  private var oldCounts: [Int32]
  private var newCounts: [Int32]
  private var newPlaces: [Int32]
  /// Tokens looked at, and pairs of them that were compared.
  private(set) var steps = 0
  /// Of the small gap that is being filled: how long a sequence both have from a pair of tokens on.
  private var lengths: [UInt8] = []

  private struct Gap {
    var old: Range<Int>
    var new: Range<Int>
    var size: Int { old.count + new.count }
  }

  /// Tokens of a gap that is filled by a table. Twice as many take about twice as long over all the gaps; 255 is the
  /// longest sequence that the table can tell of.
  static let smallGap = 96

  /// Gaps beyond this are replaced whole.
  var mostSteps: Int { 64 * (old.count + new.count) + 65_536 }

  init(old: [Int32], new: [Int32], namesCount: Int) {
    self.old = old
    self.new = new
    partners = Array(repeating: -1, count: old.count)
    oldCounts = Array(repeating: 0, count: namesCount)
    newCounts = oldCounts
    newPlaces = oldCounts
  }

  func partner(of token: Int) -> Int? { partners[token] >= 0 ? Int(partners[token]) : nil }

  mutating func run() {
    var gaps = [Gap(old: old.indices, new: new.indices)]
    while let gap = gaps.popLast() {
      let gap = trim(gap)
      guard !gap.old.isEmpty, !gap.new.isEmpty else { continue }
      let isSmall = gap.size <= Self.smallGap
      let needed = isSmall ? gap.size * gap.size / 4 : gap.size
      guard steps + needed <= mostSteps else { continue }
      steps += needed
      if isSmall { fill(gap) } else { gaps += part(gap) }
    }
  }

  /// Pairs what is equal at both ends of a gap.
  private mutating func trim(_ gap: Gap) -> Gap {
    var (oldStart, newStart) = (gap.old.lowerBound, gap.new.lowerBound)
    var (oldEnd, newEnd) = (gap.old.upperBound, gap.new.upperBound)
    while oldStart < oldEnd, newStart < newEnd, old[oldStart] == new[newStart] {
      partners[oldStart] = Int32(newStart)
      oldStart += 1
      newStart += 1
    }
    while oldStart < oldEnd, newStart < newEnd, old[oldEnd - 1] == new[newEnd - 1] {
      oldEnd -= 1
      newEnd -= 1
      partners[oldEnd] = Int32(newEnd)
    }
    return Gap(old: oldStart..<oldEnd, new: newStart..<newEnd)
  }

  private mutating func fill(_ gap: Gap) {
    let (rows, columns) = (gap.old.count, gap.new.count)
    // One more of each, behind the ends, where nothing is common.
    let width = columns + 1
    if lengths.count < (rows + 1) * width { lengths = Array(repeating: 0, count: (rows + 1) * width) }
    for column in 0...columns { lengths[rows * width + column] = 0 }
    for row in stride(from: rows - 1, through: 0, by: -1) {
      let token = old[gap.old.lowerBound + row]
      let here = row * width
      lengths[here + columns] = 0
      for column in stride(from: columns - 1, through: 0, by: -1) {
        lengths[here + column] =
          token == new[gap.new.lowerBound + column]
          ? lengths[here + width + column + 1] + 1
          : max(lengths[here + width + column], lengths[here + column + 1])
      }
    }
    var (row, column) = (0, 0)
    while row < rows, column < columns, lengths[row * width + column] > 0 {
      let (token, other) = (gap.old.lowerBound + row, gap.new.lowerBound + column)
      if old[token] == new[other] {
        partners[token] = Int32(other)
        row += 1
        column += 1
      } else if lengths[(row + 1) * width + column] >= lengths[row * width + column + 1] {
        row += 1
      } else {
        column += 1
      }
    }
  }

  // MARK: Anchors

  /// The gaps between a gap's anchors; none where it has no anchor.
  private mutating func part(_ gap: Gap) -> [Gap] {
    for token in gap.old { oldCounts[Int(old[token])] += 1 }
    for token in gap.new {
      newCounts[Int(new[token])] += 1
      newPlaces[Int(new[token])] = Int32(token)
    }
    var pairs = uniquePairs(gap)
    if pairs.isEmpty { pairs = equallyFrequentPairs(gap) }
    for token in gap.old { oldCounts[Int(old[token])] = 0 }
    for token in gap.new { newCounts[Int(new[token])] = 0 }

    var gaps: [Gap] = []
    var (oldStart, newStart) = (gap.old.lowerBound, gap.new.lowerBound)
    let anchors = Self.longestRise(pairs)
    for anchor in anchors {
      partners[anchor.old] = Int32(anchor.new)
      gaps.append(Gap(old: oldStart..<anchor.old, new: newStart..<anchor.new))
      (oldStart, newStart) = (anchor.old + 1, anchor.new + 1)
    }
    guard !anchors.isEmpty else { return [] }
    gaps.append(Gap(old: oldStart..<gap.old.upperBound, new: newStart..<gap.new.upperBound))
    return gaps
  }

  private struct Pair {
    var old: Int
    var new: Int
  }

  private func uniquePairs(_ gap: Gap) -> [Pair] {
    gap.old.compactMap { token in
      let name = Int(old[token])
      guard oldCounts[name] == 1, newCounts[name] == 1 else { return nil }
      return Pair(old: token, new: Int(newPlaces[name]))
    }
  }

  /// The first with the first, the second with the second, and so on, of each name that both have as often.
  private mutating func equallyFrequentPairs(_ gap: Gap) -> [Pair] {
    /// Where the next token of the same name is; `newPlaces` then holds where the first one is.
    var following = Array(repeating: Int32(-1), count: gap.new.count)
    for token in gap.new { newPlaces[Int(new[token])] = -1 }
    for token in gap.new.reversed() {
      let name = Int(new[token])
      following[token - gap.new.lowerBound] = newPlaces[name]
      newPlaces[name] = Int32(token)
    }
    var pairs: [Pair] = []
    for token in gap.old {
      let name = Int(old[token])
      guard oldCounts[name] == newCounts[name] else { continue }
      let place = Int(newPlaces[name])
      pairs.append(Pair(old: token, new: place))
      newPlaces[name] = following[place - gap.new.lowerBound]
    }
    return pairs
  }

  /// The longest part of `pairs`, which rise in `old`, that rises in `new` too.
  private static func longestRise(_ pairs: [Pair]) -> [Pair] {
    /// The pair with the lowest `new` that ends a rise of each length, and the pair before each pair in its rise.
    var ends: [Int] = []
    var previous = Array(repeating: -1, count: pairs.count)
    for (index, pair) in pairs.enumerated() {
      var low = 0
      var high = ends.count
      while low < high {
        let middle = (low + high) / 2
        if pairs[ends[middle]].new < pair.new { low = middle + 1 } else { high = middle }
      }
      if low > 0 { previous[index] = ends[low - 1] }
      if low == ends.count { ends.append(index) } else { ends[low] = index }
    }
    var rise: [Pair] = []
    var index = ends.last ?? -1
    while index >= 0 {
      rise.append(pairs[index])
      index = previous[index]
    }
    return rise.reversed()
  }
}
