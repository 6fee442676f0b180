import Basics
import Conversations
import FoundationEssentials
import GRDB
import JSON

extension SQLiteStorage {
  public func commit(
    _ writes: [StorageWrite]
  ) async throws(StorageUnavailable) -> [Result<StorageReceipt, StorageRefusal>] {
    try await write { db in
      var writer = try SQLiteWriter(db: db)
      let results = try writes.map { write -> Result<StorageReceipt, StorageRefusal> in
        do {
          return .success(try writer.carryOut(try write.cleaned()))
        } catch let refusal as StorageRefusal {
          return .failure(refusal)
        }
      }
      try writer.finish()
      if writes.contains(where: \.bringsMessages) { try writer.indexNewMessages() }
      return results
    }
  }

  public func maintain(now: Date, removingLogsBefore limit: Date?) async throws(StorageUnavailable) {
    if let limit {
      // A little at a time, so that other writers get between.
      while try await write({ try SQLiteWriter(db: $0).removeLogs(before: limit, atMost: 2000) }) > 0 {}
    }
    do {
      try await database.writeWithoutTransaction { db in
        // Gives at most 16 MiB back to the disk a time.
        try db.execute(sql: "PRAGMA incremental_vacuum(4096)")
        try db.execute(sql: "PRAGMA optimize")
      }
    } catch {
      throw StorageUnavailable(sqlite: error)
    }
  }
}

/// Carries out the writes of one transaction, which ``finish()`` ends. Throws a ``StorageRefusal``, and leaves no trace
/// then, or SQLite's error.
struct SQLiteWriter {
  let db: Database
  private let logs: SQLiteLogInsertion
  private let messages: SQLiteMessageInsertion
  /// Conversations that this transaction has found or made; it deletes none.
  private var known: Set<UUID> = []
  /// When a conversation's newest message of this transaction was made: its row and the index over it are changed once
  /// for all of them.
  private var touched: [UUID: Date] = [:]

  init(db: Database) throws {
    self.db = db
    logs = try SQLiteLogInsertion(db: db)
    messages = try SQLiteMessageInsertion(db: db)
  }

  /// Brings the conversations' rows up to date; what is carried out later wants it again.
  mutating func finish() throws {
    for (conversation, time) in touched {
      try db.cachedStatement(sql: "UPDATE conversations SET updated_at = max(updated_at, ?) WHERE id = ?")
        .execute(arguments: [time.microseconds, conversation.lowercased])
    }
    touched = [:]
  }

  mutating func carryOut(_ write: StorageWrite) throws -> StorageReceipt {
    // One statement does all or nothing by itself, and so do those that only look before their one statement. A
    // savepoint costs more than a small write: SQLite copies each page that is changed after it.
    switch write {
    case .log(let entry, _):
      try refusing { try logs.insert(entry) }
      return .logged
    case .setLevel(let component, let level):
      try db.cachedStatement(
        sql: "INSERT INTO log_levels (component, level) VALUES (?, ?) ON CONFLICT DO UPDATE SET level = excluded.level"
      ).execute(arguments: [component, level.rawValue])
      return .levelSet
    case .clear(let component, let before):
      try db.cachedStatement(
        sql: "DELETE FROM logs WHERE (?1 IS NULL OR component = ?1) AND (?2 IS NULL OR created_at < ?2)"
      ).execute(arguments: [component, before?.microseconds])
      return .cleared(db.changesCount)
    case .begin: return try refusing { try carryOutSteps(write) }
    case .store(let message) where message.announcedParts <= 1: return try refusing { try carryOutSteps(write) }
    case .logTurn, .store, .storeAll: break
    }
    var receipt: StorageReceipt?
    let (conversation, touchedBefore) = (write.conversation, write.conversation.flatMap { touched[$0] })
    do {
      try db.inSavepoint {
        receipt = try refusing { try carryOutSteps(write) }
        return .commit
      }
    } catch {
      // What was made for it is gone.
      known = []
      if let conversation { touched[conversation] = touchedBefore }
      throw error
    }
    return receipt!  // set, or inSavepoint has thrown
  }

  /// What the tables do not take is the write's fault; everything else is the storage's.
  private func refusing<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as DatabaseError {
      switch error.resultCode {
      case .SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH:
        throw StorageRefusal.invalid(error.message ?? "the database does not take it")
      default: throw error
      }
    }
  }

  private mutating func carryOutSteps(_ write: StorageWrite) throws -> StorageReceipt {
    switch write {
    case .logTurn(let entry, _, let message, let part, let parts):
      try logs.insert(entry)
      try storeLogged(message, part: part, parts: parts)
      return .logged
    case .begin(let conversation):
      if touched[conversation.id] != nil { try finish() }
      try insert(conversation)
      guard let stored = try SQLiteReader(db: db).conversation(conversation.id) else {
        throw StorageRefusal.conversationNotFound(conversation.id)
      }
      return .conversation(stored)
    case .store(let message): return try store(message)
    case .storeAll(let conversation, let mustExist, let messages):
      return try storeAll(messages, in: conversation, mustExist: mustExist)
    case .log, .setLevel, .clear: return .logged
    }
  }

  func removeLogs(before limit: Date, atMost count: Int) throws -> Int {
    try db.cachedStatement(
      sql: "DELETE FROM logs WHERE key IN (SELECT key FROM logs WHERE created_at < ? ORDER BY created_at LIMIT ?)"
    ).execute(arguments: [limit.microseconds, count])
    return db.changesCount
  }

  /// Has the full-text index know the messages that came since it was last brought up to date, whoever wrote them.
  ///
  /// Keys grow: a new message has the key after the greatest one there is, and a deleted message leaves the index too.
  func indexNewMessages() throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO messages_text (rowid, content) SELECT key, content FROM messages
        WHERE key > (SELECT ifnull(max(id), 0) FROM messages_text_docsize) ORDER BY key
        """
    ).execute()
  }

  // MARK: Conversations

  private mutating func insert(_ conversation: StoredConversation) throws {
    guard !known.contains(conversation.id) else { return }
    try db.cachedStatement(
      sql: """
        INSERT INTO conversations (id, session_id, metadata, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (id) DO NOTHING
        """
    ).execute(arguments: [
      conversation.id.lowercased, conversation.sessionID, conversation.metadata.storedText,
      conversation.createdAt.microseconds, conversation.updatedAt.microseconds,
    ])
    known.insert(conversation.id)
  }

  private mutating func exists(_ conversation: UUID) throws -> Bool {
    if known.contains(conversation) { return true }
    let isThere =
      try Bool.fetchOne(
        db.cachedStatement(sql: "SELECT 1 FROM conversations WHERE id = ?"), arguments: [conversation.lowercased])
      ?? false
    if isThere { known.insert(conversation) }
    return isThere
  }

  private mutating func storeLogged(_ message: StoredMessage, part: Int, parts: Int) throws {
    let id = message.conversationID
    try insert(
      StoredConversation(
        id: id, sessionID: nil, metadata: .null, createdAt: message.createdAt, updatedAt: message.createdAt))
    // A turn that is there already stays as it is.
    guard try stored(message, matchingID: false) == nil else { return }
    if parts == 1 { return try add(message) }
    try keep(message, part: part, of: parts)
    let all = try takeParts(of: message, parts: parts, from: 1)
    if all.count == parts { try add(StoredMessage.joined(all)) }
  }

  /// The kept parts of a turn from `first` on, in order, which are then kept no longer; none if any is missing.
  private func takeParts(of message: StoredMessage, parts: Int, from first: Int) throws -> [StoredMessage] {
    let turn: StatementArguments = [message.conversationID.lowercased, message.turnNumber]
    let count = try Int.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT count(*) FROM message_parts WHERE conversation_id = ? AND turn_number = ? AND parts = ? AND part >= ?
          """), arguments: turn + [parts, first])
    guard count == parts - first + 1 else { return [] }
    let all = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT * FROM message_parts WHERE conversation_id = ? AND turn_number = ? AND parts = ? AND part >= ?
          ORDER BY part
          """), arguments: turn + [parts, first]
    ).map(SQLiteReader.message)
    // Those of other divisions of the same turn too.
    try db.cachedStatement(sql: "DELETE FROM message_parts WHERE conversation_id = ? AND turn_number = ?")
      .execute(arguments: turn)
    return all
  }

  private mutating func store(_ message: StoredMessage) throws -> StorageReceipt {
    // Nearly all are new, and nothing has to be looked for: not even the conversation, which the table asks for.
    if message.turnNumber != StoredMessage.nextTurn, message.announcedParts <= 1, try insertKnown(message) {
      return receipt(message)
    }
    guard try exists(message.conversationID) else {
      throw StorageRefusal.conversationNotFound(message.conversationID)
    }
    if let stored = try stored(message, matchingID: true) {
      guard message.isRepeat(ofRole: stored.role, content: stored.content) else {
        throw StorageRefusal.turnTaken(conversation: message.conversationID, turnNumber: stored.turnNumber)
      }
      return .message(id: stored.id, turnNumber: stored.turnNumber, createdAt: stored.createdAt)
    }
    var message = message
    if message.turnNumber == StoredMessage.nextTurn { message.turnNumber = try nextTurn(in: message.conversationID) }
    let parts = message.announcedParts
    if parts > 1 {
      let others = try takeParts(of: message, parts: parts, from: 2)
      if !others.isEmpty { message = .joined([message] + others) }
    }
    try add(message)
    return receipt(message)
  }

  private func receipt(_ message: StoredMessage) -> StorageReceipt {
    .message(
      id: message.id, turnNumber: message.turnNumber, createdAt: Date(microseconds: message.createdAt.microseconds))
  }

  private mutating func storeAll(
    _ messages: [StoredMessage], in conversation: StoredConversation, mustExist: Bool
  ) throws -> StorageReceipt {
    if try !exists(conversation.id) {
      guard !mustExist else { throw StorageRefusal.conversationNotFound(conversation.id) }
      try insert(conversation)
    }
    let known = try messages.filter { message in
      try Bool.fetchOne(
        db.cachedStatement(sql: "SELECT 1 FROM messages WHERE id = ?"), arguments: [message.id.lowercased]) ?? false
    }
    if known.isEmpty {
      var turn = try nextTurn(in: conversation.id)
      for var message in messages {
        message.conversationID = conversation.id
        message.turnNumber = turn
        try add(message)
        turn += 1
      }
    } else if known.count < messages.count {
      throw StorageRefusal.invalid("some of these messages are stored already")
    }
    return .messages(conversation: conversation.id, count: messages.count)
  }

  private func nextTurn(in conversation: UUID) throws -> Int {
    try Int.fetchOne(
      db.cachedStatement(sql: "SELECT ifnull(max(turn_number), 0) + 1 FROM messages WHERE conversation_id = ?"),
      arguments: [conversation.lowercased]) ?? 1
  }

  /// The message that has the turn number of this one, else (if asked for) the one with its id.
  private func stored(_ message: StoredMessage, matchingID: Bool) throws -> StoredMessage? {
    try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT * FROM messages WHERE conversation_id = ?1 AND (turn_number = ?2 OR (?4 AND id = ?3))
          ORDER BY turn_number <> ?2 LIMIT 1
          """),
      arguments: [message.conversationID.lowercased, message.turnNumber, message.id.lowercased, matchingID]
    ).map(SQLiteReader.message)
  }

  /// Whether neither its turn nor its id was there.
  private mutating func insert(_ message: StoredMessage) throws -> Bool {
    guard try messages.insert(message) else { return false }
    touched[message.conversationID] = max(touched[message.conversationID] ?? message.createdAt, message.createdAt)
    return true
  }

  /// The same, of one whose conversation may not be there.
  private mutating func insertKnown(_ message: StoredMessage) throws -> Bool {
    do { return try insert(message) } catch let error as DatabaseError
      where error.extendedResultCode == .SQLITE_CONSTRAINT_FOREIGNKEY
    {
      throw StorageRefusal.conversationNotFound(message.conversationID)
    }
  }

  /// Inserts one whose turn is free.
  private mutating func add(_ message: StoredMessage) throws {
    guard try insert(message) else {
      throw StorageRefusal.invalid("a message with the id \(message.id.lowercased) is stored already")
    }
  }

  private func keep(_ message: StoredMessage, part: Int, of parts: Int) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO message_parts (id, conversation_id, turn_number, role, model, input_tokens, output_tokens, timing_ms,
          created_at, metadata, content, part, parts)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """
    ).execute(
      arguments: [
        message.id.lowercased, message.conversationID.lowercased, message.turnNumber, message.role, message.model,
        message.inputTokens, message.outputTokens, message.timing, message.createdAt.microseconds,
        message.metadata.storedText, message.content, part, parts,
      ])
  }
}
