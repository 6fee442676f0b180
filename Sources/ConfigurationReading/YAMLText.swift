/// Texts as YAML has them, on one line; ``YAMLDocument`` reads the same texts from it.
package enum YAMLText {
  /// Plain where nothing in it means anything in YAML, else in double quotes.
  package static func scalar(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "_./-".utf8.contains(byte)
    }
    let isNull = ["", "null", "Null", "NULL"].contains(text)
    if isPlain, !isNull, text.first != "-", text.first != "." { return text }
    let escaped = text.unicodeScalars.map { scalar -> String in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case _ where scalar.value < 0x20 || (0x7F...0xA0).contains(scalar.value) || scalar.value == 0xFEFF:
        "\\U" + String(repeating: "0", count: 8 - String(scalar.value, radix: 16).count)
          + String(scalar.value, radix: 16)
      case "\u{2028}", "\u{2029}": "\\u" + String(scalar.value, radix: 16)
      default: String(scalar)
      }
    }
    return "\"\(escaped.joined())\""
  }

  /// A list in brackets.
  package static func list(_ texts: [String]) -> String { "[\(texts.map(scalar).joined(separator: ", "))]" }
}
