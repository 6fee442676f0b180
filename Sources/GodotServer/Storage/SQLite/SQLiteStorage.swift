import Basics
import FoundationEssentials
import GRDB
import SQLiteErrors

/// A log server's records and conversations in one SQLite file, which several processes may use at once.
///
/// What is in the file can be read with `sqlite3`: ids are 36 lower-case characters, points in time are microseconds
/// since 1970 UTC (`datetime(created_at / 1000000, 'unixepoch')`; the view `conversation_turns` has them as text),
/// metadata and data are JSON. What ``commit(_:)`` has acknowledged is on disk and survives a power cut.
///
/// All methods may be called from any task. Writers wait for each other, up to ten seconds.
public final class SQLiteStorage: LogStorage {
  /// The file; `-wal` and `-shm` lie beside it while it is in use.
  public let path: String
  let database: DatabasePool

  /// Opens the file, or makes one that its owner alone can read (0600), and brings its tables up to date.
  ///
  /// Blocks for some milliseconds; for longer while another process does the same.
  public init(path: String) throws(StorageUnavailable) {
    self.path = path
    do {
      let opening = try Self.openingLock(path)
      let migrator = SQLiteSchema.migrator()
      database = try DatabasePool(path: path, configuration: Self.configuration(migrator))
      // Only now is it known to be a log server's.
      PrivateFile.restrict(database: path)
      try database.writeWithoutTransaction { db in
        // An acknowledgement means on disk. A pool begins with NORMAL, which a power cut may take back.
        try db.execute(sql: "PRAGMA synchronous = FULL")
        // Under load most pages are changed again soon: a log of up to 16 MiB copies them into the file more seldom.
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
        try db.execute(sql: "PRAGMA cache_size = -8192")  // KiB
        // What a savepoint or a statement would have to undo is kept in memory, not in a file written page by page.
        // For the writer alone: what reads may sort more than there is memory for.
        try db.execute(sql: "PRAGMA temp_store = MEMORY")
      }
      try migrator.migrate(database)
      withExtendedLifetime(opening) {}
    } catch {
      throw StorageUnavailable(sqlite: error)
    }
  }

  private static func configuration(_ migrator: DatabaseMigrator) -> Configuration {
    var configuration = Configuration()
    configuration.label = "godot"
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { db in
      if !db.configuration.readonly { try migrator.refuseForeign(db) }
      // As in the conversations' store: pages that nobody needs any more are not written once more.
      try db.execute(sql: "PRAGMA secure_delete = FAST")
      // Counts for a new file only, and there only before its first table.
      if !db.configuration.readonly { try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
    }
    return configuration
  }

  public func ping() async throws(StorageUnavailable) {
    _ = try await read { try Int.fetchOne($0, sql: "SELECT count(*) FROM log_levels") }
  }

  public func close() async {
    do { try database.close() } catch {
      // Reads that are still under way; the connections go with the last of them.
    }
  }

  /// Runs `body` in a transaction that keeps every other writer out from its beginning.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StorageUnavailable) -> Value {
    do {
      return try await database.writeWithoutTransaction { db in
        var value: Value?
        try db.inTransaction(.immediate) {
          try db.checkPlace()
          value = try body(db)
          return .commit
        }
        return value!  // set, or inTransaction has thrown
      }
    } catch {
      throw StorageUnavailable(sqlite: error)
    }
  }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StorageUnavailable) -> Value {
    do {
      return try await database.read(body)
    } catch {
      throw StorageUnavailable(sqlite: error)
    }
  }
}

extension SQLiteStorage {
  /// Held while a file is made and migrated: two processes at it at once would trip over each other. Also makes the file
  /// where there is none.
  private static func openingLock(_ path: String) throws(StorageUnavailable) -> FileLock {
    if let obstacle = FileObstacle(at: path), obstacle.isThere {
      throw StorageUnavailable("cannot open \(path): \(obstacle)")
    }
    do {
      let lock = try FileLock(opening: path + ".lock")
      try lock.wait()
      try PrivateFile.make(path)
      return lock
    } catch {
      throw StorageUnavailable("cannot open \(path): \(error)")
    }
  }
}

extension StorageUnavailable {
  /// What an error thrown by SQLite means for a client.
  init(sqlite error: any Error) {
    switch error {
    case let error as StorageUnavailable: self = error
    case let error as DatabaseRefusal: self.init("\(error)")
    case let error as DatabaseError:
      self.init(SQLiteProblem(error).words(of: "the storage") ?? "the storage failed: \(error.words)")
    case is CancellationError: self.init("cancelled")
    default: self.init("the storage failed: \(error)")
    }
  }
}
