import Basics
import GodotWire
import JSON
import MCP

/// The connection of a ``GodotReader``.
actor ReaderLine {
  private let configuration: GodotConfiguration
  private let idle: Duration
  private let deadline: Duration
  private var opening: Task<Result<Uplink, ConnectionError>, Never>?
  private var underWay = 0
  /// Told apart from those before: an idle time that something ended does not count.
  private var idleTime = 0

  init(configuration: GodotConfiguration, idle: Duration, deadline: Duration) {
    self.configuration = configuration
    self.idle = idle
    self.deadline = deadline
  }

  func tools() async throws(GodotReadError) -> ServerTools {
    begin()
    defer { end() }
    let uplink = try await uplink().uplink
    return ServerTools(tools: uplink.session.tools, dialect: uplink.dialect)
  }

  /// The tool's answer as JSON.
  func call(_ tool: String, _ arguments: JSON) async throws(GodotReadError) -> JSON {
    try Self.json(try await answer(tool, arguments))
  }

  /// The tool's answer as it came.
  func answer(_ tool: String, _ arguments: JSON) async throws(GodotReadError) -> MCP.ToolResult {
    begin()
    defer { end() }
    let (uplink, isFresh) = try await uplink()
    do throws(GodotReadError) {
      return try await answer(tool, arguments, over: uplink.session)
    } catch .connection(let error) {
      // A connection may have ended since it was last used; to read twice does no harm.
      guard !isFresh, error != .timedOut else { throw .connection(error) }
      return try await answer(tool, arguments, over: self.uplink().uplink.session)
    }
  }

  func close() {
    let opening = opening
    self.opening = nil
    // The task holds the session, so it is closed behind it.
    if let opening { Task { if case .success(let uplink) = await opening.value { uplink.session.close() } } }
  }

  /// What the server says to a call, whatever that is. It is made again where a connection has ended since it was last
  /// used, or over another call's frame, so only calls that may be repeated are for here.
  func answer(to call: ToolCall) async throws(GodotReadError) -> ServerAnswer {
    begin()
    defer { end() }
    let arguments: JSON
    // Made by this program.
    do { arguments = try JSON(bytes: call.body) } catch { throw .unreadable("the call is no JSON") }
    var attempts = 0
    while true {
      let (uplink, isFresh) = try await uplink()
      do throws(GodotReadError) {
        return ServerAnswer(try await request(call.tool, arguments, over: uplink.session))
      } catch .connection(let error) {
        attempts += 1
        let isItsFault = error.isTooBig && call.largestFrame > Shipper.Limits().logFrame
        guard attempts < 4, error != .timedOut, !isItsFault, error.isTooBig || !isFresh else {
          throw .connection(error)
        }
      }
    }
  }

  private func answer(
    _ tool: String, _ arguments: JSON, over session: MCPSession
  ) async throws(GodotReadError) -> MCP.ToolResult {
    switch try await request(tool, arguments, over: session) {
    case .success(let result): return MCP.ToolResult(result)
    case .failure(let error): throw Self.refusal(error.message)
    }
  }

  /// What an answer says, taken out of its wrappings.
  static func json(_ answer: MCP.ToolResult) throws(GodotReadError) -> JSON {
    let answer = answer.unwrapped
    if answer.isError { throw Self.refusal(answer.text) }
    guard let json = answer.json else { throw .unreadable("it is no JSON") }
    if let status = json["status"]?.string, status == "error" {
      throw Self.refusal(json["message"]?.string ?? answer.text)
    }
    return json
  }

  /// Cuts the connection if there is no answer by the deadline.
  private func request(
    _ tool: String, _ arguments: JSON, over session: MCPSession
  ) async throws(GodotReadError) -> Result<JSON, JSONRPCError> {
    let cut = TimeLimit(deadline) { session.abort() }
    do throws(MCPSession.RequestError) {
      let answer = try await session.request("tools/call", MCP.callParameters(tool: tool, arguments: arguments))
      cut.cancel()
      return .success(answer)
    } catch {
      cut.cancel()
      switch error {
      case .connection(let error):
        throw .connection(await cut.hasPassed ? .timedOut : error)
      case .refused(let error): return .failure(error)
      }
    }
  }

  private static func refusal(_ text: String) -> GodotReadError {
    let error = JSONRPCError(code: JSONRPCError.internalError, message: text)
    switch ServerAnswer(.failure(error)) {
    case .conversationUnknown: return .unknownConversation
    case .away(let words), .failed(let words): return .away(words)
    case .refused(let words), .indexTooLarge(let words): return .refused(words)
    case .done, .alreadyStored: return .refused("the server failed on it")
    }
  }

  private func uplink() async throws(GodotReadError) -> (uplink: Uplink, isFresh: Bool) {
    if let opening, case .success(let uplink) = await opening.value, uplink.session.ending == nil {
      return (uplink, false)
    }
    let task = Task { [configuration] () -> Result<Uplink, ConnectionError> in
      do throws(ConnectionError) {
        return .success(try await Uplink.open(configuration, until: .now + .seconds(10)) { _ in })
      } catch {
        return .failure(error)
      }
    }
    opening = task
    switch await task.value {
    case .success(let uplink): return (uplink, true)
    case .failure(let error): throw .connection(error)
    }
  }

  private func begin() {
    underWay += 1
    idleTime += 1
  }

  private func end() {
    underWay -= 1
    guard underWay == 0 else { return }
    Task { [weak self, idle, idleTime] in
      try await Task.sleep(for: idle)
      await self?.close(after: idleTime)
    }
  }

  private func close(after idleTime: Int) {
    if idleTime == self.idleTime, underWay == 0 { close() }
  }
}

extension ConnectionError {
  /// The server has ended the connection over a frame that was too large for it.
  var isTooBig: Bool { if case .closed(Self.messageTooBig, _) = self { true } else { false } }
}

/// What a server can do, as it says.
struct ServerTools: Sendable {
  var tools: [MCP.Tool]
  var dialect: Dialect

  func name(_ tool: LogTool) -> String? { tool.name(in: tools.map(\.name)) }

  /// The arguments that a tool takes; `nil` if it does not say.
  func parameters(of tool: String) -> Set<String>? {
    let schema = tools.first { $0.name == tool }?.inputSchema
    return (schema?["properties"]?.object).map { Set($0.keys) }.flatMap { $0.isEmpty ? nil : $0 }
  }
}
