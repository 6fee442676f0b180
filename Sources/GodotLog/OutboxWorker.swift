import Conversations
import GRDB
import MCP

/// What came of a read or a write of the outbox.
enum OutboxResult: Sendable {
  case loaded([OutboxRow], isEnd: Bool)
  case written([Shipper.Output])
  case failed(String)
}

/// Carries out the shipper's reads and writes in order, one at a time, away from the logger's task: a disk that takes
/// seconds must not keep anyone from seeing that the server is gone.
struct OutboxWorker {
  private let database: any DatabaseWriter
  private let server: String
  private let redactor: Redactor
  private let mailbox: Mailbox
  private var queue: [Shipper.Output] = []
  private var isBusy = false

  init(database: any DatabaseWriter, server: String, redactor: Redactor, mailbox: Mailbox) {
    self.database = database
    self.server = server
    self.redactor = redactor
    self.mailbox = mailbox
  }

  var isIdle: Bool { queue.isEmpty }

  mutating func add(_ output: Shipper.Output) { queue.append(output) }

  /// Begins the next piece of work, unless one is under way: a load, or all writes up to the next load in one
  /// transaction. The result comes as an event.
  mutating func proceed() {
    guard !isBusy, let first = queue.first else { return }
    isBusy = true
    let (database, server, redactor, mailbox) = (database, server, redactor, mailbox)
    if case .load(let load) = first {
      Task {
        let result = await Self.attempt {
          let found = try await database.read { try Outbox.load(load, server: server, in: $0) }
          return .loaded(found.rows.map { $0.redacted(by: redactor) }, isEnd: found.isEnd)
        }
        mailbox.post(.outbox(result))
      }
    } else {
      let batch = Array(queue.prefix { if case .load = $0 { false } else { true } })
      Task {
        let result = await Self.attempt {
          try await database.write { db in
            for output in batch { try Outbox.write(output, server: server, in: db) }
          }
          return .written(batch)
        }
        mailbox.post(.outbox(result))
      }
    }
  }

  /// To be told of each result. Work that failed stays first in the queue.
  mutating func finished(_ result: OutboxResult) {
    isBusy = false
    switch result {
    case .loaded: queue.removeFirst()
    case .written(let batch): queue.removeFirst(batch.count)
    case .failed: break
    }
  }

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

  private static func attempt(_ body: () async throws -> OutboxResult) async -> OutboxResult {
    do { return try await body() } catch { return .failed(OutboxProblem(error).description) }
  }
}

/// Why the outbox cannot be used, in plain words.
struct OutboxProblem: Error, CustomStringConvertible {
  let description: String

  init(_ error: any Error) {
    guard let error = error as? DatabaseError else {
      description = "the outbox cannot be used: \(error)"
      return
    }
    description =
      switch error.resultCode {
      case .SQLITE_FULL: "disk full"
      case .SQLITE_READONLY: "the database is read-only"
      case .SQLITE_CORRUPT, .SQLITE_NOTADB: "the database is damaged"
      case .SQLITE_BUSY, .SQLITE_LOCKED: "the database is locked by another program"
      case .SQLITE_IOERR: "the disk fails"
      default: "the outbox cannot be used: \(error.message ?? "SQLite error \(error.resultCode.rawValue)")"
      }
  }
}

extension OutboxRow {
  func redacted(by redactor: Redactor) -> OutboxRow {
    guard !redactor.isEmpty else { return self }
    var row = self
    row.record = record.flatMap { record in
      Result { () throws(UnreadablePayload) in try TurnRecord(payload: redactor.redact(record.payload)) }
    }
    return row
  }
}
