/// What is wrong with a text that should be JSON.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  public var reason: String
  /// Bytes from the start.
  public var offset: Int
  public var description: String { "not JSON: \(reason) at byte \(offset)" }
}

extension JSON {
  /// Reads exactly one value. Throws ``JSONError``.
  ///
  /// (A literal in its place, `JSON("…")`, is not read: it is that string as a value.)
  public init(_ text: String) throws(JSONError) {
    try self.init(bytes: Array(text.utf8))
  }

  /// Reads exactly one value. Throws ``JSONError``.
  public init(bytes: [UInt8]) throws(JSONError) {
    self = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) -> JSON in
      try JSON(UnsafeRawBufferPointer(buffer))
    }
  }

  /// Reads exactly one value. Throws ``JSONError``.
  public init(_ bytes: UnsafeRawBufferPointer) throws(JSONError) {
    var reader = JSONReader(bytes: bytes)
    self = try reader.readDocument()
  }

  /// Reads exactly one value, and takes one from `room` for each value that it holds, itself included. Read as a value
  /// a text takes many times its bytes, the more the shorter its values are: a text with more of them than there is
  /// room for is given up, and `room` is below 0 then. Throws ``JSONError``.
  public init(_ bytes: UnsafeRawBufferPointer, room: inout Int) throws(JSONError) {
    var reader = JSONReader(bytes: bytes, room: room)
    defer { room = reader.room }
    self = try reader.readDocument()
  }

  /// Reads the value that `bytes` begin with, blanks before it included, and says at which byte it ended.
  ///
  /// It is kinder than RFC 8259 in one point, for peers that write what JSON cannot say, as Python's `json` does by
  /// default: `NaN`, `Infinity`, `-Infinity` and numbers beyond a `Double` read as `null`. Throws ``JSONError``.
  public static func prefix(of bytes: UnsafeRawBufferPointer) throws(JSONError) -> (value: JSON, end: Int) {
    var reader = JSONReader(bytes: bytes, takesAnyNumber: true)
    let value = try reader.readPrefix()
    return (value, reader.index)
  }
}

/// A recursive-descent reader over bytes it does not own.
struct JSONReader {
  let bytes: UnsafeRawBufferPointer
  /// What is no number for JSON becomes `null`.
  let takesAnyNumber: Bool
  /// How many more values there may be.
  private(set) var room: Int
  var index = 0
  var depth = 0
  /// Of the objects that are open, the innermost one's last: a dictionary that grows member by member is made several
  /// times over.
  private var members: [(String, JSON)] = []

  /// Deeper nesting is refused, so that hostile input cannot overflow the stack.
  static let maximumDepth = 256

  init(bytes: UnsafeRawBufferPointer, takesAnyNumber: Bool = false, room: Int = .max) {
    self.bytes = bytes
    self.room = room
    self.takesAnyNumber = takesAnyNumber
  }

  mutating func readPrefix() throws(JSONError) -> JSON {
    skipSpace()
    return try readValue()
  }

  mutating func readDocument() throws(JSONError) -> JSON {
    skipSpace()
    let value = try readValue()
    skipSpace()
    guard index == bytes.count else { throw error("something follows the value") }
    return value
  }

  private func error(_ reason: String) -> JSONError { JSONError(reason: reason, offset: index) }

  private mutating func skipSpace() {
    while index < bytes.count, bytes[index].isJSONSpace { index += 1 }
  }

  private mutating func readValue() throws(JSONError) -> JSON {
    guard index < bytes.count else { throw error("the text ends where a value should be") }
    room -= 1
    guard room >= 0 else { throw error("too many values") }
    switch bytes[index] {
    case UInt8(ascii: "{"): return try readObject()
    case UInt8(ascii: "["): return try readArray()
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "t"): return try readWord("true", as: .bool(true))
    case UInt8(ascii: "f"): return try readWord("false", as: .bool(false))
    case UInt8(ascii: "n"): return try readWord("null", as: .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try readNumber()
    case UInt8(ascii: "N") where takesAnyNumber: return try readWord("NaN", as: .null)
    case UInt8(ascii: "I") where takesAnyNumber: return try readWord("Infinity", as: .null)
    default: throw error("no value begins like this")
    }
  }

  private mutating func readWord(_ word: StaticString, as value: JSON) throws(JSONError) -> JSON {
    let length = word.utf8CodeUnitCount
    guard index + length <= bytes.count else { throw error("no value begins like this") }
    for offset in 0..<length where bytes[index + offset] != word.utf8Start[offset] {
      throw error("no value begins like this")
    }
    index += length
    return value
  }

  private mutating func enter() throws(JSONError) {
    depth += 1
    guard depth <= Self.maximumDepth else { throw error("nested more than \(Self.maximumDepth) deep") }
    index += 1
    skipSpace()
  }

  /// After an element: true if another follows, false at the closing byte.
  private mutating func another(until close: UInt8) throws(JSONError) -> Bool {
    skipSpace()
    guard index < bytes.count else { throw error("the text ends inside a value") }
    let byte = bytes[index]
    guard byte == UInt8(ascii: ",") || byte == close else { throw error("a comma is missing") }
    index += 1
    if byte == close {
      depth -= 1
      return false
    }
    skipSpace()
    return true
  }

  private mutating func readArray() throws(JSONError) -> JSON {
    try enter()
    var elements: [JSON] = []
    if index < bytes.count, bytes[index] == UInt8(ascii: "]") {
      index += 1
      depth -= 1
      return .array([])
    }
    repeat { elements.append(try readValue()) } while try another(until: UInt8(ascii: "]"))
    return .array(elements)
  }

  private mutating func readObject() throws(JSONError) -> JSON {
    try enter()
    if index < bytes.count, bytes[index] == UInt8(ascii: "}") {
      index += 1
      depth -= 1
      return .object([:])
    }
    let first = members.count
    repeat {
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw error("a key is missing") }
      let key = try readString()
      skipSpace()
      guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else { throw error("a colon is missing") }
      index += 1
      skipSpace()
      members.append((key, try readValue()))
    } while try another(until: UInt8(ascii: "}"))
    defer { members.removeSubrange(first...) }
    return .object(Dictionary(members[first...], uniquingKeysWith: { $1 }))
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, and nothing a Swift number would also take.
  private mutating func readNumber() throws(JSONError) -> JSON {
    let start = index
    var isWhole = true
    if bytes[index] == UInt8(ascii: "-") { index += 1 }
    if takesAnyNumber, index < bytes.count, bytes[index] == UInt8(ascii: "I") {
      return try readWord("Infinity", as: .null)
    }
    if index < bytes.count, bytes[index] == UInt8(ascii: "0") {
      index += 1
    } else {
      try skipDigits()
    }
    if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
      isWhole = false
      index += 1
      try skipDigits()
    }
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      isWhole = false
      index += 1
      if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
      try skipDigits()
    }
    let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self)
    if isWhole, let value = Int(text) { return .int(value) }
    guard let value = Double(text), value.isFinite else {
      if takesAnyNumber { return .null }
      throw error("\(text) is not a number JSON can hold")
    }
    return .double(value)
  }

  private mutating func skipDigits() throws(JSONError) {
    let start = index
    while index < bytes.count, bytes[index].isDigit { index += 1 }
    guard index > start else { throw error("a digit is missing") }
  }

  private mutating func readString() throws(JSONError) -> String {
    index += 1
    let start = index
    // Most strings have no escape: find the end and take the bytes as they are.
    while index < bytes.count, !bytes[index].endsPlainRun { index += 1 }
    guard index < bytes.count else { throw error("the text ends inside a string") }
    if bytes[index] == UInt8(ascii: "\"") {
      index += 1
      return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<(index - 1)]), as: UTF8.self)
    }
    var unescaped = Array(bytes[start..<index])
    try StringEscapes.read(bytes, &index, into: &unescaped)
    return String(decoding: unescaped, as: UTF8.self)
  }
}

extension UInt8 {
  var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
  var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
  /// The closing quote or the start of an escape.
  var endsPlainRun: Bool { self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") }
}
