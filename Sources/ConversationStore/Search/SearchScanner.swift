/// Cuts what was typed at its blanks and parentheses, but not within quotes.
struct SearchScanner {
  struct Word: Hashable {
    /// As it was typed.
    var typed: String
    var isNegated: Bool
    /// What stands before the colon, where it may be a filter.
    var name: String?
    var value: String
    var isQuoted: Bool
    /// Nothing stands behind it, not even a blank: it is being typed.
    var isLast: Bool
  }

  enum Token: Hashable {
    case word(Word)
    case or
    case open(isNegated: Bool)
    case close
  }

  private var rest: Substring
  /// Whether nothing has been read yet.
  private var isFirst = true

  init(_ text: Substring) { rest = text }

  /// With `isInGroup` a parenthesis behind a word closes the group, unless it belongs to one within the word.
  mutating func next(isInGroup: Bool) -> Token? {
    defer { isFirst = false }
    while true {
      rest = rest.drop(while: Self.isBlank)
      guard !rest.isEmpty else { return nil }
      if isInGroup, rest.first == ")" {
        rest.removeFirst()
        return .close
      }
      let start = rest
      let isNegated = rest.first == "-"
      if isNegated { rest.removeFirst() }
      if rest.first == "(" {
        rest.removeFirst()
        return .open(isNegated: isNegated)
      }
      let name = name()
      let isQuoted = rest.first == "\""
      let value = isQuoted ? quoted() : bare(isInGroup: isInGroup)
      // A minus or a quote alone is the beginning of something.
      if name == nil, value.isEmpty { continue }
      if name == nil, !isNegated, !isQuoted, value == "OR" || value == "AND", !(isFirst && rest.isEmpty) {
        if value == "OR" { return .or }
        continue
      }
      let typed = start.prefix(upTo: rest.startIndex)
      return .word(
        Word(
          typed: String(typed), isNegated: isNegated, name: name, value: value, isQuoted: isQuoted,
          isLast: rest.isEmpty))
    }
  }

  /// Takes the letters before a colon and the colon, unless it is one of code: `std::vector`, `http://x`.
  private mutating func name() -> String? {
    let name = rest.prefix { $0.isASCII && $0.isLetter }
    let after = rest[name.endIndex...]
    guard !name.isEmpty, after.first == ":", !after.hasPrefix("::"), !after.hasPrefix("://") else { return nil }
    rest = after.dropFirst()
    return String(name)
  }

  private mutating func quoted() -> String {
    rest.removeFirst()
    let value = rest.prefix { $0 != "\"" }
    rest = rest[value.endIndex...].dropFirst()
    return String(value.drop(while: Self.isBlank))
  }

  private mutating func bare(isInGroup: Bool) -> String {
    var depth = 0
    let value = rest.prefix { character in
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      return !Self.isBlank(character) && !(isInGroup && depth < 0)
    }
    rest = rest[value.endIndex...]
    return String(value)
  }

  private static func isBlank(_ character: Character) -> Bool {
    character.isWhitespace || character.unicodeScalars.allSatisfy { $0.value < 0x20 }
  }
}
