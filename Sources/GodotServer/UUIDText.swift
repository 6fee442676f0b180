import FoundationEssentials

/// UUIDs from and to text. Every record has two, and Foundation's way by `sscanf` and `snprintf` shows.
extension UUID {
  /// By its text: with or without hyphens, in braces, behind `urn:uuid:`, as Python reads it.
  init?(lenient text: String) {
    if let id = Self.plain(text) {
      self.init(uuid: id)
    } else {
      var rest = Substring(text.lowercased())
      for prefix in ["urn:", "uuid:"] where rest.hasPrefix(prefix) { rest = rest.dropFirst(prefix.count) }
      let digits = rest.drop { $0 == "{" || $0 == "}" }.filter { $0 != "-" && $0 != "{" && $0 != "}" }
      guard let id = Self.plain(digits) else { return nil }
      self.init(uuid: id)
    }
  }

  private static func plain(_ text: String) -> uuid_t? {
    var text = text
    var id: uuid_t = UUID.zero
    let isValid = text.withUTF8 { digits in
      withUnsafeMutableBytes(of: &id) { Self.read(digits, into: $0) }
    }
    return isValid ? id : nil
  }

  /// As servers print it: 36 characters.
  var lowercased: String {
    withUnsafeBytes(of: uuid) { bytes in
      String(unsafeUninitializedCapacity: 36) { text in
        var index = 0
        for (position, byte) in bytes.enumerated() {
          if Self.followsHyphen(position) {
            text[index] = UInt8(ascii: "-")
            index += 1
          }
          text[index] = Self.digit(byte >> 4)
          text[index + 1] = Self.digit(byte & 15)
          index += 2
        }
        return index
      }
    }
  }

  /// As it is stored: 36 lower-case characters.
  var storedText: String { lowercased }

  private static let zero: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

  private static func followsHyphen(_ position: Int) -> Bool {
    position == 4 || position == 6 || position == 8 || position == 10
  }

  private static func read(_ text: UnsafeBufferPointer<UInt8>, into bytes: UnsafeMutableRawBufferPointer) -> Bool {
    guard text.count == 36 || text.count == 32 else { return false }
    var index = 0
    for position in 0..<16 {
      if text.count == 36, followsHyphen(position) {
        guard text[index] == UInt8(ascii: "-") else { return false }
        index += 1
      }
      guard let high = value(text[index]), let low = value(text[index + 1]) else { return false }
      bytes[position] = high << 4 | low
      index += 2
    }
    return true
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }
}
