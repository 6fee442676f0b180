import Basics

/// The YAML between two `---` lines at the top of a Markdown file, written so that any text is read back as it was.
struct YAMLHeader {
  enum Value {
    case text(String?)
    case number(Int?)
    /// With at most eight decimals.
    case amount(Double?)
    case texts([String])
    case mapping([(String, Value)])
  }

  private var lines = ""

  /// Adds a key. `key` must be a plain word.
  mutating func add(_ key: String, _ value: Value) { add(key, value, indent: "") }

  mutating func add(_ key: String, _ text: String?) { add(key, .text(text)) }

  /// The header with its two marks, a line end last.
  var text: String { "---\n\(lines)---\n" }

  private mutating func add(_ key: String, _ value: Value, indent: String) {
    lines += "\(indent)\(key):"
    switch value {
    case .text(let text): lines += " \(text.map(Self.quoted) ?? "null")\n"
    case .number(let number): lines += " \(number.map(String.init) ?? "null")\n"
    case .amount(let amount): lines += " \(amount.map(Self.decimal) ?? "null")\n"
    case .texts(let texts): lines += " [\(texts.map(Self.quoted).joined(separator: ", "))]\n"
    case .mapping(let members):
      lines += "\n"
      for (key, value) in members { add(key, value, indent: indent + "  ") }
    }
  }

  /// In double quotes, in which YAML knows escapes for everything; one line, so nothing in it can end the header.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      default:
        if needsEscape(scalar) { quoted += escape(scalar) } else { quoted.unicodeScalars.append(scalar) }
      }
    }
    return quoted + "\""
  }

  /// What YAML calls not printable or takes for a line end, and what turns the direction of the text around it.
  private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0xA0, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF: true
    default: false
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let (mark, width) = scalar.value <= 0xFF ? ("x", 2) : ("u", 4)
    return "\\\(mark)\(String(repeating: "0", count: width - digits.count))\(digits)"
  }

  /// `0.00012`, never with an exponent.
  static func decimal(_ amount: Double) -> String {
    guard amount.isFinite, abs(amount) < 1e9 else { return "null" }
    let scaled = Int64((abs(amount) * 1e8).rounded())
    var fraction = Int(scaled % 100_000_000).padded(to: 8)
    while fraction.count > 1, fraction.hasSuffix("0") { fraction.removeLast() }
    return "\(amount < 0 && scaled > 0 ? "-" : "")\(scaled / 100_000_000).\(fraction)"
  }
}
