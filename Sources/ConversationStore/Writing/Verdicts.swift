import Basics
import Conversations
import FoundationEssentials
import GRDB

extension ConversationStore {
  /// Gives a verdict or takes one back. Returns whose answers it is about, and all verdicts on them as they are now.
  /// Survives a power cut once it returns.
  ///
  /// - Throws: ``StoreError/notFound(path:what:)`` where an answer is not there, or two are not of the same prompt.
  @discardableResult
  public func change(_ change: VerdictChange) async throws(StoreError) -> (prompt: UUID, verdicts: [Verdict]) {
    let path = path
    return try await write(.power) { db in
      let rows = try change.replies.map { reply in
        guard let row = try StoredVerdicts.place(of: reply, db) else {
          throw StoreError.notFound(path: path, what: "answer \(reply.lowercased)")
        }
        return row
      }
      let (prompt, conversation): (Int64, Int64) = (rows[0]["prompt_id"], rows[0]["conversation_id"])
      guard rows.allSatisfy({ $0["prompt_id"] == prompt }) else {
        let names = change.replies.map(\.lowercased).sorted().joined(separator: " and ")
        throw StoreError.notFound(path: path, what: "prompt that both were asked: answers \(names)")
      }
      let before = try StoredVerdicts.verdicts(ofConversation: conversation, db)[prompt] ?? []
      let after = before.applying(change)
      try StoredVerdicts.store(after, of: prompt, db)
      try StoredVerdicts.index(Set((before + after).flatMap(\.replies)), of: conversation, db)
      return (try rows[0].uuid("prompt"), after)
    }
  }
}

/// The rows of verdicts.
enum StoredVerdicts {
  static let schema = """
    CREATE TABLE verdicts (
      id INTEGER PRIMARY KEY,
      uuid TEXT NOT NULL UNIQUE,
      prompt_id INTEGER NOT NULL REFERENCES prompts ON DELETE CASCADE,
      reply_id INTEGER NOT NULL REFERENCES replies ON DELETE CASCADE,
      other_id INTEGER REFERENCES replies ON DELETE CASCADE,
      kind TEXT NOT NULL,              -- best, bad, better, tie
      made_at INTEGER NOT NULL,
      is_blind INTEGER NOT NULL CHECK (is_blind IN (0, 1)),
      note TEXT NOT NULL
    ) STRICT;
    CREATE INDEX verdicts_by_prompt ON verdicts (prompt_id);
    CREATE INDEX verdicts_by_reply ON verdicts (reply_id);
    CREATE INDEX verdicts_by_other ON verdicts (other_id) WHERE other_id IS NOT NULL;
    """

  /// What filters know a verdict by, among the words of ``SearchIndex``.
  static func facet(_ word: VerdictWord) -> String { "verdict_\(word.rawValue)" }

  /// As SQL, the verdicts on the reply `?4` among the words of its document.
  static let facets = """
    ifnull(' ' || (SELECT group_concat(word, ' ') FROM (
      SELECT 'verdict_' || kind AS word FROM verdicts WHERE reply_id = ?4
      UNION SELECT iif(kind = 'better', 'verdict_worse', 'verdict_' || kind) FROM verdicts WHERE other_id = ?4)), '')
    """

  /// What ``facets`` comes to for one reply.
  static func facets(of reply: Int64, _ db: Database) throws -> String {
    try String.fetchOne(
      db.cachedStatement(sql: "SELECT \(facets.replacing("?4", with: "?1"))"), arguments: [reply]) ?? ""
  }

  /// By the rows of their prompts. One of a kind that this version does not know is left out.
  static func verdicts(ofConversation id: Int64, _ db: Database) throws -> [Int64: [Verdict]] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT verdicts.prompt_id, verdicts.uuid, kind, replies.uuid AS reply, others.uuid AS other, made_at,
            is_blind, CAST(note AS BLOB) AS note
          FROM prompts JOIN verdicts ON verdicts.prompt_id = prompts.id
            JOIN replies ON replies.id = verdicts.reply_id LEFT JOIN replies AS others ON others.id = other_id
          WHERE prompts.conversation_id = ? ORDER BY verdicts.id
          """), arguments: [id])
    return try rows.reduce(into: [:]) { verdicts, row in
      guard let kind = Verdict.Kind(rawValue: row["kind"]) else { return }
      verdicts[row["prompt_id"], default: []].append(
        Verdict(
          id: try row.uuid("uuid"), kind, of: try row.uuid("reply"), against: try row.optionalUUID("other"),
          note: row.text("note"), madeAt: row.date("made_at"), isBlind: row["is_blind"]))
    }
  }

  /// The row of an answer, its prompt's id and row, and the row of its conversation.
  static func place(of reply: UUID, _ db: Database) throws -> Row? {
    try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT replies.id, prompt_id, prompts.uuid AS prompt, conversation_id, started_at, duration
          FROM replies JOIN prompts ON prompts.id = prompt_id WHERE replies.uuid = ?
          """), arguments: [reply.lowercased])
  }

  /// Stores these as all verdicts on the answers to a prompt.
  static func store(_ verdicts: [Verdict], of prompt: Int64, _ db: Database) throws {
    try db.cachedStatement(sql: "DELETE FROM verdicts WHERE prompt_id = ?").execute(arguments: [prompt])
    for verdict in verdicts {
      // A file from elsewhere may have the id of another verdict: that one stays.
      try db.cachedStatement(
        sql: """
          INSERT INTO verdicts (uuid, prompt_id, reply_id, other_id, kind, made_at, is_blind, note)
          SELECT ?1, ?2, replies.id, (SELECT id FROM replies WHERE uuid = ?4), ?5, ?6, ?7, CAST(?8 AS TEXT)
          FROM replies WHERE uuid = ?3 ON CONFLICT (uuid) DO NOTHING
          """
      ).execute(arguments: [
        verdict.id.lowercased, prompt, verdict.reply.lowercased, verdict.other?.lowercased, verdict.kind.rawValue,
        verdict.madeAt.microseconds, verdict.isBlind, verdict.note.utf8Data,
      ])
    }
  }

  /// Indexes answers anew whose verdicts have changed.
  static func index(_ replies: Set<UUID>, of conversation: Int64, _ db: Database) throws {
    guard try SearchIndex.holds(conversation: conversation, db) else { return }
    for reply in replies {
      guard let row = try place(of: reply, db) else { continue }
      let id: Int64 = row["id"]
      guard try SearchIndex.remove(reply: id, of: conversation, db) else { continue }
      let end = row.date("started_at") + (row.duration("duration") ?? .zero).inSeconds
      try SearchIndex.add(to: conversation, prompt: row["prompt_id"], reply: id, at: end, db)
    }
  }

  /// Adds the verdicts of a conversation from elsewhere that nothing here excludes. Returns on which answers.
  static func merge(_ conversation: Conversation, into id: Int64, _ db: Database) throws -> Set<UUID> {
    guard conversation.exchanges.contains(where: { !$0.verdicts.isEmpty }) else { return [] }
    let here = try verdicts(ofConversation: id, db)
    var added: Set<UUID> = []
    for exchange in conversation.exchanges where !exchange.verdicts.isEmpty {
      guard let prompt = try Insertion.promptID(exchange.id, in: id, db) else { continue }
      var verdicts = here[prompt] ?? []
      for verdict in exchange.verdicts where !verdicts.contains(where: verdict.excludes) {
        let places = try verdict.replies.map { try place(of: $0, db) }
        guard places.allSatisfy({ $0?["prompt_id"] == prompt }) else { continue }
        verdicts.append(verdict)
        added.formUnion(verdict.replies)
      }
      if verdicts.count > here[prompt]?.count ?? 0 { try store(verdicts, of: prompt, db) }
    }
    return added
  }
}
