import Basics
import Conversations
import FoundationEssentials
import GRDB
import JSON

extension ConversationStore {
  /// The one batch whose id begins with `prefix`, with its rows; dashes and case do not matter.
  ///
  /// Throws ``StoreError/notFound(path:what:)`` where there is none, or more than one.
  public func batch(matching prefix: String) async throws(StoreError) -> Batch {
    let path = path
    return try await read { db in
      let start = Self.canonicalPrefix(prefix) ?? "?"
      let rows = try Row.fetchAll(
        db, sql: "\(BatchTables.select) WHERE uuid >= ? AND uuid < ? LIMIT 2", arguments: [start, start + "g"])
      guard let row = rows.first, rows.count == 1 else {
        let what = rows.isEmpty ? "batch \(prefix)" : "single batch whose id begins with \(prefix)"
        throw StoreError.notFound(path: path, what: what)
      }
      var batch = try BatchTables.batch(row)
      batch.rows = try BatchTables.rows(of: row["id"], db)
      return batch
    }
  }

  /// Every batch, the newest first.
  public func batches() async throws(StoreError) -> [BatchSummary] {
    let found = try await read { db in
      try Row.fetchAll(db, sql: "\(BatchTables.select) ORDER BY id DESC").map { row in
        let id: Int64 = row["id"]
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM batch_rows WHERE batch_id = ?", arguments: [id])
        return BatchReader.summary(
          try BatchTables.batch(row), rows: count ?? 0, try BatchReader.attempts(of: id, db),
          readings: try BatchReader.readings(of: id, db))
      }
    }
    return found.map(marked)
  }

  /// How a batch stands; `nil` if there is none.
  public func matrix(of batch: UUID) async throws(StoreError) -> BatchMatrix? {
    let found = try await read { db -> BatchMatrix? in
      guard let row = try Row.fetchOne(db, sql: "\(BatchTables.select) WHERE uuid = ?", arguments: [batch.lowercased])
      else { return nil }
      let id: Int64 = row["id"]
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT conversation, CAST(title AS BLOB) AS title FROM batch_rows WHERE batch_id = ? ORDER BY position
          """, arguments: [id]
      ).map { BatchMatrix.Row(title: $0.text("title"), conversation: try $0.uuid("conversation")) }
      return BatchReader.matrix(
        try BatchTables.batch(row), rows, try BatchReader.attempts(of: id, db),
        readings: try BatchReader.readings(of: id, db))
    }
    guard var found else { return nil }
    found.batch = marked(found.batch)
    return found
  }

  /// Every attempt at a cell of a batch, row by row, those of a cell in their order.
  public func attempts(of batch: UUID) async throws(StoreError) -> [BatchAttempt] {
    try await read { db in
      let id = try Int64.fetchOne(db, sql: "SELECT id FROM batches WHERE uuid = ?", arguments: [batch.lowercased])
      return try id.map { try BatchReader.attempts(of: $0, db) } ?? []
    }
  }

  /// What has been asked to judge and to read answers of a batch: who, and what that took.
  public func readings(of batch: UUID) async throws(StoreError) -> [(model: ModelReference, usage: Usage)] {
    try await read { db in
      let id = try Int64.fetchOne(db, sql: "SELECT id FROM batches WHERE uuid = ?", arguments: [batch.lowercased])
      return try id.map { try BatchReader.readings(of: $0, db) } ?? []
    }
  }

  /// What the checks found of an answer; `nil` for one that is not graded.
  public func findings(of reply: UUID) async throws(StoreError) -> [BatchFinding]? {
    try await read { db in
      let text = try String.fetchOne(
        db,
        sql: """
          SELECT findings FROM batch_grades JOIN replies ON replies.id = reply_id WHERE uuid = ?
          """, arguments: [reply.lowercased])
      return try text.map { (try JSON($0).array ?? []).compactMap(BatchFinding.init) }
    }
  }

  private func marked(_ summary: BatchSummary) -> BatchSummary {
    var summary = summary
    summary.isRunning = isWorkedOn(batch: summary.id)
    return summary
  }
}

/// Makes values of a batch's rows.
enum BatchReader {
  static func attempts(of batch: Int64, _ db: Database) throws -> [BatchAttempt] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT batch_rows.position AS row, replies.position AS model, replies.uuid, state, prompt_tokens,
            completion_tokens, reasoning_tokens, cached_tokens, cache_write_tokens, bytes, passed, failed
          FROM batch_rows JOIN prompts ON prompts.uuid = batch_rows.prompt
            JOIN replies ON replies.prompt_id = prompts.id
            LEFT JOIN batch_grades ON batch_grades.reply_id = replies.id
          WHERE batch_id = ? ORDER BY batch_rows.position, replies.position, attempt, replies.id
          """), arguments: [batch]
    ).map { row in
      BatchAttempt(
        row: row["row"], model: row["model"], reply: try row.uuid("uuid"), state: try ReplyState(stored: row["state"]),
        usage: usage(row), bytes: row["bytes"], passed: row["passed"] ?? 0, failed: row["failed"] ?? 0)
    }
  }

  /// Only what the batch has asked itself: its conversations may go on by hand.
  static func readings(of batch: Int64, _ db: Database) throws -> [(model: ModelReference, usage: Usage)] {
    guard let row = try Row.fetchOne(db, sql: "\(BatchTables.select) WHERE id = ?", arguments: [batch]) else {
      return []
    }
    let plan = try BatchTables.batch(row).plan
    guard !plan.readers.isEmpty else { return [] }
    let way = plan.synthesis?.template ?? BatchPlan.judging
    // A council is two prompts, of which the first has the answers ranked.
    let ways = [BatchPlan.judging, way, way == SynthesisWay.council.rawValue ? SynthesisWay.rank.rawValue : way]
    return try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT replies.provider, replies.model AS name, prompt_tokens, completion_tokens, reasoning_tokens,
            cached_tokens, cache_write_tokens
          FROM batch_rows JOIN conversations ON conversations.uuid = batch_rows.conversation
            JOIN prompts ON prompts.conversation_id = conversations.id
            JOIN replies ON replies.prompt_id = prompts.id
          WHERE batch_id = ? AND synthesis IS NOT NULL AND synthesis ->> '$.template' IN (?, ?, ?)
          """), arguments: [batch, ways[0], ways[1], ways[2]]
    ).map { (ModelReference(provider: $0["provider"], name: $0["name"]), usage($0)) }
  }

  static func matrix(
    _ batch: Batch, _ rows: [BatchMatrix.Row], _ attempts: [BatchAttempt],
    readings: [(model: ModelReference, usage: Usage)]
  ) -> BatchMatrix {
    BatchMatrix(
      batch: summary(batch, rows: rows.count, attempts, readings: readings), rows: rows,
      cells: cells(batch.plan, rows: rows.count, attempts))
  }

  /// Row by row. Of a cell's attempts the answer counts, else the newest.
  private static func cells(_ plan: BatchPlan, rows: Int, _ attempts: [BatchAttempt]) -> [BatchMatrix.Cell] {
    let models = plan.models
    var cells = [BatchMatrix.Cell](repeating: BatchMatrix.Cell(), count: rows * models.count)
    for attempt in attempts where models.indices.contains(attempt.model) && (0..<rows).contains(attempt.row) {
      let place = attempt.row * models.count + attempt.model
      let cost = Double(cells[place].cost) + (models[attempt.model].price?.cost(of: attempt.usage) ?? 0)
      if cells[place].state == .success, attempt.state != .success {
        cells[place].cost = Float(cost)
      } else {
        cells[place] = BatchMatrix.Cell(
          state: attempt.state, bytes: attempt.bytes ?? 0, passed: attempt.passed, failed: attempt.failed, cost: cost)
      }
    }
    return cells
  }

  static func summary(
    _ batch: Batch, rows: Int, _ attempts: [BatchAttempt], readings: [(model: ModelReference, usage: Usage)]
  ) -> BatchSummary {
    let plan = batch.plan
    var summary = BatchSummary(
      id: batch.id, name: batch.name, createdAt: batch.createdAt, models: plan.models.map(\.reference), rowCount: rows)
    for cell in cells(plan, rows: rows, attempts) {
      switch cell.state {
      case nil: break
      case .success: summary.answered += 1
      case .queued, .connecting, .streaming, .retrying: summary.running += 1
      case .partial, .failed: summary.failed += 1
      case .cancelled, .interrupted: break
      }
      summary.passedChecks += Int(cell.passed)
      summary.failedChecks += Int(cell.failed)
    }
    for attempt in attempts where plan.models.indices.contains(attempt.model) {
      summary.cost += plan.models[attempt.model].price?.cost(of: attempt.usage) ?? 0
    }
    summary.cost += readings.reduce(0) { $0 + (plan.cost(of: $1.usage, by: $1.model) ?? 0) }
    return summary
  }

  private static func usage(_ row: Row) -> Usage {
    Usage(
      promptTokens: row["prompt_tokens"], completionTokens: row["completion_tokens"],
      reasoningTokens: row["reasoning_tokens"], cachedTokens: row["cached_tokens"],
      cacheWriteTokens: row["cache_write_tokens"])
  }
}
