import Basics
import Conversations
import FoundationEssentials
import GRDB
import JSON

extension ConversationStore {
  /// Stores a batch with all its rows. Nothing of it has been sent. Survives a power cut once it returns.
  public func create(_ batch: Batch) async throws(StoreError) {
    try await write(.power) { db in
      try db.execute(
        sql: "INSERT INTO batches (uuid, created_at, name, plan) VALUES (?, ?, CAST(? AS TEXT), ?)",
        arguments: [batch.id.lowercased, batch.createdAt.microseconds, batch.name.utf8Data, batch.plan.json.text])
      let id = db.lastInsertedRowID
      let insert = try db.cachedStatement(
        sql: """
          INSERT INTO batch_rows (batch_id, position, conversation, prompt, title, content)
          VALUES (?, ?, ?, ?, CAST(? AS TEXT), ?)
          """)
      for (position, row) in batch.rows.enumerated() {
        try insert.execute(arguments: [
          id, position, row.conversation.lowercased, row.prompt.lowercased, row.title.utf8Data, row.json.text,
        ])
      }
    }
  }

  /// Changes what holds for all rows of a batch.
  public func update(_ plan: BatchPlan, of batch: UUID) async throws(StoreError) {
    try await write(.power) { db in
      try db.execute(
        sql: "UPDATE batches SET plan = ? WHERE uuid = ?", arguments: [plan.json.text, batch.lowercased])
    }
  }

  /// Keeps what the checks found of an answer that has ended. Survives a kill; after a power cut it is found again.
  public func grade(_ reply: UUID, bytes: Int, _ findings: [BatchFinding]) async throws(StoreError) {
    try await write(.process) { db in
      try db.cachedStatement(
        sql: """
          INSERT INTO batch_grades (reply_id, bytes, passed, failed, findings)
          SELECT id, ?, ?, ?, ? FROM replies WHERE uuid = ?
          ON CONFLICT (reply_id) DO UPDATE SET bytes = excluded.bytes, passed = excluded.passed,
            failed = excluded.failed, findings = excluded.findings
          """
      ).execute(arguments: [
        bytes, findings.count(where: \.passed), findings.count { !$0.passed },
        JSON.array(findings.map(\.json)).text, reply.lowercased,
      ])
    }
  }

  /// The right to work on a batch, until it is released or the process ends; `nil` if another process has it.
  ///
  /// Whoever only asks whether it is worked on has the lock for an instant, so that one failure says nothing.
  public func lock(batch: UUID) async throws(StoreError) -> FileLock? {
    for _ in 0..<10 {
      if let lock = try PrivateFiles.lock(sessions.batchLock(batch)) { return lock }
      do { try await Task.sleep(for: .milliseconds(20)) } catch { throw .cancelled }
    }
    return nil
  }

  /// Whether a process works on a batch.
  public func isWorkedOn(batch: UUID) -> Bool { sessions.isLocked(sessions.batchLock(batch)) }
}
