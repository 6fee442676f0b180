import JSON
import MCP

/// The log server's MCP: what each message is answered.
struct GodotService: MessageService {
  let storage: any LogStorage
  let queue: CommitQueue
  let watch: StorageWatch
  let levels: LevelTable
  let clock = IncreasingClock()

  func makeSession() -> any MessageSession { GodotSession(service: self) }

  private static let hello: JSON = [
    "protocolVersion": .string(MCP.protocolVersion),
    "capabilities": [
      "tools": [:], "experimental": ["fiedler.godot": ["durableLogs": true, "maximumFrame": 16_777_216]],
    ],
    "serverInfo": MCP.Implementation(name: "fiedler-godot", version: "1").json,
  ]

  /// A request, or that it needs no answer.
  struct Request {
    var id: JSON
    var work: Result<Work, JSONRPCError>
  }

  enum Work {
    case result(JSON)
    case tool(ToolWork)
  }

  /// `nil` for what is not to be answered.
  func read(_ message: ServerMessage) -> Request? {
    let json: JSON
    do throws(JSONError) {
      json = try message.withBytes { (bytes) throws(JSONError) in try RecordRepair.read(bytes) }
    } catch {
      return Self.refused(JSONRPCError.parseError, "Parse error: \(error)")
    }
    guard let members = json.object else { return Self.refused(JSONRPCError.invalidRequest, "Not a JSON-RPC object") }
    let id = members["id"] ?? .null
    switch id {
    case .null, .string, .int, .double: break
    default: return Self.refused(JSONRPCError.invalidRequest, "id must be a string or a number")
    }
    guard let method = members["method"]?.string else {
      // An answer to a question that was never asked.
      guard members["result"] == nil, members["error"] == nil else { return nil }
      return Request(
        id: id, work: .failure(JSONRPCError(code: JSONRPCError.invalidRequest, message: "method is missing")))
    }
    // A notification, of whatever: nothing here acts on one.
    guard !id.isNull else { return nil }
    return Request(id: id, work: work(method, members["params"]))
  }

  private static func refused(_ code: Int, _ message: String) -> Request {
    Request(id: .null, work: .failure(JSONRPCError(code: code, message: message)))
  }

  private func work(_ method: String, _ params: JSON?) -> Result<Work, JSONRPCError> {
    switch method {
    case "initialize": return .success(.result(Self.hello))
    case "ping": return .success(.result([:]))
    case "tools/list": return .success(.result(Tool.all))
    case "tools/call":
      do throws(JSONRPCError) {
        return .success(.tool(try call(params)))
      } catch {
        return .failure(error)
      }
    default:
      return .failure(
        JSONRPCError(code: JSONRPCError.methodNotFound, message: "Method not found: \(Self.shortened(method))"))
    }
  }

  private func call(_ params: JSON?) throws(JSONRPCError) -> ToolWork {
    guard let name = params?["name"]?.string else {
      throw JSONRPCError(code: JSONRPCError.invalidParams, message: "tools/call: name is missing")
    }
    guard let tool = Tool(name: name) else {
      throw JSONRPCError(code: JSONRPCError.methodNotFound, message: "Unknown tool: \(Self.shortened(name))")
    }
    let arguments = try ToolArguments(tool: tool, params?["arguments"])
    let logger = LoggerTools(levels: levels, clock: clock)
    let conversations = ConversationTools(clock: clock)
    switch tool {
    case .log: return try logger.log(arguments)
    case .query: return try logger.query(arguments)
    case .clear: return try logger.clear(arguments)
    case .setLevel: return try logger.setLevel(arguments)
    case .begin: return try conversations.begin(arguments)
    case .store: return try conversations.store(arguments)
    case .storeAll: return try conversations.storeAll(arguments)
    case .get: return try ReadingTools.get(arguments)
    case .list: return try ReadingTools.list(arguments)
    case .search: return try ReadingTools.search(arguments)
    }
  }

  private static func shortened(_ name: String) -> String { String(name.prefix(100)) }
}

/// How answers look on the wire.
enum Reply {
  static func bytes(_ id: JSON, _ outcome: Result<JSON, JSONRPCError>) -> [UInt8] {
    var members: [String: JSON] = ["jsonrpc": "2.0", "id": id]
    switch outcome {
    case .success(let result): members["result"] = result
    case .failure(let error): members["error"] = ["code": .int(error.code), "message": .string(error.message)]
    }
    return JSON.object(members).bytes
  }

  /// A tool's result is text.
  static func tool(_ result: JSON) -> JSON { ["content": [["type": "text", "text": .string(result.text)]]] }

  private static let storedTail = Array(",\"jsonrpc\":\"2.0\",\"result\":\(tool(LoggerTools.stored).text)}".utf8)

  /// The most frequent answer, without building it anew each time.
  static func stored(_ id: JSON) -> [UInt8] {
    var bytes = Array("{\"id\":".utf8)
    bytes += id.bytes
    bytes += storedTail
    return bytes
  }

  static func error(_ refusal: StorageRefusal) -> JSONRPCError {
    let message =
      switch refusal {
      case .conversationNotFound(let id): "Conversation with id '\(id.lowercased)' not found"
      case .turnTaken(let conversation, let turnNumber):
        "turn \(turnNumber) of conversation \(conversation.lowercased) is already stored with other content"
      case .invalid(let reason): reason
      }
    return JSONRPCError(code: JSONRPCError.internalError, message: message)
  }

  /// In the words by which clients know to try again for as long as it takes.
  static func error(_ unavailable: StorageUnavailable) -> JSONRPCError {
    JSONRPCError(code: JSONRPCError.internalError, message: "Connect call failed: \(unavailable.reason)")
  }
}
