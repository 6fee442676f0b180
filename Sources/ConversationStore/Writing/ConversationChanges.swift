import Basics
import Conversations
import FoundationEssentials
import GRDB

// All throw ``StoreError/notFound(path:what:)`` where there is no such conversation, and survive a power cut once they
// return.
extension ConversationStore {
  /// Gives a conversation another title. Its place in the history stays.
  public func rename(_ id: UUID, to title: String) async throws(StoreError) {
    try await change(id) { conversation, db in
      try SearchIndex.update(conversation: conversation, db) {
        try db.execute(
          sql: "UPDATE conversations SET title_key = ?, title = CAST(? AS TEXT) WHERE id = ?",
          arguments: [TitleKey.text(title), title.utf8Data, conversation])
      }
    }
  }

  /// Gives a conversation these tags instead of those it had. Blanks around a tag do not count, nor does an empty one;
  /// of several that differ only in case the first one stays.
  public func setTags(_ tags: [String], of id: UUID) async throws(StoreError) {
    try await change(id) { conversation, db in
      try SearchIndex.update(conversation: conversation, db) { try Tags.store(tags, of: conversation, db) }
    }
  }

  /// Keeps a conversation at the top of the list, or no longer.
  public func setPinned(_ isPinned: Bool, of id: UUID) async throws(StoreError) {
    try await change(id) { conversation, db in
      try SearchIndex.update(conversation: conversation, db) {
        try db.execute(
          sql: "UPDATE conversations SET pinned = ? WHERE id = ?", arguments: [isPinned, conversation])
      }
    }
  }

  /// Takes a conversation out of every list and search until ``restore(_:)`` brings it back, or ``purge(_:progress:)``
  /// removes it for good. It can still be read by its id. A new turn in it brings it back too.
  public func delete(_ id: UUID) async throws(StoreError) {
    let now = Date()
    try await change(id) { conversation, db in
      try SearchIndex.remove(conversation: conversation, db)
      try db.execute(
        sql: "UPDATE conversations SET deleted_at = ifnull(deleted_at, ?) WHERE id = ?",
        arguments: [now.microseconds, conversation])
    }
  }

  /// Undoes ``delete(_:)``. Nothing happens to a conversation that is not deleted.
  public func restore(_ id: UUID) async throws(StoreError) {
    try await change(id) { conversation, db in
      try db.execute(
        sql: "UPDATE conversations SET deleted_at = NULL WHERE id = ? AND deleted_at IS NOT NULL",
        arguments: [conversation])
      if db.changesCount > 0 { try SearchIndex.add(conversation: conversation, db) }
    }
  }

  /// The deleted conversations, the last one deleted first.
  public func deleted() async throws(StoreError) -> [ConversationSummary] {
    try await read { db in
      let ids = try Int64.fetchAll(
        db, sql: "SELECT id FROM conversations WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC, uuid DESC")
      return try SummaryReader.summaries(ids, db)
    }
  }

  /// Changes a conversation's row in a transaction of its own.
  private func change(
    _ id: UUID, _ body: @Sendable (Int64, Database) throws -> Void
  ) async throws(StoreError) {
    let path = path
    try await write(.power) { db in
      guard
        let conversation = try Int64.fetchOne(
          db, sql: "SELECT id FROM conversations WHERE uuid = ?", arguments: [id.lowercased])
      else { throw StoreError.notFound(path: path, what: "conversation \(id.lowercased)") }
      try body(conversation, db)
    }
  }
}
