extension Prompt {
  /// The prompt as the models see it: the text, then each attached file whole, between separators that carry its name.
  public var content: String { Prompt.pack(text, attachments) }

  /// Bytes of UTF-8 in ``content``, counted without making it.
  public var contentUTF8Count: Int {
    attachments.reduce(text.utf8.count) { count, file in
      let newline = file.content.utf8.last == UInt8(ascii: "\n") ? 0 : 1
      return count + Self.frameUTF8Count + 2 * file.name.utf8.count + file.content.utf8.count + newline
    }
  }

  /// What ``pack(_:_:)`` puts around a file, its two names and its content left out.
  private static let frameUTF8Count = "\n\n===== BEGIN FILE:  =====\n===== END FILE:  =====".utf8.count

  public static func pack(_ text: String, _ attachments: [Attachment]) -> String {
    guard !attachments.isEmpty else { return text }
    var packed = text
    for file in attachments {
      packed += "\n\n===== BEGIN FILE: \(file.name) =====\n"
      packed += file.content
      // By byte: for Swift, "\r\n" is one character and does not end in "\n".
      if file.content.utf8.last != UInt8(ascii: "\n") { packed += "\n" }
      packed += "===== END FILE: \(file.name) ====="
    }
    return packed
  }

  /// A conversation's first title: the prompt's first line that has text, at most 80 characters.
  public static func title(for text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) } ?? "Untitled"
    let trimmed = line.drop(while: \.isWhitespace)
    return trimmed.count <= 80 ? String(trimmed) : String(trimmed.prefix(79)) + "…"
  }
}
