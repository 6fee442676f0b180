/// The patterns of one `.gitignore`, as gitignore(5) defines them (https://git-scm.com/docs/gitignore).
///
/// Paths are relative to the file's folder and are asked for from the top down: what lies in an ignored folder is not
/// asked for at all, as Git does it.
struct IgnoreRules: Sendable {
  private let rules: [Rule]

  var isEmpty: Bool { rules.isEmpty }

  /// Lines that are no pattern are left out.
  init(_ text: String) {
    rules = text.utf8.split(whereSeparator: { $0 == 0x0A }).compactMap { Rule(Array($0)) }
  }

  /// Whether the last pattern that matches ignores the path; `nil` if none matches. `names` are the path's parts.
  func ignores(_ names: [ArraySlice<UInt8>], isDirectory: Bool) -> Bool? {
    rules.last { $0.matches(names, isDirectory) }.map { !$0.isNegated }
  }

  private struct Rule: Sendable {
    let isNegated: Bool
    let isForDirectories: Bool
    /// Without a slash in it the pattern is for names at any depth.
    let isForNames: Bool
    /// Between slashes.
    let parts: [Glob]

    init?(_ line: [UInt8]) {
      var line = line[...]
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      line = Self.withoutBlanksAtEnd(line)
      guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
      isNegated = first == UInt8(ascii: "!")
      if isNegated { line.removeFirst() }
      isForDirectories = line.last == UInt8(ascii: "/")
      if isForDirectories { line.removeLast() }
      isForNames = !line.contains(UInt8(ascii: "/"))
      if line.first == UInt8(ascii: "/") { line.removeFirst() }
      guard !line.isEmpty else { return nil }
      parts = Glob.parts(of: line)
    }

    /// Blanks at the end do not count, unless a backslash keeps them.
    private static func withoutBlanksAtEnd(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      var end = line.endIndex
      while end > line.startIndex, line[end - 1] == UInt8(ascii: " ") {
        let backslashes = line[..<(end - 1)].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
        if backslashes % 2 == 1 { break }
        end -= 1
      }
      return line[..<end]
    }

    func matches(_ names: [ArraySlice<UInt8>], _ isDirectory: Bool) -> Bool {
      guard isDirectory || !isForDirectories, let name = names.last else { return false }
      return isForNames ? parts[0].matches(name) : Self.match(parts[...], names[...])
    }

    /// A `**` before the end stands for any number of folders, none included, one at the end for all that lies inside.
    /// Where what follows a `**` does not match, only the last of them takes one more: whatever an earlier one could
    /// take too, the last can as well. So the work is bounded by parts times names.
    private static func match(_ parts: ArraySlice<Glob>, _ names: ArraySlice<ArraySlice<UInt8>>) -> Bool {
      var (part, name) = (parts.startIndex, names.startIndex)
      var again: (part: Int, name: Int)?
      while part < parts.endIndex || name < names.endIndex {
        if part < parts.endIndex, parts[part].isAnyDepth {
          if part == parts.endIndex - 1 { return name < names.endIndex }
          part += 1
          again = (part, name)
        } else if part < parts.endIndex, name < names.endIndex, parts[part].matches(names[name]) {
          part += 1
          name += 1
        } else if let last = again, last.name < names.endIndex {
          (part, name) = (last.part, last.name + 1)
          again = (part, name)
        } else {
          return false
        }
      }
      return true
    }
  }
}

/// A pattern for one name: `*`, `?`, `[...]` and backslashes.
private struct Glob: Sendable {
  private enum Token: Sendable {
    case byte(UInt8)
    case any
    case star
    case oneOf(Set<UInt8>)
    /// A class that is never closed, or a backslash at the end: nothing matches.
    case never
  }

  /// Whether it is `**`.
  let isAnyDepth: Bool
  private let tokens: [Token]
  /// The name itself where nothing in it is special.
  private let literal: [UInt8]?

  /// A pattern's parts between slashes; one within brackets belongs to the class, though no name has it.
  static func parts(of pattern: ArraySlice<UInt8>) -> [Glob] {
    var parts: [Glob] = []
    var tokens: [Token] = []
    var stars = 0
    func end() {
      parts.append(Glob(tokens, isAnyDepth: stars == 2 && tokens.count == 1))
      (tokens, stars) = ([], 0)
    }
    var rest = pattern
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "/"): end()
      case UInt8(ascii: "*"):
        stars += 1
        if case .star = tokens.last {} else { tokens.append(.star) }
      case UInt8(ascii: "?"): tokens.append(.any)
      case UInt8(ascii: "\\"): tokens.append(rest.popFirst().map { .byte($0) } ?? .never)
      case UInt8(ascii: "["): tokens.append(oneOf(&rest))
      default: tokens.append(.byte(byte))
      }
    }
    end()
    return parts
  }

  private init(_ tokens: [Token], isAnyDepth: Bool) {
    self.isAnyDepth = isAnyDepth
    self.tokens = tokens
    let bytes = tokens.compactMap { if case .byte(let byte) = $0 { byte } else { nil } }
    literal = bytes.count == tokens.count ? bytes : nil
  }

  func matches(_ name: ArraySlice<UInt8>) -> Bool {
    if let literal { return name.elementsEqual(literal) }
    var (place, token) = (name.startIndex, 0)
    // Where to go on if what follows the last star does not match: it takes one more.
    var again: (place: Int, token: Int)?
    while place < name.endIndex {
      if token < tokens.count, case .star = tokens[token] {
        token += 1
        again = (place, token)
      } else if token < tokens.count, Self.matches(tokens[token], name[place]) {
        token += 1
        place += 1
      } else if let star = again {
        (place, token) = (star.place + 1, star.token)
        again = (place, token)
      } else {
        return false
      }
    }
    return tokens[token...].allSatisfy { if case .star = $0 { true } else { false } }
  }

  private static func matches(_ token: Token, _ byte: UInt8) -> Bool {
    switch token {
    case .byte(let wanted): byte == wanted
    case .any, .star: true
    case .oneOf(let bytes): bytes.contains(byte)
    case .never: false
    }
  }

  /// What stands between brackets, the opening one read already.
  private static func oneOf(_ rest: inout ArraySlice<UInt8>) -> Token {
    var bytes: Set<UInt8> = []
    var close: Int?
    let isNegated = rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "^")
    if isNegated { rest.removeFirst() }
    var isFirst = true
    while var byte = rest.popFirst() {
      if byte == UInt8(ascii: "]"), !isFirst {
        return .oneOf(isNegated ? Set(UInt8.min...UInt8.max).subtracting(bytes) : bytes)
      }
      isFirst = false
      if byte == UInt8(ascii: "["), let named = namedClass(&rest, &close) {
        bytes.formUnion(named)
        continue
      }
      if byte == UInt8(ascii: "\\") {
        guard let escaped = rest.popFirst() else { return .never }
        byte = escaped
      }
      guard rest.first == UInt8(ascii: "-"), let end = rest.dropFirst().first, end != UInt8(ascii: "]") else {
        bytes.insert(byte)
        continue
      }
      rest.removeFirst(2)
      var last = end
      if end == UInt8(ascii: "\\") {
        guard let escaped = rest.popFirst() else { return .never }
        last = escaped
      }
      if byte <= last { bytes.formUnion(byte...last) }
    }
    return .never
  }

  /// `[:alpha:]` and the like within brackets, its opening bracket read already; `nil` if it is none.
  /// `close` is where the next closing bracket was last seen, so that none is looked for twice.
  private static func namedClass(_ rest: inout ArraySlice<UInt8>, _ close: inout Int?) -> Set<UInt8>? {
    guard rest.first == UInt8(ascii: ":") else { return nil }
    if close ?? -1 <= rest.startIndex {
      close = rest.dropFirst().firstIndex(of: UInt8(ascii: "]")) ?? rest.endIndex
    }
    guard let end = close, end < rest.endIndex, rest[end - 1] == UInt8(ascii: ":"), end - 1 > rest.startIndex else {
      return nil
    }
    let name = String(decoding: rest[(rest.startIndex + 1)..<(end - 1)], as: UTF8.self)
    rest = rest[(end + 1)...]
    let isMember: (Unicode.Scalar) -> Bool
    switch name {
    case "alpha": isMember = { $0.properties.isAlphabetic }
    case "digit": isMember = { ("0"..."9").contains($0) }
    case "alnum": isMember = { $0.properties.isAlphabetic || ("0"..."9").contains($0) }
    case "upper": isMember = { $0.properties.isUppercase }
    case "lower": isMember = { $0.properties.isLowercase }
    case "space": isMember = { $0.properties.isWhitespace }
    case "blank": isMember = { $0 == " " || $0 == "\t" }
    case "xdigit": isMember = { $0.properties.isASCIIHexDigit }
    case "cntrl": isMember = { $0.value < 0x20 || $0.value == 0x7F }
    case "print": isMember = { (0x20..<0x7F).contains($0.value) }
    case "graph": isMember = { (0x21..<0x7F).contains($0.value) }
    case "punct":
      isMember = {
        (0x21..<0x7F).contains($0.value) && !$0.properties.isAlphabetic && !("0"..."9").contains($0)
      }
    default: return []
    }
    return Set((UInt8.min..<0x80).filter { isMember(Unicode.Scalar($0)) })
  }
}
