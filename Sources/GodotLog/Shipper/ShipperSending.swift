import Basics
import Conversations
import FoundationEssentials
import GodotWire
import HeapModule
import JSON
import MCP

/// What goes out: records in the window, begins, pings, loads.
extension Shipper {
  mutating func pump(_ dialect: Dialect, at now: Duration) {
    isHeldByPace = false
    if paced.contains(where: { $0.until <= now }) {
      paced.removeAll { $0.until <= now }
      pacedBytes = paced.reduce(0) { $0 + $1.bytes }
    }
    if let outage {
      // One call at a time finds out whether the database is back.
      guard now >= outage.until, calls.isEmpty else { return }
    }
    while let next = deferrals.min, next.until <= now {
      _ = deferrals.popMin()
      if items[next.id].map({ $0.notBefore <= now }) ?? false { makeReady(next.id) }
    }
    if dialect.turnsObstacle == nil { pump(.turns, dialect, at: now) }
    if dialect.logsObstacle == nil { pump(.logs, dialect, at: now) }
  }

  private mutating func pump(_ lane: Lane, _ dialect: Dialect, at now: Duration) {
    // Those whose next part is held by the pace, while calls that need none go on.
    var held: [Turn] = []
    defer { for turn in held { self[lane].ready.insert(turn) } }
    while let turn = self[lane].ready.min {
      let id = turn.id
      if outage != nil, !calls.isEmpty { return }
      guard let item = items[id], item.notBefore <= now, !item.isQueued else {
        unready(id, lane)
        continue
      }
      switch plan(id, dialect, at: now) {
      case .ready: break
      case .waits:
        unready(id, lane)
        continue
      case .noRoom: return
      }
      switch sendNext(id, dialect, at: now) {
      case .done: unready(id, lane)
      case .more:
        self[lane].round = max(self[lane].round, turn.round)
        unready(id, lane)
        makeReady(id)
      case .noRoom: return
      case .paced:
        guard lane == .turns, dialect.conversations != nil else { return }
        held.append(turn)
        _ = self[lane].ready.popMin()
      }
    }
  }

  private enum Plan {
    case ready
    /// Something has to come first; it is made ready then.
    case waits
    case noRoom
  }

  /// Makes sure that the item's calls are known.
  private mutating func plan(_ id: Int64, _ dialect: Dialect, at now: Duration) -> Plan {
    guard let item = items[id], item.parts == nil else { return .ready }
    var limits = item.sizeLimits
    limits.frame = [limits.frame, dialect.maximumFrame].compactMap(\.self).min()
    if !dialect.isDurable { limits.weight = self.limits.logWeight }
    var logLimits = limits
    if !dialect.isDurable || dialect.maximumFrame == nil {
      logLimits.frame = min(limits.frame ?? .max, self.limits.logFrame)
    }
    do {
      let calls: [ToolCall]
      switch item.entry {
      case .log(let log):
        calls = try log.calls(tool: dialect.log ?? "", limits: logLimits)
      case .turn(let turn):
        if let tools = dialect.conversations {
          guard let conversation = mappings[turn.conversationID] else {
            return begin(turn.conversationID, tools.begin, dialect, at: now)
          }
          calls = try turn.storeCalls(
            tool: tools.store, logTool: dialect.log, conversation: conversation, limits: limits)
        } else {
          calls = try turn.logCalls(tool: dialect.log ?? "", limits: logLimits)
        }
      }
      items[id]?.parts = calls.map { Part(call: $0) }
      if calls.count > 1 {
        // The bytes of all parts stand for how the text was divided.
        let bytes = calls.reduce(0) { $0 + $1.body.count }
        items[id]?.plan = "\(calls[calls.count - 1].isLog ? "log" : "store") \(calls.count) \(bytes)"
        resume(id, at: now)
      }
      return items[id] == nil ? .waits : .ready
    } catch {
      park(id, reason: "message too large")
      return .waits
    }
  }

  private mutating func begin(_ conversation: UUID, _ tool: String, _ dialect: Dialect, at now: Duration) -> Plan {
    // Its turns are made ready when the mapping is safe.
    guard beginning[conversation] == nil else { return .waits }
    guard calls.count < mostCalls(dialect) else { return .noRoom }
    let id = JSON.string(conversation.lowercased)
    let arguments: JSON = [WireKey.sessionID: id, WireKey.metadata: [WireKey.conversationID: id, "client": "fiedler"]]
    beginning[conversation] = .some(nil)
    send(ToolCall(tool: tool, body: arguments.bytes), for: .begin(conversation), dialect, at: now)
    return .waits
  }

  private func mostCalls(_ dialect: Dialect) -> Int { dialect.isDurable ? limits.durableCalls : limits.calls }
  private func mostBytes(_ dialect: Dialect) -> Int { dialect.isDurable ? limits.durableBytes : limits.bytes }

  private enum Sent {
    /// Nothing of it is left to send.
    case done
    /// It waits for its next turn.
    case more
    case noRoom
    /// The server's queue has to be emptied first.
    case paced
  }

  /// Sends the first part that has not been sent, if there is room.
  private mutating func sendNext(_ id: Int64, _ dialect: Dialect, at now: Duration) -> Sent {
    guard let item = items[id], let index = item.parts?.firstIndex(where: { $0.state == .waiting }),
      let call = item.call(of: index)
    else { return .done }
    let size = call.largestFrame
    let hasRoom = calls.count < mostCalls(dialect) && calls.bytes + size <= mostBytes(dialect)
    guard calls.isEmpty || hasRoom else { return .noRoom }
    guard !call.isLog || dialect.isDurable || pace(call, item.lane, dialect, at: now) else { return .paced }
    item.parts?[index].state = .underWay(id: nextID)
    send(call, for: .part(item: id, index: index), dialect, at: now)
    return item.parts?[(index + 1)...].contains { $0.state == .waiting } ?? false ? .more : .done
  }

  /// Whether the server's queue may be given a record, so that none of its batches gets too large.
  private mutating func pace(_ call: ToolCall, _ lane: Lane, _ dialect: Dialect, at now: Duration) -> Bool {
    let weight = unconfirmed.weight + calls.weight
    let count = unconfirmed.count + calls.queued
    func most(_ limit: Int) -> Int { lane == .logs ? limit : limit - limit / 6 }
    guard !looks.isShort else { return false }
    guard
      count == 0
        || weight + call.weight <= most(limits.queuedWeight) && count < most(limits.queuedCount)
    else { return false }
    guard !looksBack(dialect) else { return true }
    let size = call.largestFrame
    guard pacedBytes == 0 || pacedBytes + size <= limits.paceBytes else {
      isHeldByPace = true
      return false
    }
    // A frame larger than the pace counts for longer, in proportion.
    let part = max(1, Double(size) / Double(limits.paceBytes))
    paced.append((now + limits.paceTime * part, size))
    pacedBytes += size
    return true
  }

  mutating func send(_ call: ToolCall, for purpose: CallTable.Call.Purpose, _ dialect: Dialect, at now: Duration) {
    let id = nextID
    nextID += 1
    let frame = call.frame(id: id)
    let weight = dialect.isDurable ? 0 : call.weight
    calls.insert(.init(purpose: purpose, size: frame.count, weight: weight, sentAt: now), id: id)
    outputs.append(.send(id: id, frame: frame))
  }

  // MARK: - Loading

  mutating func load(_ lane: Lane) {
    let buffer = self[lane]
    guard !buffer.isLoading, !buffer.isAtEnd else { return }
    let bytes = limits.bufferedBytes - buffer.bytes
    // Refused ones take no room, or they could keep everything else out; but there is an end to that too.
    let rows = min(limits.bufferedRows - buffer.count + buffer.deferred, 4 * limits.bufferedRows - buffer.count)
    guard rows > 0, bytes > 0 else { return }
    guard calls.isEmpty || (rows >= limits.loadedRows && bytes >= limits.bufferedBytes / 4) else { return }
    self[lane].isLoading = true
    outputs.append(
      .load(
        Load(
          lane: lane, after: buffer.cursor, excluding: lane == .turns ? Set(deferredConversations.keys) : [],
          rows: min(rows, limits.loadedRows), bytes: bytes)))
  }

  mutating func loaded(_ loaded: Loaded, at now: Duration) {
    let lane = loaded.lane
    var buffer = self[lane]
    // The load may have read what was settled since it was asked for.
    let (settled, held) = (buffer.settledWhileLoading, buffer.heldWhileLoading)
    (buffer.settledWhileLoading, buffer.heldWhileLoading) = ([], [])
    buffer.isLoading = false
    let isDiscarded = buffer.discardsLoad
    buffer.discardsLoad = false
    let hasGrown = buffer.grewWhileLoading
    buffer.grewWhileLoading = false
    if !isDiscarded {
      buffer.isAtEnd = loaded.isEnd && !hasGrown
      buffer.cursor = max(buffer.cursor, loaded.rows.last?.id ?? .min)
    }
    if let rewind = buffer.rewind {
      buffer.rewind = nil
      buffer.loadAgain(after: rewind)
    }
    self[lane] = buffer
    // A record that was put back lies behind the cursor, and its conversation's later ones must not overtake it.
    defer { resends = loaded.resends }
    if let resends, resends != loaded.resends {
      for lane in Lane.allCases {
        self[lane].loadAgain(after: .min)
        self[lane].discardsLoad = self[lane].isLoading
      }
      return
    }
    guard !isDiscarded else { return }
    var unreadable: Set<UUID> = []
    for row in loaded.rows where !settled.contains(row.id) && items[row.id] == nil {
      if let conversation = row.conversationID, held.contains(conversation) || unreadable.contains(conversation) {
        continue
      }
      switch row.record {
      case .failure(let error):
        // Its conversation waits behind it, as behind any parked record.
        park(row.id, reason: error.description, conversation: row.conversationID)
        if let conversation = row.conversationID { unreadable.insert(conversation) }
      case .success(let entry):
        if let conversation = row.conversationID {
          if let deferred = deferredConversations[conversation], deferred < row.id { continue }
          if let server = row.serverConversation, mappings[conversation] == nil { mappings[conversation] = server }
        }
        admit(
          Item(
            id: row.id, entry: entry, conversation: row.conversationID, size: row.size, attempts: row.attempts,
            progress: row.progress))
        // What was sent in parts is divided again first.
        if let age = row.unconfirmed, row.progress == nil { restore(row.id, queuedFor: age, at: now) }
      }
    }
    if mappings.count > 16_384 { mappings = mappings.filter { lines[$0.key] != nil } }
  }
}
