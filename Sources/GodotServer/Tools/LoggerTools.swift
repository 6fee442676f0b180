import Basics
import Conversations
import FoundationEssentials
import GodotWire
import JSON
import MCP

/// What a call comes to.
enum ToolWork: Sendable {
  /// Answered without asking the storage.
  case answer(JSON)
  /// Answered when it is committed; `trace` is committed with it.
  case write(StorageWrite, trace: StorageWrite? = nil, @Sendable (StorageReceipt) -> JSON)
  /// Answered with the storage's answer, after the writes before it on the same connection.
  case read(@Sendable (any LogStorage) async throws -> JSON)
  /// A record that is stored, or that its component's level leaves out.
  case log(StorageWrite)
}

/// The tools for log records.
struct LoggerTools: Sendable {
  let levels: LevelTable
  let clock: IncreasingClock
  let form: AnswerForm

  static let tools = [
    ServerTool(
      .log, "Stores a log record. The answer comes when it is on disk.",
      [
        .text(WireKey.component, "Who logs.").required, .level.required,
        .text(WireKey.message, "What happened.").required,
        .text(WireKey.traceID, "A UUID that ties records together."),
        .object(WireKey.data, "Anything more. log_id, a UUID, lets a repeat be recognised."),
      ],
      does: { arguments, place throws(JSONRPCError) in Self(place).log(try LogCall(arguments)) }),
    ServerTool(
      .query, "Finds log records, newest first.",
      [
        .text(WireKey.traceID, "A UUID."), .text(WireKey.component, "Whose records."), .level,
        .text(WireKey.startTime, "ISO 8601."), .text(WireKey.endTime, "ISO 8601."),
        .text(WireKey.search, "Words of the message."),
        .number(WireKey.limit, "1 to 1000; 100 if it is not given."),
      ],
      does: { arguments, place throws(JSONRPCError) in try Self(place).query(arguments) }),
    ServerTool(
      .clear, "Removes log records; conversations stay.",
      [
        .text(WireKey.component, "Whose records; all if it is not given."),
        .text(WireKey.beforeTime, "ISO 8601; seven days ago if it is not given."),
      ],
      does: { arguments, place throws(JSONRPCError) in try Self(place).clear(arguments) }),
    ServerTool(
      .setLevel, "Sets the lowest level that is kept of a component's records; * stands for all others.",
      [.text(WireKey.component, "Whose records, or *.").required, .level.required],
      does: { arguments, place throws(JSONRPCError) in try Self(place).setLevel(arguments) }),
  ]

  init(_ place: ServerTool.Place) { (levels, clock, form) = (place.levels, place.clock, place.form) }

  static let stored: JSON = [WireKey.status: "ok", WireKey.message: "Log entry stored."]
  /// The age, in seconds, of what is cleared where no time is given.
  private static let clearsAfter = 7.0 * 86_400

  func log(_ call: LogCall) -> ToolWork {
    // Before the repair is noted: a turn is one by what its client sent.
    let turn = call.turn.flatMap { LogTurn($0, createdAt: clock.now()) }
    guard turn != nil || levels.keeps(call.level ?? .info, of: call.component) else { return .answer(Self.stored) }
    var data = call.data
    if !call.repaired.isEmpty {
      let value = data.value
      var members = value.object ?? (value.isNull ? [:] : ["value": value])
      members[WireKey.repaired] = .object(call.repaired.merging(members[WireKey.repaired]?.object ?? [:]) { $1 })
      data = JSONText(.object(members))
    }

    let madeAt = call.logID == nil ? nil : Self.time(call.madeAt)
    var entry = LogEntry(
      id: call.logID ?? .timeOrdered(), traceID: call.traceID, component: call.component, level: call.level ?? .info,
      message: call.message, data: data, createdAt: turn?.message.createdAt ?? clock.now())
    guard let turn else { return .log(.log(entry, madeAt: madeAt)) }
    // Every part is a record of its own.
    if call.logID != nil, turn.parts > 1 { entry.id = entry.id.derived(turn.part) }
    return .log(.logTurn(entry, madeAt: madeAt, turn.message, part: turn.part, parts: turn.parts))
  }

  /// When a record that can be recognised was made: at some time, if its maker does not say.
  static func time(_ milliseconds: JSON?) -> Date {
    // A time out of all reason is none; the bounds are the years 1970 and 9999.
    guard let value = milliseconds?.int, (0...253_402_300_799_999).contains(value) else {
      return Date(timeIntervalSince1970: 0)
    }
    return Date(timeIntervalSince1970: Double(value) / 1000)
  }

  func query(_ arguments: ToolArguments) throws(JSONRPCError) -> ToolWork {
    let filter = RecordFilter(
      traceID: try arguments.id(WireKey.traceID), component: try arguments.string(WireKey.component),
      level: try arguments.level(WireKey.level), from: try arguments.date(WireKey.startTime),
      to: try arguments.date(WireKey.endTime), search: try arguments.string(WireKey.search))
    let limit = try arguments.limit(default: 100)
    return .read { [form] storage in
      let now = Date.now
      var room = AnswerRoom(form: form)
      let entries = try await storage.logs(filter, limit: limit).map { Self.json($0, now: now, form) }
      let rows = JSON.array(Array(entries.prefix { room.takes($0) }))
      return form == .plain ? rows : Answer.tool(rows)
    }
  }

  private static func json(_ entry: LogEntry, now: Date, _ form: AnswerForm) -> JSON {
    [
      "id": .string(entry.id.lowercased), WireKey.traceID: JSON(entry.traceID?.lowercased),
      WireKey.component: .string(entry.component), WireKey.level: .string(entry.level.rawValue),
      WireKey.message: .string(entry.message), WireKey.data: form == .plain ? entry.data.value : JSON(entry.data.text),
      WireKey.createdAt: .string(Timestamp.text(entry.createdAt, zone: .number)),
      "age": .double(max(0, now.timeIntervalSince(entry.createdAt))),
    ]
  }

  func clear(_ arguments: ToolArguments) throws(JSONRPCError) -> ToolWork {
    // As the servers in use have it: nobody loses this week's records by leaving out a time.
    let limit = try arguments.date(WireKey.beforeTime) ?? clock.now() - Self.clearsAfter
    let write = StorageWrite.clear(component: try arguments.string(WireKey.component), before: limit)
    return .write(write) { receipt in
      guard case .cleared(let count) = receipt else { return [WireKey.status: "ok"] }
      return [WireKey.status: "ok", "deleted_count": .int(count)]
    }
  }

  func setLevel(_ arguments: ToolArguments) throws(JSONRPCError) -> ToolWork {
    let component = try arguments.requiredString(WireKey.component)
    guard let level = try arguments.level(WireKey.level) else { throw arguments.invalid(WireKey.level, "is missing") }
    return .write(.setLevel(component: component, level)) { [levels] _ in
      levels.set(level, for: component)
      return [WireKey.status: "ok", WireKey.component: .string(component), WireKey.level: .string(level.rawValue)]
    }
  }
}

/// Keeps an answer of many elements under the size that clients take.
struct AnswerRoom {
  private(set) var bytes = 0
  var form = AnswerForm.plain
  static let most = 8 << 20

  /// False if the element would make the answer too long; the first one always fits.
  mutating func takes(_ element: JSON) -> Bool {
    // In the answer the element stands inside a string, with a backslash before every quote; or inside two.
    let text = JSON.string(element.text)
    let size = form == .plain ? text.encodedSize : JSON.string(text.text).encodedSize
    guard bytes == 0 || bytes + size <= Self.most else { return false }
    bytes += size
    return true
  }
}
