import Canvas

/// A query as it is typed, in parts to be coloured. Whoever searches decides what it means.
struct QueryParts {
  enum Kind: Hashable {
    case word, phrase, filterName, filterValue, excluded
  }

  struct Part: Hashable {
    var text: Substring
    /// `nil` for blanks.
    var kind: Kind?
  }

  static let filters = ["model", "provider", "before", "after", "file", "status", "tag", "is"]

  private(set) var parts: [Part] = []

  init(_ text: String) {
    var rest = text[...]
    while !rest.isEmpty {
      let blanks = rest.prefix(while: \.isWhitespace)
      if !blanks.isEmpty { parts.append(Part(text: blanks, kind: nil)) }
      rest = rest[blanks.endIndex...]
      let token = Self.token(rest)
      if !token.isEmpty { append(token) }
      rest = rest[token.endIndex...]
    }
  }

  /// Up to the next blank that no quotation mark holds.
  private static func token(_ text: Substring) -> Substring {
    var isQuoted = false
    return text.prefix { character in
      if character == "\"" { isQuoted.toggle() }
      return isQuoted || !character.isWhitespace
    }
  }

  private mutating func append(_ token: Substring) {
    if token.first == "-", token.count > 1 {
      parts.append(Part(text: token, kind: .excluded))
    } else if token.first == "\"" {
      parts.append(Part(text: token, kind: .phrase))
    } else if let colon = token.firstIndex(of: ":"), Self.filters.contains(token[..<colon].lowercased()) {
      let value = token.index(after: colon)
      parts.append(Part(text: token[..<value], kind: .filterName))
      if value < token.endIndex { parts.append(Part(text: token[value...], kind: .filterValue)) }
    } else {
      parts.append(Part(text: token, kind: .word))
    }
  }

  /// Whether anything but filters is looked for.
  var hasWords: Bool { parts.contains { $0.kind == .word || $0.kind == .phrase } }

  func cells(_ theme: Theme) -> [Cell] {
    parts.flatMap { part in
      let style =
        switch part.kind {
        case .word, nil: theme.text
        case .phrase: theme.good
        case .filterName: theme.info
        case .filterValue: theme.special
        case .excluded: theme.caution
        }
      return Sanitizer.cells(part.text, style: style)
    }
  }
}
