import GodotWire
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
    log = LogTool.log.name(in: tools)
    query = LogTool.query.name(in: tools)
    if let begin = LogTool.begin.name(in: tools), let store = LogTool.store.name(in: tools) {
      conversations = ConversationTools(begin: begin, store: store)
    }
  }

  init(_ session: MCPSession) {
    self.init(tools: session.tools.map(\.name))
    let promise = ServerPromise(capabilities: session.capabilities)
    isDurable = promise.isDurable
    maximumFrame = promise.maximumFrame
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
