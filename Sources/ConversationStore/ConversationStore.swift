import Basics
import Conversations
import FoundationEssentials
import GRDB
import GodotLog
import SQLiteErrors

/// Every conversation, in one SQLite file that several Fiedlers may use at once.
///
/// Safe to use from any thread and task. Each call is one transaction: it happens wholly or not at all.
/// Calls that write the same file one after another wait for each other, up to ten seconds.
public final class ConversationStore: Sendable {
  /// The file, `<directory>/fiedler.db`.
  public let path: String
  /// For what else is kept in the same file; above all the outbox.
  public let database: DatabasePool
  /// Whether it can only be read, since its folder or file may not be written: every change throws
  /// `StoreError.readOnly`.
  public let isReadOnly: Bool
  let log: TurnLog?
  let sessions: Sessions
  private let commonCommit = CommonCommit()

  /// Opens `<directory>/fiedler.db`, making whatever is missing, and brings its tables up to date. One that is there
  /// and may not be written is opened to be read.
  ///
  /// Blocks for a few milliseconds; the first time after an update as long as it takes to index what is there. A
  /// directory made here is open to its owner only (0700); the files always are (0600).
  ///
  /// - `logsTurns`: Whether each turn is put into `GodotLog`'s outbox, in the transaction that stores it.
  /// - `onIndexing`: Told how many conversations are indexed anew, where an update asks for it; what is done stays
  ///   done, and the next opening goes on there.
  /// - `redactor`: Asked for each turn that is put there, on the database's thread: what must not be logged.
  public init(
    directory: String, logsTurns: Bool = true, redactor: @escaping @Sendable () -> Redactor = { Redactor() },
    onIndexing: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(StoreError) {
    let path = directory + "/fiedler.db"
    isReadOnly = ReadOnlyOpening.isNeeded(directory: directory, path: path)
    do {
      if isReadOnly {
        let migrator = Schema.migrator()
        database = try ReadOnlyOpening.open(path, Self.configuration(migrator), migrator)
        self.path = path
        log = nil
        sessions = Sessions(directory: directory + "/sessions")
        return
      }
      try PrivateFiles.makeDirectory(directory + "/sessions")
      // Two Fiedlers that make or migrate the same new file at the same time would trip over each other.
      let opening = try PrivateFiles.waitForLock(directory + "/fiedler.lock")
      try PrivateFiles.make(path)
      let migrator = Schema.migrator()
      try Self.refuseForeign(path, migrator)
      database = try DatabasePool(path: path, configuration: Self.configuration(migrator))
      // Only now is it known to be a history.
      PrivateFile.restrict(database: path)
      try migrator.migrate(database)
      try database.write { try Outbox.makeRoom(in: $0) }
      try SearchIndex.catchUp(database, progress: onIndexing)
      // What a statement with triggers would have to undo is kept in memory, not in a file written page by page. For
      // the writer alone, and not while it migrates: what reads, or builds an index, may sort more than fits there.
      try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA temp_store = MEMORY") }
      withExtendedLifetime(opening) {}
    } catch {
      throw StoreError(error, path: path)
    }
    self.path = path
    log = logsTurns ? TurnLog(redactor: redactor) : nil
    sessions = Sessions(directory: directory + "/sessions")
  }

  /// Looks without a trace at a database that a killed Fiedler has left with a write-ahead log, as even closing it
  /// would tidy that up. Without one, ``configuration(_:)`` is as gentle, and quicker.
  private static func refuseForeign(_ path: String, _ migrator: DatabaseMigrator) throws {
    guard FileManager.default.fileExists(atPath: path + "-wal") else { return }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    try DatabaseQueue(path: path, configuration: configuration).read(migrator.refuseForeign)
  }

  private static func configuration(_ migrator: DatabaseMigrator) -> Configuration {
    var configuration = Configuration()
    configuration.label = "fiedler"
    configuration.busyMode = .timeout(10)
    // Runs before anything is written, the journal mode included.
    configuration.prepareDatabase { db in
      if !db.configuration.readonly { try migrator.refuseForeign(db) }
      // Debian's SQLite writes zeros over what is deleted, whole pages that nobody needs any more included, which
      // doubles what a delivered record costs. Within pages that are written anyway it still does.
      try db.execute(sql: "PRAGMA secure_delete = FAST")
      try SearchIndex.prepare(db)
    }
    return configuration
  }

  /// How much a write must survive.
  enum Durability {
    /// The end of the process, but not a power cut.
    case process
    /// A power cut too: waits for the disk.
    case power
  }

  /// Runs `body` in one transaction that excludes every other writer from its beginning.
  func write<Value: Sendable>(
    _ durability: Durability, _ body: @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    do {
      return try await database.writeWithoutTransaction { db in
        if durability == .power { try db.execute(sql: "PRAGMA synchronous = FULL") }
        defer {
          // Cannot fail: it only sets a field of the connection. And if it did, later writes would just be slower.
          if durability == .power { try? db.execute(sql: "PRAGMA synchronous = NORMAL") }
        }
        var value: Value?
        try db.inTransaction(.immediate) {
          try db.checkPlace()
          value = try body(db)
          return .commit
        }
        return value!  // set, or inTransaction has thrown
      }
    } catch {
      throw StoreError(error, path: path)
    }
  }

  /// Runs `body` as ``write(_:_:)`` does so that it survives a power cut, where there are others that wait together
  /// with them.
  func commit<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    try await commonCommit.write(to: self, body)
  }

  func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws(StoreError) -> Value {
    do {
      return try await database.read(body)
    } catch {
      throw StoreError(error, path: path)
    }
  }
}
