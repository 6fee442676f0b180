/// How well a few typed letters name something: all must occur in order, without regard to case.
struct FuzzyMatch: Hashable, Sendable {
  /// Higher is better.
  var score: Int
  /// Characters of the candidate that were matched.
  var positions: [Int]
  /// Whether each letter follows the one before or begins a word.
  var isWhole = true

  /// The best match of `pattern` in `candidate`, or `nil`. An empty pattern matches everything.
  static func match(_ pattern: String, _ candidate: String) -> FuzzyMatch? {
    let wanted = pattern.lowercased().filter { !$0.isWhitespace }.map(\.self)
    guard !wanted.isEmpty else { return FuzzyMatch(score: 0, positions: []) }
    let text = Array(candidate)
    let lower = text.map { $0.lowercased().first ?? $0 }
    var best: FuzzyMatch?
    // Trying each place where the first letter stands finds the run of letters that reads best.
    for start in lower.indices where lower[start] == wanted[0] {
      guard let found = match(wanted, lower, text, from: start) else { break }
      if found.score > best?.score ?? .min { best = found }
    }
    return best
  }

  private static func match(_ wanted: [Character], _ lower: [Character], _ text: [Character], from start: Int)
    -> FuzzyMatch?
  {
    var positions: [Int] = []
    var score = -text.count / 8
    var isWhole = true
    var index = start
    for letter in wanted {
      while index < lower.count, lower[index] != letter { index += 1 }
      guard index < lower.count else { return nil }
      let isBeginning = beginsWord(text, index)
      if isBeginning { score += 8 }
      if let last = positions.last, last != index - 1, !isBeginning { isWhole = false }
      if positions.last == index - 1 { score += 6 } else if let last = positions.last { score -= min(4, index - last) }
      positions.append(index)
      index += 1
    }
    return FuzzyMatch(score: score - min(start, 8), positions: positions, isWhole: isWhole)
  }

  private static func beginsWord(_ text: [Character], _ index: Int) -> Bool {
    guard index > 0 else { return true }
    let (before, here) = (text[index - 1], text[index])
    if !before.isLetter, !before.isNumber { return true }
    return (before.isLowercase && here.isUppercase) || (before.isLetter && here.isNumber)
  }
}
