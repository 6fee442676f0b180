import Conversations
import FoundationEssentials
import GRDB
import SQLiteErrors

/// Reads the SQLite log of the command-line tool `llm` (https://llm.datasette.io), every layout since 0.5.
///
/// Up to 0.31 each call is a row of `responses`, grouped by `conversations`; later ones write `turns` of `threads`,
/// whose texts lie in `messages` and `parts`, and leave the older rows where they are. A conversation that was
/// continued after the change has rows of both. Columns and tables that a version does not have count as empty.
///
/// The file is opened read-only, and each conversation is read in a short transaction of its own, so that `llm` can go
/// on writing meanwhile. Calls that come in after the reading began are left for the next time.
final class LLMLogReader: ImportReader {
  let count: Int?
  private let path: String
  private let models: ModelNames
  private let database: DatabaseQueue
  private let layout: LLMLayout
  /// The row of `temp.wanted` that was read last.
  private var position = 0

  init(path: String, models: @escaping ModelNames) throws(ImportProblem) {
    self.path = path
    self.models = models
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    do {
      database = try DatabaseQueue(path: path, configuration: configuration)
      layout = try database.read(LLMLayout.init)
      guard layout.hasResponses || layout.hasTurns else {
        throw ImportProblem(path, "it is an SQLite database, but no log of llm: it has no table responses or turns")
      }
      count = try Self.arrange(database, layout)
    } catch {
      throw (error as? ImportProblem) ?? ImportProblem(path, Self.words(error))
    }
  }

  func next() -> ImportItem? {
    guard position < count ?? 0 else { return nil }
    position += 1
    do {
      return try database.read(read)
    } catch {
      return ImportItem(ImportProblem("\(path), conversation \(position) of \(count ?? 0)", Self.words(error)))
    }
  }

  private static func words(_ error: any Error) -> String {
    guard let error = error as? DatabaseError else { return "\(error)" }
    return switch SQLiteProblem(error) {
    case .locked: "another program keeps it locked; close that, then try again"
    case .damaged: "it is damaged (\(error.words))"
    default: error.words
    }
  }

  /// Lists every call by conversation, which the log has no index for, in tables of this connection alone.
  ///
  /// Returns the number of conversations.
  private static func arrange(_ database: DatabaseQueue, _ layout: LLMLayout) throws -> Int {
    try database.inDatabase { db in
      // SQLite keeps such tables in a file of its own; nothing is written to the log.
      try db.execute(
        sql: """
          CREATE TEMP TABLE calls (
            id TEXT PRIMARY KEY, conversation TEXT NOT NULL, at TEXT NOT NULL, is_turn INTEGER NOT NULL) WITHOUT ROWID
          """)
      // A call that stands in both layouts is read from the later one.
      if layout.hasTurns { try db.execute(sql: insert("main.turns", "thread_id", isTurn: 1)) }
      if layout.hasResponses { try db.execute(sql: insert("main.responses", "conversation_id", isTurn: 0)) }
      try db.execute(
        sql: """
          CREATE INDEX temp.calls_by_conversation ON calls (conversation, at, id);
          CREATE TEMP TABLE wanted (position INTEGER PRIMARY KEY, conversation TEXT NOT NULL);
          INSERT INTO wanted (conversation)
          SELECT conversation FROM calls GROUP BY conversation ORDER BY min(at), conversation;
          """)
      return try Int.fetchOne(db, sql: "SELECT count(*) FROM wanted") ?? 0
    }
  }

  /// A call that belongs to no conversation is one by itself.
  private static func insert(_ table: String, _ conversation: String, isTurn: Int) -> String {
    """
    INSERT OR IGNORE INTO calls
    SELECT CAST(id AS TEXT), coalesce(CAST(\(conversation) AS TEXT), 'call ' || id), coalesce(datetime_utc, ''), \(isTurn)
    FROM \(table) WHERE id IS NOT NULL
    """
  }

  // MARK: One conversation

  private func read(_ db: Database) throws -> ImportItem {
    let key = try Data.fetchOne(
      db.cachedStatement(sql: "SELECT CAST(conversation AS BLOB) FROM wanted WHERE position = ?"),
      arguments: [position])
    let id = String(decoding: key ?? Data(), as: UTF8.self)
    let name = "\(path), conversation \(id)"
    var thread = LLMThread(layout: layout)
    var losses: [ImportProblem] = []
    var exchanges: [Exchange] = []
    var promptOfTip: [String: UUID] = [:]
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT CAST(id AS BLOB) AS id, is_turn FROM calls
          WHERE conversation = CAST(? AS TEXT) ORDER BY at, id
          """), arguments: [Data(id.utf8)])
    for row in rows {
      let callID = row.text("id")
      do {
        guard let call = try thread.call(callID, isTurn: row["is_turn"], db) else { continue }
        let exchange = self.exchange(call, callID, after: exchanges.last, promptOfTip)
        if call.date == nil { losses.append(ImportProblem("\(path), call \(callID)", "it has no readable date")) }
        if let tip = call.tip { promptOfTip[tip] = exchange.id }
        exchanges.append(exchange)
      } catch let problem as ImportProblem {
        losses.append(ImportProblem("\(path), call \(callID)", problem.reason))
      }
    }
    guard let first = exchanges.first, let last = exchanges.last else {
      return ImportItem(
        name, .failure(ImportProblem(name, losses.first.map { "\($0)" } ?? "it has no calls")), losses: losses)
    }
    let title = try thread.name(of: id, db)
    let ends = exchanges.flatMap(\.replies).map { $0.startedAt.addingTimeInterval($0.duration?.inSeconds ?? 0) }
    let conversation = Conversation(
      id: DerivedID.uuid("llm conversation", id), title: Self.title(title, first.prompt),
      createdAt: first.prompt.sentAt, updatedAt: ends.max() ?? last.prompt.sentAt, exchanges: exchanges)
    return ImportItem(name, .success(conversation), losses: losses)
  }

  private func exchange(
    _ call: LLMCall, _ id: String, after last: Exchange?, _ promptOfTip: [String: UUID]
  ) -> Exchange {
    let date = call.date ?? last?.prompt.sentAt ?? Date(timeIntervalSince1970: 0)
    let model = models(call.model) ?? ModelReference(provider: "llm", name: call.model)
    let turn = (last?.prompt.turnNumber ?? -1) + 2
    let parent: UUID? =
      switch call.base {
      case .previousCall: last?.id
      case .beginning: nil
      case .message(let hash): promptOfTip[hash] ?? last?.id
      }
    let prompt = Prompt(
      id: DerivedID.uuid("llm prompt", id), parent: parent, turnNumber: turn, text: call.prompt, system: call.system,
      attachments: call.attachments, models: [model], sentAt: date)
    var reply = Reply(
      id: DerivedID.uuid("llm reply", id), model: model, turnNumber: turn + 1, state: .success, text: call.response,
      reasoning: call.reasoning, usage: call.usage, finishReason: call.toolCalls.isEmpty ? .stop : .toolCall,
      startedAt: date, duration: call.milliseconds.map { .milliseconds($0) })
    if reply.text.isEmpty, !call.toolCalls.isEmpty { reply.text = call.toolCalls.joined(separator: "\n") }
    reply.tries = 1
    reply.options = call.options
    return Exchange(prompt: prompt, replies: [reply])
  }

  /// `llm` calls a conversation by the first 32 characters of its prompt or fragments; ours says more then.
  private static func title(_ name: String, _ prompt: Prompt) -> String {
    let words = prompt.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let isMade = name.hasSuffix("…") || name.hasSuffix("...") || words.hasPrefix(name)
    if isMade, !words.isEmpty { return Prompt.title(for: prompt.text) }
    return Prompt.title(for: name.isEmpty ? prompt.attachments.map(\.name).joined(separator: ", ") : name)
  }
}

/// Which of its tables and columns a log has, and how they are asked for. Belongs to one thread at a time.
final class LLMLayout {
  private let columns: [String: Set<String>]
  private var queries: [String: String] = [:]

  init(_ db: Database) throws {
    let tables = [
      "conversations", "responses", "attachments", "prompt_attachments", "fragments", "prompt_fragments",
      "system_fragments", "tool_calls", "tool_results", "threads", "turns", "messages", "parts",
    ]
    var columns: [String: Set<String>] = [:]
    for table in tables where try db.tableExists(table) {
      columns[table] = Set(try db.columns(in: table).map { $0.name.lowercased() })
    }
    self.columns = columns
  }

  func has(_ table: String, _ needed: String...) -> Bool {
    columns[table].map { $0.isSuperset(of: needed) } ?? false
  }

  var hasResponses: Bool { has("responses", "id", "model", "prompt", "response", "conversation_id", "datetime_utc") }

  var hasTurns: Bool {
    has("turns", "id", "thread_id", "model", "parent_message_hash", "tip_message_hash", "datetime_utc")
      && has("messages", "hash", "parent_hash", "role") && has("parts", "message_hash", "position", "type")
  }

  /// A query that is made once, whatever `make` puts together for the columns there are, and prepared once.
  func statement(_ name: String, _ db: Database, _ make: () -> String) throws -> Statement {
    if let known = queries[name] { return try db.cachedStatement(sql: known) }
    let query = make()
    queries[name] = query
    return try db.cachedStatement(sql: query)
  }

  /// The column as bytes, so that U+0000 and what is no UTF-8 do no harm; `NULL` where there is no such column.
  func bytes(_ column: String, of table: String) -> String {
    has(table, column) ? "CAST(\(table).\"\(column)\" AS BLOB) AS \"\(column)\"" : "NULL AS \"\(column)\""
  }

  func value(_ column: String, of table: String) -> String {
    has(table, column) ? "\(table).\"\(column)\" AS \"\(column)\"" : "NULL AS \"\(column)\""
  }
}

extension Row {
  /// A text that was selected as bytes; empty for `NULL`.
  func text(_ column: String) -> String {
    let data: Data? = self[column]
    return String(decoding: data ?? Data(), as: UTF8.self)
  }

  /// `nil` for `NULL` and for the empty text.
  func optionalText(_ column: String) -> String? {
    let text = text(column)
    return text.isEmpty ? nil : text
  }

  /// A whole number that may be stored in any way; `nil` for what is none.
  func number(_ column: String) -> Int? {
    let value: DatabaseValue = self[column]
    switch value.storage {
    case .int64(let number): return Int(number)
    case .double(let number): return Int(exactly: number.rounded())
    case .string(let text): return Int(text)
    case .null, .blob: return nil
    }
  }
}
