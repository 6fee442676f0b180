import Glibc

/// A forward-only walk through JSON bytes that builds no values: for the few fields wanted from each of very many
/// texts.
///
/// What it walks through to the end without failing is what ``JSON`` reads, no more and no less: the two never disagree
/// on whether a text is JSON. Every call that finds something else than it expects fails, and after a failure every
/// further call fails too (see ``failed``); the caller then reads the text as a ``JSON`` instead. The bytes must
/// outlive the scanner.
public struct JSONScanner {
  private let bytes: UnsafeRawBufferPointer
  private var index = 0
  /// Containers that are open.
  private var depth = 0
  /// Nothing of the innermost container has been read: no comma stands before its first item.
  private var isAtFirst = false
  /// The text was not of the shape that was asked for.
  public private(set) var failed = false

  public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// A string's bytes between its quotes, escapes not yet resolved.
  public struct RawString {
    fileprivate let bytes: UnsafeRawBufferPointer
    fileprivate let start: Int
    fileprivate let end: Int
    fileprivate let hasEscapes: Bool

    public var isEmpty: Bool { start == end }

    /// The string itself where it has no escapes, `nil` where it has some. Valid as long as the scanner's bytes are.
    public var plain: UnsafeRawBufferPointer? {
      hasEscapes ? nil : UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// The string, with U+FFFD for what is no UTF-8 and for half a surrogate pair; `nil` if an escape is wrong.
    public var text: String? {
      if let plain { return String(decoding: plain, as: UTF8.self) }
      var out: [UInt8] = []
      return unescape(into: &out, keepsHalves: false) ? String(decoding: out, as: UTF8.self) : nil
    }

    /// Whether both are written alike.
    public static func == (one: RawString, other: RawString) -> Bool {
      one.end - one.start == other.end - other.start
        && (one.isEmpty
          || memcmp(one.bytes.baseAddress! + one.start, other.bytes.baseAddress! + other.start, one.end - one.start)
            == 0)
    }

    public static func == (raw: RawString, text: StaticString) -> Bool {
      raw.end - raw.start == text.utf8CodeUnitCount
        && (raw.isEmpty || memcmp(raw.bytes.baseAddress! + raw.start, text.utf8Start, raw.end - raw.start) == 0)
    }

    /// Appends the string's UTF-8. False if an escape is wrong; `out` is then as it was.
    ///
    /// Bytes that are no UTF-8 are taken as they are, and half a surrogate pair at either end as three bytes of WTF-8
    /// (`ED A0 80` to `ED BF BF`): a character may have been cut in two, and its other half come with the next text.
    public func append(to out: inout [UInt8]) -> Bool {
      guard hasEscapes else {
        out.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        return true
      }
      return unescape(into: &out, keepsHalves: true)
    }

    private func unescape(into out: inout [UInt8], keepsHalves: Bool) -> Bool {
      let length = out.count
      var index = start
      do {
        try StringEscapes.read(bytes, &index, into: &out, keepsHalves: keepsHalves)
        return true
      } catch {
        // The reason is of no use here: the caller reads the text again as a value, which reports it.
        out.removeLast(out.count - length)
        return false
      }
    }
  }

  /// One step down to a value inside others.
  public enum Step: Sendable {
    case key(StaticString)
    case element(Int)
  }

  /// At a value: goes down to what `path` leads to. False, and failed, if there is nothing.
  public mutating func descend(_ path: [Step]) -> Bool {
    steps: for step in path {
      switch step {
      case .key(let wanted):
        guard enterObject() else { return false }
        while let key = nextKey() {
          if key == wanted { continue steps }
          skipValue()
        }
      case .element(let wanted):
        guard enterArray() else { return false }
        var index = 0
        while nextElement() {
          if index == wanted { continue steps }
          index += 1
          skipValue()
        }
      }
      fail()
      return false
    }
    return !failed
  }

  /// At an object: steps inside.
  public mutating func enterObject() -> Bool { enter(UInt8(ascii: "{")) }

  /// At an array: steps inside.
  public mutating func enterArray() -> Bool { enter(UInt8(ascii: "[")) }

  private mutating func enter(_ open: UInt8) -> Bool {
    guard take(open) else { return false }
    depth += 1
    isAtFirst = true
    if depth > JSONReader.maximumDepth { fail() }
    return !failed
  }

  /// The next member's key, the scanner then being at its value; `nil` once the object is left.
  public mutating func nextKey() -> RawString? {
    guard nextItem(until: UInt8(ascii: "}")), let key = string(), take(UInt8(ascii: ":")) else { return nil }
    return key
  }

  /// True at another element, false once the array is left.
  public mutating func nextElement() -> Bool { nextItem(until: UInt8(ascii: "]")) }

  /// At a string: reads it.
  public mutating func string() -> RawString? {
    guard take(UInt8(ascii: "\"")) else { return nil }
    let start = index
    // Most strings have no escape, and the C library finds their end at memory speed.
    let length = run(to: UInt8(ascii: "\""), within: bytes.count - start)
    if start + length < bytes.count, run(to: UInt8(ascii: "\\"), within: length) == length {
      index = start + length + 1
      return RawString(bytes: bytes, start: start, end: start + length, hasEscapes: false)
    }
    var hasEscapes = false
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        index += 1
        return RawString(bytes: bytes, start: start, end: index - 1, hasEscapes: hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        index += 1
        guard skipEscape() else {
          fail()
          return nil
        }
      default:
        index += 1
      }
    }
    fail()
    return nil
  }

  /// Behind a backslash: passes over what it escapes, by the rules of ``StringEscapes``.
  private mutating func skipEscape() -> Bool {
    guard index < bytes.count else { return false }
    index += 1
    switch bytes[index - 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return true
    case UInt8(ascii: "u"):
      guard index + 4 <= bytes.count, bytes[index..<index + 4].allSatisfy(\.isHexDigit) else { return false }
      index += 4
      return true
    default: return false
    }
  }

  /// At `null`: passes over it and says true. Anything else stays where it is.
  public mutating func takeNull() -> Bool {
    skipSpace()
    guard !failed, index + 4 <= bytes.count, memcmp(bytes.baseAddress! + index, "null", 4) == 0 else { return false }
    index += 4
    return true
  }

  /// At `[]`: passes over it and says true. Anything else stays where it is.
  public mutating func takeEmptyArray() -> Bool {
    skipSpace()
    guard !failed, depth < JSONReader.maximumDepth, index < bytes.count, bytes[index] == UInt8(ascii: "[") else {
      return false
    }
    let start = index
    index += 1
    skipSpace()
    guard index < bytes.count, bytes[index] == UInt8(ascii: "]") else {
      index = start
      return false
    }
    index += 1
    return true
  }

  /// At a whole number of at most 18 digits, without fraction or exponent: reads it.
  public mutating func count() -> Int? {
    skipSpace()
    let start = index
    var value = 0
    while !failed, index < bytes.count, index - start < 18, bytes[index].isDigit {
      value = 10 * value + Int(bytes[index] - UInt8(ascii: "0"))
      index += 1
    }
    let isOneNumber = index == start + 1 || index > start && bytes[start] != UInt8(ascii: "0")
    guard isOneNumber, index == bytes.count || !bytes[index].isWordByte else {
      fail()
      return nil
    }
    return value
  }

  /// At the number `0`: passes over it and says true. Anything else stays where it is.
  public mutating func takeZero() -> Bool {
    skipSpace()
    guard !failed, index < bytes.count, bytes[index] == UInt8(ascii: "0"),
      index + 1 == bytes.count || !bytes[index + 1].isWordByte
    else { return false }
    index += 1
    return true
  }

  /// At a value: passes over it and returns its text, which is valid as long as the scanner's bytes are; `nil` if
  /// there is none.
  public mutating func rawValue() -> UnsafeRawBufferPointer? {
    skipSpace()
    let start = index
    skipValue()
    return failed ? nil : UnsafeRawBufferPointer(rebasing: bytes[start..<index])
  }

  /// Passes over one value of any kind.
  public mutating func skipValue() {
    skipSpace()
    guard !failed, index < bytes.count else { return fail() }
    switch bytes[index] {
    case UInt8(ascii: "\""): _ = string()
    case UInt8(ascii: "{"):
      guard enterObject() else { return }
      while nextKey() != nil { skipValue() }
    case UInt8(ascii: "["):
      guard enterArray() else { return }
      while nextElement() { skipValue() }
    case UInt8(ascii: "t"): skipWord("true")
    case UInt8(ascii: "f"): skipWord("false")
    case UInt8(ascii: "n"): skipWord("null")
    default: skipNumber()
    }
  }

  private mutating func skipWord(_ word: StaticString) {
    let length = word.utf8CodeUnitCount
    guard index + length <= bytes.count, memcmp(bytes.baseAddress! + index, word.utf8Start, length) == 0 else {
      return fail()
    }
    index += length
  }

  /// By the grammar of the value reader, and within a `Double`'s range.
  private mutating func skipNumber() {
    let start = index
    var isLong = false
    if bytes[index] == UInt8(ascii: "-") { index += 1 }
    if index < bytes.count, bytes[index] == UInt8(ascii: "0") { index += 1 } else { skipDigits() }
    if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
      index += 1
      skipDigits()
    }
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      isLong = true
      index += 1
      if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
      skipDigits()
    }
    // No number of so few digits is out of range.
    guard !failed, isLong || index - start > 300 else { return }
    let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self)
    if Double(text)?.isFinite != true { fail() }
  }

  private mutating func skipDigits() {
    let start = index
    while index < bytes.count, bytes[index].isDigit { index += 1 }
    if index == start { fail() }
  }

  /// True if nothing but white space is left, and nothing failed.
  public mutating func isAtEnd() -> Bool {
    skipSpace()
    return !failed && index == bytes.count
  }

  /// How many of the next `count` bytes come before `byte`.
  private func run(to byte: UInt8, within count: Int) -> Int {
    guard count > 0, let start = bytes.baseAddress?.advanced(by: index) else { return 0 }
    guard let found = memchr(start, CInt(byte), count) else { return count }
    return UnsafeRawPointer(found) - start
  }

  private mutating func fail() { failed = true }

  private mutating func skipSpace() {
    while index < bytes.count, bytes[index].isJSONSpace { index += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard !failed, index < bytes.count, bytes[index] == byte else {
      fail()
      return false
    }
    index += 1
    return true
  }

  /// Steps over the comma before an item, or over the closing byte.
  private mutating func nextItem(until close: UInt8) -> Bool {
    skipSpace()
    guard !failed, index < bytes.count else {
      fail()
      return false
    }
    let isFirst = isAtFirst
    isAtFirst = false
    if bytes[index] == close {
      index += 1
      depth -= 1
      return false
    }
    if isFirst { return true }
    return take(UInt8(ascii: ","))
  }
}

extension UInt8 {
  fileprivate var isHexDigit: Bool {
    isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
  }

  /// Letters, digits and signs: what numbers, `true`, `false` and `null` are made of.
  fileprivate var isWordByte: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
