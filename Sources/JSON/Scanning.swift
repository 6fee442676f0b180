#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A forward-only walk through JSON bytes that builds no values: for the few fields wanted from each of very many texts.
///
/// It follows structure and is no validator: what ``skipValue()`` passes over is only matched for brackets and quotes.
/// Every call that finds something else than it expects fails, and after a failure every further call fails too
/// (see ``failed``); the caller then reads the text as a ``JSON`` instead. The bytes must outlive the scanner.
public struct JSONScanner {
  private let bytes: UnsafeRawBufferPointer
  private var index = 0
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

    public static func == (raw: RawString, text: StaticString) -> Bool {
      raw.end - raw.start == text.utf8CodeUnitCount
        && (raw.isEmpty || memcmp(raw.bytes.baseAddress! + raw.start, text.utf8Start, raw.end - raw.start) == 0)
    }

    /// Appends the string's UTF-8. False if an escape is wrong; `out` is then as it was.
    public func append(to out: inout [UInt8]) -> Bool {
      guard hasEscapes else {
        out.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        return true
      }
      let length = out.count
      var index = start
      do {
        try StringEscapes.read(bytes, &index, into: &out)
        return true
      } catch {
        // The reason is of no use here: the caller reads the text again as a value, which reports it.
        out.removeLast(out.count - length)
        return false
      }
    }
  }

  /// At an object: steps inside.
  public mutating func enterObject() -> Bool { take(UInt8(ascii: "{")) }

  /// At an array: steps inside.
  public mutating func enterArray() -> Bool { take(UInt8(ascii: "[")) }

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
    var hasEscapes = false
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        index += 1
        return RawString(bytes: bytes, start: start, end: index - 1, hasEscapes: hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        index += 2
      default:
        index += 1
      }
    }
    fail()
    return nil
  }

  /// At `null`: passes over it and says true. Anything else stays where it is.
  public mutating func takeNull() -> Bool {
    skipSpace()
    guard !failed, index + 4 <= bytes.count, memcmp(bytes.baseAddress! + index, "null", 4) == 0 else { return false }
    index += 4
    return true
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

  /// Passes over one value of any kind.
  public mutating func skipValue() {
    var depth = 0
    repeat {
      skipSpace()
      guard !failed, index < bytes.count else { return fail() }
      switch bytes[index] {
      case UInt8(ascii: "\""):
        guard string() != nil else { return }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        index += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard depth > 0 else { return fail() }
        depth -= 1
        index += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard depth > 0 else { return fail() }
        index += 1
      default:
        let start = index
        while index < bytes.count, bytes[index].isWordByte { index += 1 }
        guard index > start else { return fail() }
      }
    } while depth > 0
  }

  /// True if nothing but white space is left, and nothing failed.
  public mutating func isAtEnd() -> Bool {
    skipSpace()
    return !failed && index == bytes.count
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
    if bytes[index] == close {
      index += 1
      return false
    }
    if bytes[index] == UInt8(ascii: ",") {
      index += 1
      skipSpace()
    }
    return true
  }
}

extension UInt8 {
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
