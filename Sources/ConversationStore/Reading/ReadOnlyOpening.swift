import FoundationEssentials
import GRDB
import Glibc
import SQLiteErrors

/// Opens a history that may be read and not written: on a read-only disk, in somebody else's folder, in a backup.
enum ReadOnlyOpening {
  /// Whether a history is there that cannot be written where it is.
  static func isNeeded(directory: String, path: String) -> Bool {
    FileManager.default.fileExists(atPath: path) && (access(directory, W_OK) != 0 || access(path, W_OK) != 0)
  }

  /// Throws `StoreError.cannotOpen` where it would have to be brought up to date first.
  static func open(_ path: String, _ configuration: Configuration, _ migrator: DatabaseMigrator) throws -> DatabasePool
  {
    var configuration = configuration
    configuration.readonly = true
    let database: DatabasePool
    do {
      database = try DatabasePool(path: place(path), configuration: configuration)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN && hasLog(path) {
      // SQLite reads the log with the help of a third file, and may not make it.
      throw StoreError.cannotOpen(
        path: path,
        reason: "what was written last is in \(path)-wal, which cannot be read where nothing may be written; "
          + "copy both files to a folder of yours")
    }
    try database.read(migrator.refuseForeign)
    guard try database.read(migrator.hasCompletedMigrations) else {
      throw StoreError.cannotOpen(
        path: path, reason: "it has to be brought up to date first, and it may not be written")
    }
    return database
  }

  /// What SQLite is to open to read a history that may not be written.
  static func place(_ path: String) -> String { hasLog(path) ? path : immutable(path) }

  /// What was written last is still in the log beside the file; then SQLite has to read both.
  private static func hasLog(_ path: String) -> Bool {
    var status = stat()
    return stat(path + "-wal", &status) == 0 && status.st_size > 0
  }

  /// The file alone, as one that nobody changes (https://www.sqlite.org/uri.html): SQLite could not make the files
  /// beside it that it needs to share one.
  private static func immutable(_ path: String) -> String {
    let encoded = path.map { ["%": "%25", "?": "%3f", "#": "%23"][$0] ?? String($0) }.joined()
    return "file:\(encoded)?immutable=1"
  }
}
