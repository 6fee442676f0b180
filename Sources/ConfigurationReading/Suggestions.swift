/// Finds what was probably meant by a name that does not exist.
public enum Suggestions {
  /// The candidates nearest to `name`, best first, at most `limit`; none that is too far off to be meant.
  ///
  /// A candidate that contains the name (or begins it) counts as near, as do a few wrong, missing or swapped letters.
  public static func nearest(to name: String, in candidates: some Sequence<String>, limit: Int = 3) -> [String] {
    let wanted = Array(name.lowercased().utf8)
    guard !wanted.isEmpty else { return [] }
    let allowed = max(1, wanted.count / 3)
    var scored: [(score: Int, name: String)] = []
    var seen: Set<String> = []
    for candidate in candidates where seen.insert(candidate).inserted {
      let lowered = candidate.lowercased()
      let distance = editDistance(wanted, Array(lowered.utf8))
      if distance <= allowed {
        scored.append((distance, candidate))
      } else if wanted.count >= 3, contains(Array(lowered.utf8), wanted) {
        scored.append((allowed + lowered.utf8.count - wanted.count, candidate))
      }
    }
    return scored.sorted { ($0.score, $0.name) < ($1.score, $1.name) }.prefix(limit).map(\.name)
  }

  /// How many letters must be inserted, deleted, replaced or swapped with their neighbour.
  static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, letter) in left.enumerated() {
      var current = [row + 1]
      current.reserveCapacity(right.count + 1)
      for (column, other) in right.enumerated() {
        var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
        if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }

  private static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    guard part.count <= text.count else { return false }
    return (0...(text.count - part.count)).contains { text[$0..<($0 + part.count)].elementsEqual(part) }
  }
}
