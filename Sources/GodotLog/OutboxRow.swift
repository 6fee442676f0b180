import FoundationEssentials
import JSON

/// A pending row as read from the outbox.
struct OutboxRow: Hashable, Sendable {
  var id: Int64
  /// What it says, or why it cannot be read.
  var record: Result<OutboxEntry, UnreadablePayload>
  var conversationID: UUID?
  /// Bytes of the payload.
  var size: Int
  /// How often the server has refused it.
  var attempts: Int = 0
  /// The server's id of the conversation, where it has one.
  var serverConversation: String?
}

/// What a row of the outbox says.
enum OutboxEntry: Hashable, Sendable {
  indirect case turn(TurnRecord)
  case log(QueuedLog)

  var turn: TurnRecord? { if case .turn(let turn) = self { turn } else { nil } }
}

/// The two kinds of rows. Each is read, buffered and sent for itself, so that turns never wait behind ordinary
/// records.
enum Lane: String, CaseIterable, Sendable {
  case turns = "turn"
  case logs = "log"
}

/// An ordinary log record as it lies in the outbox: the encoded arguments of the log tool, which every dialect shares.
struct QueuedLog: Hashable, Sendable {
  let arguments: [UInt8]

  init(arguments: [UInt8]) { self.arguments = arguments }

  /// Log calls that carry the record, several where one would pass `limits.frame`.
  ///
  /// A part has the same component, level and trace; its message says which part it is, and the texts in `data.json`
  /// joined are the record's `{"data":…,"message":…}`. Each part has a `log_id` of its own, made from the first one's.
  func calls(tool: String, limits: SizeLimits) throws(TooLarge) -> [ToolCall] {
    let whole = ToolCall(tool: tool, body: arguments, isLog: true)
    guard let limit = limits.frame, whole.largestFrame > limit else { return [whole] }
    // What this program wrote it can read.
    guard let record = try? JSON(bytes: arguments), let members = record.object,
      let logID = record["data"]?["log_id"]?.string.flatMap(UUID.init(uuidString:))
    else { throw TooLarge() }
    let text = JSON.object(["message": members["message"] ?? "", "data": members["data"] ?? [:]]).text
    let head = (members["message"]?.string ?? "").prefix(utf8: 200)
    func call(_ piece: String, _ part: (Int, Int)) -> ToolCall {
      var arguments = members
      arguments["message"] = .string("\(head) (part \(part.0) of \(part.1))")
      arguments["data"] = [
        "json": .string(piece), "part": .int(part.0), "parts": .int(part.1), "part_of": .string(logID.lowercased),
        "log_id": .string(logID.part(part.0).lowercased), "logged_at_ms": record["data"]?["logged_at_ms"] ?? .null,
      ]
      return ToolCall(tool: tool, body: JSON.object(arguments).bytes, isLog: true)
    }
    let pieces = try text.pieces(limit: limit) { call("", $0) }
    return pieces.enumerated().map { call($1, ($0 + 1, pieces.count)) }
  }
}

extension UUID {
  /// The id of a record's `number`th part; the first part has the record's own.
  fileprivate func part(_ number: Int) -> UUID {
    var bytes = uuid
    let offset = UInt32(truncatingIfNeeded: number - 1)
    bytes.12 ^= UInt8(truncatingIfNeeded: offset >> 24)
    bytes.13 ^= UInt8(truncatingIfNeeded: offset >> 16)
    bytes.14 ^= UInt8(truncatingIfNeeded: offset >> 8)
    bytes.15 ^= UInt8(truncatingIfNeeded: offset)
    return UUID(uuid: bytes)
  }
}
