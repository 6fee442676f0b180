import Conversations
import GRDB
import SQLiteErrors
import MCP

/// What came of a read or a write of the outbox.
enum OutboxResult: Sendable {
  case loaded(Shipper.Loaded)
  case written([Shipper.Output])
  case failed(String)
}

/// Carries out the shipper's reads and writes in order, one at a time, away from the logger's task: a disk that takes
/// seconds must not keep anyone from seeing that the server is gone.
struct OutboxWorker {
  private let database: any DatabaseWriter
  private let server: String
  private let secrets: KnownSecrets
  private let mailbox: Mailbox
  private var queue: [Shipper.Output] = []
  private var isBusy = false
  private var due: Duration?

  init(database: any DatabaseWriter, server: String, secrets: KnownSecrets, mailbox: Mailbox) {
    self.database = database
    self.server = server
    self.secrets = secrets
    self.mailbox = mailbox
  }

  var isIdle: Bool { queue.isEmpty }

  /// When ``proceed(at:isPressed:)`` has something to begin; `nil` while nothing waits, or other work is under way.
  var nextStart: Duration? { isBusy ? nil : due }

  mutating func add(_ output: Shipper.Output, at now: Duration) {
    queue.append(output)
    due = min(due ?? .seconds(1 << 40), now + Self.patience(output))
  }

  /// How long a piece of work may wait for others, to be written with them.
  ///
  /// Records whose end is not yet on disk are sent again after a crash, and recognised; what is gained is that the
  /// pages of neighbouring records are written once. A record that was only queued is mostly found stored before the
  /// fact that it was queued has to be written.
  private static func patience(_ output: Shipper.Output) -> Duration {
    switch output {
    case .delivered: .milliseconds(100)
    case .unconfirmed: .milliseconds(250)
    default: .zero
    }
  }

  private static let mostWaiting = 1024

  /// Begins the next piece of work, unless one is under way or may wait: a load, or all writes up to the next load in
  /// one transaction. The result comes as an event.
  ///
  /// - `isPressed`: nothing is under way that could bring more to write.
  mutating func proceed(at now: Duration, isPressed: Bool) {
    guard !isBusy, let first = queue.first, let due else { return }
    guard isPressed || now >= due || queue.count >= Self.mostWaiting else { return }
    isBusy = true
    self.due = nil
    let (database, server, redactor, mailbox) = (database, server, secrets.redactor, mailbox)
    if case .load(let load) = first {
      Task {
        let result = await Self.attempt {
          .loaded(try await database.read { try Outbox.load(load, server: server, redactor: redactor, in: $0) })
        }
        mailbox.post(.outbox(result))
      }
    } else {
      let batch = Array(queue.prefix { if case .load = $0 { false } else { true } })
      Task {
        let result = await Self.attempt {
          try await Self.write(batch, to: server, in: database)
          return .written(batch)
        }
        mailbox.post(.outbox(result))
      }
    }
  }

  /// A batch of so many touches more pages than SQLite keeps by itself.
  private static let manyOutputs = 200

  private static func write(_ batch: [Shipper.Output], to server: String, in database: any DatabaseWriter) async throws
  {
    guard batch.count >= manyOutputs else {
      return try await database.write { try Outbox.write(batch, server: server, in: $0) }
    }
    // Each row's pages lie apart, as every conversation has but one turn under way: what finds no room in memory is
    // written in the midst of the transaction and read again. And most pages are changed again with the next batch,
    // so that a longer write-ahead log copies them into the file more seldom.
    try await database.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4000")
      defer {
        // SQLite's own values. They are fields of the connection: nothing of it can fail.
        try? db.execute(sql: "PRAGMA cache_size = -2000; PRAGMA wal_autocheckpoint = 1000")
      }
      try db.inTransaction(.immediate) {
        try Outbox.write(batch, server: server, in: db)
        return .commit
      }
    }
  }

  /// To be told of each result. Work that failed stays first in the queue.
  mutating func finished(_ result: OutboxResult, at now: Duration) {
    isBusy = false
    switch result {
    case .loaded: queue.removeFirst()
    case .written(let batch): queue.removeFirst(batch.count)
    case .failed: due = now
    }
    if let first = queue.first, due == nil || isLoad(first) { due = now }
  }

  private func isLoad(_ output: Shipper.Output) -> Bool { if case .load = output { true } else { false } }

  /// Reads the counts beside the other work; they come as an event.
  func count() {
    Task { [database, mailbox] in
      do {
        mailbox.post(.counted(.success(try await database.read { try Outbox.counts(in: $0) })))
      } catch {
        mailbox.post(.counted(.failure(OutboxProblem(error))))
      }
    }
  }

  /// Tells the process that sends, whichever it is, that the user wants an attempt now.
  func requestRetry() {
    Task { [database, mailbox] in
      do {
        try await database.write { try Outbox.count("retries", 1, in: $0) }
      } catch {
        mailbox.post(.counted(.failure(OutboxProblem(error))))
      }
    }
  }

  private static func attempt(_ body: () async throws -> OutboxResult) async -> OutboxResult {
    do { return try await body() } catch { return .failed(OutboxProblem(error).description) }
  }
}

/// Why the outbox cannot be used, in plain words.
public struct OutboxProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  init(_ error: any Error) {
    guard let error = error as? DatabaseError else {
      description = "the outbox cannot be used: \(error)"
      return
    }
    description = SQLiteProblem(error).words(of: "the database") ?? "the outbox cannot be used: \(error.words)"
  }
}
