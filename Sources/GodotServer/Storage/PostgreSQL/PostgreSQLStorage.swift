import CPostgreSQL
import FoundationEssentials
import Synchronization

/// A log server's records and conversations in a PostgreSQL database (13 or newer), which several servers may share.
///
/// Ordinary rights suffice: to connect, and to create tables in the schema that comes first in the user's search path.
/// The tables are those of `PostgreSQLSchema`. What ``commit(_:)`` has acknowledged is on the database's disk, and
/// on that of its synchronous standbys, as far as the database itself is set so (`synchronous_commit` is left alone).
///
/// It works behind a pooler that lends a connection for a transaction (PgBouncer): what it sets it sets for a
/// transaction, and it neither prepares statements nor takes locks beyond one.
///
/// All methods may be called from any task; they block none of its threads. Connections are made when they are first
/// needed, and again when they are lost: one that writes, and up to three that read.
public final class PostgreSQLStorage: LogStorage {
  private let url: String
  private let limits: PostgreSQLLimits
  private let writer: PostgreSQLSession
  private let readers: [PostgreSQLSession]
  private let state = Mutex(State(reading: Array(repeating: 0, count: readerCount)))

  private static let readerCount = 3

  private struct State {
    /// Whether the tables are known to be there.
    var isMigrated = false
    /// How many reads each reader has under way.
    var reading: [Int]
  }

  /// Connects to nothing yet.
  ///
  /// - `url`: `postgres://user:password@host:5432/database?sslmode=require`, as libpq reads it: several hosts
  ///   with commas between, a password from `~/.pgpass` or `PGPASSWORD`.
  /// - Throws: where libpq is missing or the URL cannot be understood; the URL is never part of the error.
  public init(url: String, limits: PostgreSQLLimits = .init()) throws(StorageLocationError) {
    if let reason = postgresql_load() {
      throw StorageLocationError(
        "PostgreSQL's client library cannot be loaded (\(String(cString: reason))). "
          + "Install libpq5, for instance with apt-get install libpq5.")
    }
    guard postgresql_is_url(url) else {
      throw StorageLocationError(
        "this PostgreSQL URL cannot be understood. It should look like postgres://user:password@host:5432/database, "
          + "with %XX for special characters in the password.")
    }
    self.url = url
    self.limits = limits
    writer = PostgreSQLSession(url: url, limits: limits, role: .writer)
    readers = (0..<Self.readerCount).map { _ in PostgreSQLSession(url: url, limits: limits, role: .reader) }
  }

  public func commit(
    _ writes: [StorageWrite]
  ) async throws(StorageUnavailable) -> [Result<StorageReceipt, StorageRefusal>] {
    try await migrated()
    return try await forgettingTables(on: writer) { try PostgreSQLBatch(writes).commit(on: $0) }
  }

  public func maintain(now: Date, removingLogsBefore limit: Date?) async throws(StorageUnavailable) {
    try await migrated()
    try await atLeisure { try PostgreSQLPartitions(connection: $0).maintain(now: now, removingBefore: limit) }
  }

  /// Runs what may take minutes on a connection of its own.
  private func atLeisure(
    _ body: @escaping @Sendable (PostgreSQLConnection) throws -> Void
  ) async throws(StorageUnavailable) {
    let session = PostgreSQLSession(url: url, limits: limits, role: .upkeep)
    let result: Result<Void, StorageUnavailable>
    do throws(StorageUnavailable) {
      try await session.perform(body)
      result = .success(())
    } catch {
      result = .failure(error)
    }
    await session.close()
    try result.get()
  }

  public func ping() async throws(StorageUnavailable) {
    try await migrated()
    try await writer.perform { _ = try $0.run("SELECT 1") }
  }

  public func close() async {
    for session in [writer] + readers { await session.close() }
  }

  /// Runs `body` on the reader with the least to do.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (PostgreSQLConnection) throws -> Value
  ) async throws(StorageUnavailable) -> Value {
    try await migrated()
    let index = state.withLock { state in
      let index = state.reading.indices.min { state.reading[$0] < state.reading[$1] } ?? 0
      state.reading[index] += 1
      return index
    }
    defer { state.withLock { $0.reading[index] -= 1 } }
    return try await forgettingTables(on: readers[index]) { connection in
      try connection.transaction { try body(connection) }
    }
  }

  private func migrated() async throws(StorageUnavailable) {
    guard !state.withLock(\.isMigrated) else { return }
    // A database that is silent is found out by the writer's short patience; a new index may take long.
    if try await writer.perform({ try PostgreSQLSchema.isOutdated($0) }) {
      try await atLeisure { try PostgreSQLSchema.migrate($0) }
    }
    state.withLock { $0.isMigrated = true }
  }

  /// Where somebody has taken away the tables, the next call makes them anew.
  private func forgettingTables<Value: Sendable>(
    on session: PostgreSQLSession, _ body: @escaping @Sendable (PostgreSQLConnection) throws -> Value
  ) async throws(StorageUnavailable) -> Value {
    try await session.perform { [self] connection in
      do { return try body(connection) } catch let error as PostgreSQLError where error.state == "42P01" {
        state.withLock { $0.isMigrated = false }
        throw error
      }
    }
  }
}
