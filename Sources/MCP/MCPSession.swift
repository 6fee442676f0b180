import Basics
import JSON
import Synchronization

/// What happens in a session beside the answers to ``MCPSession/request(_:_:)``.
public enum MCPEvent: Sendable {
  /// The answers to frames given to ``MCPSession/post(_:)``, those that came together; ids may be unknown or repeated.
  case replies([Reply])
  case pong
  /// The last event.
  case closed(ConnectionError)

  public struct Reply: Sendable {
    public var id: Int
    public var result: Result<JSON, JSONRPCError>
    /// Replies of one session that have the same number, other than 0, have the same result.
    public var form = 0
  }
}

/// An initialized MCP session over one WebSocket connection.
///
/// Replies are matched to requests by id alone: an unknown or repeated id is ignored, and so is an error whose id is
/// null (some servers answer notifications). Those to ``post(_:)`` go to whoever posted, unknown ids among them.
public final class MCPSession: Sendable {
  /// Ids below this are the session's own; whoever uses ``post(_:)`` numbers from here.
  public static let firstPostID = 1000

  public let tools: [MCP.Tool]
  /// The server's `serverInfo`.
  public let server: JSON
  /// The server's `capabilities`.
  public let capabilities: JSON

  private let link: Link
  private let takesBatches: Bool

  private init(link: Link, tools: [MCP.Tool], hello: JSON) {
    self.link = link
    self.tools = tools
    server = hello["serverInfo"] ?? .null
    capabilities = hello["capabilities"] ?? .null
    takesBatches = capabilities["experimental"]?[MCP.batches]?.bool ?? false
  }

  /// Initializes a session and asks for the tools.
  ///
  /// - `capabilities`: the client's, as MCP has them.
  /// - `onEvent`: called from one task, in order.
  /// - Throws: ``ConnectionError``; the connection is then dropped.
  public static func open(
    _ connection: WebSocketConnection, client: MCP.Implementation, capabilities: JSON = [:], deadline: Duration,
    onEvent: @escaping @Sendable (MCPEvent) -> Void
  ) async throws(ConnectionError) -> MCPSession {
    let link = Link(connection: connection)
    Task { await link.read(onEvent) }
    // The request fails with the connection, so one cut bounds the whole handshake.
    let cut = TimeLimit(deadline) { link.fail(.timedOut) }
    defer { cut.cancel() }
    do {
      let hello = MCP.initialize(client, capabilities: capabilities)
      let server = try await link.request(hello.method, hello.params)
      link.send(MCP.initialized)
      let tools = try await link.request("tools/list", [:])
      let list = (tools["tools"]?.array ?? []).compactMap(MCP.Tool.init)
      return MCPSession(link: link, tools: list, hello: server)
    } catch {
      connection.abort()
      switch error {
      case .connection(let error): throw error
      case .refused(let error): throw .protocolViolation("it refused the MCP handshake: \(error.message.prefix(100))")
      }
    }
  }

  /// Sends a request and waits for its answer, for as long as the connection lives.
  public func request(_ method: String, _ params: JSON) async throws(RequestError) -> JSON {
    try await link.request(method, params)
  }

  public func call(_ tool: String, _ arguments: JSON) async throws(RequestError) -> MCP.ToolResult {
    MCP.ToolResult(try await request("tools/call", MCP.callParameters(tool: tool, arguments: arguments)))
  }

  /// Sends a request already encoded; its answer comes as an event. Never blocks.
  public func post(id: Int, frame: [UInt8]) { post([(id, frame)]) }

  /// Sends many with one write to the socket, to a server that takes batches in frames of about 64 KiB.
  public func post(_ frames: [(id: Int, frame: [UInt8])]) {
    let texts = frames.map(\.frame)
    link.post(takesBatches ? MCP.batches(of: texts) : texts, count: frames.count)
  }

  /// Why the connection is over; `nil` while it is not.
  public var ending: ConnectionError? { link.ending }

  public func ping() { link.connection.ping() }
  public func close() { link.connection.close() }
  public func abort() { link.connection.abort() }

  /// Why a request has no result.
  public enum RequestError: Error, Hashable, Sendable {
    /// The server answered with an error.
    case refused(JSONRPCError)
    /// The connection ended first; whether the request was carried out is not known.
    case connection(ConnectionError)
  }
}

/// The table of open requests and the loop that reads their answers.
private final class Link: Sendable {
  typealias Answer = Result<JSON, MCPSession.RequestError>

  private struct State {
    var nextID = 1
    var waiting: [Int: CheckedContinuation<Answer, Never>] = [:]
    /// Posted requests whose answers are due.
    var due = 0
    var ending: ConnectionError?
  }

  /// While more answers than this are due, the server has work for longer than they are held.
  private static let many = 32

  let connection: WebSocketConnection
  private let state = Mutex(State())

  init(connection: WebSocketConnection) { self.connection = connection }

  var ending: ConnectionError? { state.withLock { $0.ending } }

  func send(_ message: JSONRPCMessage) { connection.send(message.json.bytes) }

  func post(_ texts: [[UInt8]], count: Int) {
    let due = state.withLock { state in
      state.due += count
      return state.due
    }
    if due > Self.many { connection.rest(true) }
    connection.send(texts)
  }

  func request(_ method: String, _ params: JSON) async throws(MCPSession.RequestError) -> JSON {
    let answer = await withCheckedContinuation { (continuation: CheckedContinuation<Answer, Never>) in
      let registered = state.withLock { state -> Result<Int, ConnectionError> in
        if let ending = state.ending { return .failure(ending) }
        // Few requests are ever open at once, so a free id below the posts' is soon found.
        while state.waiting[state.nextID] != nil { state.nextID = state.nextID % (MCPSession.firstPostID - 1) + 1 }
        let id = state.nextID
        state.nextID = id % (MCPSession.firstPostID - 1) + 1
        state.waiting[id] = continuation
        return .success(id)
      }
      switch registered {
      case .success(let id): send(.request(id: .int(id), method: method, params: params))
      case .failure(let ending): continuation.resume(returning: .failure(.connection(ending)))
      }
    }
    return try answer.get()
  }

  /// Fails every open request and drops the connection.
  func fail(_ error: ConnectionError) {
    end(error)
    connection.abort()
  }

  func read(_ onEvent: @Sendable (MCPEvent) -> Void) async {
    var memo = ReplyMemo()
    for await event in connection.events {
      switch event {
      case .messages(let messages):
        var replies: [MCPEvent.Reply] = []
        for message in messages { message.withUnsafeBytes { receive($0, &memo, &replies) } }
        settle(replies, onEvent)
      case .pong: onEvent(.pong)
      case .closed(let error): onEvent(.closed(end(error)))
      }
    }
  }

  /// Takes one message, or all those of a batch (JSON-RPC 2.0, section 6). What is no JSON-RPC message answers nothing;
  /// the request's deadline covers it.
  private func receive(_ bytes: UnsafeRawBufferPointer, _ memo: inout ReplyMemo, _ replies: inout [MCPEvent.Reply]) {
    var index = 0
    while index < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[index...])
      if let (reply, end) = memo.read(rest) {
        replies.append(reply)
        index += end
      } else if rest[0] == UInt8(ascii: "{") {
        guard let (value, end) = try? JSON.prefix(of: rest) else { return }
        if let reply = receive(value, &memo, UnsafeRawBufferPointer(rebasing: rest[..<end])) { replies.append(reply) }
        index += end
      } else {
        // Between the messages of a batch.
        index += 1
      }
    }
  }

  /// The reply that a message is; one of another kind is answered, if it wants an answer.
  private func receive(
    _ json: JSON, _ memo: inout ReplyMemo, _ bytes: UnsafeRawBufferPointer
  ) -> MCPEvent.Reply? {
    guard let message = try? JSONRPCMessage(json) else { return nil }
    switch message {
    case .response(.int(let id), let result):
      return MCPEvent.Reply(id: id, result: .success(result), form: memo.note(bytes, id: id, result: result))
    case .failure(.int(let id), let error): return MCPEvent.Reply(id: id, result: .failure(error))
    case .request(let id, let method, _):
      let error = JSONRPCError(code: JSONRPCError.methodNotFound, message: "Method not found: \(method)")
      send(method == "ping" ? .response(id: id, result: [:]) : .failure(id: id, error: error))
    case .response, .failure, .notification: break
    }
    return nil
  }

  /// Hands all replies on at once: to whoever waits, and to the one that posted.
  private func settle(_ replies: [MCPEvent.Reply], _ onEvent: @Sendable (MCPEvent) -> Void) {
    guard !replies.isEmpty else { return }
    let isPosted = { (reply: MCPEvent.Reply) in reply.id >= MCPSession.firstPostID }
    // Nearly always they all are.
    let posted = replies.allSatisfy(isPosted) ? replies : replies.filter(isPosted)
    var due = 0
    let requested = state.withLock { state in
      state.due = max(0, state.due - posted.count)
      due = state.due
      guard posted.count < replies.count else { return [(CheckedContinuation<Answer, Never>, MCPEvent.Reply)]() }
      return replies.compactMap { reply in state.waiting.removeValue(forKey: reply.id).map { ($0, reply) } }
    }
    if due <= Self.many { connection.rest(false) }
    for (waiting, reply) in requested {
      waiting.resume(returning: reply.result.mapError(MCPSession.RequestError.refused))
    }
    if !posted.isEmpty { onEvent(.replies(posted)) }
  }

  /// Returns the first reason given.
  @discardableResult
  private func end(_ error: ConnectionError) -> ConnectionError {
    let (waiting, ending) = state.withLock { state in
      state.ending = state.ending ?? error
      defer { state.waiting = [:] }
      return (state.waiting.values.map(\.self), state.ending ?? error)
    }
    for continuation in waiting { continuation.resume(returning: .failure(.connection(ending))) }
    return ending
  }
}
