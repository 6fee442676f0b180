import Conversations
import DequeModule
import FoundationEssentials
import GodotWire
import HeapModule
import JSON
import MCP

/// What comes back: replies, refusals, silence and lost connections.
extension Shipper {
  mutating func reply(_ id: Int, _ result: Result<JSON, JSONRPCError>, at now: Duration) {
    guard let call = calls.remove(id) else { return }
    heard(at: now)
    switch call.purpose {
    case .begin(let conversation): begun(conversation, ServerAnswer(result), at: now)
    case .part(let item, let index):
      answered(item, index, ServerAnswer(outcomeOf: result), isQueued: call.weight > 0, at: now)
    case .probe(let key):
      if case .done = ServerAnswer(outcomeOf: result) { probed(key, weight: call.weight, at: now) }
    }
  }

  mutating func done(_ id: Int, at now: Duration) {
    guard let call = calls.remove(id) else { return }
    heard(at: now)
    switch call.purpose {
    case .begin(let conversation): begun(conversation, .done(nil), at: now)
    case .part(let item, let index): answered(item, index, .done(nil), isQueued: call.weight > 0, at: now)
    case .probe(let key): probed(key, weight: call.weight, at: now)
    }
  }

  private mutating func begun(_ conversation: UUID, _ answer: ServerAnswer, at now: Duration) {
    guard case .done(let json) = answer else {
      beginning[conversation] = nil
      return failed(lines[conversation]?.first, answer, at: now)
    }
    guard let server = json?[WireKey.conversationID]?.string, !server.isEmpty else {
      beginning[conversation] = nil
      return failed(lines[conversation]?.first, .refused("the server named no conversation_id"), at: now)
    }
    succeeded()
    beginning[conversation] = server
    outputs.append(.keepMapping(conversation: conversation, server: server))
  }

  private mutating func answered(
    _ id: Int64, _ part: Int, _ answer: ServerAnswer, isQueued: Bool, at now: Duration
  ) {
    guard let item = items[id], let call = item.call(of: part) else { return }
    switch answer {
    case .done, .alreadyStored:
      succeeded()
      if isQueued { return queued(id, part, call, at: now) }
      item.parts?[part].state = .stored
      progressed(id, part, isStored: true)
    default:
      item.parts?[part].state = .waiting
      failed(id, answer, at: now)
    }
  }

  private mutating func succeeded() {
    successes += 1
    failures = 0
    outage = nil
    reason = nil
  }

  mutating func delivered(_ id: Int64) {
    guard let item = discard(id) else { return }
    if self[item.lane].isLoading { self[item.lane].settledWhileLoading.insert(id) }
    outputs.append(.delivered(id))
    // The conversation's later records were left out of earlier loads.
    guard item.isDeferred, item.lane == .turns, let conversation = item.conversation else { return }
    if turns.isLoading { turns.heldWhileLoading.insert(conversation) }
    turns.loadAgain(after: id)
  }

  private mutating func failed(_ id: Int64?, _ answer: ServerAnswer, at now: Duration) {
    guard let id, let item = items[id] else { return }
    switch answer {
    case .done, .alreadyStored: break
    case .away(let words):
      lastError = words
      makeReady(id)
      away(words, at: now)
    case .failed(let words):
      // Others have their turn first, so that it shows whose fault it is.
      away(words, at: now)
      refused(id, words, at: now)
    case .conversationUnknown(let words):
      if let conversation = item.conversation {
        mappings[conversation] = nil
        outputs.append(.forgetMapping(conversation: conversation))
      }
      replan(id)
      refused(id, words, at: now)
    case .indexTooLarge(let words):
      items[id]?.sizeLimits.indexedText /= 2
      replan(id)
      refused(id, words, at: now)
    case .refused(let words):
      refused(id, words, at: now)
    }
  }

  /// The server's storage or its queue is away; one call at a time finds out whether it is back.
  private mutating func away(_ words: String, at now: Duration) {
    if let outage, now < outage.until { return }
    let count = (outage?.count ?? 0) + 1
    outage = Outage(until: now + backOff.delay(after: count, most: BackOff.mostForAbsent), count: count, reason: words)
  }

  /// Makes the item's calls anew; replies to the old ones no longer count.
  mutating func replan(_ id: Int64) {
    for part in items[id]?.parts ?? [] {
      if case .underWay(let call) = part.state { _ = calls.remove(call) }
      if let key = part.call.key { unconfirmed.remove(key) }
    }
    if let item = items[id], item.isQueued {
      unconfirmed.remove(RecordKey(logID: item.entry.logID))
      self[item.lane].queued -= 1
    }
    items[id]?.isQueued = false
    items[id]?.parts = nil
    items[id]?.plan = nil
  }

  private mutating func refused(_ id: Int64, _ words: String, at now: Duration) {
    guard let item = items[id] else { return }
    lastError = words
    item.attempts += 1
    if !item.isDeferred { self[item.lane].deferred += 1 }
    let before = item.successesBefore ?? successes
    item.successesBefore = before
    item.notBefore = now + backOff.delay(after: item.attempts, most: BackOff.most)
    // Only if others passed since is it the record's own fault.
    if item.attempts >= limits.strikes, successes > before { return park(id, reason: words) }
    outputs.append(.refused(id, reason: words))
    deferrals.insert(Deferral(until: item.notBefore, id: id))
    guard item.lane == .turns, let conversation = item.conversation else { return }
    // The conversation waits outside, so that it cannot fill the buffer.
    discardLine(behind: id)
    deferredConversations[conversation] = id
  }

  mutating func park(_ id: Int64, reason: String, conversation: UUID? = nil) {
    let conversation = conversation ?? items[id]?.conversation
    let lane = items[id]?.lane ?? (conversation == nil ? .logs : .turns)
    lastError = reason
    if self[lane].isLoading {
      self[lane].settledWhileLoading.insert(id)
      if let conversation { self[lane].heldWhileLoading.insert(conversation) }
    }
    outputs.append(.park(id, reason: reason))
    replan(id)
    discardLine(behind: id)
    discard(id)
  }

  // MARK: - Silence and loss

  /// How long an answer has been overdue; `nil` while none is.
  func silence(at now: Duration) -> Duration? {
    var due: Duration?
    if let oldest = calls.oldest {
      due = max(oldest, lastHeard) + .seconds(1) * (Double(calls.bytes) / Double(limits.bytesPerSecond))
    } else if let pingSentAt {
      due = pingSentAt
    } else if case .connecting(let since) = link {
      due = since
    }
    return due.map { max(now - $0, .zero) }
  }

  mutating func checkSilence(at now: Duration) {
    guard case .connected = link else { return }
    if let silence = silence(at: now) {
      guard silence >= limits.cut else { return }
      outputs.append(.abort)
      disconnected(.timedOut, at: now)
    } else if now - lastHeard >= limits.pingAfter {
      pingSentAt = now
      outputs.append(.ping)
    }
  }

  mutating func disconnected(_ error: ConnectionError, at now: Duration) {
    switch link {
    case .idle, .stopped: return
    case .connecting, .connected: break
    }
    blame(error)
    if case .connected(let dialect) = link { doubt(dialect, at: now) }
    calls.removeAll()
    makeAllReady(at: now)
    beginning = beginning.filter { $0.value != nil }
    outage = nil
    pingSentAt = nil
    failures += 1
    reason = error.description
    lastError = error.description
    let most = error.isAbsence ? BackOff.mostForAbsent : BackOff.most
    link = .idle(until: now + backOff.delay(after: failures, most: most))
  }

  /// Finds the record that was too big for the server, if that is what ended the connection.
  private mutating func blame(_ error: ConnectionError) {
    guard let largest = calls.largest, case .part(let id, _) = largest.purpose, items[id] != nil else { return }
    switch error {
    case .closed(ConnectionError.messageTooBig, _):
      let half = min(largest.size / 2, limits.logFrame)
      guard half >= limits.smallestFrame else { return park(id, reason: "message too large") }
      items[id]?.sizeLimits.frame = half
      replan(id)
    case .lost where largest.size > limits.logFrame:
      // A server that closes in the midst of a large frame resets the connection, and its 1009 is lost.
      items[id]?.losses += 1
      guard let losses = items[id]?.losses, losses >= 2 else { return }
      items[id]?.sizeLimits.frame = limits.logFrame
      replan(id)
    default: break
    }
  }
}

extension ConnectionError {
  /// Nothing answers, as against something that answers and refuses.
  var isAbsence: Bool {
    switch self {
    case .refused, .unreachable, .noSuchHost, .timedOut, .lost: true
    case .upgradeRefused(let status): (502...504).contains(status)
    case .closed(let code, _): [nil, 1000, 1001, 1009, 1012].contains(code)
    case .invalidAddress, .tls, .notWebSocket, .protocolViolation: false
    }
  }
}
