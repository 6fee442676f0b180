/// A formula of TeX as Unicode mathematics, where all of it has such a form: α², √x, ∑ᵢ₌₁ⁿ, ≤.
///
/// Matrices, alignments, unknown commands and indices that Unicode does not have as small characters have none; they
/// are best read as they were written.
public struct FormulaText {
  /// A character to show and the place in the source that it stands for.
  public struct Piece: Hashable, Sendable {
    public var text: Character
    public var place: Int

    public init(text: Character, place: Int) {
      self.text = text
      self.place = place
    }
  }

  private struct NotSimple: Error {}

  private let source: [Piece]
  private var index = 0
  private var depth = 0

  /// Bytes of formulas that are looked at; longer ones are not simple.
  public static let limit = 400

  /// `source` is the formula as it was written, with its marks. `nil` if it is not simple.
  public static func unicode(_ source: [Piece]) -> [Piece]? {
    guard source.count <= limit, let inner = withoutMarks(source) else { return nil }
    var reader = FormulaText(source: Array(inner))
    guard let read = try? reader.sequence(until: nil) else { return nil }  // what is not simple has no such form
    let trimmed = read.drop { $0.text == " " }
    let text = trimmed.dropLast(trimmed.reversed().prefix { $0.text == " " }.count)
    return text.isEmpty ? nil : Array(text)
  }

  private init(source: [Piece]) { self.source = source }

  private static func withoutMarks(_ source: [Piece]) -> ArraySlice<Piece>? {
    for (open, close) in [("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")] {
      let count = open.count
      guard source.count > 2 * count, source.prefix(count).map(\.text) == Array(open),
        source.suffix(count).map(\.text) == Array(close)
      else { continue }
      return source[count..<source.count - count]
    }
    return nil
  }

  // MARK: Reading

  private mutating func sequence(until end: Character?) throws -> [Piece] {
    var read: [Piece] = []
    while index < source.count {
      if source[index].text == end {
        index += 1
        return read
      }
      append(try next(), to: &read)
    }
    guard end == nil else { throw NotSimple() }
    return read
  }

  /// Runs of blanks, of which commands make more, are one.
  private func append(_ more: [Piece], to read: inout [Piece]) {
    read += read.last?.text == " " && more.first?.text == " " ? more.dropFirst() : more[...]
  }

  private mutating func next() throws -> [Piece] {
    depth += 1
    defer { depth -= 1 }
    guard depth < 32 else { throw NotSimple() }
    let piece = source[index]
    index += 1
    switch piece.text {
    case "\\": return try command(piece.place)
    case "{": return try sequence(until: "}")
    case "}", "&", "#", "%", "$": throw NotSimple()
    case "^": return try small(piece.place, FormulaSymbols.superscripts)
    case "_": return try small(piece.place, FormulaSymbols.subscripts)
    case "'": return [Piece(text: "′", place: piece.place)]
    case "~": return [Piece(text: " ", place: piece.place)]
    case "-": return [Piece(text: "−", place: piece.place)]
    default: return piece.text.isWhitespace ? [Piece(text: " ", place: piece.place)] : [piece]
    }
  }

  private mutating func skipBlanks() { while index < source.count, source[index].text.isWhitespace { index += 1 } }

  /// What a command or an index applies to: a group or one character or command.
  private mutating func argument() throws -> [Piece] {
    skipBlanks()
    guard index < source.count else { throw NotSimple() }
    return try next()
  }

  private mutating func small(_ place: Int, _ table: [Character: Character]) throws -> [Piece] {
    let argument = try argument().filter { $0.text != " " }
    guard !argument.isEmpty else { throw NotSimple() }
    return try argument.map { piece in
      guard let text = table[piece.text] else { throw NotSimple() }
      return Piece(text: text, place: piece.place)
    }
  }

  private mutating func name() -> String {
    var name = ""
    while index < source.count, source[index].text.isASCII, source[index].text.isLetter {
      name.append(source[index].text)
      index += 1
    }
    if name.isEmpty, index < source.count {
      name.append(source[index].text)
      index += 1
    }
    return name
  }

  private mutating func command(_ place: Int) throws -> [Piece] {
    let name = name()
    func pieces(_ text: String) -> [Piece] { text.map { Piece(text: $0, place: place) } }
    switch name {
    case "frac", "dfrac", "tfrac":
      let (above, below) = (try argument(), try argument())
      return grouped(above) + pieces("/") + grouped(below)
    case "sqrt": return try root(place)
    case "left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr":
      skipBlanks()
      guard index < source.count, source[index].text == "." else { return try argument() }
      index += 1
      return []
    case "mathbb":
      return try argument().map { piece in
        guard let text = FormulaSymbols.doubleStruck[piece.text] else { throw NotSimple() }
        return Piece(text: text, place: piece.place)
      }
    case "mathrm", "mathit", "mathbf", "mathsf", "boldsymbol": return try argument()
    case "text", "textrm", "textit", "textbf", "operatorname": return try text()
    default: break
    }
    if let mark = FormulaSymbols.accents[name] {
      let argument = try argument()
      guard argument.count == 1, let one = argument.first, one.text.isLetter else { throw NotSimple() }
      return [Piece(text: Character(String(one.text) + mark), place: place)]
    }
    if let symbol = FormulaSymbols.symbols[name] {
      // A blank behind a command ends its name and is none in the formula; between letters it is wanted all the same.
      return pieces(symbol)
    }
    if FormulaSymbols.functions.contains(name) {
      // A name is not to run into the next.
      let isBefore = index < source.count && (source[index].text == "\\" || source[index].text.isLetter)
      return pieces(isBefore ? name + " " : name)
    }
    throw NotSimple()
  }

  /// Words within a formula, whose blanks count.
  private mutating func text() throws -> [Piece] {
    skipBlanks()
    guard index < source.count, source[index].text == "{" else { return try argument() }
    index += 1
    var read: [Piece] = []
    while index < source.count, source[index].text != "}" {
      guard !"{\\$".contains(source[index].text) else { throw NotSimple() }
      read.append(source[index])
      index += 1
    }
    guard index < source.count else { throw NotSimple() }
    index += 1
    return read
  }

  private mutating func root(_ place: Int) throws -> [Piece] {
    var sign: Character = "√"
    skipBlanks()
    if index < source.count, source[index].text == "[" {
      index += 1
      switch try sequence(until: "]").map(\.text) {
      case ["3"]: sign = "∛"
      case ["4"]: sign = "∜"
      default: throw NotSimple()
      }
    }
    return [Piece(text: sign, place: place)] + grouped(try argument())
  }

  /// In parentheses if it is more than one name or number.
  private func grouped(_ pieces: [Piece]) -> [Piece] {
    let isOne =
      pieces.count == 1 || pieces.allSatisfy { $0.text.isNumber && $0.text.isASCII }
      || (pieces.first?.text.isLetter == true
        && pieces.dropFirst().allSatisfy { FormulaSymbols.small.contains($0.text) })
    guard !isOne, let first = pieces.first, let last = pieces.last else { return pieces }
    return [Piece(text: "(", place: first.place)] + pieces + [Piece(text: ")", place: last.place)]
  }
}
