import Basics
import Glibc

// What no storage and not every reader takes: PostgreSQL's `text` and `jsonb` know no U+0000, JSON knows no NaN, and
// half of a surrogate pair is no character.

extension JSON {
  /// The value with U+FFFD for every U+0000, and with numbers that are none or infinite as text behind U+FFFD. Of two
  /// keys that become the same, one is kept. Most values need no mending, and no new dictionaries then.
  public var repaired: JSON { isSound ? self : mended }

  private var isSound: Bool {
    switch self {
    case .string(let text): !text.holdsNUL
    case .array(let elements): elements.allSatisfy(\.isSound)
    case .object(let members): members.allSatisfy { !$0.key.holdsNUL && $0.value.isSound }
    case .double(let number): number.isFinite
    case .null, .bool, .int: true
    }
  }

  private var mended: JSON {
    switch self {
    case .string(let text): .string(text.withoutNUL)
    case .array(let elements): .array(elements.map(\.mended))
    case .object(let members):
      .object(
        Dictionary(members.map { ($0.key.withoutNUL, $0.value.mended) }, uniquingKeysWith: { one, _ in one }))
    case .double(let number) where !number.isFinite: .string("\u{FFFD} \(number)")
    case .null, .bool, .int, .double: self
    }
  }

  /// Whether JSON text may hold U+0000, as a byte or as its escape.
  public static func mayHoldNUL(_ bytes: UnsafeRawBufferPointer) -> Bool {
    holds(bytes) { memcmp($0, "\\u0000", 6) == 0 }
  }

  /// Whether JSON text may hold U+0000 or half of a surrogate pair, as a byte or as an escape. Read as a value and
  /// ``repaired`` it has neither.
  public static func mayNeedRepair(_ bytes: UnsafeRawBufferPointer) -> Bool {
    holds(bytes) { escape in
      // A pair is sound where both of its halves are; what has any is read as a value, which mends it.
      escape.load(fromByteOffset: 1, as: UInt8.self) == UInt8(ascii: "u")
        && (escape.load(fromByteOffset: 2, as: UInt8.self) | 0x20 == UInt8(ascii: "d")
          || memcmp(escape, "\\u0000", 6) == 0)
    }
  }

  /// Whether there is a zero byte, or an escape of at least six bytes for which `isMeant` holds.
  @inline(__always)
  private static func holds(_ bytes: UnsafeRawBufferPointer, _ isMeant: (UnsafeRawPointer) -> Bool) -> Bool {
    guard var start = bytes.baseAddress else { return false }
    let end = start + bytes.count
    guard memchr(start, 0, bytes.count) == nil else { return true }
    while let found = memchr(start, CInt(UInt8(ascii: "\\")), end - start) {
      let escape = UnsafeRawPointer(found)
      guard end - escape >= 6 else { return false }
      if isMeant(escape) { return true }
      start = escape + 2
    }
    return false
  }
}
