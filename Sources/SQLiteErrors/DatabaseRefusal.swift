import GRDB

/// Why a database is not for this program to write: told before anything in it is changed.
public enum DatabaseRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// A later version has changed its layout.
  case newerVersion
  /// It has tables, and none of them were made by this program.
  case otherProgram

  public var description: String {
    switch self {
    case .newerVersion: "the file was written by a newer version, and was left as it is"
    case .otherProgram: "the file is another program's database, and was left as it is"
    }
  }
}

extension DatabaseMigrator {
  /// Throws ``DatabaseRefusal`` where these migrations must not run. A database without a table is anybody's.
  ///
  /// To be called by `Configuration.prepareDatabase`, which runs before the journal mode is changed.
  public func refuseForeign(_ db: Database) throws {
    let applied = try appliedIdentifiers(db)
    guard applied.isEmpty else {
      if !applied.isSubset(of: migrations) {
        throw applied.isDisjoint(with: migrations) ? DatabaseRefusal.otherProgram : .newerVersion
      }
      return
    }
    // A first migration that was cut short leaves the table of migrations, empty.
    let others = """
      SELECT count(*) FROM sqlite_master
      WHERE name <> 'grdb_migrations' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
      """
    if try Int.fetchOne(db, sql: others) ?? 0 > 0 { throw DatabaseRefusal.otherProgram }
  }
}
