import Conversations
import Foundation
import GRDB
import JSON

/// A log server's storage in one SQLite file, which several servers may use at once.
///
/// Every commit waits for the disk (`synchronous = FULL`). The file is open to its owner alone.
public final class SQLiteStorage: LogStorage {
  private let database: DatabasePool

  /// Opens the file, making it and its directory if need be. Blocks for a few milliseconds.
  public init(path: String) throws(StorageUnavailable) {
    database = try Self.attempt { () throws in
      try FileManager.default.createDirectory(
        at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
      let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else {
        throw StorageUnavailable("\(path) cannot be opened: \(String(cString: strerror(errno)))")
      }
      _ = Glibc.close(descriptor)
      var configuration = Configuration()
      configuration.label = "godot"
      configuration.busyMode = .timeout(10)
      configuration.prepareDatabase { db in
        if !db.configuration.readonly { try db.execute(sql: "PRAGMA synchronous = FULL") }
      }
      let database = try DatabasePool(path: path, configuration: configuration)
      try SQLiteSchema.migrator().migrate(database)
      return database
    }
  }

  // MARK: Writing

  public func commit(
    _ writes: [StorageWrite]
  ) async throws(StorageUnavailable) -> [Result<StorageReceipt, StorageRefusal>] {
    try await Self.attempt {
      try await self.database.writeWithoutTransaction { db in
        var results: [Result<StorageReceipt, StorageRefusal>] = []
        results.reserveCapacity(writes.count)
        try db.inTransaction(.immediate) {
          for write in writes { results.append(try Self.perform(write, db)) }
          return .commit
        }
        return results
      }
    }
  }

  /// One write. What the tables refuse takes nothing with it; what is wrong with the disk takes the transaction.
  private static func perform(_ write: StorageWrite, _ db: Database) throws -> Result<StorageReceipt, StorageRefusal> {
    var result: Result<StorageReceipt, StorageRefusal>?
    do {
      try db.inSavepoint {
        do {
          result = .success(try SQLiteWriter.perform(write, db))
          return .commit
        } catch let refusal as StorageRefusal {
          result = .failure(refusal)
          return .rollback
        }
      }
    } catch let error as DatabaseError
      where [.SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH].contains(error.resultCode)
    {
      result = .failure(.invalid("it cannot be stored: \(error.message ?? "a rule is broken")"))
    }
    return result ?? .failure(.invalid("it cannot be stored"))
  }

  public func maintain(now: Date, removingLogsBefore limit: Date?) async throws(StorageUnavailable) {
    try await Self.attempt {
      if let limit {
        var removed = 1
        // In small pieces, so that nobody waits long for the writer.
        while removed > 0 {
          removed = try await self.database.write { db in
            try db.execute(
              sql: """
                DELETE FROM logs WHERE number IN (SELECT number FROM logs WHERE created_at < ? LIMIT 1000)
                """, arguments: [limit.microseconds])
            return db.changesCount
          }
        }
      }
      try await self.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA optimize") }
    }
  }

  // MARK: Reading

  public func logs(_ filter: LogFilter, limit: Int) async throws(StorageUnavailable) -> [LogEntry] {
    try await read { try SQLiteReader.logs(filter, limit: limit, $0) }
  }

  public func conversation(_ id: UUID) async throws(StorageUnavailable) -> StoredConversation? {
    try await read { try SQLiteReader.conversation(id, $0) }
  }

  public func messages(
    of conversation: UUID, after turn: Int, limit: Int
  ) async throws(StorageUnavailable) -> [StoredMessage] {
    try await read { try SQLiteReader.messages(of: conversation, after: turn, limit: limit, $0) }
  }

  public func conversations(
    session: String?, offset: Int, limit: Int
  ) async throws(StorageUnavailable) -> [StoredConversation] {
    try await read { try SQLiteReader.conversations(session: session, offset: offset, limit: limit, $0) }
  }

  public func search(_ text: String, limit: Int) async throws(StorageUnavailable) -> [SearchHit] {
    try await read { try SQLiteReader.search(text, limit: limit, $0) }
  }

  public func levels() async throws(StorageUnavailable) -> [String: LogLevel] {
    try await read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT component, level FROM log_levels")
      return Dictionary(
        rows.compactMap { row in LogLevel(name: row["level"]).map { (row["component"] as String, $0) } },
        uniquingKeysWith: { $1 })
    }
  }

  public func ping() async throws(StorageUnavailable) {
    try await read { try $0.execute(sql: "SELECT 1 FROM conversations LIMIT 1") }
  }

  public func close() async {
    // Closing waits for nobody; what cannot be closed now is closed when the last user lets go.
    try? database.close()
  }

  private func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StorageUnavailable) -> Value {
    try await Self.attempt { try await self.database.read(body) }
  }

  private static func attempt<Value>(_ body: () throws -> Value) throws(StorageUnavailable) -> Value {
    do { return try body() } catch { throw StorageUnavailable(sqlite: error) }
  }

  private static func attempt<Value: Sendable>(
    _ body: () async throws -> Value
  ) async throws(StorageUnavailable) -> Value {
    do { return try await body() } catch { throw StorageUnavailable(sqlite: error) }
  }
}

extension StorageUnavailable {
  /// Plain words for what SQLite says.
  init(sqlite error: any Error) {
    switch error {
    case let error as StorageUnavailable: self = error
    case let error as DatabaseError:
      let words =
        switch error.resultCode {
        case .SQLITE_FULL: "disk full"
        case .SQLITE_READONLY: "the database is read-only"
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: "the database is damaged"
        case .SQLITE_BUSY, .SQLITE_LOCKED: "database is locked by another program"
        case .SQLITE_IOERR: "the disk fails"
        case .SQLITE_CANTOPEN: "the database cannot be opened"
        default: "SQLite error \(error.resultCode.rawValue)"
        }
      self.init(words)
    default: self.init("the database cannot be used: \(error)")
    }
  }
}

extension Date {
  var microseconds: Int64 { Int64((timeIntervalSince1970 * 1_000_000).rounded()) }
  init(microseconds: Int64) { self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000) }
}

extension UUID {
  var storedText: String { uuidString.lowercased() }
}
