import Conversations
import FoundationEssentials
import GRDB

/// A conversation's tags.
enum Tags {
  /// Stores them instead of those it had. Of several that differ only in case the first counts; blanks around a tag
  /// do not.
  static func store(_ tags: [String], of conversation: Int64, _ db: Database) throws {
    try db.cachedStatement(sql: "DELETE FROM tags WHERE conversation_id = ?").execute(arguments: [conversation])
    for tag in tags.map(trimmed) where !tag.isEmpty {
      let key = key(tag)
      try SearchIndex.know(.tag, key, db)
      try db.cachedStatement(
        sql: """
          INSERT INTO tags (conversation_id, key, tag) VALUES (?, ?, CAST(? AS TEXT)) ON CONFLICT DO NOTHING
          """
      ).execute(arguments: [conversation, key, tag.utf8Data])
    }
  }

  static func of(_ conversation: Int64, _ db: Database) throws -> [String] {
    try Row.fetchAll(
      db.cachedStatement(sql: "SELECT CAST(tag AS BLOB) AS tag FROM tags WHERE conversation_id = ? ORDER BY key"),
      arguments: [conversation]
    ).map { $0.text("tag") }
  }

  /// Tags with equal keys are the same one.
  static func key(_ tag: String) -> String { tag.lowercased() }

  private static func trimmed(_ tag: String) -> String {
    let start = tag.drop(while: \.isWhitespace)
    return String(start.prefix(upTo: start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex))
  }
}
