import JSON
import Synchronization

/// What a tool call came to, where it failed. A server's traceback is never part of it.
public struct CallFailure: Error, Hashable, Sendable {
  /// JSON-RPC's code; 0 where a tool reported the failure in its result.
  public var code: Int
  public var message: String

  public init(code: Int, message: String) {
    self.code = code
    self.message = message
  }
}

/// A session with an MCP server (protocol version 2024-11-05) over one WebSocket.
///
/// Calls are written at once and answered through ``events``, in whatever order the server answers.
/// Safe to use from any thread; nothing blocks.
public final class MCPSession: Sendable {
  public enum Event: Sendable {
    /// The answer to the call with this id: the JSON of its text, or `{"text": ...}` where that is no JSON.
    case reply(id: Int, Result<JSON, CallFailure>)
    /// Any other sign of life.
    case alive
    /// The last event, exactly once.
    case closed(ConnectionError)
  }

  /// The names of the server's tools.
  public let tools: Set<String>
  public let serverName: String
  public let events: AsyncStream<Event>
  private let connection: WebSocketConnection
  private let pump: Task<Void, Never>

  /// Connects, introduces itself and asks for the tools, all within `timeout`.
  public static func open(
    _ endpoint: MCPEndpoint, clientVersion: String = "1", timeout: Duration
  ) async throws(ConnectionError) -> MCPSession {
    let connection = try await WebSocketConnection.open(endpoint, timeout: timeout)
    let (events, continuation) = AsyncStream.makeStream(of: Event.self)
    let pump = Task {
      for await event in connection.events {
        switch event {
        case .text(let bytes): continuation.yield(Message.event(bytes))
        case .alive: continuation.yield(.alive)
        case .closed(let error): continuation.yield(.closed(error))
        }
      }
      continuation.finish()
    }
    let watchdog = Task {
      // Cancelled as soon as the server has introduced itself.
      guard (try? await Task.sleep(for: timeout)) != nil else { return false }
      await connection.close()
      return true
    }
    do throws(ConnectionError) {
      var iterator = events.makeAsyncIterator()
      connection.send(Message.request(id: -1, "initialize", Message.introduction(version: clientVersion)))
      let hello = try await answer(to: -1, in: &iterator)
      connection.send(Message.notification("notifications/initialized"))
      connection.send(Message.request(id: -2, "tools/list", [:]))
      let list = try await answer(to: -2, in: &iterator)
      guard let tools = list["tools"]?.array else { throw ConnectionError.notMCP("its list of tools is none") }
      watchdog.cancel()
      return MCPSession(
        connection, tools: Set(tools.compactMap { $0["name"]?.string }),
        serverName: hello["serverInfo"]?["name"]?.string ?? "", events: events, pump: pump)
    } catch {
      watchdog.cancel()
      let timedOut = await watchdog.value
      await connection.close()
      pump.cancel()
      throw timedOut ? .timedOut(timeout) : error
    }
  }

  private init(
    _ connection: WebSocketConnection, tools: Set<String>, serverName: String, events: AsyncStream<Event>,
    pump: Task<Void, Never>
  ) {
    self.connection = connection
    self.tools = tools
    self.serverName = serverName
    self.events = events
    self.pump = pump
  }

  private static func answer(
    to id: Int, in events: inout AsyncStream<Event>.Iterator
  ) async throws(ConnectionError) -> JSON {
    while let event = await events.next(isolation: nil) {
      switch event {
      case .reply(id, .success(let result)): return result
      case .reply(id, .failure(let failure)): throw .notMCP(failure.message)
      case .reply, .alive: continue
      case .closed(let error): throw error
      }
    }
    throw .lost
  }

  /// Calls a tool. `id` must not be negative; the answer bears the same one.
  public func call(id: Int, tool: String, arguments: JSON) {
    connection.send(Message.toolCall(id: id, tool: tool, arguments: arguments))
  }

  /// How many bytes that call takes on the wire.
  public static func encodedSize(id: Int, tool: String, arguments: JSON) -> Int {
    Message.toolCall(id: id, tool: tool, arguments: arguments).count
  }

  public func ping() { connection.ping() }

  /// Closes the connection; answers that have not come are lost, so read them first.
  public func close() async {
    await connection.close()
    pump.cancel()
  }
}

/// JSON-RPC 2.0 as MCP uses it.
private enum Message {
  static func introduction(version: String) -> JSON {
    [
      "protocolVersion": "2024-11-05", "capabilities": [:],
      "clientInfo": ["name": "fiedler", "version": .string(version)],
    ]
  }

  static func request(id: Int, _ method: String, _ parameters: JSON) -> [UInt8] {
    (["jsonrpc": "2.0", "id": .int(id), "method": .string(method), "params": parameters] as JSON).bytes
  }

  static func notification(_ method: String) -> [UInt8] {
    (["jsonrpc": "2.0", "method": .string(method)] as JSON).bytes
  }

  static func toolCall(id: Int, tool: String, arguments: JSON) -> [UInt8] {
    request(id: id, "tools/call", ["name": .string(tool), "arguments": arguments])
  }

  /// What came in. A reply to nothing (`id` null, as some servers send to notifications) only shows that the server lives.
  static func event(_ bytes: [UInt8]) -> MCPSession.Event {
    // Something that is no JSON answers nothing either; the call it was meant for runs into its deadline.
    guard let message = try? JSON(bytes: bytes), let id = message["id"]?.int else { return .alive }
    if let error = message["error"], !error.isNull {
      return .reply(
        id: id,
        .failure(CallFailure(code: error["code"]?.int ?? 0, message: error["message"]?.string ?? "unknown error")))
    }
    guard let result = message["result"] else { return .alive }
    guard let content = result["content"]?.array else { return .reply(id: id, .success(result)) }
    let text = content.compactMap { $0["text"]?.string }.joined()
    if result["isError"]?.bool == true { return .reply(id: id, .failure(CallFailure(code: 0, message: text))) }
    return .reply(id: id, .success((try? JSON(text)) ?? ["text": .string(text)]))  // a text that is no JSON is an answer too
  }
}
