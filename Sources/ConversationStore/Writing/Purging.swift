import Basics
import Conversations
import FoundationEssentials
import GRDB
import GodotLog

/// What a purge has removed.
public struct PurgeReport: Hashable, Sendable {
  public var conversations: Int
  /// Prompts and ended replies.
  public var turns: Int
  /// Turns among them that waited to be logged, and will not be.
  public var unloggedTurns: Int
  /// By how much the file has become smaller.
  public var freedBytes: Int

  public init(conversations: Int, turns: Int, unloggedTurns: Int, freedBytes: Int) {
    self.conversations = conversations
    self.turns = turns
    self.unloggedTurns = unloggedTurns
    self.freedBytes = freedBytes
  }
}

extension ConversationStore {
  /// Removes conversations for good, deleted before or not; all deleted ones for `nil`.
  ///
  /// Afterwards nothing of their texts, files, tags, titles and recordings is left in the history's files, nor in the
  /// outbox; the log server keeps what it has. The whole file is written anew, which takes seconds for each gigabyte,
  /// needs as much free space again, and keeps other writers waiting. If it fails or is cancelled on the way, the
  /// conversations are gone from the history, and the next purge, of none too, does what is left to do.
  ///
  /// - `progress`: Told what is being done, in plain words, before each step; on any thread.
  /// - Throws: ``StoreError/notFound(path:what:)`` if one of `ids` is not there: then nothing was removed.
  ///   ``StoreError/busy(path:)`` if another program keeps reading, so that traces are left in the write-ahead log.
  public func purge(
    _ ids: [UUID]? = nil, progress: (@Sendable (String) -> Void)? = nil
  ) async throws(StoreError) -> PurgeReport {
    let path = path
    progress?("removing the conversations")
    let size = fileSize
    var report = try await write(.power) { db in
      let rows = try Self.rows(of: ids, path: path, db)
      let turns = try Purge.remove(rows.map { $0["id"] }, db)
      let uuids = try rows.map { try $0.uuid("uuid") }
      return PurgeReport(
        conversations: rows.count, turns: turns, unloggedTurns: try Outbox.forget(uuids, in: db), freedBytes: 0)
    }
    // The words of what was removed stay in the index until its pieces are merged.
    progress?("writing the search index anew")
    try await write(.power) { try $0.execute(sql: "INSERT INTO search (search) VALUES ('optimize')") }
    progress?("writing the file anew")
    do {
      try await database.writeWithoutTransaction { db in
        // The copy of the whole file that it makes is not for memory.
        try db.execute(sql: "PRAGMA temp_store = FILE")
        // Cannot fail: it only sets a field of the connection. And if it did, later writes would just be slower.
        defer { try? db.execute(sql: "PRAGMA temp_store = MEMORY") }
        try db.execute(sql: "VACUUM")
        progress?("emptying the write-ahead log")
        let isBusy = try Bool.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") ?? true
        if isBusy { throw StoreError.busy(path: path) }
      }
    } catch {
      throw StoreError(error, path: path)
    }
    report.freedBytes = max(0, size - fileSize)
    return report
  }

  private static func rows(of ids: [UUID]?, path: String, _ db: Database) throws -> [Row] {
    guard let ids else {
      return try Row.fetchAll(db, sql: "SELECT id, uuid FROM conversations WHERE deleted_at IS NOT NULL")
    }
    return try Set(ids).map { id in
      guard
        let row = try Row.fetchOne(
          db, sql: "SELECT id, uuid FROM conversations WHERE uuid = ?", arguments: [id.lowercased])
      else { throw StoreError.notFound(path: path, what: "conversation \(id.lowercased)") }
      return row
    }
  }

  /// Bytes of the database file; 0 where they cannot be told, as only a report depends on them.
  private var fileSize: Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? Int) ?? (attributes?[.size] as? UInt64).map(Int.init) ?? 0
  }
}

enum Purge {
  /// Removes the rows of conversations, and of what only they had. Returns how many turns that were.
  static func remove(_ conversations: [Int64], _ db: Database) throws -> Int {
    var turns = 0
    for id in conversations {
      turns += try Int.fetchOne(db, sql: "SELECT count(*) FROM turns WHERE conversation_id = ?", arguments: [id]) ?? 0
      try SearchIndex.remove(conversation: id, db)
      try db.execute(sql: "DELETE FROM conversations WHERE id = ?", arguments: [id])
    }
    try db.execute(
      sql: """
        DELETE FROM contents WHERE NOT EXISTS (SELECT 1 FROM attachments WHERE content_id = contents.id);
        DELETE FROM facets WHERE kind = 'tag' AND name NOT IN (SELECT key FROM tags);
        DELETE FROM facets WHERE kind = 'model' AND name NOT IN (
          SELECT model FROM replies
          UNION SELECT ifnull(value ->> 'name', '')
            FROM prompts, json_each(iif(json_valid(models), models, '[]')));
        DELETE FROM facets WHERE kind = 'provider' AND name NOT IN (
          SELECT provider FROM replies
          UNION SELECT ifnull(value ->> 'provider', '')
            FROM prompts, json_each(iif(json_valid(models), models, '[]')));
        \(ModelSummary.tidy)
        """)
    return turns
  }
}
