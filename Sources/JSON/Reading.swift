/// What is wrong with a text that should be JSON.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  public var reason: String
  /// Bytes from the start.
  public var offset: Int
  public var description: String { "not JSON: \(reason) at byte \(offset)" }
}

extension JSON {
  /// Reads exactly one value. Throws ``JSONError``.
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
}

/// A recursive-descent reader over bytes it does not own.
private struct JSONReader {
  let bytes: UnsafeRawBufferPointer
  var index = 0
  var depth = 0

  /// Deeper nesting is refused, so that hostile input cannot overflow the stack.
  static let maximumDepth = 256

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func readDocument() throws(JSONError) -> JSON {
    skipSpace()
    let value = try readValue()
    skipSpace()
    guard index == bytes.count else { throw error("something follows the value") }
    return value
  }

  private func error(_ reason: String) -> JSONError { JSONError(reason: reason, offset: index) }

  private mutating func skipSpace() {
    while index < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[index]) {
      index += 1
    }
  }

  private mutating func readValue() throws(JSONError) -> JSON {
    guard index < bytes.count else { throw error("the text ends where a value should be") }
    switch bytes[index] {
    case UInt8(ascii: "{"): return try readObject()
    case UInt8(ascii: "["): return try readArray()
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "t"): return try readWord("true", as: .bool(true))
    case UInt8(ascii: "f"): return try readWord("false", as: .bool(false))
    case UInt8(ascii: "n"): return try readWord("null", as: .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try readNumber()
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
    var members: [String: JSON] = [:]
    if index < bytes.count, bytes[index] == UInt8(ascii: "}") {
      index += 1
      depth -= 1
      return .object([:])
    }
    repeat {
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw error("a key is missing") }
      let key = try readString()
      skipSpace()
      guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else { throw error("a colon is missing") }
      index += 1
      skipSpace()
      members[key] = try readValue()
    } while try another(until: UInt8(ascii: "}"))
    return .object(members)
  }

  private mutating func readNumber() throws(JSONError) -> JSON {
    let start = index
    var isWhole = true
    scan: while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"): isWhole = false
      default: break scan
      }
      index += 1
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if isWhole, let value = Int(text) { return .int(value) }
    guard let value = Double(text), value.isFinite else { throw error("\(text) is not a number JSON can hold") }
    return .double(value)
  }

  private mutating func readString() throws(JSONError) -> String {
    index += 1
    let start = index
    // Most strings have no escape: find the end and take the bytes as they are.
    while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") { index += 1 }
    guard index < bytes.count else { throw error("the text ends inside a string") }
    if bytes[index] == UInt8(ascii: "\"") {
      index += 1
      return String(decoding: bytes[start..<(index - 1)], as: UTF8.self)
    }
    var unescaped = Array(bytes[start..<index])
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: unescaped, as: UTF8.self)
      case UInt8(ascii: "\\"): try readEscape(into: &unescaped)
      default: unescaped.append(byte)
      }
    }
    throw error("the text ends inside a string")
  }

  private mutating func readEscape(into out: inout [UInt8]) throws(JSONError) {
    guard index < bytes.count else { throw error("the text ends inside a string") }
    let byte = bytes[index]
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
    case UInt8(ascii: "b"): out.append(0x08)
    case UInt8(ascii: "f"): out.append(0x0C)
    case UInt8(ascii: "n"): out.append(0x0A)
    case UInt8(ascii: "r"): out.append(0x0D)
    case UInt8(ascii: "t"): out.append(0x09)
    case UInt8(ascii: "u"):
      var unit = try readHex4()
      if (0xD800..<0xDC00).contains(unit), index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
        bytes[index + 1] == UInt8(ascii: "u")
      {
        let rewind = index
        index += 2
        let low = try readHex4()
        if (0xDC00..<0xE000).contains(low) {
          unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
        } else {
          index = rewind
        }
      }
      out += String(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8
    default: throw error("an unknown escape")
    }
  }

  private mutating func readHex4() throws(JSONError) -> UInt32 {
    guard index + 4 <= bytes.count else { throw error("the text ends inside a string") }
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = bytes[index]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw error("\\u needs four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    return value
  }
}
