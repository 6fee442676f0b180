import Basics

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

  /// A key without what may stand around it in a file or a line of a shell: blanks, a byte order mark, quotes.
  static func trimmed(_ text: String) -> String {
    let text = text.bareText
    guard text.count > 1, let quote = text.first, quote == "\"" || quote == "'", text.last == quote else { return text }
    return String(text.dropFirst().dropLast())
  }
}
