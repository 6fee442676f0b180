extension Prompt {
  /// The prompt as the models read it: the text, then each attached text whole, between separators that carry its name.
  /// A picture or PDF has a line with its name; it goes along by itself (``message``).
  public var content: String { Prompt.pack(text, attachments) }

  /// The prompt as the log server keeps it: of a picture or PDF, its name, type, size and hash, and no byte of it.
  public var loggedContent: String { Prompt.pack(text, attachments, describesMedia: true) }

  /// The prompt as it is put before a model.
  public var message: ChatMessage { ChatMessage(role: .user, content: content, files: media) }

  /// The files that are no text.
  public var media: [Attachment] { attachments.filter { $0.media != nil } }

  /// Bytes of UTF-8 in ``content``, counted without making it.
  public var contentUTF8Count: Int {
    attachments.reduce(text.utf8.count) { count, file in
      if let media = file.media { return count + Self.line(file, media, describes: false).utf8.count }
      let newline = file.content.utf8.last == UInt8(ascii: "\n") ? 0 : 1
      return count + Self.frameUTF8Count + 2 * file.name.utf8.count + file.content.utf8.count + newline
    }
  }

  /// As many bytes of text as would cost about as many tokens, pictures and PDFs included.
  public var estimatedUTF8Count: Int { media.reduce(contentUTF8Count) { $0 + 4 * $1.estimatedTokens } }

  /// What ``pack(_:_:describesMedia:)`` puts around a text, its two names and its content left out.
  private static let frameUTF8Count = "\n\n===== BEGIN FILE:  =====\n===== END FILE:  =====".utf8.count

  public static func pack(_ text: String, _ attachments: [Attachment], describesMedia: Bool = false) -> String {
    guard !attachments.isEmpty else { return text }
    var packed = text
    for file in attachments {
      if let media = file.media {
        packed += line(file, media, describes: describesMedia)
        continue
      }
      packed += "\n\n===== BEGIN FILE: \(file.name) =====\n"
      packed += file.content
      // By byte: for Swift, "\r\n" is one character and does not end in "\n".
      if file.content.utf8.last != UInt8(ascii: "\n") { packed += "\n" }
      packed += "===== END FILE: \(file.name) ====="
    }
    return packed
  }

  /// Tells the models which of several pictures is meant by a name.
  private static func line(_ file: Attachment, _ media: Media, describes: Bool) -> String {
    let details = describes ? "\(media.details), SHA-256 \(file.sha256)" : media.type.rawValue
    return "\n\n===== ATTACHED: \(file.name) (\(details)) ====="
  }

  /// A conversation's first title: the prompt's first line that has text, at most 80 characters.
  public static func title(for text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) } ?? "Untitled"
    let trimmed = line.drop(while: \.isWhitespace)
    return trimmed.count <= 80 ? String(trimmed) : String(trimmed.prefix(79)) + "…"
  }
}
