import Basics
import FoundationEssentials
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
    return JSON.mayHoldNUL(bytes) ? json.repaired : json
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
    let mixed = SplitMix64.mixed(UInt64(truncatingIfNeeded: number) &* SplitMix64.step)
    var bytes = uuid
    withUnsafeMutableBytes(of: &bytes) { bytes in
      for index in 0..<8 { bytes[8 + index] ^= UInt8(truncatingIfNeeded: mixed >> (8 * index)) }
    }
    return UUID(uuid: bytes)
  }
}
