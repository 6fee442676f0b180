/// Which of its tools a server offers for logging. Servers differ in names and in what they have, so the client asks
/// for the list and chooses; it never assumes.
struct Dialect: Hashable, Sendable {
  /// The tool that takes a log record. Its acknowledgement means "queued".
  var log: String?
  /// The tools that keep conversations. An acknowledgement of the second means "committed".
  var conversations: ConversationTools?

  struct ConversationTools: Hashable, Sendable {
    var begin: String
    var store: String
  }

  /// `nil` where the server has no tool to log with.
  init?(tools: [String]) {
    func tool(_ name: String) -> String? {
      ["godot_" + name, name].first { tools.contains($0) }
    }
    log = tool("logger_log")
    if let begin = tool("conversation_begin"), let store = tool("conversation_store_message") {
      conversations = ConversationTools(begin: begin, store: store)
    }
    if log == nil && conversations == nil { return nil }
  }
}
