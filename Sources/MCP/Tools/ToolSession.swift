import JSON
import Synchronization

/// One client of a tool server: what comes in is answered, whatever carries the messages.
///
/// Speaks the Model Context Protocol (https://modelcontextprotocol.io/specification) in the revisions of ``revisions``.
/// Calls run side by side, each in a task of its own. Safe to use from any thread.
public final class ToolSession: Sendable {
  /// Newest first. A client that asks for another is offered the newest.
  public static let revisions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
  /// Calls of one client at a time.
  public static let mostCalls = 64
  /// Bytes of a message.
  public static let mostBytes = 64 << 20
  /// Values in a message, each of which takes up to a hundred times its bytes.
  static let mostValues = 1_000_000

  private struct State {
    var calls: [JSONRPCID: Task<Void, Never>] = [:]
    /// Those that the client has taken back: they are not answered any more.
    var cancelled: Set<JSONRPCID> = []
    var isOver = false
  }

  private let provider: any ToolProvider
  private let server: MCP.Implementation
  private let instructions: String
  private let send: @Sendable ([UInt8]) -> Void
  private let state = Mutex(State())

  /// - `send`: takes the bytes of one message to the client; called from any thread.
  public init(
    _ provider: any ToolProvider, server: MCP.Implementation, instructions: String,
    send: @escaping @Sendable ([UInt8]) -> Void
  ) {
    self.provider = provider
    self.server = server
    self.instructions = instructions
    self.send = send
  }

  /// Takes one message: an object, or an array of them (revision 2025-03-26).
  public func receive(_ bytes: [UInt8]) {
    do throws(JSONRPCError) {
      receive(try ToolMessage(bytes), progress: send) { [send] answer in answer.map(send) }
    } catch {
      send(JSONRPCMessage.failure(id: nil, error: error).json.bytes)
    }
  }

  /// Takes one message whose answer goes elsewhere than others'.
  ///
  /// - `progress`: takes what is told of its calls until they are answered; called from any thread.
  /// - `answer`: called once, from any thread, when all of it is dealt with; with nothing where nothing is to be
  ///   answered.
  func receive(
    _ message: ToolMessage, progress: @escaping @Sendable ([UInt8]) -> Void,
    answer: @escaping @Sendable ([UInt8]?) -> Void
  ) {
    guard message.isBatch else { return take(message.elements[0], Reply(progress: progress, take: answer)) }
    let answers = BatchedReplies(expecting: message.elements.count, send: answer)
    for element in message.elements { take(element, Reply(progress: progress, take: answers.take)) }
  }

  /// Whether a call runs.
  var isBusy: Bool { state.withLock { !$0.calls.isEmpty } }

  /// The client is gone: what runs is stopped, and what has come of it is kept. Returns when all of it has ended.
  public func end() async {
    let calls = state.withLock { state in
      state.isOver = true
      return Array(state.calls.values)
    }
    for call in calls { call.cancel() }
    for call in calls { await call.value }
  }

  // MARK: - Messages

  /// Takes the answer to one message, which may be none: `nil`.
  private struct Reply: Sendable {
    let progress: @Sendable ([UInt8]) -> Void
    let take: @Sendable ([UInt8]?) -> Void

    func callAsFunction(_ message: JSONRPCMessage?) { take(message?.json.bytes) }
  }

  private func take(_ json: JSON, _ reply: Reply) {
    let message: JSONRPCMessage
    do {
      message = try JSONRPCMessage(json)
    } catch {
      let failure = JSONRPCError(code: JSONRPCError.invalidRequest, message: "Not a JSON-RPC message: \(error.reason)")
      return reply(.failure(id: json["id"].flatMap(JSONRPCID.init), error: failure))
    }
    switch message {
    case .notification("notifications/cancelled", let params):
      if let id = params?["requestId"].flatMap(JSONRPCID.init) { cancel(id) }
      reply(nil)
    case .notification, .response, .failure: reply(nil)
    case .request(let id, "tools/call", let params): call(id, params, reply)
    case .request(let id, let method, let params):
      do throws(JSONRPCError) {
        reply(.response(id: id, result: try answer(method, params)))
      } catch {
        reply(.failure(id: id, error: error))
      }
    }
  }

  private func answer(_ method: String, _ params: JSON?) throws(JSONRPCError) -> JSON {
    switch method {
    case "initialize":
      let asked = params?["protocolVersion"]?.string ?? ""
      return [
        "protocolVersion": .string(Self.revisions.contains(asked) ? asked : Self.revisions[0]),
        "capabilities": ["tools": [:]], "serverInfo": server.json, "instructions": .string(instructions),
      ]
    case "ping": return [:]
    case "tools/list": return ["tools": .array(provider.tools.map(\.json))]
    default:
      throw JSONRPCError(code: JSONRPCError.methodNotFound, message: "Method not found: \(method.prefix(100))")
    }
  }

  // MARK: - Calls

  private func cancel(_ id: JSONRPCID) {
    let call = state.withLock { state in
      if state.calls[id] != nil { state.cancelled.insert(id) }
      return state.calls[id]
    }
    call?.cancel()
  }

  private func call(_ id: JSONRPCID, _ params: JSON?, _ reply: Reply) {
    let refusal = state.withLock { state -> String? in
      if state.isOver { return "The server ends" }
      if state.calls[id] != nil { return "A call with this id runs already" }
      if state.calls.count >= Self.mostCalls { return "At most \(Self.mostCalls) calls run at a time" }
      state.calls[id] = Task {
        let answer = await self.run(id, params, reply.progress)
        let isCancelled = self.state.withLock { state in
          state.calls[id] = nil
          return state.cancelled.remove(id) != nil
        }
        reply(isCancelled ? nil : answer)
      }
      return nil
    }
    if let refusal {
      reply(.failure(id: id, error: .init(code: JSONRPCError.invalidRequest, message: refusal)))
    }
  }

  private func run(
    _ id: JSONRPCID, _ params: JSON?, _ tell: @escaping @Sendable ([UInt8]) -> Void
  ) async -> JSONRPCMessage {
    guard let name = params?["name"]?.string, let tool = provider.tools.first(where: { $0.name == name }) else {
      let name = params?["name"]?.string.map { ": \($0.prefix(100))" } ?? ""
      return .failure(id: id, error: .init(code: JSONRPCError.invalidParams, message: "Unknown tool\(name)"))
    }
    let token = params?["_meta"]?["progressToken"]
    let progress: @Sendable (ToolProgress) -> Void = { progress in
      guard let token else { return }
      let message = JSONRPCMessage.notification(
        method: "notifications/progress",
        params: [
          "progressToken": token, "progress": .double(progress.done), "total": .double(progress.total),
          "message": .string(progress.message),
        ])
      tell(message.json.bytes)
    }
    let arguments = params?["arguments"] ?? [:]
    if let problem = ToolInput.problem(arguments, of: tool) {
      // An outcome, so that the client's model reads it and can do better.
      return .response(id: id, result: ToolOutcome(failure: problem).json)
    }
    do throws(JSONRPCError) {
      return .response(id: id, result: try await provider.call(name, arguments, progress: progress).json)
    } catch {
      return .failure(id: id, error: error)
    }
  }
}

/// Gathers the answers to the messages of a batch, and sends them as an array once all are there.
private final class BatchedReplies: Sendable {
  private let state: Mutex<(left: Int, answers: [[UInt8]])>
  private let send: @Sendable ([UInt8]?) -> Void

  init(expecting count: Int, send: @escaping @Sendable ([UInt8]?) -> Void) {
    state = Mutex((count, []))
    self.send = send
  }

  @Sendable func take(_ answer: [UInt8]?) {
    let all = state.withLock { state -> [[UInt8]]? in
      state.left -= 1
      if let answer { state.answers.append(answer) }
      return state.left == 0 ? state.answers : nil
    }
    guard let all else { return }
    send(all.isEmpty ? nil : Array("[".utf8) + all.joined(separator: ",".utf8) + Array("]".utf8))
  }
}
