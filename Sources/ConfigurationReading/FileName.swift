/// Names of files as text, whatever bytes they are of.
///
/// A file's name is bytes to the system, and old ones are not UTF-8. A byte that is none becomes one of the last 128
/// scalars of the last private-use plane, U+10FF7E to U+10FFFD, which no name has; opening the file turns it back.
package enum FileName {
  private static let first: UInt32 = 0x10FF7E

  /// The text of a name's bytes.
  package static func text(_ bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var text = String.UnicodeScalarView()
    var index = 0
    while index < bytes.count {
      let length = (1...4).first { count in
        index + count <= bytes.count
          && String(validating: bytes[index..<(index + count)], as: UTF8.self)?.unicodeScalars.count == 1
      }
      if let length {
        text.append(contentsOf: String(decoding: bytes[index..<(index + length)], as: UTF8.self).unicodeScalars)
      } else if let scalar = Unicode.Scalar(first + UInt32(bytes[index]) - 0x80) {
        text.append(scalar)
      }
      index += length ?? 1
    }
    return String(text)
  }

  /// The byte that a scalar stands for; `nil` for one that stands for itself.
  package static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
    guard (first..<(first + 0x80)).contains(scalar.value) else { return nil }
    return UInt8(scalar.value - first + 0x80)
  }

  /// Whether a text holds bytes that are not UTF-8.
  package static func isForeign(_ text: String) -> Bool { text.unicodeScalars.contains { byte($0) != nil } }

  /// Calls `body` with the name as the system has it.
  package static func withCString<Result>(_ text: String, _ body: (UnsafePointer<CChar>) throws -> Result) rethrows
    -> Result
  {
    guard isForeign(text) else { return try text.withCString(body) }
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      if let byte = byte(scalar) { bytes.append(byte) } else { bytes += Array(String(scalar).utf8) }
    }
    return try (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { try body($0.baseAddress!) }
  }
}
