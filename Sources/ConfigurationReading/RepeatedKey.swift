/// The second place where a block mapping has the same key.
struct RepeatedKey {
  /// With the line's number, stands in for the first character of a repeated key; readers skip keys that begin with it.
  static let mark: Character = "\u{F8FF}"

  /// From 1.
  let line: Int
  /// The text with this key renamed, lines unchanged.
  let renamed: String

  /// Looks for the key `name` again, below the one at `line` and `column` (both from 1).
  /// `nil` where it cannot be found (a flow mapping).
  init?(_ name: String, in text: String, line: Int, column: Int) {
    guard let first = name.first else { return nil }
    // By scalars: a CRLF is a single `Character`, in which no newline would be found.
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { Substring($0) }
    guard lines.indices.contains(line - 1), Self.indentation(lines[line - 1]) == column - 1 else { return nil }
    for index in lines.indices.dropFirst(line) {
      let rest = lines[index].drop { $0 == " " }
      if rest.first.map({ $0 == "#" || $0.isNewline }) ?? true { continue }
      let indentation = Self.indentation(lines[index])
      if indentation < column - 1 { return nil }
      guard indentation == column - 1 else { continue }
      for spelling in [name, "\"\(name)\"", "'\(name)'"] where rest.hasPrefix(spelling) {
        let after = rest.dropFirst(spelling.count).drop { $0 == " " }
        guard after.first == ":", let place = rest.firstIndex(of: first) else { continue }
        self.line = index + 1
        lines[index].replaceSubrange(place...place, with: "\(Self.mark)\(index)")
        renamed = lines.joined(separator: "\n")
        return
      }
    }
    return nil
  }

  private static func indentation(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }
}
