extension JSON {
  /// Compact JSON on one line, keys sorted, so that equal values give equal text.
  ///
  /// A `Double` that JSON cannot say (NaN, infinity) becomes `null`.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  public var bytes: [UInt8] {
    var out: [UInt8] = []
    write(to: &out)
    return out
  }

  /// How many bytes `bytes` holds.
  public var encodedSize: Int { bytes.count }

  fileprivate func write(to out: inout [UInt8]) {
    switch self {
    case .null: out += "null".utf8
    case .bool(let value): out += (value ? "true" : "false").utf8
    case .int(let value): out += String(value).utf8
    case .double(let value): out += (value.isFinite ? "\(value)" : "null").utf8
    case .string(let value): Self.write(value, to: &out)
    case .array(let elements):
      out.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        element.write(to: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let members):
      out.append(UInt8(ascii: "{"))
      for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        Self.write(member.key, to: &out)
        out.append(UInt8(ascii: ":"))
        member.value.write(to: &out)
      }
      out.append(UInt8(ascii: "}"))
    }
  }

  private static func write(_ string: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    var string = string
    string.withUTF8 { bytes in
      var start = 0
      for index in bytes.indices where bytes[index].mayNeedEscape {
        var escaped = bytes[index]
        var length = 1
        if escaped == UInt8.beforeC1 {
          // As UTF-8 goes on, there is another byte.
          guard bytes[index + 1] < 0xA0 else { continue }
          escaped = bytes[index + 1]
          length = 2
        }
        out.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
        writeEscape(escaped, to: &out)
        start = index + length
      }
      out.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
    }
    out.append(UInt8(ascii: "\""))
  }

  private static func writeEscape(_ byte: UInt8, to out: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""): out += #"\""#.utf8
    case UInt8(ascii: "\\"): out += #"\\"#.utf8
    case 0x0A: out += #"\n"#.utf8
    case 0x0D: out += #"\r"#.utf8
    case 0x09: out += #"\t"#.utf8
    default:
      out += (byte < 0x10 ? #"\u000"# : #"\u00"#).utf8
      out += String(byte, radix: 16).utf8
    }
  }
}

extension UInt8 {
  /// What U+0080 to U+00BF begin with in UTF-8.
  fileprivate static let beforeC1: UInt8 = 0xC2

  /// Control characters, DEL, the quote and the backslash, and perhaps one of C1 (U+0080 to U+009F): a terminal that
  /// JSON is printed on by whatever program may obey these as it obeys ESC.
  fileprivate var mayNeedEscape: Bool {
    self < 0x20 || self == 0x7F || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") || self == Self.beforeC1
  }
}

/// Writes an object member by member, without a dictionary in between: for what is written very often.
public struct JSONObjectWriter {
  private var bytes: [UInt8] = [UInt8(ascii: "{")]

  public init(reserving count: Int = 0) { bytes.reserveCapacity(count) }

  /// Members are written in the order in which they are added; by their names, for the text to be that of ``JSON``.
  ///
  /// - `name`: no other of the object's members has it, and nothing in it needs an escape.
  public mutating func add(_ name: String, _ value: JSON) {
    begin(name)
    value.write(to: &bytes)
  }

  /// - `encoded`: the value as JSON.
  public mutating func add(_ name: String, encoded: some Collection<UInt8>) {
    begin(name)
    bytes += encoded
  }

  private mutating func begin(_ name: String) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    bytes.append(UInt8(ascii: "\""))
    bytes += name.utf8
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  /// The whole object.
  public consuming func finish() -> [UInt8] {
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }
}
