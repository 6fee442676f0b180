import GodotWire
import JSON
import MCP

/// The log server's MCP: what each message is answered.
struct GodotService: MessageService {
  let storage: any LogStorage
  let queue: CommitQueue
  let watch: StorageWatch
  let levels: LevelTable
  let metrics: ServerMetrics
  let heavy = HeavyWork()
  let clock = IncreasingClock()

  func makeSession() -> any MessageSession { GodotSession(service: self) }

  static let hello: JSON = [
    "protocolVersion": .string(MCP.protocolVersion),
    "capabilities": [
      "tools": [:],
      "experimental": .object(
        ServerPromise(isDurable: true, maximumFrame: WireLimits.frame).experimental
          .merging([MCP.batches: true]) { one, _ in one }),
    ],
    "serverInfo": MCP.Implementation(name: "fiedler-godot", version: "1").json,
  ]

  /// A request, or that it needs no answer.
  struct Request {
    var id: JSON
    var work: Result<Work, JSONRPCError>

    /// The same among others: what may have a long answer is refused, or the answers of one message could take any
    /// amount of memory.
    var inBatch: Request {
      switch work {
      case .failure, .success(.tool(.log)), .success(.tool(.write)), .success(.tool(.answer)): self
      case .success:
        Request(id: id, work: .failure(JSONRPCError(.invalidRequest, "A batch is for tools that store")))
      }
    }
  }

  /// Clients of ours put at most ``MCP/mostInBatch`` into one.
  static let mostInBatch = 2 * MCP.mostInBatch

  /// What a message holds; `nil` for what is not to be answered.
  enum Content {
    case one(Request?)
    /// JSON-RPC 2.0, section 6; at least one.
    case batch([Request?])
  }

  enum Work {
    /// Answered with ``GodotService/hello``; what follows is answered in this form.
    case hello(AnswerForm)
    /// Answered with the list of tools.
    case tools
    case result(JSON)
    case tool(ToolWork)
  }

  func read(_ message: ServerMessage, form: AnswerForm) -> Content {
    message.withBytes { bytes in
      var room = Self.mostValues
      if !JSON.mayNeedRepair(bytes), let content = scanned(bytes, form, &room) { return content }
      room = Self.mostValues
      let json: JSON
      do throws(JSONError) {
        json = try RecordRepair.read(bytes, room: &room)
      } catch {
        guard room < 0 else { return .one(Self.refused(.notJSON, "Parse error: \(error)")) }
        let most = Self.mostValues
        return .one(Self.refused(.invalidRequest, "A message holds at most \(most) values beside a log record's data"))
      }
      if let requests = json.array, !requests.isEmpty {
        guard requests.count <= Self.mostInBatch else { return .one(Self.tooMany) }
        return .batch(requests.map { request($0, form)?.inBatch })
      }
      return .one(request(json, form))
    }
  }

  /// What calls of the log tool hold, whose data is not made a value. `nil` if the message is none, and no batch with
  /// any.
  private func scanned(_ bytes: UnsafeRawBufferPointer, _ form: AnswerForm, _ room: inout Int) -> Content? {
    var scanner = JSONScanner(bytes)
    guard bytes.first == UInt8(ascii: "[") else { return logged(bytes, form, &room).map { .one($0) } }
    var requests: [Request?] = []
    guard scanner.enterArray() else { return nil }
    while scanner.nextElement() {
      guard requests.count < Self.mostInBatch else { return .one(Self.tooMany) }
      guard let element = scanner.rawValue() else { return nil }
      if let request = logged(element, form, &room) {
        requests.append(request)
      } else {
        let json: JSON
        do { json = try JSON(element, room: &room) } catch { return nil }  // said by who reads the whole
        requests.append(request(json, form)?.inBatch)
      }
    }
    return scanner.isAtEnd() && !requests.isEmpty ? .batch(requests) : nil
  }

  private func logged(_ bytes: UnsafeRawBufferPointer, _ form: AnswerForm, _ room: inout Int) -> Request? {
    guard let (id, call) = LogCall.scan(bytes, room: &room) else { return nil }
    return Request(id: id, work: .success(.tool(LoggerTools(place(form)).log(call))))
  }

  /// What a message may hold that is made values of: each takes up to a hundred times its bytes.
  private static let mostValues = 1_000_000

  private static let tooMany = refused(.invalidRequest, "A batch holds at most \(mostInBatch) requests")

  private func request(_ json: JSON, _ form: AnswerForm) -> Request? {
    guard let members = json.object else { return Self.refused(.invalidRequest, "Not a JSON-RPC object") }
    let id = members["id"] ?? .null
    switch id {
    case .null, .string, .int, .double: break
    default: return Self.refused(.invalidRequest, "id must be a string or a number")
    }
    guard let method = members["method"]?.string else {
      // An answer to a question that was never asked.
      guard members["result"] == nil, members["error"] == nil else { return nil }
      return Request(id: id, work: .failure(JSONRPCError(.invalidRequest, "method is missing")))
    }
    // A notification, of whatever: nothing here acts on one. An id that is null is answered, as it is elsewhere.
    guard members["id"] != nil else { return nil }
    return Request(id: id, work: work(method, members["params"], form))
  }

  private static func refused(_ code: LogErrorCode, _ message: String) -> Request {
    Request(id: .null, work: .failure(JSONRPCError(code, message)))
  }

  private func work(_ method: String, _ params: JSON?, _ form: AnswerForm) -> Result<Work, JSONRPCError> {
    switch method {
    case "initialize": return .success(.hello(AnswerForm(capabilities: params?["capabilities"])))
    case "ping": return .success(.result([:]))
    case "tools/list": return .success(.tools)
    case "tools/call":
      do throws(JSONRPCError) {
        return .success(.tool(try call(params, form)))
      } catch {
        return .failure(error)
      }
    default:
      return .failure(JSONRPCError(.unknownMethod, "Method not found: \(Self.shortened(method))"))
    }
  }

  private func call(_ params: JSON?, _ form: AnswerForm) throws(JSONRPCError) -> ToolWork {
    guard let name = params?["name"]?.string else {
      throw JSONRPCError(.invalidArgument, "tools/call: name is missing")
    }
    guard let tool = ServerTool.named(name) else {
      throw JSONRPCError(.unknownTool, "Unknown tool: \(Self.shortened(name))")
    }
    return try tool.does(ToolArguments(tool: tool.tool, params?["arguments"]), place(form))
  }

  private func place(_ form: AnswerForm) -> ServerTool.Place {
    ServerTool.Place(levels: levels, clock: clock, form: form)
  }

  private static func shortened(_ name: String) -> String { String(name.prefix(100)) }
}
