import FoundationEssentials
import Glibc
import JSON

/// Makes what clients send storable: PostgreSQL's `text` and `jsonb` know no U+0000, and JSON knows no NaN.
enum RecordRepair {
  /// Reads a message, mending what can be mended: U+0000 becomes U+FFFD, and a number that is none or that is out of
  /// range becomes text. Throws `JSONError` if it still is no JSON, or has more values than there is `room` for, which
  /// is below 0 then.
  static func read(_ bytes: UnsafeRawBufferPointer, room: inout Int) throws(JSONError) -> JSON {
    let given = room
    let json: JSON
    do {
      json = try JSON(bytes, room: &room)
    } catch {
      guard room >= 0, let mended = numbersMended(bytes) else { throw error }
      room = given
      json = try mended.withUnsafeBufferPointer { (bytes) throws(JSONError) in
        try JSON(UnsafeRawBufferPointer(bytes), room: &room)
      }
    }
    return mayHoldNull(bytes) ? withoutNulls(json) : json
  }

  /// Whether a message's text may hold what no storage takes as it is: U+0000, or half of a surrogate pair.
  static func isNeeded(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard var start = bytes.baseAddress else { return false }
    let end = start + bytes.count
    guard memchr(start, 0, bytes.count) == nil else { return true }
    while let found = memchr(start, CInt(UInt8(ascii: "\\")), end - start) {
      let escape = UnsafeRawPointer(found)
      guard end - escape >= 6 else { return false }
      if escape.load(fromByteOffset: 1, as: UInt8.self) == UInt8(ascii: "u") {
        // A pair is sound where both of its halves are; what has any is read as a value, which mends it.
        let isSurrogate = escape.load(fromByteOffset: 2, as: UInt8.self) | 0x20 == UInt8(ascii: "d")
        if isSurrogate || memcmp(escape, "\\u0000", 6) == 0 { return true }
      }
      start = escape + 2
    }
    return false
  }

  static func mayHoldNull(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard var start = bytes.baseAddress else { return false }
    let end = start + bytes.count
    guard memchr(start, 0, bytes.count) == nil else { return true }
    while let backslash = memchr(start, CInt(UInt8(ascii: "\\")), end - start) {
      if end - UnsafeRawPointer(backslash) >= 6, memcmp(backslash, "\\u0000", 6) == 0 { return true }
      start = UnsafeRawPointer(backslash) + 1
    }
    return false
  }

  static func withoutNulls(_ value: JSON) -> JSON {
    switch value {
    case .string(let text): .string(withoutNulls(text))
    case .array(let elements): .array(elements.map(withoutNulls))
    case .object(let members):
      .object(
        Dictionary(members.map { (withoutNulls($0.key), withoutNulls($0.value)) }, uniquingKeysWith: { one, _ in one }))
    default: value
    }
  }

  private static func withoutNulls(_ text: String) -> String {
    guard text.utf8.contains(0) else { return text }
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 })
    return String(scalars)
  }

  /// `NaN`, `Infinity` and `1e999` outside of strings, as some encoders write them, put in quotes behind U+FFFD.
  /// `nil` if there are none.
  private static func numbersMended(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    var out: [UInt8] = []
    var hasChanged = false
    var index = 0
    while index < bytes.count {
      let start = index
      if bytes[index] == UInt8(ascii: "\"") {
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
          index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        index = min(index + 1, bytes.count)
      } else if isWordByte(bytes[index]) {
        while index < bytes.count, isWordByte(bytes[index]) { index += 1 }
        let word = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self)
        if !isStorable(word) {
          hasChanged = true
          out += "\"\u{FFFD} \(word)\"".utf8
          continue
        }
      } else {
        index += 1
      }
      out.append(contentsOf: bytes[start..<index])
    }
    return hasChanged ? out : nil
  }

  /// False for words that mean a number which JSON cannot hold; true for all else, sense or no sense.
  private static func isStorable(_ word: String) -> Bool {
    if ["NaN", "-NaN", "Infinity", "-Infinity"].contains(word) { return false }
    guard let first = word.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else { return true }
    // In full: a word is taken for a number only where it wholly is one.
    return Double(word)?.isFinite ?? true
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
    default: false
    }
  }
}

extension UUID {
  /// Another id, always the same for the same number.
  func derived(_ number: Int) -> UUID {
    // The mixing function of the SplitMix64 generator: neighbouring numbers give bits that have nothing in common.
    var mixed = UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    mixed ^= mixed >> 31
    var bytes = uuid
    withUnsafeMutableBytes(of: &bytes) { bytes in
      for index in 0..<8 { bytes[8 + index] ^= UInt8(truncatingIfNeeded: mixed >> (8 * index)) }
    }
    return UUID(uuid: bytes)
  }
}
