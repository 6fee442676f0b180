import JSON

/// The id that ties a JSON-RPC response to its request.
public enum JSONRPCID: Hashable, Sendable {
  case int(Int)
  case string(String)

  public var json: JSON {
    switch self {
    case .int(let value): .int(value)
    case .string(let value): .string(value)
    }
  }

  public init?(_ json: JSON) {
    if let value = json.int {
      self = .int(value)
    } else if let value = json.string {
      self = .string(value)
    } else {
      return nil
    }
  }
}

/// The `error` member of a JSON-RPC response (JSON-RPC 2.0, section 5.1).
public struct JSONRPCError: Error, Hashable, Sendable, CustomStringConvertible {
  public static let parseError = -32700
  public static let invalidRequest = -32600
  public static let methodNotFound = -32601
  public static let invalidParams = -32602
  public static let internalError = -32603

  public var code: Int
  public var message: String
  /// May hold a traceback: never to be shown to a user.
  public var data: JSON?

  public init(code: Int, message: String, data: JSON? = nil) {
    self.code = code
    self.message = message
    self.data = data
  }

  public var description: String { "\(message) (\(code))" }
}

/// One JSON-RPC 2.0 message.
public enum JSONRPCMessage: Hashable, Sendable {
  case request(id: JSONRPCID, method: String, params: JSON?)
  case notification(method: String, params: JSON?)
  case response(id: JSONRPCID, result: JSON)
  /// `id` is `nil` where the other side could not tell which request failed.
  case failure(id: JSONRPCID?, error: JSONRPCError)

  /// The text is JSON but no message.
  public struct Malformed: Error, Hashable, Sendable {
    public var reason: String
  }

  public var json: JSON {
    var members: [String: JSON] = ["jsonrpc": "2.0"]
    switch self {
    case .request(let id, let method, let params):
      members["id"] = id.json
      members["method"] = .string(method)
      members["params"] = params
    case .notification(let method, let params):
      members["method"] = .string(method)
      members["params"] = params
    case .response(let id, let result):
      members["id"] = id.json
      members["result"] = result
    case .failure(let id, let error):
      members["id"] = id?.json ?? .null
      var body: [String: JSON] = ["code": .int(error.code), "message": .string(error.message)]
      body["data"] = error.data
      members["error"] = .object(body)
    }
    return .object(members)
  }

  /// Reads one message. Throws `JSONError` or ``Malformed``.
  public init(bytes: [UInt8]) throws {
    try self.init(JSON(bytes: bytes))
  }

  public init(_ json: JSON) throws(Malformed) {
    guard json.object != nil else { throw Malformed(reason: "not an object") }
    let id = json["id"].flatMap(JSONRPCID.init)
    if let method = json["method"]?.string {
      let params = json["params"]
      if let id {
        self = .request(id: id, method: method, params: params)
      } else if let given = json["id"], !given.isNull {
        // Who asks so waits for an answer; nothing would tell why none comes.
        throw Malformed(reason: "an id that is neither a text nor a whole number")
      } else {
        self = .notification(method: method, params: params)
      }
    } else if let error = json["error"], !error.isNull {
      self = .failure(
        id: id,
        error: JSONRPCError(
          code: error["code"]?.int ?? JSONRPCError.internalError,
          message: error["message"]?.string ?? error.string ?? "an error without a message", data: error["data"]))
    } else if let result = json["result"] {
      guard let id else { throw Malformed(reason: "a result without an id") }
      self = .response(id: id, result: result)
    } else {
      throw Malformed(reason: "neither method nor result nor error")
    }
  }
}
