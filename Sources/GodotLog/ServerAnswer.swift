import JSON
import MCP

/// What a server's answer to a call means for the record.
enum ServerAnswer: Hashable {
  /// Done; with the tool's JSON, if it gave any.
  case done(JSON?)
  /// The server has this very turn already.
  case alreadyStored
  /// The server works but its database does not: nobody's fault, to be tried for ever.
  case databaseDown(String)
  /// The server does not know the conversation (any more).
  case conversationUnknown(String)
  /// The text's index would be too large.
  case indexTooLarge(String)
  case refused(String)

  init(_ result: Result<JSON, JSONRPCError>) {
    switch result {
    case .failure(let error):
      self.init(errorText: error.message)
    case .success(let value):
      let answer = MCP.ToolResult(value)
      let json = answer.json
      if answer.isError {
        self.init(errorText: answer.text)
      } else if let status = json?["status"]?.string, status == "error" || status == "failed" {
        self.init(errorText: json?["message"]?.string ?? json?["error"]?.string ?? answer.text)
      } else {
        self = .done(json)
      }
    }
  }

  /// As above, where nothing but the outcome matters: an answer that speaks of no failure is not read further.
  init(outcomeOf result: Result<JSON, JSONRPCError>) {
    if case .success(let value) = result, value["isError"]?.bool != true,
      let parts = value["content"]?.array,
      !parts.contains(where: { $0["text"]?.string.map(Self.speaksOfFailure) ?? false })
    {
      self = .done(nil)
    } else {
      self.init(result)
    }
  }

  /// Whether the bytes of "error" or "failed" are in the text.
  private static func speaksOfFailure(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      bytes.indices.contains { start in
        switch bytes[start] {
        case UInt8(ascii: "e"): bytes[start...].starts(with: "error".utf8)
        case UInt8(ascii: "f"): bytes[start...].starts(with: "failed".utf8)
        default: false
        }
      }
    }
  }

  /// Servers of all dialects pass on their database's words.
  private init(errorText text: String) {
    let lower = text.lowercased()
    let words = Self.plain(text)
    func says(_ phrases: String...) -> Bool { phrases.contains { lower.contains($0) } }
    if says("duplicate key"), says("messages_conversation_id_turn_number_key") {
      self = .alreadyStored
    } else if says("messages_conversation_id_fkey", "unknown conversation")
      || (says("conversation") && says("not found", "does not exist"))
    {
      self = .conversationUnknown(words)
    } else if says("too long for tsvector") {
      self = .indexTooLarge(words)
    } else if says(
      "connect call failed", "the database system is", "connection refused", "could not connect", "cannot connect",
      "connection is closed", "connection was closed", "connection does not exist", "closed the connection",
      "connection reset", "too many clients", "too many connections", "remaining connection slots",
      "pool is closing", "pool is closed", "recovery mode", "database is locked", "no space left", "disk full",
      "could not extend file", "read-only transaction")
    {
      // Behind these words, by which every client knows to try again, our own server gives the reason in plain ones.
      let prefix = "Connect call failed: "
      self = .databaseDown(words.hasPrefix(prefix) ? "the server's storage: \(words.dropFirst(prefix.count))" : words)
    } else {
      self = .refused(words)
    }
  }

  /// One short printable line, without the traceback that may follow.
  static func plain(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "an error without a message"
    let printable = line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : String($0) }.joined()
    return printable.count <= 200 ? printable : printable.prefix(199) + "…"
  }
}
