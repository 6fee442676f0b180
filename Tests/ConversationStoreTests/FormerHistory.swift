@testable import ConversationStore
import Basics
import Foundation
import GRDB

/// A history as the layout before tags, pins, branches and search kept it.
enum FormerHistory {
  /// One conversation, "Former title", of three prompts, the first one answered, and a second one of one prompt.
  static func make(in directory: String, conversation: UUID) throws {
    let database = try DatabaseQueue(path: directory + "/fiedler.db")
    try Schema.migrator().migrate(database, upTo: "conversations 2")
    try database.write { db in
      for (number, uuid) in [conversation, UUID()].enumerated() {
        try db.execute(
          sql: "INSERT INTO conversations VALUES (?, ?, 1760000000000000, 1760000000000000, 'Former title')",
          arguments: [number + 1, uuid.lowercased])
      }
      for (number, text, conversation) in [(1, "first", 1), (2, "elsewhere", 2), (3, "second", 1), (4, "third", 1)] {
        try db.execute(
          sql: "INSERT INTO prompts VALUES (?, ?, ?, 1760000000000000 + ?, '[]', NULL, ?)",
          arguments: [number, UUID().lowercased, conversation, number, text])
        try db.execute(
          sql: "INSERT INTO turns VALUES (?, ?, ?, NULL, 0)", arguments: [conversation, number * 10, number])
      }
      try db.execute(
        sql: """
          INSERT INTO replies (uuid, prompt_id, position, attempt, provider, model, session, started_at, state, text)
          VALUES (?, 1, 0, 1, 'demo', 'fast', '', 1760000000000000, 'success', 'an answer');
          INSERT INTO turns VALUES (1, 15, NULL, 1, 0);
          """, arguments: [UUID().lowercased])
    }
    try database.close()
  }
}
