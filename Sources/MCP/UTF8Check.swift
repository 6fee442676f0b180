import NIOCore

/// Whether bytes are UTF-8 (RFC 3629), without making a string of them.
enum UTF8Check {
  static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    while index < bytes.count {
      // Most text is ASCII, eight bytes of it at a time.
      while index + 8 <= bytes.count,
        bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        index += 8
      }
      guard index < bytes.count else { return true }
      guard let length = sequence(bytes, at: index) else { return false }
      index += length
    }
    return true
  }

  /// The length of the sequence that begins there; `nil` where none does. The ranges of the second byte leave out
  /// surrogates, what is over U+10FFFF, and characters written longer than they need be.
  private static func sequence(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int? {
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch bytes[index] {
    case 0...0x7F: return 1
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return nil
    }
    guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return nil }
    for later in (index + 1)..<(index + length) where bytes[later] & 0xC0 != 0x80 { return nil }
    return length
  }
}

/// A close frame's payload (RFC 6455, sections 5.5.1 and 7.4).
struct CloseFrame {
  /// Whether the reason is UTF-8.
  var hasTextReason: Bool

  /// `nil` where the payload has one byte, or a code that must not stand in a frame.
  init?(_ payload: ByteBuffer) {
    guard payload.readableBytes > 0 else {
      hasTextReason = true
      return
    }
    guard let code = payload.getInteger(at: payload.readerIndex, as: UInt16.self) else { return nil }
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: break
    default: return nil
    }
    hasTextReason = payload.withUnsafeReadableBytes {
      UTF8Check.isValid(UnsafeRawBufferPointer(rebasing: $0.dropFirst(2)))
    }
  }
}
