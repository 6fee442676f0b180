import FoundationEssentials
import GRDB
import GRDBSQLite

/// Carries out one statement many times by SQLite's own calls: GRDB makes an array of boxed values for each row.
///
/// For a transaction that GRDB has begun; of one thread. Every method throws GRDB's `DatabaseError`.
struct SQLiteBinding {
  private let connection: SQLiteConnection?
  private let statement: Statement

  init(_ sql: String, in db: Database) throws {
    connection = db.sqliteConnection
    statement = try db.cachedStatement(sql: sql)
  }

  /// Runs the statement once with what `bind` binds and two texts that may be large and are not copied; what is not
  /// bound is NULL.
  ///
  /// - `places`: of the two texts, from 1.
  func run(large: (String?, String), at places: (CInt, CInt), bind: (SQLiteBinding) throws -> Void) throws {
    let row = statement.sqliteStatement
    // What is bound is gone with this call.
    defer { sqlite3_clear_bindings(row) }
    try bind(self)
    var (first, second) = (large.0 ?? "", large.1)
    try first.withUTF8 { first in
      try second.withUTF8 { second in
        if large.0 != nil { try text(first, at: places.0, nil) }
        try text(second, at: places.1, nil)
        let code = sqlite3_step(row)
        defer { sqlite3_reset(row) }
        if code != SQLITE_DONE { try check(code) }
      }
    }
  }

  /// Binds a copy.
  func text(_ text: String?, at index: CInt) throws {
    guard var text else { return }
    try text.withUTF8 { try self.text($0, at: index, Self.transient) }
  }

  func integer(_ value: Int64?, at index: CInt) throws {
    guard let value else { return }
    try check(sqlite3_bind_int64(statement.sqliteStatement, index, value))
  }

  /// Tells SQLite to keep a copy: `SQLITE_TRANSIENT`, a macro that Swift does not see.
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  private func text(_ text: UnsafeBufferPointer<UInt8>, at index: CInt, _ destructor: sqlite3_destructor_type?) throws {
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
