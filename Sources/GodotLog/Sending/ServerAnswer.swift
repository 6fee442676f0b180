import GodotWire
import JSON
import MCP

/// What a server's answer to a call means for the record.
enum ServerAnswer: Hashable {
  /// Done; with the tool's JSON, if it gave any.
  case done(JSON?)
  /// The server has this very turn already.
  case alreadyStored
  /// The server works but its storage or its queue does not: nobody's fault, to be tried for ever.
  case away(String)
  /// The same by all appearances, but a record that the server fails on would look so, too.
  case failed(String)
  /// The server does not know the conversation (any more).
  case conversationUnknown(String)
  /// The text's index would be too large.
  case indexTooLarge(String)
  case refused(String)

  init(_ result: Result<JSON, JSONRPCError>) {
    switch result {
    case .failure(let error):
      let told = Self.init(errorText: error.message)
      self = LogErrorCode(data: error.data).flatMap { Self.init($0, message: error.message, told) } ?? told
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

  /// The words of `.away`, `.failed`, `.conversationUnknown`, `.indexTooLarge` and `.refused`.
  var words: String? {
    switch self {
    case .done, .alreadyStored: nil
    case .away(let words), .failed(let words), .conversationUnknown(let words), .indexTooLarge(let words),
      .refused(let words):
      words
    }
  }

  // MARK: - Codes

  /// What the code of Fiedler's own server means; `nil` for one that decides nothing. `told` is what the message alone
  /// would mean.
  private init?(_ code: LogErrorCode, message: String, _ told: ServerAnswer) {
    switch code {
    case .storageAway:
      // The message may know more: that the disk is full.
      if case .away = told { self = told } else { self = .away("the server's storage does not answer") }
    case .conversationNotFound: self = .conversationUnknown("the server does not know the conversation")
    // The text is that of servers which do not look whether it is the same turn; this one has, and it is another.
    case .turnTaken: self = .refused(Self.plain(message))
    // Whatever the text reminds of: the same call will not be taken the next time either.
    case .invalidArgument, .unknownTool, .unknownMethod, .notJSON, .invalidRequest:
      if case .refused = told { self = told } else { self = .refused(Self.plain(message)) }
    // The text says what is wrong with the value.
    case .unstorable, .failed: return nil
    }
  }

  // MARK: - Words

  /// Servers of all dialects pass on the words of their database's or queue's driver. These decide, and are not shown.
  private init(errorText text: String) {
    let lower = text.lowercased()
    func says(_ phrases: String...) -> Bool { phrases.contains { lower.contains($0) } }
    if says("duplicate key"), says(LogErrorWords.turnTaken) {
      self = .alreadyStored
    } else if says("messages_conversation_id_fkey", "unknown conversation")
      || (says("conversation") && says("not found", "does not exist"))
    {
      self = .conversationUnknown("the server does not know the conversation")
    } else if says("too long for tsvector") {
      self = .indexTooLarge("the text is too long for the server's search index")
    } else if let words = Self.queue(lower) {
      self = .away(words)
    } else if let words = Self.storage(lower, text) {
      self = .away(words)
    } else if lower.allSatisfy(\.isWhitespace) || says("timeouterror", "timed out", "another operation is in progress")
    {
      self = .failed("the server's storage does not answer in time")
    } else {
      self = .refused(Self.refusal(lower, text))
    }
  }

  /// Redis's words and those of its client.
  private static func queue(_ lower: String) -> String? {
    func says(_ phrases: String...) -> Bool { phrases.contains { lower.contains($0) } }
    if says("redis is loading", "loading the dataset") { return "the server's queue is starting" }
    if says("oom command not allowed", "maxmemory") { return "the server's queue is full" }
    if says("misconf") { return "the server's queue cannot write to its disk" }
    if says("read only replica") { return "the server's queue is read-only" }
    if says("connection closed by server", "timeout reading from", "timeout connecting to", "error while reading from")
      || (says("connecting to") && says("error ")) || says("redis")
    {
      return "the server's queue does not answer"
    }
    return nil
  }

  /// PostgreSQL's and SQLite's words, and those of their drivers.
  private static func storage(_ lower: String, _ text: String) -> String? {
    func says(_ phrases: String...) -> Bool { phrases.contains { lower.contains($0) } }
    let storage = "the server's storage"
    // Behind these words, by which every client knows to try again, our own server gives the reason in plain ones.
    let prefix = LogErrorWords.away
    if text.hasPrefix(prefix), let words = harmless(String(text.dropFirst(prefix.count))) {
      return "\(storage): \(words)"
    }
    if says("starting up", "not yet accepting") { return "\(storage) is starting" }
    if says("recovery mode", "in recovery") { return "\(storage) is recovering" }
    if says("shutting down", "administrator command") { return "\(storage) is shutting down" }
    if says("too many clients", "too many connections", "remaining connection slots") {
      return "\(storage) has no free connection"
    }
    if says("read-only transaction") { return "\(storage) is read-only" }
    if says("no space left", "disk full", "could not extend file") { return "\(storage): disk full" }
    if says("database is locked") { return "\(storage) is locked" }
    if says("statement timeout", "lock timeout") { return "\(storage) does not answer in time" }
    if says(
      "connect call failed", "the database system is", "connection refused", "could not connect", "cannot connect",
      "connection is closed", "connection was closed", "connection does not exist", "closed the connection",
      "connection reset", "connection_lost", "server closed", "pool is closing", "pool is closed", "no route to host",
      "name or service not known", "temporary failure in name resolution", "network is unreachable")
    {
      return "\(storage) does not answer"
    }
    return nil
  }

  private static func refusal(_ lower: String, _ text: String) -> String {
    func says(_ phrases: String...) -> Bool { phrases.contains { lower.contains($0) } }
    if says("unknown tool", "method not found") { return "the server does not have the tool any more" }
    if says("keyword argument", "required argument", "positional argument", "missing argument") {
      return "the server's tool takes other arguments"
    }
    if says(
      "invalid input", "violates", "duplicate key", "badly formed", "out of range", "cannot be converted",
      "could not convert")
    {
      return "the server's storage takes no such value"
    }
    return harmless(text) ?? "the server failed on it"
  }

  /// The text as one line, if people wrote it for people: no traceback, no path, address, or name from a program.
  private static func harmless(_ text: String) -> String? {
    let words = plain(text)
    let isCode =
      ["Traceback", "File \"", "Errno", "Exception", "Error:", "Error(", " object at ", "::", "()", "._", "__"]
      .contains { words.contains($0) }
      || words.contains(#/(^|\s|["'(])\.{0,2}/\w+/|\w:\d{2,5}\b|\.py\b|\(\d+, |0x[0-9a-f]/#)
      || ["asyncpg", "psycopg", "sqlalchemy", "uvicorn", "asyncio", "nonetype", "sqlstate"]
        .contains { words.lowercased().contains($0) }
    return isCode || text.contains(where: \.isNewline) && text.contains("Traceback") ? nil : words
  }

  /// One short printable line, without the traceback that may follow.
  static func plain(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "an error without a message"
    let printable = line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : String($0) }.joined()
    return printable.count <= 200 ? printable : printable.prefix(199) + "…"
  }
}
