import Basics
import Conversations
import FoundationEssentials
import GRDB
import JSON
import MCP
import Synchronization

/// Sends what is queued in an ``Outbox`` to a log server, for as long as it takes.
///
/// All methods may be called from any thread; none blocks. Of several loggers on one database, in this process or in
/// others, one sends; the others watch, show the same ``health`` and take over when it goes.
public final class GodotLogger: Sendable {
  private let database: any DatabaseWriter
  private let configuration: GodotConfiguration
  private let mailbox = Mailbox()
  private let board: HealthBoard
  private let secrets: KnownSecrets
  private let task = Mutex<Task<Void, Never>?>(nil)

  /// - `database`: holds the tables of ``Outbox/registerMigrations(in:)``.
  /// - `onHealthChange`: called from the logger's task, one call at a time; it should return soon.
  public init(
    database: any DatabaseWriter, configuration: GodotConfiguration,
    onHealthChange: @escaping @Sendable (LogHealth) -> Void
  ) {
    self.database = database
    self.configuration = configuration
    secrets = KnownSecrets(configuration.redactor)
    let initial = LogHealth(state: configuration.isOff ? .off : .connecting, isEmbedded: configuration.isEmbedded)
    board = HealthBoard(initial, onChange: onHealthChange)
  }

  public var health: LogHealth { board.health }

  /// How logging stands as soon as `isReached` says so, at the latest when the limit is over.
  ///
  /// - `isReached`: called whenever something has changed, on any thread; it should return soon.
  public func health(
    within limit: Duration, once isReached: @escaping @Sendable (LogHealth) -> Bool
  ) async -> LogHealth {
    await board.health(within: limit, once: isReached)
  }

  /// Whether this process is the one that sends.
  public var isSender: Bool { board.isSender }

  /// The configuration's redactor, which also knows the bearer tokens used so far.
  public var redactor: Redactor { secrets.redactor }

  /// Begins; the first attempt to connect starts at once. A second call does nothing.
  public func start() {
    guard !configuration.isOff else { return board.publish(LogHealth(state: .off)) }
    task.withLock { task in
      guard task == nil else { return }
      task = Task { [database, configuration, secrets, mailbox, board] in
        // Whatever is logged from in there, a health change's observer included, stays out of the outbox.
        await OwnWork.$isUnderWay.withValue(true) {
          await LoggerLoop(
            database: database, configuration: configuration, secrets: secrets, mailbox: mailbox, board: board
          ).run()
        }
      }
      mailbox.nudge()
    }
  }

  /// Says that a transaction that queued records has committed.
  public func nudge() { mailbox.nudge() }

  /// Forgets all waiting and tries at once; where another process sends, that one does so within a second or two.
  public func retryNow() { mailbox.post(.retryNow) }

  /// The servers that have acknowledged each turn of a conversation, by turn number.
  public func deliveries(of conversation: UUID) async throws(OutboxProblem) -> [Int: Set<String>] {
    try await attempt { [database] in
      try await database.read { try Outbox.deliveries(of: conversation, in: $0) }
    }
  }

  /// The records that the server refuses, oldest first.
  public func parked(limit: Int = 200) async throws(OutboxProblem) -> [ParkedRecord] {
    try await attempt { [database] in try await database.read { try Outbox.parked(limit: limit, in: $0) } }
  }

  /// The records that wait for a server, oldest first; those that it has acknowledged as queued are none of them.
  public func waiting(limit: Int = 200) async throws(OutboxProblem) -> [WaitingRecord] {
    try await attempt { [database] in try await database.read { try Outbox.waiting(limit: limit, in: $0) } }
  }

  /// Puts parked records back among those to be sent, by whichever process sends. Ids that are not parked are passed
  /// over.
  public func resend(_ ids: [Int64]) async throws(OutboxProblem) {
    try await attempt { [database] in try await database.write { try Outbox.resend(ids, in: $0) } }
    nudge()
  }

  /// What these parked records say, as they are stored, secrets taken out: an array with, for each, `id`, `kind`,
  /// `reason`, `attempts`, `created_at_ms` and `record` (a string where it is no JSON).
  public func exportParked(_ ids: [Int64]) async throws(OutboxProblem) -> JSON {
    let records = try await attempt { [database] in try await database.read { try Outbox.export(ids, in: $0) } }
    return redactor.redact(.array(records))
  }

  private func attempt<Value>(_ body: () async throws -> Value) async throws(OutboxProblem) -> Value {
    do { return try await body() } catch { throw OutboxProblem(error) }
  }

  /// Tries to empty the outbox before a short-lived program ends.
  ///
  /// Returns when the goal is reached by all that may be sent, when an attempt to connect made since has failed, or at
  /// the deadline. Whatever is then still pending or unconfirmed stays in the outbox.
  public func flush(deadline: Duration, until goal: FlushGoal = .stored) async -> LogHealth {
    guard task.withLock({ $0 != nil }) else { return health }
    return await withCheckedContinuation { continuation in
      let flush = Flush(deadline: .now + deadline, continuation: continuation, goal: goal)
      if !mailbox.post(.flush(flush)) { continuation.resume(returning: health) }
    }
  }

  /// Reads the replies still due, for two seconds at most, closes the connection and lets another process send.
  /// The logger cannot be started again.
  public func shutdown() async {
    guard let task = task.withLock({ $0 }) else { return }
    mailbox.post(.stop(deadline: .now + .seconds(2)))
    await task.value
  }
}

/// The newest health, and whom to tell of a change.
final class HealthBoard: Sendable {
  private struct State {
    var health: LogHealth
    /// Who waits for what, by number.
    var waiting: [Int: (isReached: @Sendable (LogHealth) -> Bool, continuation: CheckedContinuation<Void, Never>)] = [:]
    var nextWaiter = 0
  }

  private let current: Mutex<State>
  private let sends = Mutex(false)
  private let onChange: @Sendable (LogHealth) -> Void

  init(_ health: LogHealth, onChange: @escaping @Sendable (LogHealth) -> Void) {
    current = Mutex(State(health: health))
    self.onChange = onChange
  }

  var health: LogHealth { current.withLock { $0.health } }
  var isSender: Bool { sends.withLock { $0 } }

  /// Tells of it only if a person could see a difference: durations count in whole seconds.
  func publish(_ health: LogHealth, isSender: Bool = false) {
    sends.withLock { $0 = isSender }
    let (isNews, reached) = current.withLock { current in
      defer { current.health = health }
      let reached = current.waiting.filter { $0.value.isReached(health) }
      for number in reached.keys { current.waiting[number] = nil }
      return (current.health.inWholeSeconds != health.inWholeSeconds, reached.values.map(\.continuation))
    }
    for continuation in reached { continuation.resume() }
    if isNews { onChange(health) }
  }

  func health(within limit: Duration, once isReached: @escaping @Sendable (LogHealth) -> Bool) async -> LogHealth {
    let number = current.withLock { current in
      current.nextWaiter += 1
      return current.nextWaiter
    }
    var cut: TimeLimit?
    await withCheckedContinuation { continuation in
      let isOver = current.withLock { current in
        if limit <= .zero || isReached(current.health) { return true }
        current.waiting[number] = (isReached, continuation)
        return false
      }
      if isOver { return continuation.resume() }
      cut = TimeLimit(limit) { [self] in
        current.withLock { $0.waiting.removeValue(forKey: number) }?.continuation.resume()
      }
    }
    cut?.cancel()
    return health
  }
}

extension LogHealth {
  fileprivate var inWholeSeconds: LogHealth {
    var rounded = self
    func whole(_ duration: Duration) -> Duration { .seconds(duration.components.seconds) }
    if case .waiting(let silence) = state { rounded.state = .waiting(whole(silence)) }
    rounded.oldestPending = oldestPending.map(whole)
    rounded.oldestUnconfirmed = oldestUnconfirmed.map(whole)
    rounded.nextRetry = nextRetry.map(whole)
    return rounded
  }
}
