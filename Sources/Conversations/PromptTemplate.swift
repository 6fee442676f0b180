/// A prompt kept for use again, with variables (`{{name}}`) that are filled in when it is used.
public struct PromptTemplate: Hashable, Sendable {
  public struct Variable: Hashable, Sendable {
    public var name: String
    /// What it is filled with where nothing else is given.
    public var value: String?
    public var description: String?

    public init(name: String, value: String? = nil, description: String? = nil) {
      self.name = name
      self.value = value
      self.description = description
    }
  }

  public enum Piece: Hashable, Sendable {
    case text(String)
    case variable(String)
  }

  /// The variable that takes what the user has written already.
  public static let input = "input"

  public var title: String
  public var description: String?
  /// Set with it, if it has one.
  public var system: String?
  /// Chosen with it, if it names some.
  public var models: [ModelReference]
  /// Each once, in the order the body has them, then those that only the front matter has.
  public var variables: [Variable]
  public var pieces: [Piece]

  /// `declared` are the variables about which more is known than that the body has them.
  public init(
    title: String, description: String? = nil, system: String? = nil, models: [ModelReference] = [],
    declared: [Variable] = [], body: String
  ) {
    self.title = title
    self.description = description
    self.system = system
    self.models = models
    pieces = Self.pieces(of: body)
    var used: [Variable] = []
    for name in Self.names(in: pieces) {
      used.append(declared.first { $0.name == name } ?? Variable(name: name))
    }
    variables = used + declared.filter { variable in !used.contains { $0.name == variable.name } }
  }

  /// The variables of the body, each once.
  public var names: [String] { Self.names(in: pieces) }

  public var takesInput: Bool { pieces.contains(.variable(Self.input)) }

  /// The body with these values, or else the defaults, in place of its variables. Input that no variable takes stands
  /// behind it. `missing` are the names that have no value.
  public func filled(with values: [String: String]) -> (text: String, missing: [String]) {
    let defaults = Dictionary(variables.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    var missing: [String] = []
    var text = ""
    for piece in pieces {
      switch piece {
      case .text(let part): text += part
      case .variable(let name):
        if let value = values[name] ?? defaults[name] ?? nil {
          text += value
        } else {
          text += Self.mark(name)
          if !missing.contains(name) { missing.append(name) }
        }
      }
    }
    if !takesInput, let input = values[Self.input] { text += (text.isEmpty ? "" : "\n\n") + input }
    return (text, missing)
  }

  /// A variable as it is written.
  public static func mark(_ name: String) -> String { "{{\(name)}}" }

  /// Letters, digits, `_` and `-`, a letter or `_` first.
  public static func isName(_ text: some StringProtocol) -> Bool {
    guard let first = text.first, first.isLetter || first == "_" else { return false }
    return text.allSatisfy(isNameCharacter)
  }

  public static func isNameCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_" || character == "-"
  }

  private static func names(in pieces: [Piece]) -> [String] {
    var names: [String] = []
    for case .variable(let name) in pieces where !names.contains(name) { names.append(name) }
    return names
  }

  /// `{{name}}`, blanks within the braces allowed, is a variable; `\{{` is `{{` itself, and so is what names nothing.
  private static func pieces(of body: String) -> [Piece] {
    var pieces: [Piece] = []
    var text = ""
    var rest = body[...]
    while let open = rest.firstRange(of: "{{") {
      let before = rest[..<open.lowerBound]
      if before.last == "\\" {
        text += before.dropLast() + "{{"
        rest = rest[open.upperBound...]
      } else if let close = rest[open.upperBound...].firstRange(of: "}}"),
        let name = name(in: rest[open.upperBound..<close.lowerBound])
      {
        text += before
        if !text.isEmpty { pieces.append(.text(text)) }
        text = ""
        pieces.append(.variable(name))
        rest = rest[close.upperBound...]
      } else {
        // One brace on, so that of three the last two count.
        let next = body.index(after: open.lowerBound)
        text += rest[..<next]
        rest = rest[next...]
      }
    }
    text += rest
    if !text.isEmpty { pieces.append(.text(text)) }
    return pieces
  }

  private static func name(in text: Substring) -> String? {
    let name = text.drop { $0 == " " }
    let bare = name.prefix { $0 != " " }
    return isName(bare) && name.dropFirst(bare.count).allSatisfy { $0 == " " } ? String(bare) : nil
  }
}

/// A template's file, read or not.
public struct TemplateFile: Hashable, Sendable {
  public enum Content: Hashable, Sendable {
    case template(PromptTemplate)
    /// It cannot be used; the words name the file, the line and the way out.
    case problem(String)
  }

  /// By which it is taken: the file's name without `.md`.
  public var name: String
  public var path: String
  public var content: Content
  /// What is odd about it but does no harm, in plain words.
  public var warnings: [String]

  public init(name: String, path: String, content: Content, warnings: [String] = []) {
    self.name = name
    self.path = path
    self.content = content
    self.warnings = warnings
  }

  public var template: PromptTemplate? {
    if case .template(let template) = content { template } else { nil }
  }

  public var problem: String? {
    if case .problem(let words) = content { words } else { nil }
  }
}
