import FoundationEssentials
import JSON
import Synchronization

/// The log records of a stand-in: its queue, the worker that stores them, and the query that reads them.
extension ScriptedGodot {
  /// Takes back the records by which a client finds out whether others are stored: it logs one where it waits for long.
  public func forgetProbes() {
    state.withLock { $0.records.logs.removeAll { $0["message"]?.string?.hasPrefix("Asks whether") == true } }
  }

  /// Has the worker take one batch, whether it runs or not.
  public func work() { state.withLock { Self.work(&$0) } }

  /// Kills the worker while it holds a batch, which is lost, and leaves it dead.
  public func killWorker() {
    state.withLock { state in
      state.records.destroyed += Self.takeBatch(&state.records)
      state.faults.worker = .stopped
    }
  }

  static func work(_ state: inout State) {
    let batch = takeBatch(&state.records)
    let isTooLarge = batch.reduce(0) { $0 + $1.bytes.count } > state.faults.batchBytes
    if state.faults.databaseDown != nil || isTooLarge || !batch.allSatisfy(isSound) {
      state.records.destroyed += batch
    } else {
      state.records.logs += batch
    }
  }

  private static func takeBatch(_ records: inout Records) -> [JSON] {
    defer { records.queue.removeFirst(min(100, records.queue.count)) }
    return Array(records.queue.prefix(100))
  }

  static func log(_ arguments: JSON, _ id: JSON, _ state: inout State) -> JSON {
    if let text = state.faults.queueDown { return error(id, -32603, text) }
    if !isSound(arguments) { state.records.poison.append(arguments) }
    if state.faults.worker == .immediate {
      if isSound(arguments) { state.records.logs.append(arguments) }
    } else {
      state.records.queue.append(arguments)
      let excess = state.records.queue.count - state.faults.queueLimit
      if excess > 0 {
        state.records.trimmed += state.records.queue.prefix(excess)
        state.records.queue.removeFirst(excess)
      }
    }
    return text(id, ["status": "ok", "message": "Log entry queued."])
  }

  private static func isSound(_ arguments: JSON) -> Bool {
    UUID(uuidString: arguments["trace_id"]?.string ?? "") != nil && levels.contains(arguments["level"]?.string ?? "")
      && arguments["message"]?.string != nil && !arguments.text.contains(#"\u0000"#)
  }

  private static let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"]

  /// Newest first. The servers in use take a level for itself alone and fail on every time; a durable one takes a
  /// level for itself and graver ones, and knows times.
  static func query(_ arguments: JSON, _ id: JSON, _ records: Records, _ faults: Faults) -> JSON {
    let (from, to) = (arguments["start_time"]?.string, arguments["end_time"]?.string)
    if !faults.isDurable, let time = from ?? to {
      return error(
        id, -32603,
        "invalid input for query argument $1: '\(time)' (expected a datetime.date or datetime.datetime instance, got 'str')"
      )
    }
    func rank(_ level: JSON?) -> Int { level?.string.flatMap(levels.firstIndex) ?? 0 }
    // Times of one form and one zone compare as text.
    func moment(_ text: String?) -> String? { text.map { String($0.prefix(23)) } }
    let found = records.logs.enumerated().reversed().filter { number, log in
      ["component", "trace_id"].allSatisfy { arguments[$0] == nil || arguments[$0] == log[$0] }
        && (arguments["level"] == nil || log["level"] == arguments["level"]
          || (faults.isDurable && rank(log["level"]) > rank(arguments["level"])))
        && (moment(from).map { String(time(number + 1).prefix(23)) >= $0 } ?? true)
        && (moment(to).map { String(time(number + 1).prefix(23)) <= $0 } ?? true)
    }
    let rows = found.prefix(min(max(arguments["limit"]?.int ?? 100, 1), 1000)).map { number, log -> JSON in
      var row = log.object ?? [:]
      let digits = String(number + 1)
      row["id"] = .string("00000000-0000-4000-9000-" + String(repeating: "0", count: 12 - digits.count) + digits)
      row["created_at"] = .string(time(number + 1))
      if faults.wrapsQueries, !faults.isDurable {
        row["data"] = .string((log["data"] ?? [:]).text)
        row["age"] = .double(Double(records.logs.count - number) + 0.5)
      }
      return .object(row)
    }
    guard faults.wrapsQueries, !faults.isDurable else { return text(id, .array(rows)) }
    return text(id, ["content": [["type": "text", "text": .string(JSON.array(rows).text)]]])
  }

  /// `number` seconds after the first moment there is.
  static func time(_ number: Int) -> String {
    let date = Date(timeIntervalSince1970: 1_735_689_600.25 + Double(number))
    return date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true)) + "000+00:00"
  }
}
