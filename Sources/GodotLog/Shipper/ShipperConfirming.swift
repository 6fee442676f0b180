import Conversations
import DequeModule
import FoundationEssentials
import JSON
import MCP

/// From "queued" to "stored".
///
/// An acknowledgement of a log record, unless the server promises more, says that it lies in the server's queue. The
/// worker behind that queue stores batches in order, and loses a batch whole: when it is killed, when its database is
/// away, when the batch is too large. So a record stays in the outbox until it is seen in the store:
///
/// - The server is asked for what it has stored last, or for the records of a trace.
/// - A record that is missing while a later one is stored is asked for by its trace; missing still, it is lost, and
///   sent again under its `log_id`.
/// - While nothing that was acknowledged is stored the worker stands still, or lost everything. Sending again would
///   double it all in the first case, so a probe is sent, a TRACE record of component `fiedler`; once that is stored
///   everything before it is stored too, or lost.
/// - The next turn of a conversation waits until the one before it is stored, so that order survives every loss.
///
/// A server that cannot be read gives no proof. Its acknowledgement counts once the connection has lasted another
/// ``Limits/settleTime``; if it ends before that, the record is sent again, and a reader knows a repeat by `log_id`.
/// Turns do not wait for each other there.
extension Shipper {
  /// When to look next.
  struct Looks {
    var isUnderWay: ReadBack?
    var number = 0
    var due: Duration = .zero
    var interval: Duration = .zero
    /// Records that there had been, and their weight, at the last look.
    var count = 0
    var weight = 0
    /// Rows to ask for beyond what is unconfirmed or under way. Others write there, too, and what is sent while the
    /// look is on its way may be stored before it is answered; on the other hand the newest are mostly not stored yet.
    /// So each answer shows how many rows would have done.
    var margin = Self.usualMargin
    static let usualMargin = 64
    static let largestMargin = 500
    /// So many rows are asked for in vain, lest one that is needed be missed.
    static let spareRows = 100
    /// The same where records are large: each row in vain is as large.
    static let largeMargin = 4
    static let largeWeight = 8 << 10
    /// Looks in a row that found nothing.
    var vain = 0
    /// The last look asked for too few rows: what it has missed is still among the newest 1,000, which are asked for
    /// next. Until then nothing is sent, or it would lie too deep to be found but by its trace.
    var isShort = false
    /// Refused in a row.
    var refusals = 0
    var failure: String?
    /// When the last probe was sent, and how long it may take.
    var probedAt: Duration?
    var probeWait: Duration = .zero

    /// Learns from an answer of `rows`, `limit` of them having been asked for, of which the first `needed` showed
    /// something new.
    mutating func adapt(limit: Int, rows: Int, needed: Int, hasDoubts: Bool) {
      isShort = hasDoubts && limit < Shipper.allRows
      let inVain = rows - needed
      if hasDoubts {
        margin = min(max(2 * margin, Self.usualMargin), isShort ? Self.largestMargin : Shipper.allRows)
      } else if needed > 0, inVain > Self.spareRows {
        margin = max(margin - (inVain - Self.spareRows) / 2, -Shipper.allRows)
      } else if needed > 0, rows == limit, inVain < Self.spareRows / 2 {
        margin = min(margin + Self.spareRows / 2, Self.largestMargin)
      }
    }

    /// A new connection: what is unconfirmed is looked for at once.
    mutating func restart(at now: Duration) {
      (due, interval, refusals, failure) = (now, .zero, 0, nil)
      (probedAt, probeWait) = (nil, .zero)
      (margin, isShort, vain) = (Self.usualMargin, false, 0)
    }
  }

  /// The most that a server in use gives as one answer.
  static let allRows = 1000

  /// Whether acknowledged records are looked for, as against believed after a while.
  func looksBack(_ dialect: Dialect) -> Bool { dialect.readsBack && looks.refusals < limits.refusedLooks }

  /// Takes note of an acknowledgement that means "queued".
  mutating func queued(_ id: Int64, _ index: Int, _ call: ToolCall, isUncertain: Bool = false, at now: Duration) {
    guard let key = call.key, let item = items[id] else { return }
    noteFirst(at: now)
    items[id]?.parts?[index].state = .queued
    unconfirmed.insert(
      .init(
        subject: .part(item: id, index: index), key: key, trace: item.entry.traceID, weight: call.weight, since: now,
        isUncertain: isUncertain))
    if !isUncertain { progressed(id, index, isStored: false) }
  }

  private mutating func noteFirst(at now: Duration) {
    guard unconfirmed.isEmpty else { return }
    looks.interval = limits.firstLook
    looks.due = max(looks.due, now + limits.firstLook)
    looks.margin = min(looks.margin, Looks.usualMargin)
  }

  /// A part of an item is acknowledged: stored or queued.
  mutating func progressed(_ id: Int64, _ index: Int, isStored: Bool) {
    guard let item = items[id], let parts = item.parts else { return }
    if parts.allSatisfy({ $0.state == .stored }) { return delivered(id) }
    if let plan = item.plan { outputs.append(.part(id, number: index + 1, plan: plan, isStored: isStored)) }
    guard !item.isQueued, parts.allSatisfy({ $0.state == .stored || $0.state == .queued }) else { return }
    outputs.append(.unconfirmed(id))
    setQueued(id)
  }

  /// The server has all of the item, and may lose it.
  mutating func setQueued(_ id: Int64) {
    guard let item = items[id], !item.isQueued else { return }
    items[id]?.isQueued = true
    self[item.lane].queued += 1
    if case .connected(let dialect) = link, !looksBack(dialect) { letPass(id) }
  }

  /// Lets the conversation's next turn be sent.
  private mutating func letPass(_ id: Int64) {
    guard let item = items[id], item.lane == .turns, let conversation = item.conversation else { return }
    guard lines[conversation]?.first == id else { return }
    lines[conversation]?.removeFirst()
    if let next = lines[conversation]?.first { makeReady(next) } else { lines[conversation] = nil }
  }

  /// The opposite: the item goes before those that it let pass.
  private mutating func stepBack(_ id: Int64) {
    guard let item = items[id], item.lane == .turns, let conversation = item.conversation else { return }
    let line = lines[conversation] ?? Deque()
    guard !line.contains(id) else { return }
    lines[conversation] = Deque((Array(line) + [id]).sorted())
  }

  /// An item that was queued by an earlier run, its own or another process's.
  mutating func restore(_ id: Int64, queuedFor age: Duration, at now: Duration) {
    guard let item = items[id] else { return }
    noteFirst(at: now)
    unconfirmed.insert(
      .init(
        subject: .whole(item: id), key: RecordKey(logID: item.entry.logID), trace: item.entry.traceID,
        weight: StoredWeight.most(ofPayload: item.size), since: now - age))
    setQueued(id)
  }

  /// Marks the parts that an earlier run has sent, if the item is divided as it was then.
  mutating func resume(_ id: Int64, at now: Duration) {
    guard let item = items[id], let progress = item.progress, let parts = item.parts else { return }
    items[id]?.progress = nil
    guard progress.plan == item.plan else { return }
    for (number, isStored) in progress.isStored.sorted(by: { $0.key < $1.key })
    where parts.indices.contains(number.addingReportingOverflow(-1).partialValue) {
      if isStored {
        items[id]?.parts?[number - 1].state = .stored
      } else {
        queued(id, number - 1, parts[number - 1].call, at: now)
      }
    }
    if items[id]?.parts?.allSatisfy({ $0.state == .stored }) ?? false { delivered(id) }
  }

  // MARK: - Looking

  mutating func confirm(_ dialect: Dialect, at now: Duration) {
    guard !unconfirmed.isEmpty else { return }
    guard looksBack(dialect) else { return settle(at: now) }
    probe(dialect, at: now)
    // Much that is new is looked for at once, for it takes the room of what waits. Half of all room: the other half is
    // for what is on its way while the answer comes, and for what the server has not stored yet.
    let isMuch =
      unconfirmed.wholeCount - looks.count >= limits.queuedCount / 2
      || unconfirmed.wholeWeight - looks.weight >= limits.queuedWeight * 2 / 3
    guard looks.isUnderWay == nil, now >= looks.due || isMuch else { return }
    looks.number += 1
    (looks.count, looks.weight) = (unconfirmed.wholeCount, unconfirmed.wholeWeight)
    var look = ReadBack(number: looks.number, limit: Self.allRows)
    if looks.isShort {
      // All rows of all.
    } else if let doubt = unconfirmed.firstDoubt(patience: limits.patience), let due = doubt.due, due <= now {
      look.trace = doubt.trace
    } else if let traces = unconfirmed.traces(atMost: 4), let first = traces.first, Set(traces).count == 1 {
      // A large turn's parts share a trace, and all that are stored come again with each look that asks for all.
      look.trace = first
      look.limit = min(Self.allRows, (traces.count + Looks.largeMargin) << min(max(looks.vain - 1, 0), 10))
    } else if !unconfirmed.hasDoubts {
      let isLarge = unconfirmed.weight > unconfirmed.count * Looks.largeWeight
      let margin = isLarge ? min(looks.margin, Looks.largeMargin) : looks.margin
      look.limit = min(Self.allRows, max(Looks.largeMargin, unconfirmed.count + calls.count + margin))
    }
    looks.isUnderWay = look
    outputs.append(.readBack(look))
  }

  mutating func readBack(_ number: Int, _ result: Result<[RecordKey], ReadBackFailure>, at now: Duration) {
    guard let look = looks.isUnderWay, look.number == number else { return }
    looks.isUnderWay = nil
    switch result {
    case .failure(let failure):
      if failure.isRefusal { looks.refusals += 1 }
      lastError = failure.words
      (looks.failure, looks.isShort) = (failure.words, false)
      looks.interval = min(max(looks.interval * 2, .milliseconds(500)), limits.longestLook)
      // What was held for proof goes on without.
      if case .connected(let dialect) = link, dialect.readsBack, !looksBack(dialect) { believe() }
    case .success(let keys):
      (looks.refusals, looks.failure) = (0, nil)
      let last = unconfirmed.last(of: keys)
      let found = unconfirmed.found(keys)
      for entry in found { stored(entry) }
      let lost = unconfirmed.missed(look.trace, isWhole: look.limit == Self.allRows, at: now, patience: limits.patience)
      for entry in lost { self.lost(entry, isKnown: !entry.isUncertain) }
      looks.vain = found.isEmpty ? looks.vain + 1 : 0
      looks.interval = found.isEmpty ? min(looks.interval * 2, limits.longestLook) : limits.firstLook
      if look.trace == nil {
        looks.adapt(
          limit: look.limit, rows: keys.count, needed: last.map { $0 + 1 } ?? 0, hasDoubts: unconfirmed.hasDoubts)
      }
    }
    looks.due = now + looks.interval
    if let doubt = unconfirmed.firstDoubt(patience: limits.patience) { looks.due = min(looks.due, doubt.due ?? now) }
    if looks.isShort { looks.due = now }
  }

  private mutating func stored(_ entry: Unconfirmed.Entry) {
    switch entry.subject {
    case .probe: (looks.probedAt, looks.probeWait) = (nil, .zero)
    case .whole(let id): delivered(id)
    case .part(let id, let index):
      items[id]?.parts?[index].state = .stored
      progressed(id, index, isStored: true)
    }
  }

  /// - `isKnown`: as against feared.
  private mutating func lost(_ entry: Unconfirmed.Entry, isKnown: Bool) {
    switch entry.subject {
    case .probe: (looks.probedAt, looks.probeWait) = (nil, .zero)
    case .whole(let id), .part(let id, _):
      if isKnown { lastError = "the server lost a record from its queue; it is sent again" }
      if case .part(_, let index) = entry.subject { items[id]?.parts?[index].state = .waiting }
      sendAgain(id)
    }
  }

  private mutating func sendAgain(_ id: Int64) {
    guard let item = items[id] else { return }
    if item.isQueued {
      items[id]?.isQueued = false
      self[item.lane].queued -= 1
      outputs.append(.unqueued(id))
    }
    stepBack(id)
    if item.lane == .logs || item.conversation.flatMap({ lines[$0]?.first }) == id { makeReady(id) }
  }

  // MARK: - A worker that stands still

  private mutating func probe(_ dialect: Dialect, at now: Duration) {
    guard let tool = dialect.log, let oldest = unconfirmed.oldest, !unconfirmed.isOldestOverdue else { return }
    if let probedAt = looks.probedAt {
      guard now - probedAt >= looks.probeWait else { return }
    } else {
      guard now - max(oldest.since, connectedAt) >= limits.probeAfter else { return }
    }
    looks.probedAt = now
    looks.probeWait = min(max(looks.probeWait * 2, limits.probeAfter * 3), .seconds(60))
    let id = UUID()
    let record = LogRecord(
      component: "fiedler", level: .trace, message: "Asks whether acknowledged records are stored", traceID: id)
    let call = ToolCall(
      tool: tool, body: record.arguments(logID: id, at: Date(timeIntervalSince1970: 0)).bytes,
      key: RecordKey(logID: id))
    send(call, for: .probe(RecordKey(logID: id)), dialect, at: now)
  }

  /// A probe is in the server's queue.
  mutating func probed(_ key: RecordKey, weight: Int, at now: Duration) {
    unconfirmed.insert(.init(subject: .probe, key: key, trace: key.logID, weight: weight, since: now))
    looks.due = min(looks.due, now + limits.firstLook)
    looks.interval = limits.firstLook
  }

  // MARK: - A server that cannot be read

  private mutating func settle(at now: Duration) {
    for entry in unconfirmed.settled(by: now - limits.settleTime) { stored(entry) }
  }

  private mutating func believe() {
    for (id, item) in items where item.isQueued { letPass(id) }
  }

  /// The connection is over. What a server that cannot be read had queued is sent again; of one that can, what was
  /// under way counts as queued, for it may have been.
  mutating func doubt(_ dialect: Dialect, at now: Duration) {
    looks.isUnderWay = nil
    if looksBack(dialect) {
      for (id, index) in calls.parts where items[id]?.parts?.indices.contains(index) ?? false {
        guard let call = items[id]?.parts?[index].call, call.isLog, !dialect.isDurable else { continue }
        queued(id, index, call, isUncertain: true, at: now)
      }
    } else {
      for entry in unconfirmed.removeAll() { lost(entry, isKnown: false) }
    }
  }

  /// When the next look, or anything else here, is due.
  func nextConfirmation(_ dialect: Dialect) -> Duration? {
    guard let oldest = unconfirmed.oldest else { return nil }
    guard looksBack(dialect) else { return oldest.since + limits.settleTime }
    let probe =
      unconfirmed.isOldestOverdue
      ? nil : looks.probedAt.map { $0 + looks.probeWait } ?? max(oldest.since, connectedAt) + limits.probeAfter
    return [looks.isUnderWay == nil ? looks.due : nil, probe].compactMap(\.self).min()
  }
}
