import Basics
import GodotWire
import JSON
import MCP

/// How answers look on the wire.
enum Answer {
  static func bytes(_ id: JSON, _ outcome: Result<JSON, JSONRPCError>) -> [UInt8] {
    var members: [String: JSON] = ["jsonrpc": "2.0", "id": id]
    switch outcome {
    case .success(let result): members["result"] = result
    case .failure(let error):
      var body: [String: JSON] = ["code": .int(error.code), "message": .string(error.message)]
      body["data"] = error.data
      members["error"] = .object(body)
    }
    return JSON.object(members).bytes
  }

  /// The answer to a tool's call that was carried out: ``bytes(_:_:)`` of ``tool(_:)``, with nothing in between.
  static func done(_ id: JSON, _ result: JSON) -> [UInt8] {
    let text = JSON.string(result.text).bytes
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count + 160)
    bytes += "{\"id\":".utf8
    bytes += id.bytes
    bytes += ",\"jsonrpc\":\"2.0\",\"result\":{\"content\":[{\"text\":".utf8
    bytes += text
    bytes += ",\"type\":\"text\"}]}}".utf8
    return bytes
  }

  /// A tool's result is text.
  static func tool(_ result: JSON) -> JSON { ["content": [["type": "text", "text": .string(result.text)]]] }

  private static let toolsTail = Array(",\"jsonrpc\":\"2.0\",\"result\":\(ServerTool.list.text)}".utf8)

  /// The longest of the answers that are always the same.
  static func tools(_ id: JSON) -> [UInt8] { Array("{\"id\":".utf8) + id.bytes + toolsTail }

  private static let storedTail = Array(",\"jsonrpc\":\"2.0\",\"result\":\(tool(LoggerTools.stored).text)}".utf8)

  /// The most frequent answer, without building it anew each time.
  static func stored(_ id: JSON) -> [UInt8] {
    var bytes = Array("{\"id\":".utf8)
    bytes += id.bytes
    bytes += storedTail
    return bytes
  }

  static func error(_ refusal: StorageRefusal) -> JSONRPCError {
    switch refusal {
    case .conversationNotFound(let id):
      JSONRPCError(.conversationNotFound, "Conversation with id '\(id.lowercased)' not found")
    case .turnTaken(let conversation, let turnNumber):
      // The words by which clients of the servers in use know a turn that is there, then what has happened.
      JSONRPCError(
        .turnTaken,
        "duplicate key value violates unique constraint \"\(LogErrorWords.turnTaken)\": "
          + "turn \(turnNumber) of conversation \(conversation.lowercased) is already stored with other content")
    case .invalid(let reason): JSONRPCError(.unstorable, reason)
    }
  }

  /// In the words by which clients know to try again for as long as it takes.
  static func error(_ unavailable: StorageUnavailable) -> JSONRPCError {
    JSONRPCError(.storageAway, LogErrorWords.away + unavailable.reason)
  }
}

/// In which form a client reads answers.
enum AnswerForm: Sendable {
  /// As the Python servers in use give them: the rows of a query stand in a tool's answer within the tool's answer, a
  /// record's data is JSON as text.
  case wrapped
  /// For clients that say so when they initialize: one tool's answer, data as it is.
  case plain

  /// - `capabilities`: a client's.
  init(capabilities: JSON?) { self = ClientWish(capabilities: capabilities).plainAnswers ? .plain : .wrapped }
}

extension LogErrorCode {
  /// Of JSON-RPC 2.0, section 5.1.
  fileprivate var number: Int {
    switch self {
    case .storageAway, .conversationNotFound, .turnTaken, .unstorable, .failed: JSONRPCError.internalError
    case .invalidArgument: JSONRPCError.invalidParams
    case .unknownTool, .unknownMethod: JSONRPCError.methodNotFound
    case .notJSON: JSONRPCError.parseError
    case .invalidRequest: JSONRPCError.invalidRequest
    }
  }
}

extension JSONRPCError {
  init(_ code: LogErrorCode, _ message: String) {
    self.init(code: code.number, message: message, data: code.data)
  }
}
