import Basics
import Conversations
import FoundationEssentials
import GodotWire
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

  /// - `deadline`: for one answer.
  init(_ configuration: GodotConfiguration, idle: Duration, deadline: Duration) {
    self.configuration = configuration
    line = ReaderLine(configuration: configuration, idle: idle, deadline: deadline)
  }

  /// What the server is called where its own conversation ids are kept.
  var serverName: String { configuration.serverName }
  var redactor: Redactor { configuration.redactor }

  /// Log records, newest first, in as many answers as that takes.
  public func records(_ query: LogQuery) async throws(GodotReadError) -> [LoggedRecord] {
    try await logs(query).records.map(\.record)
  }

  /// As ``records(_:)``, with what may be missing among them.
  public func search(_ query: LogQuery) async throws(GodotReadError) -> LogSearchResult {
    let found = try await logs(query)
    return LogSearchResult(records: found.records.map(\.record), horizon: found.horizon)
  }

  /// The turns of a conversation in order, by the server's own id; `nil` if the server does not know it.
  public func conversation(_ id: UUID) async throws(GodotReadError) -> [ServerTurn]? {
    try await conversation(named: id.lowercased)
  }

  /// Whether the server has a tool to read conversations.
  var canReadConversations: Bool {
    get async throws(GodotReadError) { try await line.tools().name(.get) != nil }
  }

  func tools() async throws(GodotReadError) -> ServerTools { try await line.tools() }

  /// What the server says to a call that stores something.
  func answer(to call: ToolCall) async throws(GodotReadError) -> ServerAnswer { try await line.answer(to: call) }

  /// Closes the connection now; the next call opens another.
  public func close() async { await line.close() }

  /// As ``conversation(_:)``, for servers whose ids may be anything.
  func conversation(named id: String) async throws(GodotReadError) -> [ServerTurn]? {
    guard let tool = try await line.tools().name(.get) else {
      throw .noTool("this server has no tool to read conversations")
    }
    let takesLimit = try await line.tools().parameters(of: tool)?.contains(WireKey.limit) ?? false
    var turns: [ServerTurn] = []
    var after = 0
    while true {
      let answer: JSON
      do throws(GodotReadError) {
        var arguments: [String: JSON] = [WireKey.conversationID: .string(id), WireKey.afterTurn: .int(after)]
        // Its answers are bounded by their size in bytes besides.
        if takesLimit { arguments[WireKey.limit] = .int(WireLimits.rows) }
        answer = try await line.call(tool, .object(arguments))
      } catch .unknownConversation {
        return nil
      }
      guard let messages = answer[WireKey.messages]?.array else { throw .unreadable("it names no messages") }
      turns += messages.compactMap(ServerTurn.init)
      guard answer[WireKey.more]?.bool ?? false else { return turns }
      guard let last = turns.last?.turnNumber, last > after else { throw .unreadable("its pages do not advance") }
      after = last
    }
  }

  /// What the newest log records are known by, of one trace or of all; those that no client of ours wrote left out.
  func newestKeys(trace: UUID?, limit: Int) async throws(GodotReadError) -> [RecordKey] {
    guard let tool = try await line.tools().name(.query) else {
      throw .noTool("this server has no tool to read records")
    }
    var arguments: [String: JSON] = [WireKey.limit: .int(limit)]
    arguments[WireKey.traceID] = (trace?.lowercased).map(JSON.string)
    let answer = try await line.answer(tool, .object(arguments))
    if !answer.isError, let keys = RecordKey.all(inRows: answer.text) { return keys }
    return try RecordSearch.rows(of: ReaderLine.json(answer)).compactMap {
      RecordKey(ServerRecord.decoded($0[WireKey.data] ?? .null))
    }
  }

  /// As ``search(_:)``, with each record's data.
  func logs(_ query: LogQuery) async throws(GodotReadError) -> FoundRecords {
    let tools = try await line.tools()
    guard let tool = tools.name(.query) else { throw .noTool("this server has no tool to read records") }
    var search = RecordSearch(query, parameters: tools.parameters(of: tool), isDurable: tools.dialect.isDurable) {
      [line] (arguments) async throws(GodotReadError) in try await line.call(tool, arguments)
    }
    return try await search.run()
  }
}

/// Log records that were asked for.
public struct LogSearchResult: Hashable, Sendable {
  /// Newest first.
  public var records: [LoggedRecord]
  /// Older records may be missing, because the server cannot be asked for them; `nil` if none are.
  public var horizon: Date?
}

/// Why nothing can be read, in plain words.
public enum GodotReadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The server cannot do this at all.
  case noTool(String)
  case connection(ConnectionError)
  case refused(String)
  /// The server works but its storage does not.
  case away(String)
  case unknownConversation
  /// The answer makes no sense.
  case unreadable(String)

  public var description: String {
    switch self {
    case .noTool(let words): words
    case .connection(let error): error.description
    case .refused(let words), .away(let words): words
    case .unknownConversation: "the server does not know this conversation"
    case .unreadable(let reason): "the server's answer cannot be read: \(reason)"
    }
  }
}
