import FoundationEssentials

/// UUIDs from and to text: the one place that writes and reads them. Every log record has two, and Foundation's way by
/// `sscanf` and `snprintf` shows in the log server's figures.
extension UUID {
  /// By its 36 characters, in either case; `nil` if they are anything else.
  public init?(canonical text: String) {
    var text = text
    guard let id = text.withUTF8({ UUID(canonical: UnsafeRawBufferPointer($0)) }) else { return nil }
    self = id
  }

  /// By its 36 characters, in either case; `nil` if they are anything else.
  public init?(canonical text: UnsafeRawBufferPointer) {
    guard text.count == 36 else { return nil }
    self.init(digits: text)
  }

  /// By 32 hexadecimal digits, or those with the four hyphens in their places.
  public init?(digits text: UnsafeRawBufferPointer) {
    guard text.count == 36 || text.count == 32 else { return nil }
    var id: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    let isValid = withUnsafeMutableBytes(of: &id) { bytes in
      var index = 0
      for position in 0..<16 {
        if text.count == 36, Self.followsHyphen(position) {
          guard text[index] == UInt8(ascii: "-") else { return false }
          index += 1
        }
        guard let high = Self.value(text[index]), let low = Self.value(text[index + 1]) else { return false }
        bytes[position] = high << 4 | low
        index += 2
      }
      return true
    }
    guard isValid else { return nil }
    self.init(uuid: id)
  }

  /// Its text of 36 lower-case characters, as PostgreSQL and Python print it: on the wire, in tables, files and words.
  public var lowercased: String {
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

  private static func followsHyphen(_ position: Int) -> Bool {
    position == 4 || position == 6 || position == 8 || position == 10
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
