import Basics
import Conversations
import FoundationEssentials
import GodotWire
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
  /// How long ago the server acknowledged all of it as queued; `nil` if it has not, or has lost it since.
  var unconfirmed: Duration?
  /// Which of its parts the server has, where only some of them are acknowledged or there are several.
  var progress: PartProgress?
}

/// How far a record that is sent in parts has come.
struct PartProgress: Hashable, Sendable {
  /// Says how the record was divided: parts of another plan are of no use.
  var plan: String
  /// By number, from 1: whether the part is known to be stored, or acknowledged as queued.
  var isStored: [Int: Bool] = [:]
}

/// What a row of the outbox says.
enum OutboxEntry: Hashable, Sendable {
  indirect case turn(TurnRecord)
  case log(QueuedLog)

  var turn: TurnRecord? { if case .turn(let turn) = self { turn } else { nil } }

  var logID: UUID {
    switch self {
    case .turn(let turn): turn.logID
    case .log(let log): log.logID
    }
  }

  var traceID: UUID {
    switch self {
    case .turn(let turn): turn.traceID
    case .log(let log): log.traceID
    }
  }
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
  let logID: UUID
  let traceID: UUID

  /// A record as it was stored, by this version of the program, an older one, or by hand: what a server would choke on
  /// is mended as in ``LogRecord``. Throws where it says nothing that could be sent.
  ///
  /// - `rowID`: stands for an id or a trace that the record lacks.
  /// - `encoded`: the bytes of `record`, where there are any; sent as they are if nothing had to be mended.
  init(stored record: JSON, rowID: UUID, _ encoded: [UInt8]? = nil) throws(UnreadablePayload) {
    guard let members = record.object else { throw UnreadablePayload(reason: "it is no object") }
    guard let message = members[WireKey.message]?.string else { throw UnreadablePayload(reason: "message is missing") }
    let data = members[WireKey.data]
    let (logID, traceID) = (
      data?[WireKey.logID]?.string.flatMap(UUID.init(canonical:)),
      members[WireKey.traceID]?.string.flatMap(UUID.init(canonical:))
    )
    let level = members[WireKey.level]?.string
    if let encoded, let logID, let traceID, members.count == 5, data?.object != nil,
      members[WireKey.component]?.string != nil, level.flatMap(LogLevel.init(rawValue:)) != nil,
      !encoded.withUnsafeBytes(JSON.mayNeedRepair)
    {
      (arguments, self.logID, self.traceID) = (encoded, logID, traceID)
      return
    }
    let mended = LogRecord(
      component: members[WireKey.component]?.string ?? "unknown", level: level ?? "", message: message,
      traceID: members[WireKey.traceID]?.string ?? "", data: data ?? [:])
    self.logID = logID ?? rowID
    self.traceID = traceID ?? rowID
    var whole = mended.data.object ?? [:]
    whole[WireKey.logID] = .string(self.logID.lowercased)
    var arguments = mended.arguments.object ?? [:]
    arguments[WireKey.traceID] = .string(self.traceID.lowercased)
    arguments[WireKey.data] = .object(whole)
    self.arguments = JSON.object(arguments).bytes
  }

  /// Log calls that carry the record, several where one would pass the limits.
  ///
  /// A part has the same component, level and trace; its message says which part it is, and the texts in `data.json`
  /// joined are the record's `{"data":…,"message":…}`. Each part has a `log_id` of its own, made from the first one's.
  func calls(tool: String, limits: SizeLimits) throws(TooLarge) -> [ToolCall] {
    let whole = ToolCall(tool: tool, body: arguments, key: RecordKey(logID: logID))
    guard !whole.fits(limits) else { return [whole] }
    // It was read when it was loaded.
    guard let record = try? JSON(bytes: arguments), let members = record.object else { throw TooLarge() }
    let text = JSON.object([
      WireKey.message: members[WireKey.message] ?? "", WireKey.data: members[WireKey.data] ?? [:],
    ]).text
    let head = (members[WireKey.message]?.string ?? "").prefix(utf8: 200)
    func call(_ piece: String, _ part: (Int, Int)) -> ToolCall {
      var arguments = members
      arguments[WireKey.message] = .string("\(head) (part \(part.0) of \(part.1))")
      arguments[WireKey.data] = [
        "json": .string(piece), WireKey.part: .int(part.0), WireKey.parts: .int(part.1),
        "part_of": .string(logID.lowercased),
        WireKey.logID: .string(logID.part(part.0).lowercased),
        WireKey.loggedAt: record[WireKey.data]?[WireKey.loggedAt] ?? .null,
      ]
      return ToolCall(
        tool: tool, body: JSON.object(arguments).bytes, key: RecordKey(logID: logID.part(part.0)))
    }
    let pieces = try text.pieces(limits) { call("", $0) }
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
