/// How well a few typed letters name something: all must occur in order, without regard to case.
struct FuzzyMatch: Hashable, Sendable {
  /// Higher is better.
  var score: Int
  /// Characters of the candidate that were matched.
  var positions: [Int]
  /// Whether each letter follows the one before or begins a word.
  var isWhole = true
}

/// Typed letters to find in many names. Names of ASCII alone, which most are, are gone through by bytes.
struct FuzzyPattern: Sendable {
  private let letters: [Character]
  /// The same, if each is of ASCII.
  private let asciiLetters: [ASCIILetter]?

  init(_ text: String) {
    letters = text.lowercased().filter { !$0.isWhitespace }
    let bytes = letters.compactMap(\.asciiValue)
    asciiLetters = bytes.count == letters.count ? bytes.map(ASCIILetter.init) : nil
  }

  /// The best match in `candidate`, or `nil`. An empty pattern matches everything.
  func match(in candidate: String) -> FuzzyMatch? {
    guard !letters.isEmpty else { return FuzzyMatch(score: 0, positions: []) }
    if let asciiLetters {
      let (isPlain, mayMatch) = Self.lookOver(candidate.utf8, for: asciiLetters)
      if isPlain { return mayMatch ? Self.best(asciiLetters, candidate.utf8.map(ASCIILetter.init)) : nil }
    }
    return Self.best(letters, Array(candidate))
  }

  /// Whether each byte is a character by itself, and if so, whether `wanted` occur in order.
  private static func lookOver(_ bytes: String.UTF8View, for wanted: [ASCIILetter]) -> (isPlain: Bool, mayMatch: Bool) {
    var found = 0
    for byte in bytes {
      // CR LF is one character.
      guard byte < 0x80, byte != UInt8(ascii: "\r") else { return (false, true) }
      if found < wanted.count, ASCIILetter(byte).folded == wanted[found] { found += 1 }
    }
    return (true, found == wanted.count)
  }

  private static func best<Letter: FuzzyLetter>(_ wanted: [Letter], _ text: [Letter]) -> FuzzyMatch? {
    let folded = text.map(\.folded)
    var best: FuzzyMatch?
    // Trying each place where the first letter stands finds the run of letters that reads best.
    for start in folded.indices where folded[start] == wanted[0] {
      guard let found = match(wanted, folded, text, from: start) else { break }
      if found.score > best?.score ?? .min { best = found }
    }
    return best
  }

  private static func match<Letter: FuzzyLetter>(
    _ wanted: [Letter], _ folded: [Letter], _ text: [Letter], from start: Int
  ) -> FuzzyMatch? {
    var positions: [Int] = []
    positions.reserveCapacity(wanted.count)
    var score = -text.count / 8
    var isWhole = true
    var index = start
    for letter in wanted {
      while index < folded.count, folded[index] != letter { index += 1 }
      guard index < folded.count else { return nil }
      let isBeginning = beginsWord(text, index)
      if isBeginning { score += 8 }
      if let last = positions.last, last != index - 1, !isBeginning { isWhole = false }
      if positions.last == index - 1 { score += 6 } else if let last = positions.last { score -= min(4, index - last) }
      positions.append(index)
      index += 1
    }
    return FuzzyMatch(score: score - min(start, 8), positions: positions, isWhole: isWhole)
  }

  private static func beginsWord<Letter: FuzzyLetter>(_ text: [Letter], _ index: Int) -> Bool {
    guard index > 0 else { return true }
    let (before, here) = (text[index - 1], text[index])
    if !before.isLetter, !before.isNumber { return true }
    return (before.isLowercase && here.isUppercase) || (before.isLetter && here.isNumber)
  }
}

/// One character of a name.
private protocol FuzzyLetter: Equatable {
  /// As it is compared.
  var folded: Self { get }
  var isLetter: Bool { get }
  var isNumber: Bool { get }
  var isLowercase: Bool { get }
  var isUppercase: Bool { get }
}

extension Character: FuzzyLetter {
  fileprivate var folded: Character { lowercased().first ?? self }
}

private struct ASCIILetter: FuzzyLetter {
  let byte: UInt8

  init(_ byte: UInt8) { self.byte = byte }

  var folded: ASCIILetter { isUppercase ? ASCIILetter(byte | 0x20) : self }
  var isLetter: Bool { isLowercase || isUppercase }
  var isNumber: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
  var isLowercase: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
  var isUppercase: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
}
