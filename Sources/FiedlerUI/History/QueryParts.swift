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

  static let filters = ["model", "provider", "before", "after", "file", "status", "verdict", "tag", "is"]

  private(set) var parts: [Part] = []

  init(_ text: String) {
    var rest = text[...]
    while !rest.isEmpty {
      let blanks = rest.prefix(while: \.isWhitespace)
      if !blanks.isEmpty { parts.append(Part(text: blanks, kind: nil)) }
      rest = rest[blanks.endIndex...]
      let token = Self.token(rest)
      rest = rest[token.endIndex...]
      if !token.isEmpty { append(token) }
    }
  }

  /// Up to the next blank, or behind the second quotation mark where one begins the token or the filter's value.
  private static func token(_ text: Substring) -> Substring {
    var value = text.first == "-" ? text.dropFirst() : text
    if let name = name(of: value) { value = value[name.endIndex...].dropFirst() }
    guard value.first == "\"" else { return text.prefix { !$0.isWhitespace } }
    let end = value.dropFirst().firstIndex(of: "\"").map(text.index(after:)) ?? text.endIndex
    return text[..<end]
  }

  /// The filter's name before a colon.
  private static func name(of token: Substring) -> Substring? {
    let name = token.prefix { $0.isASCII && $0.isLetter }
    let isFilter = token[name.endIndex...].first == ":" && filters.contains(name.lowercased())
    return isFilter && !token[name.endIndex...].hasPrefix("::") ? name : nil
  }

  private mutating func append(_ token: Substring) {
    if token.first == "-", token.count > 1 {
      parts.append(Part(text: token, kind: .excluded))
    } else if token.first == "\"" {
      parts.append(Part(text: token, kind: .phrase))
    } else if let name = Self.name(of: token) {
      let value = token.index(after: name.endIndex)
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
