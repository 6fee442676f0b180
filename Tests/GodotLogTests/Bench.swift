import Conversations
import Foundation
import JSON
import MCP

@testable import GodotLog

/// A shipper driven by hand: time moves only when told, and the outbox is an array.
struct Bench {
  struct Sent {
    var id: Int
    var tool: String
    var arguments: JSON
    var size: Int
    var at: Duration
    var content: String { arguments["content"]?.string ?? arguments["data"]?["content"]?.string ?? "" }
    var session: String { arguments["session_id"]?.string ?? "" }
  }

  static let tools = Dialect(tools: ["logger_log", "conversation_begin", "conversation_store_message"])
  /// Cannot be read.
  static let logs = Dialect(tools: ["logger_log"])
  static let readable = Dialect(tools: ["logger_log", "logger_query"])
  static let durable: Dialect = {
    var dialect = Dialect(tools: ["logger_log", "logger_query"])
    dialect.isDurable = true
    return dialect
  }()

  var shipper: Shipper
  var now: Duration = .zero
  var outbox: [OutboxRow] = []
  var parked: [Int64: String] = [:]
  var delivered: [Int64] = []
  var refusals: [Int64: Int] = [:]
  var mappings: [UUID: String] = [:]
  /// Calls sent and not taken yet.
  var sent: [Sent] = []
  var resends = 0
  var connects = 0
  var aborts = 0
  var closes = 0
  var pings = 0
  var loads: [Shipper.Load] = []
  /// Mappings are stored at once, unless a test wants to see what happens meanwhile.
  var storesMappings = true
  var answersLoads = true
  var answersPings = true
  /// Records that the server has stored, newest first, and those that wait for its worker.
  var stored: [(trace: UUID, key: RecordKey)] = []
  var queue: [(trace: UUID, key: RecordKey)] = []
  var workerRuns = true
  /// So many of the newest its worker has not stored yet.
  var workerLag = 0
  var answersLooks = true
  /// Why looks fail, instead.
  var lookFailure: Shipper.ReadBackFailure?
  var looks: [Shipper.ReadBack] = []
  var unconfirmed: Set<Int64> = []
  var lost: [Int64] = []
  var parts: [Int64: PartProgress] = [:]

  /// Limits under which a server that cannot be read is believed at once.
  static let trusting: Shipper.Limits = {
    var limits = Shipper.Limits()
    limits.settleTime = .zero
    return limits
  }()

  init(limits: Shipper.Limits = Bench.trusting, jitter: Double = 1) {
    shipper = Shipper(limits: limits, backOff: BackOff(jitter: { jitter }))
  }

  mutating func queue(_ turns: TurnRecord...) {
    for turn in turns {
      outbox.append(
        OutboxRow(
          id: (outbox.last?.id ?? 0) + 1, record: .success(.turn(turn)), conversationID: turn.conversationID,
          size: turn.payload.encodedSize))
    }
    feed(.nudged)
  }

  mutating func queue(log record: LogRecord) {
    let (id, arguments) = (UUID(), record.arguments(logID: UUID(), at: Date(timeIntervalSince1970: 0)))
    // What a `LogRecord` says can always be sent.
    guard let log = try? QueuedLog(stored: arguments, rowID: id, arguments.bytes) else { return }
    outbox.append(
      OutboxRow(id: (outbox.last?.id ?? 0) + 1, record: .success(.log(log)), size: arguments.encodedSize))
    feed(.nudged)
  }

  mutating func feed(_ input: Shipper.Input) {
    for output in shipper.handle(input, at: now) {
      switch output {
      case .connect: connects += 1
      case .abort: aborts += 1
      case .close: closes += 1
      case .ping:
        pings += 1
        if answersPings { feed(.pong) }
      case .send(let id, let frame):
        guard let json = try? JSON(bytes: frame), let name = json["params"]?["name"]?.string else { continue }
        sent.append(
          Sent(id: id, tool: name, arguments: json["params"]?["arguments"] ?? .null, size: frame.count, at: now))
      case .load(let load):
        loads.append(load)
        if answersLoads { answerLoad(load) }
      case .keepMapping(let conversation, let server):
        mappings[conversation] = server
        if storesMappings { feed(.mapped(conversation)) }
      case .forgetMapping(let conversation): mappings[conversation] = nil
      case .delivered(let id):
        delivered.append(id)
        unconfirmed.remove(id)
      case .unconfirmed(let id): unconfirmed.insert(id)
      case .unqueued(let id):
        unconfirmed.remove(id)
        lost.append(id)
      case .part(let id, let number, let plan, let isStored):
        if parts[id]?.plan != plan { parts[id] = PartProgress(plan: plan) }
        parts[id]?.isStored[number] = isStored
      case .readBack(let look):
        looks.append(look)
        if answersLooks { answer(look) }
      case .refused(let id, _): refusals[id, default: 0] += 1
      case .park(let id, let reason): parked[id] = reason
      }
    }
  }

  /// As a server answers that stores what it has queued.
  mutating func answer(_ look: Shipper.ReadBack) {
    if let lookFailure { return feed(.readBack(number: look.number, .failure(lookFailure))) }
    if workerRuns { work() }
    let found = stored.filter { look.trace == nil || $0.trace == look.trace }.prefix(look.limit)
    feed(.readBack(number: look.number, .success(found.map(\.key))))
  }

  mutating func work() {
    stored = queue.dropLast(workerLag).reversed() + stored
    queue = queue.suffix(workerLag)
  }

  /// As the outbox answers.
  mutating func answerLoad(_ load: Shipper.Load) {
    let held = Set(parked.keys.compactMap { id in outbox.first { $0.id == id }?.conversationID })
    let rows = outbox.filter { row in
      guard (row.conversationID == nil) == (load.lane == .logs) else { return false }
      return row.id > load.after && !delivered.contains(row.id) && parked[row.id] == nil
        && row.conversationID.map { !load.excluding.contains($0) && !held.contains($0) } ?? true
    }
    feed(
      .loaded(
        .init(
          lane: load.lane, rows: Array(rows.prefix(load.rows)), isEnd: rows.count <= load.rows, resends: resends)))
  }

  mutating func connect(_ dialect: Dialect = Bench.tools) {
    feed(.tick)
    feed(.connected(dialect))
  }

  mutating func advance(_ duration: Duration) {
    now += duration
    feed(.tick)
  }

  /// Goes from wake to wake, as the shell does, until `duration` has passed.
  mutating func run(_ duration: Duration) {
    let end = now + duration
    feed(.tick)
    while let wake = shipper.nextWake(after: now), wake <= end {
      now = wake
      feed(.tick)
    }
    now = end
    feed(.tick)
  }

  /// Goes on until something is sent; false if nothing was within `limit`.
  mutating func runUntilSent(_ limit: Duration = .seconds(60)) -> Bool {
    let end = now + limit
    while sent.isEmpty, now < end { run(.milliseconds(50)) }
    return !sent.isEmpty
  }

  mutating func take() -> [Sent] {
    defer { sent = [] }
    return sent
  }

  /// Loses what the worker has not stored.
  mutating func destroyQueue() { queue = [] }

  /// Another process takes over: what is not in the outbox is forgotten.
  mutating func restart(limits: Shipper.Limits = .init()) {
    shipper = Shipper(limits: limits, backOff: BackOff(jitter: { 1 }))
    sent = []
    for index in outbox.indices {
      outbox[index].unconfirmed = unconfirmed.contains(outbox[index].id) ? .zero : nil
      outbox[index].progress = parts[outbox[index].id]
    }
  }

  mutating func accept(_ call: Sent) {
    if call.tool.hasSuffix("logger_log"), let data = call.arguments["data"], let key = RecordKey(data),
      let trace = call.arguments["trace_id"]?.string.flatMap(UUID.init(uuidString:))
    {
      queue.append((trace, key))
    }
    let answer: JSON =
      call.tool.hasSuffix("begin")
      ? ["conversation_id": .string("server " + call.session), "session_id": .string(call.session)] : ["status": "ok"]
    feed(.reply(id: call.id, .success(["content": [["type": "text", "text": .string(answer.text)]]])))
  }

  mutating func refuse(_ call: Sent, _ text: String = "no") {
    feed(.reply(id: call.id, .failure(JSONRPCError(code: -32603, message: text))))
  }

  /// Accepts everything until nothing more is sent, and returns it in order.
  @discardableResult
  mutating func acceptAll() -> [Sent] {
    var all: [Sent] = []
    while !sent.isEmpty {
      let calls = take()
      all += calls
      for call in calls { accept(call) }
    }
    return all
  }

  var state: LogHealth.State { shipper.state(at: now) }
}
