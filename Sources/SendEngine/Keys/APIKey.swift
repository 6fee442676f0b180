/// A secret that never prints itself, not even to a debugger's dump.
public struct APIKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The key itself, for the request's header and nothing else.
  public let value: String
  /// Where it was found, for messages.
  public let source: KeySource?

  public init(_ value: String, from source: KeySource? = nil) {
    self.value = value
    self.source = source
  }

  public var description: String { "[REDACTED]" }
  public var debugDescription: String { "[REDACTED]" }
  public var customMirror: Mirror { Mirror(self, children: [:]) }

  /// A key without what stands around it in a file or a line of a shell, and in no key: blanks, a byte order mark, quotes.
  static func trimmed(_ text: String) -> String {
    var text = Substring(text)
    while let first = text.first, first.isWhitespace || first == "\u{FEFF}" { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    if text.count > 1, let quote = text.first, quote == "\"" || quote == "'", text.last == quote {
      text = text.dropFirst().dropLast()
    }
    return String(text)
  }
}
