import Basics
import Conversations
import FoundationEssentials
import GRDB
import GRDBSQLite

/// Inserts log records, which are most of what is written, by SQLite's own calls: GRDB makes an array of boxed values
/// for each row.
///
/// For a transaction that GRDB has begun. A record whose id is there already is left as it is.
struct SQLiteLogInsertion {
  private let connection: SQLiteConnection?
  private let statement: Statement

  init(db: Database) throws {
    connection = db.sqliteConnection
    statement = try db.cachedStatement(
      sql: """
        INSERT INTO logs (id, trace_id, component, level, created_at, data, message) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO NOTHING
        """)
  }

  /// Throws GRDB's `DatabaseError`.
  func insert(_ entry: LogEntry) throws {
    let row = statement.sqliteStatement
    // What is bound is gone with this call.
    defer { sqlite3_clear_bindings(row) }
    try bind(entry.id.lowercased, at: 1)
    try bind(entry.traceID?.lowercased, at: 2)
    try bind(entry.component, at: 3)
    try bind(entry.level.rawValue, at: 4)
    try check(sqlite3_bind_int64(row, 5, entry.createdAt.microseconds))
    // These two may be large, and are not copied.
    var (data, message) = (entry.data.text ?? "", entry.message)
    try data.withUTF8 { data in
      try message.withUTF8 { message in
        if entry.data.text != nil { try bind(data, at: 6, nil) }
        try bind(message, at: 7, nil)
        let code = sqlite3_step(row)
        defer { sqlite3_reset(row) }
        if code != SQLITE_DONE { try check(code) }
      }
    }
  }

  /// Tells SQLite to keep a copy: `SQLITE_TRANSIENT`, a macro that Swift does not see.
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  private func bind(_ text: String?, at index: CInt) throws {
    guard var text else { return }  // NULL, as nothing is bound
    try text.withUTF8 { try bind($0, at: index, Self.transient) }
  }

  private func bind(_ text: UnsafeBufferPointer<UInt8>, at index: CInt, _ destructor: sqlite3_destructor_type?) throws {
    let row = statement.sqliteStatement
    // No address would be NULL.
    guard let start = text.baseAddress else { return try check(sqlite3_bind_text(row, index, "", 0, Self.transient)) }
    try start.withMemoryRebound(to: CChar.self, capacity: text.count) { start in
      try check(sqlite3_bind_text64(row, index, start, sqlite3_uint64(text.count), destructor, UInt8(SQLITE_UTF8)))
    }
  }

  private func check(_ code: CInt) throws {
    guard code != SQLITE_OK else { return }
    let message = connection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
    throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
  }
}
