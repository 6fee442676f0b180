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
  /// What models are asked to heed with it.
  public var options = GenerationOptions()
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
    let known = Dictionary(declared.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let names = Self.names(in: pieces)
    let used = Set(names)
    variables = names.map { known[$0] ?? Variable(name: $0) } + declared.filter { !used.contains($0.name) }
  }

  /// The variables of the body, each once.
  public var names: [String] { Self.names(in: pieces) }

  public var takesInput: Bool { pieces.contains(.variable(Self.input)) }

  /// What its variables are filled with where nothing else is given.
  public var values: [String: String] {
    Dictionary(
      variables.compactMap { variable in variable.value.map { (variable.name, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// The body with these values, or else the defaults, in place of its variables. Input that no variable takes stands
  /// behind it. `missing` are the names that have no value.
  public func filled(with values: [String: String]) -> (text: String, missing: [String]) {
    let defaults = self.values
    var missing: [String] = []
    var lacks: Set<String> = []
    var text = ""
    for piece in pieces {
      switch piece {
      case .text(let part): text += part
      case .variable(let name):
        if let value = values[name] ?? defaults[name] {
          text += value
        } else {
          text += Self.mark(name)
          if lacks.insert(name).inserted { missing.append(name) }
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
    var known: Set<String> = []
    for case .variable(let name) in pieces where known.insert(name).inserted { names.append(name) }
    return names
  }

  /// Bytes between the braces of a variable; what is longer names nothing.
  private static let nameLimit = 256

  /// `{{name}}`, blanks within the braces allowed, is a variable; `\{{` is `{{` itself, and so is what names nothing.
  /// On bytes, each looked at once but for the few behind an opening.
  private static func pieces(of body: String) -> [Piece] {
    let bytes = Array(body.utf8)
    var pieces: [Piece] = []
    var text: [UInt8] = []
    func isPair(_ brace: UInt8, at index: Int) -> Bool {
      index + 1 < bytes.count && bytes[index] == brace && bytes[index + 1] == brace
    }
    var index = 0
    while index < bytes.count {
      guard isPair(UInt8(ascii: "{"), at: index) else {
        text.append(bytes[index])
        index += 1
        continue
      }
      let start = index + 2
      let reach = start..<min(bytes.count, start + nameLimit)
      if text.last == UInt8(ascii: "\\") {
        text.removeLast()
        text += bytes[index..<start]
        index = start
      } else if let close = reach.first(where: {
        isPair(UInt8(ascii: "}"), at: $0) || isPair(UInt8(ascii: "{"), at: $0)
      }),
        bytes[close] == UInt8(ascii: "}"), let name = name(in: bytes[start..<close])
      {
        if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
        text = []
        pieces.append(.variable(name))
        index = close + 2
      } else {
        // One brace on, so that of three the last two count.
        text.append(bytes[index])
        index += 1
      }
    }
    if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
    return pieces
  }

  private static func name(in bytes: ArraySlice<UInt8>) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
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
