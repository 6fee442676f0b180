/// A piece of Markdown as words in one line.
enum Excerpt {
  /// Signs of emphasis, code and headings left out, and what parts lines made a blank.
  static func line(_ markdown: String) -> String {
    let words = markdown.split(whereSeparator: \.isWhitespace).compactMap { word -> Substring? in
      guard !word.allSatisfy({ $0 == "#" || $0 == ">" || $0 == "*" || $0 == "-" || $0 == "`" }) else { return nil }
      return word
    }
    return words.joined(separator: " ").replacing("**", with: "").replacing("__", with: "").replacing("`", with: "")
  }
}
