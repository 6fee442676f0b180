import Conversations
import FoundationEssentials
import JSON
import MCP

/// Reads back what a log server has, over a connection of its own: a slow query holds up whatever waits behind it.
///
/// The connection opens when it is first needed and closes when it has been idle for 30 seconds. All methods may be
/// called from any task, several at once.
public final class GodotReader: Sendable {
  private let configuration: GodotConfiguration
  private let line: ReaderLine

  public convenience init(_ configuration: GodotConfiguration) {
    self.init(configuration, idle: .seconds(30), deadline: .seconds(30))
  }

  /// - Parameter deadline: for one answer.
  init(_ configuration: GodotConfiguration, idle: Duration, deadline: Duration) {
    self.configuration = configuration
    line = ReaderLine(configuration: configuration, idle: idle, deadline: deadline)
  }

  /// What the server is called where its own conversation ids are kept.
  var serverName: String { configuration.serverName }
  var redactor: Redactor { configuration.redactor }

  /// Log records, newest first.
  public func records(_ query: LogQuery) async throws(GodotReadError) -> [LoggedRecord] {
    try await logs(query).map(\.record)
  }

  /// The turns of a conversation in order, by the server's own id; `nil` if the server does not know it.
  public func conversation(_ id: UUID) async throws(GodotReadError) -> [ServerTurn]? {
    try await conversation(named: id.lowercased)
  }

  /// Whether the server has a tool to read conversations.
  public var canReadConversations: Bool {
    get async throws(GodotReadError) { try await line.tools().name("conversation_get") != nil }
  }

  func tools() async throws(GodotReadError) -> ServerTools { try await line.tools() }

  /// Closes the connection now; the next call opens another.
  public func close() async { await line.close() }

  /// As ``conversation(_:)``, for servers whose ids may be anything.
  func conversation(named id: String) async throws(GodotReadError) -> [ServerTurn]? {
    guard let tool = try await line.tools().name("conversation_get") else {
      throw .noTool("this server has no tool to read conversations")
    }
    var turns: [ServerTurn] = []
    var after = 0
    while true {
      let answer: JSON
      do throws(GodotReadError) {
        answer = try await line.call(tool, ["conversation_id": .string(id), "after_turn": .int(after)])
      } catch .unknownConversation {
        return nil
      }
      guard let messages = answer["messages"]?.array else { throw .unreadable("it names no messages") }
      turns += messages.compactMap(ServerTurn.init)
      guard answer["more"]?.bool ?? false else { return turns }
      guard let last = turns.last?.turnNumber, last > after else { throw .unreadable("its pages do not advance") }
      after = last
    }
  }

  /// As ``records(_:)``, with each record's data.
  func logs(_ query: LogQuery) async throws(GodotReadError) -> [ServerRecord] {
    let tools = try await line.tools()
    guard let tool = tools.name("logger_query") else { throw .noTool("this server has no tool to read records") }
    var arguments: [String: JSON] = [:]
    arguments["component"] = query.component.map(JSON.string)
    arguments["trace_id"] = (query.trace?.lowercased).map(JSON.string)
    arguments["start_time"] = (query.from?.timestamp).map(JSON.string)
    arguments["end_time"] = (query.to?.timestamp).map(JSON.string)
    // Elsewhere the level may mean itself alone.
    if tools.dialect.isDurable || query.level == .error {
      arguments["level"] = (query.level?.rawValue).map(JSON.string)
    }
    let wanted = min(max(query.limit, 1), 1000)
    // An unknown argument is an error; what the server does not filter is filtered here.
    if let known = tools.parameters(of: tool) { arguments = arguments.filter { known.contains($0.key) } }
    let filtersHere = arguments.count < query.filters
    if tools.parameters(of: tool)?.contains("limit") ?? true {
      arguments["limit"] = .int(filtersHere ? 1000 : wanted)
    }
    let answer = try await line.call(tool, .object(arguments))
    let names = ["logs", "records", "entries", "results", "rows"]
    guard let rows = answer.array ?? names.lazy.compactMap({ answer[$0]?.array }).first else {
      throw .unreadable("it sends no list of records")
    }
    return Array(rows.compactMap(ServerRecord.init).filter { query.takes($0.record) }.prefix(wanted))
  }
}

/// Why nothing can be read, in plain words.
public enum GodotReadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The server cannot do this at all.
  case noTool(String)
  case connection(ConnectionError)
  case refused(String)
  case unknownConversation
  /// The answer makes no sense.
  case unreadable(String)

  public var description: String {
    switch self {
    case .noTool(let words): words
    case .connection(let error): error.description
    case .refused(let words): words
    case .unknownConversation: "the server does not know this conversation"
    case .unreadable(let reason): "the server's answer cannot be read: \(reason)"
    }
  }
}

extension LogQuery {
  /// How many conditions it has.
  fileprivate var filters: Int {
    [component != nil, level != nil, trace != nil, from != nil, to != nil].count { $0 }
  }

  func takes(_ record: LoggedRecord) -> Bool {
    (component.map { $0 == record.component } ?? true) && (level.map { $0 <= record.level } ?? true)
      && (trace.map { $0 == record.trace } ?? true) && (from.map { $0 <= record.time } ?? true)
      && (to.map { $0 >= record.time } ?? true)
  }
}
