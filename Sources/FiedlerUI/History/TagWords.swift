/// Tags as they are typed: words between commas or blanks, quoted where they have blanks of their own.
enum TagWords {
  /// Sorted, without a `#` in front; of those that differ only in case, the first.
  static func parse(_ text: String) -> [String] {
    var tags: [String: String] = [:]
    var word = ""
    var isQuoted = false
    func finish() {
      var tag = word.drop { $0.isWhitespace || $0 == "#" }
      while tag.last?.isWhitespace == true { tag.removeLast() }
      if !tag.isEmpty, tags[tag.lowercased()] == nil { tags[tag.lowercased()] = String(tag) }
      word = ""
    }
    for character in text {
      if character == "\"" {
        finish()
        isQuoted.toggle()
      } else if !isQuoted, character == "," || character.isWhitespace {
        finish()
      } else {
        word.append(character)
      }
    }
    finish()
    return tags.sorted { $0.key < $1.key }.map(\.value)
  }

  /// As ``parse(_:)`` reads it back. A quotation mark cannot be part of a tag that is typed.
  static func text(_ tags: [String]) -> String {
    tags.map { tag in
      let isPlain = !tag.contains { $0.isWhitespace || $0 == "," }
      return isPlain ? tag : "\"\(tag)\""
    }.joined(separator: " ")
  }
}
