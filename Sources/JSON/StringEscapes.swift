/// Reads what stands inside a JSON string's quotes, for the value reader and the scanner alike.
enum StringEscapes {
  /// Appends the string's bytes from `index` up to its closing quote, escapes resolved; `index` ends after the quote.
  ///
  /// With `keepsHalves`, half a surrogate pair that opens or closes the string is appended as its three bytes of WTF-8,
  /// so that a pair that was cut in two can be joined again; any other lone half becomes U+FFFD.
  static func read(
    _ bytes: UnsafeRawBufferPointer, _ index: inout Int, into out: inout [UInt8], keepsHalves: Bool = false
  ) throws(JSONError) {
    let first = out.count
    while index < bytes.count {
      copyPlain(bytes, &index, into: &out)
      guard index < bytes.count else { break }
      index += 1
      if bytes[index - 1] == UInt8(ascii: "\"") { return }
      try readEscape(bytes, &index, into: &out, opens: keepsHalves && out.count == first, keepsHalves: keepsHalves)
    }
    throw unfinished(index)
  }

  /// Appends what stands for itself, up to the closing quote or to an escape that needs a thought.
  ///
  /// JSON within JSON has an escape every few bytes, so they are gathered before they are appended.
  private static func copyPlain(_ bytes: UnsafeRawBufferPointer, _ index: inout Int, into out: inout [UInt8]) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2048) { gathered in
      var count = 0
      while index < bytes.count {
        var byte = bytes[index]
        if byte.endsPlainRun {
          guard byte == UInt8(ascii: "\\"), index + 1 < bytes.count else { break }
          byte = bytes[index + 1]
          guard byte.endsPlainRun || byte == UInt8(ascii: "/") else { break }
          index += 1
        }
        index += 1
        gathered[count] = byte
        count += 1
        if count == gathered.count {
          out.append(contentsOf: gathered)
          count = 0
        }
      }
      out.append(contentsOf: gathered[..<count])
    }
  }

  private static func unfinished(_ index: Int) -> JSONError {
    JSONError(reason: "the text ends inside a string", offset: index)
  }

  private static func readEscape(
    _ bytes: UnsafeRawBufferPointer, _ index: inout Int, into out: inout [UInt8], opens: Bool, keepsHalves: Bool
  ) throws(JSONError) {
    guard index < bytes.count else { throw unfinished(index) }
    let byte = bytes[index]
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
    case UInt8(ascii: "b"): out.append(0x08)
    case UInt8(ascii: "f"): out.append(0x0C)
    case UInt8(ascii: "n"): out.append(0x0A)
    case UInt8(ascii: "r"): out.append(0x0D)
    case UInt8(ascii: "t"): out.append(0x09)
    case UInt8(ascii: "u"): try readUnicode(bytes, &index, into: &out, opens: opens, keepsHalves: keepsHalves)
    default: throw JSONError(reason: "an unknown escape", offset: index - 1)
    }
  }

  /// `\uXXXX`, and the second half of a surrogate pair where one follows. A lone half becomes U+FFFD.
  private static func readUnicode(
    _ bytes: UnsafeRawBufferPointer, _ index: inout Int, into out: inout [UInt8], opens: Bool, keepsHalves: Bool
  ) throws(JSONError) {
    var unit = try readHex4(bytes, &index)
    if (0xD800..<0xDC00).contains(unit), index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
      bytes[index + 1] == UInt8(ascii: "u")
    {
      let rewind = index
      index += 2
      let low = try readHex4(bytes, &index)
      if (0xDC00..<0xE000).contains(low) {
        unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
      } else {
        index = rewind
      }
    }
    let isLowAtStart = opens && (0xDC00..<0xE000).contains(unit)
    let closes = keepsHalves && index < bytes.count && bytes[index] == UInt8(ascii: "\"")
    if isLowAtStart || closes && (0xD800..<0xDC00).contains(unit) {
      out += [0xED, UInt8(0x80 | (unit >> 6) & 0x3F), UInt8(0x80 | unit & 0x3F)]
    } else {
      out += String(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8
    }
  }

  private static func readHex4(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) throws(JSONError) -> UInt32 {
    guard index + 4 <= bytes.count else { throw unfinished(bytes.count) }
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = bytes[index]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw JSONError(reason: "\\u needs four hexadecimal digits", offset: index)
      }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    return value
  }
}
