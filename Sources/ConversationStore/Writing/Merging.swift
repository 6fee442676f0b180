import Basics
import Conversations
import FoundationEssentials
import GRDB

/// What became of a conversation that was merged into the history.
public enum MergeOutcome: Hashable, Sendable {
  /// The conversation is new, or had exchanges or replies that were not here. `renumbered` says how many of their
  /// turns had a number that was taken here, or is none, and got the next free one.
  case added(exchanges: Int, replies: Int, renumbered: Int)
  /// All of it was here already.
  case known
  /// It was deleted here, and stays so; nothing was added.
  case deletedHere
}

extension ConversationStore {
  /// Adds what is not here yet of conversations from elsewhere, all of them or none. Returns what became of each.
  ///
  /// A conversation, an exchange and a reply are the same as one here if their ids are; what is here stays as it is,
  /// title, tags and pin included, and so does a verdict that another one excludes; but an ended reply whose text only
  /// begins as the given one's does is completed: its source was damaged before, or had not ended. A new conversation
  /// comes whole: dates, tags, files, recordings, and turn numbers as far as they are free. A reply that has not ended
  /// becomes `.interrupted`. A parent that is neither here nor given, or not before its exchange, is left out: the
  /// exchange then begins a branch of its own. Nothing is logged.
  ///
  /// Survives a power cut once it returns. Costs least for many conversations at a time; other writers wait meanwhile.
  public func merge(_ conversations: [Conversation]) async throws(StoreError) -> [MergeOutcome] {
    guard !conversations.isEmpty else { return [] }
    return try await write(.power) { db in
      // Ids are in no order, so that a transaction of thousands changes pages all over their indexes.
      if conversations.count > 100 { try db.execute(sql: "PRAGMA cache_size = -65536") }
      // Cannot fail: it only sets a field of the connection. And if it did, more memory would stay taken.
      defer { try? db.execute(sql: "PRAGMA cache_size = -2000") }
      // Those that are wholly new come first, all together; it is settled by then what the others meet.
      let newcomers = NewConversations(db)
      let outcomes = try ModelSummary.summingUp(db) {
        try conversations.map { conversation in
          try Task.checkCancellation()
          return try Merge.outcome(of: conversation, ifNew: newcomers, db)
        }
      }
      try newcomers.index()
      return try zip(conversations, outcomes).map { conversation, outcome in
        try Task.checkCancellation()
        return try outcome ?? Merge.outcome(conversation, db)
      }
    }
  }
}

/// Merges one conversation.
enum Merge {
  /// An exchange of which something is missing here.
  struct Addition {
    var exchange: Exchange
    /// The prompt's row; `nil` while it is to be added.
    var promptID: Int64?
    /// Those that are not here.
    var replies: [Reply]
    /// Those that are here with less text, by their rows.
    var completions: [Int64: Reply] = [:]

    /// Replies with the places they have where none is here yet: further attempts beside the first.
    var positions: [(reply: Reply, position: Int)] {
      var before: Reply?
      var position = -1
      return replies.map { reply in
        if before?.model != reply.model || reply.attempt <= before?.attempt ?? 0 { position += 1 }
        before = reply
        return (reply, position)
      }
    }
  }

  /// What became of a conversation that is not here; `nil` for one that is, or whose turns all belong to others.
  static func outcome(
    of conversation: Conversation, ifNew newcomers: NewConversations, _ db: Database
  ) throws -> MergeOutcome? {
    guard !newcomers.ids.contains(conversation.id) else { return nil }
    let isKnown = try Bool.fetchOne(
      db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM conversations WHERE uuid = ?)"),
      arguments: [conversation.id.lowercased])
    guard isKnown == false else { return nil }
    var additions = try additions(conversation, to: nil, db)
    guard !additions.isEmpty || conversation.exchanges.isEmpty else { return nil }
    let renumbered = number(&additions, besides: [])
    try newcomers.store(conversation, additions.sorted(by: isBefore))
    return added(additions, renumbered)
  }

  private static func isBefore(_ one: Addition, _ other: Addition) -> Bool {
    one.exchange.prompt.turnNumber < other.exchange.prompt.turnNumber
  }

  private static func added(_ additions: [Addition], _ renumbered: Int) -> MergeOutcome {
    .added(
      exchanges: additions.count { $0.promptID == nil },
      replies: additions.reduce(0) { $0 + $1.replies.count + $1.completions.count },
      renumbered: renumbered)
  }

  /// What became of a conversation that is here, or none of whose turns can be.
  static func outcome(_ conversation: Conversation, _ db: Database) throws -> MergeOutcome {
    let known = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT id, deleted_at IS NOT NULL AS is_deleted FROM conversations WHERE uuid = ?"),
      arguments: [conversation.id.lowercased])
    guard let known else { return .known }
    if known["is_deleted"] { return .deletedHere }
    let id: Int64 = known["id"]
    var additions = try additions(conversation, to: id, db)
    var renumbered = 0
    if !additions.isEmpty {
      try touch(id, conversation.updatedAt, db)
      renumbered = number(&additions, besides: try numbers(in: id, db))
      for addition in additions.sorted(by: isBefore) { try add(addition, to: id, db) }
    }
    let judged = try StoredVerdicts.merge(conversation, into: id, db)
    try StoredVerdicts.index(judged, of: id, db)
    return additions.isEmpty && judged.isEmpty ? .known : added(additions, renumbered)
  }

  private static func additions(
    _ conversation: Conversation, to known: Int64?, _ db: Database
  ) throws -> [Addition] {
    var seen: Set<UUID> = []
    let prompts = try rows("id, conversation_id", of: "prompts", conversation.exchanges.map(\.id), db)
    let replies = try rows(
      "id, prompt_id, length(CAST(text AS BLOB)) AS size", of: "replies",
      conversation.exchanges.flatMap { $0.replies.map(\.id) }, db)
    return try conversation.exchanges.compactMap { exchange in
      guard seen.insert(exchange.id).inserted else { return nil }
      let place = prompts[exchange.id.lowercased]
      // A prompt of another conversation stays where it is.
      if let place, place["conversation_id"] as Int64 != known { return nil }
      var addition = Addition(exchange: exchange, promptID: place?["id"], replies: [])
      for reply in exchange.replies where seen.insert(reply.id).inserted {
        if let kept = replies[reply.id.lowercased] {
          // Only one that is longer may complete what is here.
          guard place?["id"] == kept["prompt_id"] as Int64, reply.text.utf8.count > kept["size"],
            try completes(reply, kept["id"], db)
          else { continue }
          addition.completions[kept["id"]] = reply
        } else {
          addition.replies.append(reply.state.isFinal ? reply : reply.interrupted)
        }
      }
      if place != nil, addition.replies.isEmpty, addition.completions.isEmpty { return nil }
      return addition
    }
  }

  /// The rows of a table that are here, by their ids.
  private static func rows(
    _ columns: String, of table: String, _ ids: [UUID], _ db: Database
  ) throws -> [String: Row] {
    guard !ids.isEmpty else { return [:] }
    let list = "[" + ids.map { "\"\($0.lowercased)\"" }.joined(separator: ",") + "]"
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT uuid, \(columns) FROM \(table) WHERE uuid IN (SELECT value FROM json_each(?))"),
      arguments: [list])
    return Dictionary(rows.map { ($0["uuid"], $0) }, uniquingKeysWith: { first, _ in first })
  }

  private static func completes(_ reply: Reply, _ id: Int64, _ db: Database) throws -> Bool {
    guard
      let row = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT state, CAST(text AS BLOB) AS text FROM replies WHERE id = ?"), arguments: [id])
    else { return false }
    var kept = Reply(id: reply.id, model: reply.model, startedAt: reply.startedAt)
    // A state that this version does not know is none to build upon.
    guard let state = ReplyState(rawValue: row["state"]) else { return false }
    kept.state = state
    kept.text = row.text("text")
    return reply.completes(kept)
  }

  static func insert(_ conversation: Conversation, _ db: Database) throws -> Int64 {
    try db.cachedStatement(
      sql: """
        INSERT INTO conversations (uuid, created_at, updated_at, pinned, title_key, title)
        VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT))
        """
    ).execute(arguments: [
      conversation.id.lowercased, conversation.createdAt.microseconds, conversation.updatedAt.microseconds,
      conversation.isPinned, TitleKey.text(conversation.title), conversation.title.utf8Data,
    ])
    let id = db.lastInsertedRowID
    if !conversation.tags.isEmpty { try Tags.store(conversation.tags, of: id, db) }
    return id
  }

  private static func numbers(in conversation: Int64, _ db: Database) throws -> Set<Int> {
    try Set(
      Int.fetchAll(
        db.cachedStatement(sql: "SELECT turn_number FROM turns WHERE conversation_id = ?"), arguments: [conversation]))
  }

  private static func touch(_ conversation: Int64, _ time: Date, _ db: Database) throws {
    try db.cachedStatement(sql: "UPDATE conversations SET updated_at = max(updated_at, ?) WHERE id = ?")
      .execute(arguments: [time.microseconds, conversation])
  }

  /// Gives every turn that is added its number: its own where that is free, else the next free one. Returns how many
  /// that had one got another.
  private static func number(_ additions: inout [Addition], besides others: Set<Int>) -> Int {
    var taken = others
    // Those that keep theirs come first, so that nobody else takes it.
    func keep(_ number: Int?) -> Bool {
      number.map { Bounds.ordinals.contains($0) && taken.insert($0).inserted } ?? false
    }
    let kept = additions.map { addition in
      (
        prompt: addition.promptID != nil || keep(addition.exchange.prompt.turnNumber),
        replies: addition.replies.map { keep($0.turnNumber) }
      )
    }
    var last = taken.filter(Bounds.ordinals.contains).max() ?? 0
    var renumbered = 0
    func next(insteadOf number: Int) -> Int {
      if number != 0 { renumbered += 1 }
      last += 1
      return last
    }
    for index in additions.indices {
      if !kept[index].prompt {
        additions[index].exchange.prompt.turnNumber = next(insteadOf: additions[index].exchange.prompt.turnNumber)
      }
      for (reply, isKept) in kept[index].replies.enumerated() where !isKept {
        additions[index].replies[reply].turnNumber = next(insteadOf: additions[index].replies[reply].turnNumber ?? 0)
      }
    }
    return renumbered
  }

  private static func add(_ addition: Addition, to conversation: Int64, _ db: Database) throws {
    let prompt = addition.exchange.prompt
    let promptID: Int64
    if let known = addition.promptID {
      promptID = known
    } else {
      let parent = try prompt.parent.flatMap { try earlier($0, than: prompt.turnNumber, in: conversation, db) }
      promptID = try Insertion.prompt(prompt, parent: parent, in: conversation, db)
      try take(prompt.turnNumber, in: conversation, prompt: promptID, db)
      try SearchIndex.add(to: conversation, prompt: promptID, at: prompt.sentAt, db)
    }
    for (id, reply) in addition.completions {
      try SearchIndex.remove(reply: id, of: conversation, db)
      try Insertion.fill(reply, id, db)
      let end = reply.startedAt + (reply.duration ?? .zero).inSeconds
      try SearchIndex.add(to: conversation, prompt: promptID, reply: id, at: end, db)
    }
    for (reply, place) in addition.positions {
      let isFirst = addition.promptID == nil
      let position = isFirst ? place : try Insertion.position(of: reply.model, among: promptID, db)
      let id = try Insertion.ended(reply, of: promptID, at: position, db)
      try take(reply.turnNumber, in: conversation, reply: id, db)
      let end = reply.startedAt + (reply.duration ?? .zero).inSeconds
      try SearchIndex.add(to: conversation, prompt: promptID, reply: id, at: end, db)
    }
  }

  /// The row of a prompt of this conversation that comes before a turn, so that there are no circles.
  private static func earlier(
    _ prompt: UUID, than turn: Int, in conversation: Int64, _ db: Database
  ) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT prompts.id FROM prompts JOIN turns ON turns.prompt_id = prompts.id
          WHERE uuid = ? AND prompts.conversation_id = ? AND turn_number < ?
          """), arguments: [prompt.lowercased, conversation, turn])
  }

  static func take(
    _ number: Int?, in conversation: Int64, prompt: Int64? = nil, reply: Int64? = nil, _ db: Database
  ) throws {
    try db.cachedStatement(
      sql: "INSERT INTO turns (conversation_id, turn_number, prompt_id, reply_id, logged) VALUES (?, ?, ?, ?, 0)"
    ).execute(arguments: [conversation, number, prompt, reply])
  }
}
