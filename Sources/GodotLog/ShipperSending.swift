import Conversations
import FoundationEssentials
import JSON
import MCP

/// What goes out: records in the window, begins, pings, loads.
extension Shipper {
  mutating func pump(_ dialect: Dialect, at now: Duration) {
    isHeldByPace = false
    paced.removeAll { $0.until <= now }
    if let outage {
      // One call at a time finds out whether the database is back.
      guard now >= outage.until, calls.isEmpty else { return }
    }
    var seen: Set<UUID> = []
    for id in queue.map(\.id) {
      if outage != nil, !calls.isEmpty { return }
      guard let index = position(id) else { continue }
      let conversation = queue[index].record.conversationID
      guard seen.insert(conversation).inserted, queue[index].notBefore <= now else { continue }
      guard plan(index, dialect, at: now) else { continue }
      guard send(index, at: now) else { return }
    }
  }

  /// Makes sure that the item's calls are known; false if something has to come first.
  private mutating func plan(_ index: Int, _ dialect: Dialect, at now: Duration) -> Bool {
    guard queue[index].calls == nil else { return true }
    let record = queue[index].record
    var limits = queue[index].sizeLimits
    do {
      if let tools = dialect.conversations {
        guard let conversation = mappings[record.conversationID] else {
          begin(record.conversationID, tools.begin, at: now)
          return false
        }
        queue[index].calls = try record.storeCalls(
          tool: tools.store, logTool: dialect.log, conversation: conversation, limits: limits)
      } else if let log = dialect.log {
        limits.frame = min(limits.frame ?? .max, self.limits.logFrame)
        queue[index].calls = try record.logCalls(tool: log, limits: limits)
      }
      return true
    } catch {
      park(queue[index].id, reason: "message too large")
      return false
    }
  }

  private mutating func begin(_ conversation: UUID, _ tool: String, at now: Duration) {
    guard beginning[conversation] == nil, calls.count < limits.calls else { return }
    let id = JSON.string(conversation.lowercased)
    let call = ToolCall(
      tool: tool, arguments: ["session_id": id, "metadata": ["conversation_id": id, "client": "fiedler"]], isLog: false)
    beginning[conversation] = .some(nil)
    send(call, for: .begin(conversation), at: now)
  }

  /// Sends what the window has room for; false if there is no more room.
  private mutating func send(_ index: Int, at now: Duration) -> Bool {
    let item = queue[index]
    for (part, call) in (item.calls ?? []).enumerated()
    where !item.underWay.contains(part) && !item.acknowledged.contains(part) {
      let size = call.largestFrame
      let bytesUnderWay = calls.values.reduce(0) { $0 + $1.size }
      guard calls.isEmpty || (calls.count < limits.calls && bytesUnderWay + size <= limits.bytes) else { return false }
      if call.isLog {
        let counted = paced.reduce(0) { $0 + $1.bytes }
        guard counted == 0 || counted + size <= limits.paceBytes else {
          isHeldByPace = true
          return false
        }
        // A frame larger than the pace counts for longer, in proportion.
        let share = max(1, Double(size) / Double(limits.paceBytes))
        paced.append((now + limits.paceTime * share, size))
      }
      queue[index].underWay.insert(part)
      send(call, for: .part(item: item.id, index: part), at: now)
    }
    return true
  }

  private mutating func send(_ call: ToolCall, for purpose: Call.Purpose, at now: Duration) {
    let id = nextID
    nextID += 1
    let frame = call.frame(id: id)
    calls[id] = Call(purpose: purpose, size: frame.count, sentAt: now)
    outputs.append(.send(id: id, frame: frame))
  }

  mutating func load() {
    let bytes = limits.bufferedBytes - queue.reduce(0) { $0 + $1.size }
    let rows = limits.bufferedRows - queue.count
    guard !isLoading, !isAtEnd, rows > 0, bytes > 0, rows >= limits.bufferedRows / 2 || calls.isEmpty else { return }
    isLoading = true
    let refused = Set(queue.filter(\.isDeferred).map(\.record.conversationID))
    outputs.append(.load(Load(after: cursor, excluding: refused, rows: rows, bytes: bytes)))
  }

  mutating func loaded(_ rows: [OutboxRow], isEnd: Bool) {
    isLoading = false
    isAtEnd = isEnd
    cursor = max(cursor, rows.last?.id ?? 0)
    if let rewind {
      cursor = min(cursor, rewind)
      isAtEnd = false
      self.rewind = nil
    }
    // The load may have read what was settled since it was asked for.
    let known = settledWhileLoading.union(queue.map(\.id))
    let held = heldWhileLoading
    settledWhileLoading = []
    heldWhileLoading = []
    for row in rows where !known.contains(row.id) && row.conversationID.map(held.contains) != true {
      let record: TurnRecord
      switch row.record {
      case .success(let read): record = read
      case .failure(let error):
        // Its conversation waits behind it, as behind any parked record.
        park(row.id, reason: error.description, conversation: row.conversationID)
        continue
      }
      let waits = queue.contains {
        $0.isDeferred && $0.id < row.id && $0.record.conversationID == record.conversationID
      }
      if waits || parkedBefore(row, in: rows) { continue }
      if let server = row.serverConversation, mappings[record.conversationID] == nil {
        mappings[record.conversationID] = server
      }
      queue.append(Item(id: row.id, record: record, size: row.size, attempts: row.attempts))
    }
    queue.sort { $0.id < $1.id }
    if mappings.count > 4096 {
      let needed = Set(queue.map(\.record.conversationID))
      mappings = mappings.filter { needed.contains($0.key) }
    }
  }

  private func parkedBefore(_ row: OutboxRow, in rows: [OutboxRow]) -> Bool {
    rows.contains {
      if case .failure = $0.record { $0.id < row.id && $0.conversationID == row.conversationID } else { false }
    }
  }
}
