import Conversations
import FoundationEssentials
import JSON
import MCP

/// What comes back: replies, refusals, silence and lost connections.
extension Shipper {
  mutating func reply(_ id: Int, _ result: Result<JSON, JSONRPCError>, at now: Duration) {
    guard let call = calls.removeValue(forKey: id) else { return }
    heard(at: now)
    let answer = ServerAnswer(result)
    switch call.purpose {
    case .begin(let conversation): begun(conversation, answer, at: now)
    case .part(let item, let index): answered(item, index, answer, at: now)
    }
  }

  private mutating func begun(_ conversation: UUID, _ answer: ServerAnswer, at now: Duration) {
    guard case .done(let json) = answer else {
      beginning[conversation] = nil
      return failed(oldest(of: conversation), answer, at: now)
    }
    guard let server = json?["conversation_id"]?.string, !server.isEmpty else {
      beginning[conversation] = nil
      return failed(oldest(of: conversation), .refused("the server named no conversation_id"), at: now)
    }
    succeeded()
    beginning[conversation] = server
    outputs.append(.keepMapping(conversation: conversation, server: server))
  }

  private func oldest(of conversation: UUID) -> Int? {
    queue.firstIndex { $0.record.conversationID == conversation }
  }

  private mutating func answered(_ item: Int64, _ part: Int, _ answer: ServerAnswer, at now: Duration) {
    guard let index = position(item) else { return }
    queue[index].underWay.remove(part)
    switch answer {
    case .done, .alreadyStored:
      succeeded()
      queue[index].acknowledged.insert(part)
      if queue[index].acknowledged.count == queue[index].calls?.count { delivered(index) }
    default:
      failed(index, answer, at: now)
    }
  }

  private mutating func succeeded() {
    successes += 1
    failures = 0
    outage = nil
    reason = nil
  }

  private mutating func delivered(_ index: Int) {
    let item = queue.remove(at: index)
    if isLoading { settledWhileLoading.insert(item.id) }
    outputs.append(.delivered(item.id))
    if item.isDeferred { loadAgain(after: item.id) }
  }

  /// The conversation's later records were left out of earlier loads.
  private mutating func loadAgain(after id: Int64) {
    if isLoading { rewind = min(rewind ?? id, id) }
    cursor = min(cursor, id)
    isAtEnd = false
  }

  private mutating func failed(_ index: Int?, _ answer: ServerAnswer, at now: Duration) {
    guard let index else { return }
    switch answer {
    case .done, .alreadyStored: break
    case .databaseDown(let words):
      lastError = words
      if let outage, now < outage.until { return }
      let count = (outage?.count ?? 0) + 1
      outage = Outage(
        until: now + backOff.delay(after: count, most: BackOff.mostForAbsent), count: count, reason: words)
    case .conversationUnknown(let words):
      let conversation = queue[index].record.conversationID
      mappings[conversation] = nil
      replan(index)
      outputs.append(.forgetMapping(conversation: conversation))
      refused(index, words, at: now)
    case .indexTooLarge(let words):
      queue[index].sizeLimits.indexedText /= 2
      replan(index)
      refused(index, words, at: now)
    case .refused(let words):
      refused(index, words, at: now)
    }
  }

  /// Makes the item's calls anew; replies to the old ones no longer count.
  mutating func replan(_ index: Int) {
    let id = queue[index].id
    calls = calls.filter {
      if case .part(id, _) = $0.value.purpose { false } else { true }
    }
    queue[index].calls = nil
    queue[index].underWay = []
    queue[index].acknowledged = []
  }

  private mutating func refused(_ index: Int, _ words: String, at now: Duration) {
    lastError = words
    queue[index].attempts += 1
    queue[index].successesBefore = queue[index].successesBefore ?? successes
    let item = queue[index]
    // Only if others passed since is it the record's own fault.
    if item.attempts >= limits.strikes, successes > (item.successesBefore ?? successes) {
      return park(item.id, reason: words)
    }
    outputs.append(.refused(item.id, reason: words))
    queue[index].notBefore = now + backOff.delay(after: item.attempts, most: BackOff.most)
    // The conversation waits outside, so that it cannot fill the buffer.
    queue.removeAll { $0.id > item.id && $0.record.conversationID == item.record.conversationID }
  }

  mutating func park(_ id: Int64, reason: String, conversation: UUID? = nil) {
    let conversation = conversation ?? position(id).map { queue[$0].record.conversationID }
    lastError = reason
    if isLoading {
      settledWhileLoading.insert(id)
      if let conversation { heldWhileLoading.insert(conversation) }
    }
    outputs.append(.park(id, reason: reason))
    queue.removeAll { $0.id == id || ($0.id > id && $0.record.conversationID == conversation) }
  }

  // MARK: - Silence and loss

  /// How long an answer has been overdue; `nil` while none is.
  func silence(at now: Duration) -> Duration? {
    var due: Duration?
    if let oldest = calls.values.map(\.sentAt).min() {
      let bytes = calls.values.reduce(0) { $0 + $1.size }
      due = max(oldest, lastHeard) + .seconds(1) * (Double(bytes) / Double(limits.bytesPerSecond))
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
    calls = [:]
    for index in queue.indices { queue[index].underWay = [] }
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
    let largest = calls.values.max { $0.size < $1.size }
    guard let largest, case .part(let id, _) = largest.purpose, let index = position(id) else { return }
    switch error {
    case .closed(ConnectionError.messageTooBig, _):
      let half = min(largest.size / 2, limits.logFrame)
      guard half >= limits.smallestFrame else { return park(id, reason: "message too large") }
      queue[index].sizeLimits.frame = half
      replan(index)
    case .lost where largest.size > limits.logFrame:
      // A server that closes in the midst of a large frame resets the connection, and its 1009 is lost.
      queue[index].losses += 1
      guard queue[index].losses >= 2 else { return }
      queue[index].sizeLimits.frame = limits.logFrame
      replan(index)
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
