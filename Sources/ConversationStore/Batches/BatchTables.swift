import Basics
import Conversations
import FoundationEssentials
import GRDB
import JSON

/// Batches as they are kept.
///
/// ```
/// batches ── batch_rows ··(uuid)·· prompts ── replies ── batch_grades
/// ```
///
/// - **State.** How a cell stands is not noted anywhere: `batch_rows` says which conversation and prompt a row will
///   have, and if that prompt is there, its replies are the cells. So a kill at any moment leaves nothing to put right.
/// - **Grades.** `batch_grades` has what the checks found of an answer, JSON, once all of them are done.
/// - **Order.** The answer of the batch's n-th model is the reply whose `position` is n.
enum BatchTables {
  static let schema = """
    CREATE TABLE batches (
      id INTEGER PRIMARY KEY,
      uuid TEXT NOT NULL UNIQUE,
      created_at INTEGER NOT NULL,
      name TEXT NOT NULL,
      plan TEXT NOT NULL               -- JSON: see BatchPlan
    ) STRICT;

    CREATE TABLE batch_rows (
      id INTEGER PRIMARY KEY,
      batch_id INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
      position INTEGER NOT NULL,
      conversation TEXT NOT NULL,
      prompt TEXT NOT NULL UNIQUE,
      title TEXT NOT NULL,
      content TEXT NOT NULL,           -- JSON: see BatchRow
      UNIQUE (batch_id, position)
    ) STRICT;

    CREATE TABLE batch_grades (
      reply_id INTEGER PRIMARY KEY REFERENCES replies ON DELETE CASCADE,
      bytes INTEGER NOT NULL,          -- of the answer
      passed INTEGER NOT NULL,
      failed INTEGER NOT NULL,
      findings TEXT NOT NULL           -- JSON: see BatchFinding
    ) STRICT;
    """

  /// The batch of a row of `batches`, without its rows.
  static func batch(_ row: Row) throws -> Batch {
    guard let plan = BatchPlan(try JSON(row["plan"] as String)) else { throw Unreadable(what: "a batch's plan") }
    return Batch(
      id: try row.uuid("uuid"), name: row.text("name"), createdAt: row.date("created_at"), plan: plan, rows: [])
  }

  static let select = "SELECT id, uuid, created_at, CAST(name AS BLOB) AS name, plan FROM batches"

  static func rows(of batch: Int64, _ db: Database) throws -> [BatchRow] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT conversation, prompt, CAST(title AS BLOB) AS title, content FROM batch_rows WHERE batch_id = ?
        ORDER BY position
        """, arguments: [batch]
    ).map { row in
      var found = BatchRow(
        conversation: try row.uuid("conversation"), prompt: try row.uuid("prompt"), place: "", title: row.text("title"),
        text: "")
      guard found.take(try JSON(row["content"] as String)) else { throw Unreadable(what: "a batch's row") }
      return found
    }
  }
}

/// An attempt at a cell of a batch, as the store knows it.
public struct BatchAttempt: Hashable, Sendable {
  public var row: Int
  public var model: Int
  public var reply: UUID
  public var state: ReplyState
  public var usage: Usage
  /// UTF-8 bytes of the answer; once it is graded.
  public var bytes: Int?
  public var passed: Int
  public var failed: Int

  /// Its checks are done.
  public var isGraded: Bool { bytes != nil }
}
