/// Names for files that any system can keep, made of texts that anybody may have written.
struct FileNames {
  private var taken: Set<String> = []

  /// `wish`, or where that is taken (in any case of letters) `wish` with a number before its extension.
  mutating func unused(_ wish: String) -> String {
    var name = wish
    var number = 1
    while !taken.insert(name.lowercased()).inserted {
      number += 1
      let dot = wish.dropFirst().lastIndex(of: ".") ?? wish.endIndex
      name = "\(wish[..<dot])-\(number)\(wish[dot...])"
    }
    return name
  }

  /// The last part of a path as a name within a folder: no path, not hidden, no control characters, at most 120 bytes.
  static func safe(_ name: String) -> String {
    var scalars = String.UnicodeScalarView(
      lastPart(name).unicodeScalars.map { isHarmless($0) ? $0 : "_" }.drop { $0 == "." || $0 == " " })
    while let last = scalars.last, last == "." || last == " " { scalars.removeLast() }
    let text = String(scalars)
    guard text.utf8.count > 120 else { return text.isEmpty ? "file" : text }
    let dot = text.lastIndex(of: ".") ?? text.endIndex
    let tail = text[dot...].utf8.count <= 20 ? String(text[dot...]) : ""
    return prefix(text, bytes: 120 - tail.utf8.count) + tail
  }

  /// Letters and digits of any script, everything else as `-`, in lower case, at most `bytes` long.
  static func slug(_ text: String, bytes: Int) -> String {
    var slug = ""
    for scalar in text.prefix(400).lowercased().unicodeScalars {
      if scalar.properties.isAlphabetic || scalar.properties.numericType != nil || isMark(scalar) {
        slug.unicodeScalars.append(scalar)
      } else if slug.last != "-", !slug.isEmpty {
        slug += "-"
      }
    }
    slug = prefix(slug, bytes: bytes)
    while slug.last == "-" { slug.removeLast() }
    return slug.isEmpty ? "untitled" : slug
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark: true
    default: false
    }
  }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "<", ">", ":", "\"", "|", "?", "*": return false
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return false
    default: return true
    }
  }

  /// Whole characters.
  private static func prefix(_ text: String, bytes: Int) -> String {
    var prefix = ""
    for character in text {
      guard prefix.utf8.count + character.utf8.count <= bytes else { break }
      prefix.append(character)
    }
    return prefix
  }
}
