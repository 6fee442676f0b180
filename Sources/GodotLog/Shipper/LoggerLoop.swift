import Conversations
import FoundationEssentials
import GRDB
import MCP

/// The shell around ``Shipper``: one task that owns the connection, the lock and the outbox's reads and writes.
///
/// Each turn of the loop hands all waiting events to the shipper, then the time; so an answer that has arrived always
/// counts before the clock does. Nothing in a turn waits.
final class LoggerLoop {
  private let configuration: GodotConfiguration
  private let mailbox: Mailbox
  private let board: HealthBoard
  private let lock: SenderLock
  private let secrets: KnownSecrets
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant

  private var shipper = Shipper()
  private var uplink: Uplink?
  /// Looks for what is acknowledged as queued, on a connection of its own.
  private let reader: GodotReader
  /// Replies that have come and not been handed over yet.
  private var replies: [Shipper.Input] = []
  /// Of those, what only reports success, and the form of the session's replies that was last seen to do so.
  private var done: [Int] = []
  private var doneForm = 0
  /// How many secrets were known when the records in memory were read.
  private var secretsWhenRead: Int
  /// Told apart from those before: an event of an older connection means nothing.
  private var generation = 0
  private var worker: OutboxWorker
  private var nextWork: Duration = .zero
  private var counts = Outbox.Counts()
  private var hasCounted = false
  private var countsAreStale = true
  private var isCounting = false
  private var nextCount: Duration = .zero
  /// Counts in a row that were as the one before.
  private var sameCounts = 0
  /// While records flow, their number is of interest a few times a second, not after each batch.
  private var nextStaleCount: Duration = .zero
  /// Why the outbox, or the lock, cannot be used; tried again each second.
  private var brokenReason: String?
  private var lockProblem: String?
  private var flushes: [Flush] = []
  private var failedAttempts = 0
  private var stopDeadline: ContinuousClock.Instant?

  init(
    database: any DatabaseWriter, configuration: GodotConfiguration, secrets: KnownSecrets, mailbox: Mailbox,
    board: HealthBoard
  ) {
    self.configuration = configuration
    self.secrets = secrets
    self.mailbox = mailbox
    self.board = board
    reader = GodotReader(configuration, idle: .seconds(30), deadline: .seconds(35))
    lock = SenderLock(path: configuration.lockFile)
    start = clock.now
    secretsWhenRead = secrets.redactor.count
    worker = OutboxWorker(
      database: database, server: configuration.serverName, secrets: secrets, mailbox: mailbox)
  }

  /// Runs until stopped.
  func run() async {
    var timer: Task<Void, any Error>?
    var due = Duration.zero
    for await _ in mailbox.signal {
      turn()
      if isOver { break }
      let wake = nextWake()
      // The timer that runs may come too early, never too late.
      if due <= wake, due > now { continue }
      timer?.cancel()
      due = wake
      timer = Task { [mailbox, clock, start] in
        try await clock.sleep(until: start + wake)
        mailbox.wake()
      }
    }
    timer?.cancel()
    uplink?.session.close()
    await reader.close()
    lock.release()
    for event in mailbox.close() {
      switch event {
      case .flush(let flush): flushes.append(flush)
      case .connected(_, .success(let uplink)): uplink.session.close()
      case .connected, .session, .outbox, .readBack, .counted, .retryNow, .stop: break
      }
    }
    for flush in flushes { flush.continuation.resume(returning: board.health) }
  }

  private var now: Duration { clock.now - start }

  private func turn() {
    let (isSender, problem) = lock.acquire()
    lockProblem = problem
    let (events, isNudged) = mailbox.take()
    for event in events {
      if case .session(generation, .replies(let some)) = event {
        for reply in some { take(reply) }
      } else {
        feedReplies()
        handle(event)
      }
    }
    feedReplies()
    if isNudged {
      countsAreStale = true
      feed(.nudged)
    }
    if isSender { feed(.tick) }
    if now >= nextWork { worker.proceed(at: now, isPressed: shipper.calls.isEmpty || stopDeadline != nil) }
    count()
    publish()
    settleFlushes()
  }

  private func take(_ reply: MCPEvent.Reply) {
    if reply.form != 0, reply.form == doneForm { return done.append(reply.id) }
    endDone()
    replies.append(.reply(id: reply.id, reply.result))
    if reply.form != 0, case .done = ServerAnswer(outcomeOf: reply.result) { doneForm = reply.form }
  }

  private func endDone() {
    guard !done.isEmpty else { return }
    replies.append(.done(done))
    done = []
  }

  private func feedReplies() {
    endDone()
    guard !replies.isEmpty else { return }
    feed(replies)
    replies.removeAll(keepingCapacity: true)
  }

  private func handle(_ event: LoggerEvent) {
    switch event {
    case .connected(let generation, let result):
      guard generation == self.generation, stopDeadline == nil else {
        if case .success(let uplink) = result { uplink.session.close() }
        return
      }
      switch result {
      case .success(let uplink):
        // Its end may have come, and been passed over, before this event.
        if let ending = uplink.session.ending { return lost(ending) }
        self.uplink = uplink
        if secrets.redactor.count != secretsWhenRead {
          secretsWhenRead = secrets.redactor.count
          feed(.reread)
        }
        feed(.connected(uplink.dialect))
      case .failure(let error):
        failedAttempts += 1
        lost(error)
      }
    case .session(let generation, let event):
      guard generation == self.generation else { return }
      switch event {
      // One of an older connection.
      case .replies: break
      case .pong: feed(.pong)
      // Before the session is open, the attempt itself tells of its end.
      case .closed(let error): if uplink != nil { lost(error) }
      }
    case .outbox(let result): worked(result)
    case .readBack(let number, let result): feed(.readBack(number: number, result))
    case .counted(let result): counted(result)
    case .flush(var flush):
      flush.attempts = failedAttempts
      flushes.append(flush)
      retryNow()
    case .retryNow:
      // The process that sends sees it in its counts.
      if lock.isHeld { retryNow() } else { worker.requestRetry() }
    case .stop(let deadline):
      stopDeadline = deadline
      feed(.stop)
    }
  }

  private func lost(_ error: ConnectionError) {
    generation += 1
    uplink = nil
    feed(.disconnected(error))
  }

  private func retryNow() {
    countsAreStale = true
    feed([.nudged, .retryNow])
  }

  private func feed(_ input: Shipper.Input) { feed([input]) }

  /// Hands inputs to the shipper and does at once what needs no disk.
  private func feed(_ inputs: [Shipper.Input]) {
    guard lock.isHeld || stopDeadline != nil else { return }
    var frames: [(id: Int, frame: [UInt8])] = []
    for output in shipper.handle(inputs, at: now) {
      if case .send(let id, let frame) = output {
        frames.append((id, frame))
        continue
      }
      switch output {
      case .send: break
      case .connect: connect()
      case .ping: uplink?.session.ping()
      case .close: uplink?.session.close()
      case .abort:
        uplink?.session.abort()
        uplink = nil
        generation += 1
      case .readBack(let look): readBack(look)
      case .load, .keepMapping, .forgetMapping, .delivered, .unconfirmed, .unqueued, .part, .refused, .park:
        worker.add(output, at: now)
      }
    }
    if !frames.isEmpty { uplink?.session.post(frames) }
  }

  private func connect() {
    generation += 1
    doneForm = 0
    let (generation, configuration, secrets, mailbox) = (generation, configuration, secrets, mailbox)
    let end = clock.now + shipper.limits.cut
    Task {
      do throws(ConnectionError) {
        let uplink = try await Uplink.open(configuration, until: end, onToken: secrets.learn) {
          mailbox.post(.session(generation: generation, $0))
        }
        if !mailbox.post(.connected(generation: generation, .success(uplink))) { uplink.session.close() }
      } catch {
        mailbox.post(.connected(generation: generation, .failure(error)))
      }
    }
  }

  private func readBack(_ look: Shipper.ReadBack) {
    Task { [reader, mailbox] in
      let result: Result<[RecordKey], Shipper.ReadBackFailure>
      do throws(GodotReadError) {
        result = .success(try await reader.newestKeys(trace: look.trace, limit: look.limit))
      } catch {
        switch error {
        case .noTool, .refused, .unreadable, .unknownConversation:
          result = .failure(.init(words: error.description, isRefusal: true))
        // Storage that is away has stored nothing.
        case .away, .connection: result = .failure(.init(words: error.description, isRefusal: false))
        }
      }
      mailbox.post(.readBack(number: look.number, result))
    }
  }

  // MARK: - The outbox

  private func worked(_ result: OutboxResult) {
    worker.finished(result, at: now)
    switch result {
    case .loaded(let loaded):
      brokenReason = nil
      feed(.loaded(loaded))
    case .written(let batch):
      brokenReason = nil
      countsAreStale = true
      feed(batch.compactMap { if case .keepMapping(let conversation, _) = $0 { .mapped(conversation) } else { nil } })
    case .failed(let reason):
      brokenReason = reason
      nextWork = now + .seconds(1)
    }
  }

  private func counted(_ result: Result<Outbox.Counts, OutboxProblem>) {
    isCounting = false
    switch result {
    case .success(let fresh):
      // Another process may have queued something, put something back, or asked for an attempt.
      if fresh.lastID > counts.lastID || fresh.resends > counts.resends { feed(.nudged) }
      if hasCounted, fresh.retries > counts.retries { feed([.nudged, .retryNow]) }
      sameCounts = fresh == counts ? sameCounts + 1 : 0
      hasCounted = true
      counts = fresh
      if worker.isIdle { brokenReason = nil }
    case .failure(let problem):
      brokenReason = problem.description
    }
  }

  private func count() {
    guard !isCounting, (countsAreStale && (!isFlowing || now >= nextStaleCount)) || now >= nextCount else { return }
    isCounting = true
    countsAreStale = false
    nextStaleCount = now + .milliseconds(50)
    worker.count()
    nextCount = now + countInterval
  }

  /// How often is looked for what other processes have done.
  private var countInterval: Duration {
    if !flushes.isEmpty { return .milliseconds(50) }
    guard counts.pending + counts.unconfirmed == 0 else { return lock.isHeld ? .seconds(1) : .milliseconds(500) }
    // A program at rest wakes a handful of threads for it each time.
    return sameCounts < 10 ? .seconds(1) : .seconds(2)
  }

  private var isFlowing: Bool { !worker.isIdle || !shipper.calls.isEmpty }

  // MARK: - What others see, and when to look again

  private func publish() {
    let wall = Date()
    var health = LogHealth(
      state: shipper.state(at: now), pending: counts.pending, parked: counts.parked, parkedReason: counts.parkedReason,
      evicted: counts.evicted, unconfirmed: counts.unconfirmed, nextRetry: shipper.nextRetry(at: now),
      lastError: shipper.lastError, sent: counts.sent,
      isEmbedded: configuration.isEmbedded)
    if !lock.isHeld, stopDeadline == nil {
      let shared = lock.published()
      health.state = shared?.state ?? .connecting
      health.lastError = shared?.lastError
      health.nextRetry = shared?.retryAt.map {
        // The clock may have been set since; no wait is longer than the longest.
        min(.milliseconds(max($0 - wall.millisecondsSince1970, 0)), BackOff.most)
      }
    }
    // Another process may have told how the server stands; what waits is not known before it has been counted.
    if !hasCounted { health.state = .connecting }
    health.oldestPending = counts.oldestPending.map { .milliseconds(max(wall.millisecondsSince1970 - $0, 0)) }
    health.oldestUnconfirmed = counts.oldestUnconfirmed.map { .milliseconds(max(wall.millisecondsSince1970 - $0, 0)) }
    if let reason = brokenReason ?? lockProblem {
      health.state = .broken(reason: reason)
      health.lastError = reason
    }
    lock.publish(health, at: wall)
    board.publish(health, isSender: lock.isHeld)
  }

  private func settleFlushes() {
    let isCounted = !countsAreStale && !isCounting
    // What waits behind a parked record is pending, and cannot be sent.
    func isDrained(_ goal: FlushGoal) -> Bool {
      guard isCounted, worker.isIdle else { return false }
      // The one that sends is not in a hurry to end.
      if goal == .handedOver, !lock.isHeld, lockProblem == nil { return true }
      return counts.pending + (goal == .stored ? counts.unconfirmed : 0) == 0 || shipper.isDrained(goal)
    }
    let instant = clock.now
    flushes.removeAll { flush in
      let isOver = isDrained(flush.goal) || instant >= flush.deadline || (isCounted && failedAttempts > flush.attempts)
      if isOver { flush.continuation.resume(returning: board.health) }
      return isOver
    }
  }

  private var isOver: Bool {
    guard let stopDeadline else { return false }
    return (shipper.link == .stopped && worker.isIdle) || clock.now >= stopDeadline
  }

  private func nextWake() -> Duration {
    var wake = isCounting ? now + .seconds(1) : countsAreStale ? min(nextCount, nextStaleCount) : nextCount
    if let start = worker.nextStart { wake = min(wake, max(start, nextWork)) }
    if lock.isHeld, let due = shipper.nextWake(after: now) { wake = min(wake, due) }
    for flush in flushes { wake = min(wake, flush.deadline - start) }
    if let stopDeadline { wake = min(wake, stopDeadline - start) }
    return wake
  }
}
