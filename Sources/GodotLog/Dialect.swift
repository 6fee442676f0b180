import JSON
import MCP

/// Which of its tools a server offers for logging, and what it promises. Servers differ in names and in what they
/// have, so the client asks for the list and chooses; it never assumes.
struct Dialect: Hashable, Sendable {
  /// The tool that takes a log record. Unless ``isDurable``, its acknowledgement means "queued".
  var log: String?
  /// The tool that reads log records back.
  var query: String?
  /// The tools that keep conversations. An acknowledgement of the second means "committed".
  var conversations: ConversationTools?
  /// Log records too are acknowledged after the commit, one by one: no batch of them can be destroyed.
  var isDurable = false
  /// The largest frame, in bytes, of a server that names it.
  var maximumFrame: Int?

  struct ConversationTools: Hashable, Sendable {
    var begin: String
    var store: String
  }

  init(tools: [String]) {
    log = Self.tool("logger_log", in: tools)
    query = Self.tool("logger_query", in: tools)
    if let begin = Self.tool("conversation_begin", in: tools),
      let store = Self.tool("conversation_store_message", in: tools)
    {
      conversations = ConversationTools(begin: begin, store: store)
    }
  }

  init(_ session: MCPSession) {
    self.init(tools: session.tools.map(\.name))
    let promise = session.capabilities["experimental"]?["fiedler.godot"]
    isDurable = promise?["durableLogs"]?.bool ?? false
    maximumFrame = (promise?["maximumFrame"]?.int).flatMap { $0 > 0 ? $0 : nil }
  }

  /// The server's name of a tool; `nil` if it has none.
  static func tool(_ name: String, in tools: [String]) -> String? {
    ["godot_" + name, name].first { tools.contains($0) }
  }

  /// Has no tool to log with.
  var isEmpty: Bool { log == nil && conversations == nil }

  func offers(_ tool: String) -> Bool { tool == log || tool == conversations?.store }

  /// Whether what is acknowledged as queued can be looked for afterwards.
  var readsBack: Bool { query != nil }

  /// How turns travel to this server, as far as it can be as the user wants it.
  func routed(_ turns: GodotConfiguration.Turns) -> Dialect {
    var dialect = self
    if turns == .log { dialect.conversations = nil }
    dialect.turnsNeedTools = turns == .tools
    return dialect
  }

  var turnsNeedTools = false

  /// Why turns cannot be sent there; `nil` if they can.
  var turnsObstacle: String? {
    if conversations != nil { return nil }
    if turnsNeedTools { return "the server has no conversation tools, and godot.conversations is tools" }
    return log == nil ? logsObstacle : nil
  }

  /// Why ordinary records cannot be sent there; `nil` if they can.
  var logsObstacle: String? { log == nil ? "the server has no tool for log records" : nil }
}
