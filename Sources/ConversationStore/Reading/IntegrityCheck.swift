import Basics
import FoundationEssentials
import GRDB

extension ConversationStore {
  /// What of the history's tables and indexes is missing, a line each; nothing where all is there.
  public func missingParts() async throws(StoreError) -> [String] {
    let path = path
    return try await read { db in
      let wanted = try Self.parts(of: Self.newDatabase())
      let found = Set(try Self.parts(in: db))
      return wanted.filter { !found.contains($0) }.map { "the \($0.type) \($0.name) is missing from \(path)" }
    }
  }

  /// What SQLite finds wrong with a database file, a line each. Reads the whole file; blocks on the disk.
  public static func damage(inFile path: String) throws(StoreError) -> [String] {
    do {
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(10)
      configuration.prepareDatabase { try SearchIndex.prepare($0) }
      let directory = path.splitAtLastSlash.map { String($0.folder) } ?? "."
      let place = ReadOnlyOpening.isNeeded(directory: directory, path: path) ? ReadOnlyOpening.place(path) : path
      return try DatabaseQueue(path: place, configuration: configuration).read { db in
        let found = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
        let orphans = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count
        return found.map { "\(path): \($0)" }
          + (orphans == 0 ? [] : ["\(path): \(orphans) rows refer to rows that are not there"])
      }
    } catch {
      throw StoreError(error, path: path)
    }
  }

  private struct Part: Hashable {
    var type: String
    var name: String
  }

  /// An empty history, in memory.
  private static func newDatabase() throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.prepareDatabase { try SearchIndex.prepare($0) }
    let queue = try DatabaseQueue(configuration: configuration)
    try Schema.migrator().migrate(queue)
    return queue
  }

  private static func parts(of queue: DatabaseQueue) throws -> [Part] { try queue.read { try parts(in: $0) } }

  private static func parts(in db: Database) throws -> [Part] {
    try Row.fetchAll(db, sql: "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
      .map { Part(type: $0["type"], name: $0["name"]) }
  }
}
