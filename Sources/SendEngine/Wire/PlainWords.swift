import Basics

/// Makes one safe, short line for a person out of text from outside.
enum PlainWords {
  /// One line without control characters, invisible formatting or secrets, cut at `limit` characters.
  static func line(_ text: String, hiding secrets: [String] = [], limit: Int = 300) -> String {
    // Secrets are looked for as they would then stand there.
    let line = redact(plain(text), secrets.map(plain))
    return line.count <= limit ? line : String(line.prefix(limit - 1)) + "…"
  }

  private static func plain(_ text: String) -> String {
    var line = ""
    var pendingSpace = false
    for scalar in text.unicodeScalars.prefix(8192) {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator, .spaceSeparator:
        pendingSpace = !line.isEmpty
      case .format where joins(scalar) && line.unicodeScalars.last?.isASCII == false:
        line.unicodeScalars.append(scalar)
      case .format, .privateUse, .surrogate, .unassigned:
        continue
      default:
        if pendingSpace { line.append(" ") }
        pendingSpace = false
        line.unicodeScalars.append(scalar)
      }
    }
    return line
  }

  /// Whether a scalar decides how its neighbours are written: an emoji of several people, words in Persian or Hindi.
  ///
  /// Between the letters of a key, which are ASCII, it would only hide the key.
  private static func joins(_ scalar: Unicode.Scalar) -> Bool { scalar == "\u{200C}" || scalar == "\u{200D}" }

  /// How well-known providers' keys begin; the messages some of them send repeat the key they refuse.
  private static let keyPrefixes = ["sk-", "sk_", "xai-", "gsk_", "AIza", "tgp_", "hf_", "pplx-", "r8_"]
    .map { Array($0.utf8) }

  private static func redact(_ line: String, _ secrets: [String]) -> String {
    // The longest first: another may be a part of it.
    let secrets = secrets.filter { $0.utf8.count >= 4 }.sorted { $0.utf8.count > $1.utf8.count }
    let line = secrets.reduce(line) { $0.replacingScalars($1, with: "[REDACTED]") }
    return line.split(separator: " ", omittingEmptySubsequences: false).map { part -> String in
      var word = String(part)
      for prefix in keyPrefixes {
        guard let offset = word.withUTF8({ UnsafeRawBufferPointer($0).firstOffset(of: prefix) }) else { continue }
        let start = word.utf8.index(word.startIndex, offsetBy: offset)
        guard word.distance(from: start, to: word.endIndex) >= 12 else { continue }
        let rest = word[start...]
        let end = rest.lastIndex { $0.isLetter || $0.isNumber || $0 == "*" } ?? rest.startIndex
        return word[..<start] + "[REDACTED]" + word[word.index(after: end)...]
      }
      return word
    }.joined(separator: " ")
  }
}
