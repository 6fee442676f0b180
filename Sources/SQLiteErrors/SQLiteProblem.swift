import GRDB
import GRDBSQLite
import Glibc

/// What an error of SQLite means to whoever owns the file.
public enum SQLiteProblem: Hashable, Sendable {
  case diskFull
  case readOnly
  /// Another program held the file for longer than was waited.
  case locked
  /// The file is damaged, or no database at all.
  case damaged
  case cannotOpen
  /// The file was moved, removed or replaced while it was open: what is written is seen by nobody.
  case moved
  /// The disk cannot be read or written.
  case diskFails
  /// The disk may be at fault, or the limit that the shell which started the program has set for the size of files.
  case fileLimit
  /// The task that asked was cancelled.
  case cancelled
  /// Any other, in SQLite's words.
  case other(String)

  public init(_ error: DatabaseError) {
    self =
      switch (error.resultCode, error.extendedResultCode) {
      case (.SQLITE_FULL, _): .diskFull
      // SQLite does not say what the system said.
      case (.SQLITE_IOERR, _) where Self.limitsFiles: .fileLimit
      // The shared-memory file could not grow: SQLite reports a full disk so.
      case (_, .SQLITE_IOERR_SHMSIZE): .diskFull
      case (_, .SQLITE_READONLY_DBMOVED): .moved
      case (.SQLITE_READONLY, _), (.SQLITE_PERM, _): .readOnly
      case (.SQLITE_BUSY, _), (.SQLITE_LOCKED, _): .locked
      case (.SQLITE_CORRUPT, _), (.SQLITE_NOTADB, _): .damaged
      case (.SQLITE_CANTOPEN, _): .cannotOpen
      case (.SQLITE_IOERR, _): .diskFails
      case (.SQLITE_INTERRUPT, _): .cancelled
      default: .other(error.words)
      }
  }

  private static var limitsFiles: Bool {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 && limit.rlim_cur != ~0
  }

  /// In words, of a file that is called so: `the storage is read-only`. What is ``other(_:)`` is `nil`.
  public func words(of file: String) -> String? {
    switch self {
    case .diskFull: "disk full"
    case .readOnly: "\(file) is read-only"
    case .locked: "another program keeps \(file) locked"
    case .damaged: "\(file) is damaged"
    case .cannotOpen: "\(file) cannot be opened"
    case .moved: "\(file) was moved or removed while it was open"
    case .diskFails: "the disk fails"
    case .fileLimit: "files may not grow further here (ulimit -f), or the disk fails"
    case .cancelled: "cancelled"
    case .other: nil
    }
  }
}

extension Database {
  /// Throws `SQLITE_READONLY_DBMOVED` where the file is no longer at its path: moved, removed or replaced by another.
  ///
  /// With a write-ahead log SQLite goes on writing then without a word, and with the last connection all of it is gone;
  /// without one it throws this error by itself. Costs a `stat`.
  /// (https://www.sqlite.org/c3ref/c_fcntl_begin_atomic_write.html, `SQLITE_FCNTL_HAS_MOVED`)
  public func checkPlace() throws {
    var hasMoved: CInt = 0
    // A database in memory does not know the question, and leaves the answer as it is.
    sqlite3_file_control(sqliteConnection, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved)
    if hasMoved != 0 { throw DatabaseError(resultCode: .SQLITE_READONLY_DBMOVED) }
  }
}

extension DatabaseError {
  /// SQLite's own words.
  public var words: String { message ?? "SQLite error \(extendedResultCode.rawValue)" }
}
