import Conversations
import FoundationEssentials
import GRDB
import JSON
import SQLiteErrors
import Synchronization

/// Takes ordinary log records from any thread and puts them into an ``Outbox`` in batches, away from the caller.
///
/// Handing over a record costs a lock and a copy, whatever the disk does. While the database cannot be written, up to
/// ``Limits/records`` wait in memory; beyond, the least severe are dropped and counted, and a record that says so
/// follows once there is room.
public final class GodotLogSink: Sendable {
  public struct Limits: Hashable, Sendable {
    /// Waiting in memory.
    public var records = 10_000
    /// Of these, roughly.
    public var bytes = 16 << 20
    /// Of ordinary records in the outbox.
    public var outboxBytes = Outbox.mostLogBytes

    public init() {}
  }

  /// The trace id of records that name none.
  public let traceID = UUID()
  let onProblem: @Sendable (String) -> Void
  private let buffer: RecordBuffer
  private let writer: Writer
  private let task: Task<Void, Never>
  private let suppressedCount = Mutex(0)

  /// - `database`: holds the tables of ``Outbox/registerMigrations(in:)``.
  /// - `redactor`: asked for each batch, so that secrets may be learned.
  /// - `onCommit`: called after each batch; call ``GodotLogger/nudge()``.
  /// - `onProblem`: told, in plain words, of what must not go into the outbox: the logging's own failures. It may be
  ///   called from any thread and must not log to this sink; a local file is the place.
  public init(
    database: any DatabaseWriter, limits: Limits = Limits(),
    redactor: @escaping @Sendable () -> Redactor = { Redactor() },
    onCommit: @escaping @Sendable () -> Void, onProblem: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    let buffer = RecordBuffer(mostRecords: limits.records, mostBytes: limits.bytes)
    self.buffer = buffer
    self.onProblem = onProblem
    let writer = Writer(
      database: database, mostBytes: limits.outboxBytes, traceID: traceID, redactor: redactor, onProblem: onProblem)
    self.writer = writer
    task = OwnWork.$isUnderWay.withValue(true) {
      Task {
        for await _ in buffer.signal {
          var batch = buffer.take(1000)
          while !batch.isEmpty {
            guard await writer.write(batch) else { break }
            onCommit()
            batch = buffer.take(1000)
          }
          buffer.settled()
        }
        buffer.abandon()
      }
    }
  }

  deinit {
    buffer.close()
    task.cancel()
  }

  /// Hands over a record. Never blocks.
  public func log(_ record: LogRecord, at time: Date = Date()) {
    guard !isOwnWork(record.message) else { return }
    add(
      level: record.level, component: record.component, message: record.message, traceID: record.traceID,
      data: record.data.object ?? [:], at: time)
  }

  func add(
    level: LogLevel, component: String, message: String, traceID: UUID?, data: [String: JSON], at time: Date
  ) {
    let size = component.utf8.count + message.utf8.count + JSON.object(data).roughSize + 128
    buffer.add(
      .init(
        level: level, component: component, message: message, traceID: traceID ?? self.traceID, data: data, time: time,
        size: size))
  }

  /// Records dropped because the outbox could not be written fast enough.
  public var dropped: Int { buffer.dropped }

  /// Messages of the logging's own that were kept out of the outbox.
  var suppressed: Int { suppressedCount.withLock { $0 } }

  /// Whether this is logged by the logging itself, which must not feed itself; it then goes to `onProblem`.
  func isOwnWork(_ message: String) -> Bool {
    guard OwnWork.isUnderWay else { return false }
    suppress(message)
    return true
  }

  func suppress(_ message: String) {
    suppressedCount.withLock { $0 += 1 }
    onProblem(message)
  }

  /// Waits until all that was handed over is in the outbox; false at the deadline.
  @discardableResult
  public func flush(deadline: Duration) async -> Bool { await buffer.drain(deadline: deadline) }

  /// Stores what waits, for two seconds at most, and takes nothing more. What is left is lost.
  public func shutdown() async {
    _ = await buffer.drain(deadline: .seconds(2))
    buffer.close()
    task.cancel()
    await task.value
  }
}

/// Marks what the logging does on its own behalf, in its tasks and in those they start.
enum OwnWork {
  @TaskLocal static var isUnderWay = false
}

/// Puts batches into the outbox, again and again until it works.
private struct Writer: Sendable {
  static let component = "GodotLog"

  let database: any DatabaseWriter
  let mostBytes: Int
  let traceID: UUID
  let redactor: @Sendable () -> Redactor
  let onProblem: @Sendable (String) -> Void

  /// False if it was called off first.
  func write(_ batch: RecordBuffer.Batch) async -> Bool {
    var told: OutboxProblem?
    while !Task.isCancelled {
      do {
        let redactor = redactor()
        try await database.write { db in
          try db.checkPlace()
          for entry in batch.entries {
            let record = LogRecord(
              component: entry.component, level: entry.level, message: entry.message, traceID: entry.traceID,
              data: .object(entry.data))
            try Outbox.append(record, at: entry.time, redactor: redactor, keeping: mostBytes, in: db)
          }
          if let notice = notice(of: batch.dropped) {
            try Outbox.append(notice, at: Date(), keeping: mostBytes, in: db)
          }
        }
        return true
      } catch {
        let problem = OutboxProblem(error)
        if problem != told { onProblem("log records cannot be stored: \(problem)") }
        told = problem
        // Only its being called off ends the wait early, and the loop sees that.
        try? await Task.sleep(for: .seconds(1))
      }
    }
    return false
  }

  private func notice(of dropped: [LogLevel: Int]) -> LogRecord? {
    guard !dropped.isEmpty else { return nil }
    let counts = Dictionary(uniqueKeysWithValues: dropped.map { ($0.key.rawValue, JSON.int($0.value)) })
    return LogRecord(
      component: Self.component, level: .warn,
      message: "\(dropped.values.reduce(0, +)) log records were dropped: they came faster than they could be stored",
      traceID: traceID, data: ["dropped": .object(counts)])
  }
}

extension JSON {
  /// Bytes it takes, near enough to bound a buffer.
  fileprivate var roughSize: Int {
    switch self {
    case .string(let text): text.utf8.count + 16
    case .array(let elements): elements.reduce(16) { $0 + $1.roughSize }
    case .object(let members): members.reduce(16) { $0 + $1.key.utf8.count + $1.value.roughSize }
    default: 16
    }
  }
}
