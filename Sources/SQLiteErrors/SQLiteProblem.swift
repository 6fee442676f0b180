import GRDB

/// What an error of SQLite means to whoever owns the file.
public enum SQLiteProblem: Hashable, Sendable {
  case diskFull
  case readOnly
  /// Another program held the file for longer than was waited.
  case locked
  /// The file is damaged, or no database at all.
  case damaged
  case cannotOpen
  /// The disk cannot be read or written.
  case diskFails
  /// The task that asked was cancelled.
  case cancelled
  /// Any other, in SQLite's words.
  case other(String)

  public init(_ error: DatabaseError) {
    self =
      switch (error.resultCode, error.extendedResultCode) {
      // The shared-memory file could not grow: SQLite reports a full disk so.
      case (_, .SQLITE_IOERR_SHMSIZE), (.SQLITE_FULL, _): .diskFull
      case (.SQLITE_READONLY, _), (.SQLITE_PERM, _): .readOnly
      case (.SQLITE_BUSY, _), (.SQLITE_LOCKED, _): .locked
      case (.SQLITE_CORRUPT, _), (.SQLITE_NOTADB, _): .damaged
      case (.SQLITE_CANTOPEN, _): .cannotOpen
      case (.SQLITE_IOERR, _): .diskFails
      case (.SQLITE_INTERRUPT, _): .cancelled
      default: .other(error.words)
      }
  }

  /// In words, of a file that is called so: `the storage is read-only`. What is ``other(_:)`` is `nil`.
  public func words(of file: String) -> String? {
    switch self {
    case .diskFull: "disk full"
    case .readOnly: "\(file) is read-only"
    case .locked: "another program keeps \(file) locked"
    case .damaged: "\(file) is damaged"
    case .cannotOpen: "\(file) cannot be opened"
    case .diskFails: "the disk fails"
    case .cancelled: "cancelled"
    case .other: nil
    }
  }
}

extension DatabaseError {
  /// SQLite's own words.
  public var words: String { message ?? "SQLite error \(extendedResultCode.rawValue)" }
}
