import Basics
import Conversations
import FoundationEssentials
import GRDB

/// The full-text index over everything that is shown: its tables, and how they follow the others.
///
/// ```
/// documents    what is indexed: each prompt, each ended reply, each conversation's title
/// search       the FTS5 index over them; its rowid is the document's id, its content the view `search_content`
/// facets       the models, providers and tags there are; a document's column `facets` names them by id
/// ```
///
/// - **Order.** A document's id tells its time, ``perSecond`` to the second and in the next free place where there are
///   more. So "newest first" is the index's own order, `before:` and `after:` are ranges of it, and old conversations
///   that come in later find their place.
/// - **Filters** are words of the index like any others, so that they cost as little: each document's `facets` are the
///   ids of its models, providers and tags, its reply's state and verdicts, `pinned`, and `turn` or, for titles,
///   `title`. See ``SearchTokenizer``. (They are told when the document is made, not by the view, in which FTS5 suffers
///   no virtual table such as `json_each`.)
/// - **Nothing but `search_content` says what a document's words are.** FTS5 needs the same texts to take a document
///   out as it was given to put it in: whoever changes what the view shows takes the documents out before, with
///   ``remove(conversation:_:)`` or ``remove(reply:_:)``, and puts them in afterwards, in one transaction.
/// - A deleted conversation has no documents.
///
/// **Which beginnings of words are indexed** was chosen by measuring: a million texts of 559 bytes, words spread as in
/// English, the newest 50 of what begins with so many letters, the 95th percentile in milliseconds. One letter alone
/// begins so many words that no index helps; it is taken as a word. For two letters, the beginnings of three that begin
/// so are asked for by themselves, some dozens; from four letters on, the few words that begin so are (``SearchPlan``),
/// which a larger index would hardly beat.
///
/// | `prefix` | index : text | 1 | 2 | 3 | 4 | 5 | 6 |
/// |---|---|---|---|---|---|---|---|
/// | none    | 0.63 | 1585 | 1111 | 243 |  97 | 20 | 8 |
/// | `2 3`   | 1.41 |  438 |  0.6 | 4.7 | 126 | 19 | 9 |
/// | `2 4`   | 1.31 |  404 |  0.8 | 140 | 0.7 | 33 | 9 |
/// | `2 3 4` | 1.71 |  390 |  0.7 | 3.6 | 2.6 | 26 | 8 |
enum SearchIndex {
  static let perSecond: Int64 = 4
  /// Letters of the beginnings of words that are indexed as such.
  static let prefix = 3

  /// Opens a connection's eyes for the index.
  static func prepare(_ db: Database) throws {
    db.add(tokenizer: SearchTokenizer.self)
    db.add(tokenizer: FormerSearchTokenizer<FormerTokenizerNames.First>.self)
    db.add(tokenizer: FormerSearchTokenizer<FormerTokenizerNames.Second>.self)
    try SearchFunctions.register(in: db)
  }

  /// Where the documents of a time begin.
  static func place(of time: Date) -> Int64 {
    let (place, rest) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000 / perSecond)
    return rest < 0 ? place - 1 : place
  }

  /// Puts a conversation in with all its turns. It must not be in, nor deleted.
  ///
  /// - `knowsVerdicts`: false for a database that has no verdicts yet.
  static func add(conversation: Int64, knowsVerdicts: Bool = true, _ db: Database) throws {
    try addDocuments(of: conversation, knowsVerdicts: knowsVerdicts, db)
    try db.cachedStatement(
      sql: """
        INSERT INTO search (rowid, \(columns))
        SELECT id, \(columns) FROM search_content WHERE conversation_id = ? ORDER BY id
        """
    ).execute(arguments: [conversation])
  }

  private static func addDocuments(of conversation: Int64, knowsVerdicts: Bool, _ db: Database) throws {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT created_at AS time, NULL AS prompt, NULL AS reply FROM conversations WHERE id = ?1
          UNION ALL SELECT sent_at, id, NULL FROM prompts WHERE conversation_id = ?1
          UNION ALL SELECT started_at + ifnull(duration, 0), prompt_id, replies.id
            FROM prompts JOIN replies ON prompt_id = prompts.id
            WHERE conversation_id = ?1 AND NOT \(Schema.unfinished)
          ORDER BY time
          """), arguments: [conversation])
    for row in rows {
      _ = try document(
        of: conversation, prompt: row["prompt"], reply: row["reply"], at: row.date("time"),
        knowsVerdicts: knowsVerdicts, db)
    }
  }

  private static let insertion =
    "INSERT INTO search (rowid, \(columns)) "
    + "VALUES (?\(SearchColumn.allCases.map { _ in ", CAST(? AS TEXT)" }.joined()))"

  /// Puts in a document that was made with these texts, which are those that `search_content` tells.
  static func insert(_ document: Int64, _ texts: [SearchColumn: String?], facets: String, _ db: Database) throws {
    var arguments: StatementArguments = [document]
    for column in SearchColumn.allCases {
      let data = column == .facets ? Data([SearchTokenizer.facets]) + facets.utf8Data : texts[column]??.utf8Data
      arguments += [data]
    }
    try db.cachedStatement(sql: insertion).execute(arguments: arguments)
  }

  /// Puts in what a conversation that is in has got: its first document, a prompt, or a reply that has ended.
  static func add(
    to conversation: Int64, prompt: Int64? = nil, reply: Int64? = nil, at time: Date, _ db: Database
  ) throws {
    let id = try document(of: conversation, prompt: prompt, reply: reply, at: time, db)
    try db.cachedStatement(
      sql: "INSERT INTO search (rowid, \(columns)) SELECT id, \(columns) FROM search_content WHERE id = ?"
    ).execute(arguments: [id])
  }

  /// Takes a conversation out with all its turns; one that is not in stays so.
  static func remove(conversation: Int64, _ db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO search (search, rowid, \(columns))
        SELECT 'delete', id, \(columns) FROM search_content WHERE conversation_id = ? ORDER BY id
        """
    ).execute(arguments: [conversation])
    try db.cachedStatement(sql: "DELETE FROM documents WHERE conversation_id = ?").execute(arguments: [conversation])
  }

  /// Returns whether it was in.
  @discardableResult
  static func remove(reply: Int64, of conversation: Int64, _ db: Database) throws -> Bool {
    let document = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM documents WHERE conversation_id = ? AND reply_id = ?"),
      arguments: [conversation, reply])
    guard let document else { return false }
    try db.cachedStatement(
      sql: """
        INSERT INTO search (search, rowid, \(columns))
        SELECT 'delete', id, \(columns) FROM search_content WHERE id = ?
        """
    ).execute(arguments: [document])
    try db.cachedStatement(sql: "DELETE FROM documents WHERE id = ?").execute(arguments: [document])
    return true
  }

  static func holds(conversation: Int64, _ db: Database) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM documents WHERE conversation_id = ?)"),
      arguments: [conversation]) ?? false
  }

  /// Changes what the documents of a conversation say, in `body`.
  static func update(conversation: Int64, _ db: Database, _ body: () throws -> Void) throws {
    let isIn = try holds(conversation: conversation, db)
    if isIn { try remove(conversation: conversation, db) }
    try body()
    if isIn { try add(conversation: conversation, db) }
  }

  /// Makes a model, a provider or a tag known to filters; comes before the documents that have it.
  static func know(_ kind: Facet, _ name: String, _ db: Database) throws {
    try db.cachedStatement(sql: "INSERT INTO facets (kind, name) VALUES (?, ?) ON CONFLICT DO NOTHING")
      .execute(arguments: [kind.rawValue, name])
  }

  static func know(_ models: [ModelReference], _ db: Database) throws {
    for model in models {
      try know(.model, model.name, db)
      try know(.provider, model.provider, db)
    }
  }

  static func facet(_ kind: Facet, _ name: String, _ db: Database) throws -> Int64 {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM facets WHERE kind = ? AND name = ?"), arguments: [kind.rawValue, name])!
  }

  /// The first free place from a time on.
  private static func freePlace(at time: Date, _ db: Database) throws -> Int64 {
    let taken = try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM documents WHERE id = ?)")
    func isTaken(_ id: Int64) throws -> Bool { try Bool.fetchOne(taken, arguments: [id]) ?? false }
    let id = place(of: time)
    guard try isTaken(id) else { return id }
    // Thousands may have the same time: the step doubles until a place is free, then halves back to the first such
    // place as far as the taken ones lie together.
    var step: Int64 = 1
    while try isTaken(id + step) { step *= 2 }
    var (last, free) = (id + step / 2, id + step)
    while free - last > 1 {
      let middle = last + (free - last) / 2
      if try isTaken(middle) { last = middle } else { free = middle }
    }
    return free
  }

  /// Adds a document, whose facets are known, in the first free place from its time on.
  static func document(
    of conversation: Int64, prompt: Int64?, reply: Int64?, at time: Date, facets: String, _ db: Database
  ) throws -> Int64 {
    let insertion = try db.cachedStatement(
      sql: """
        INSERT INTO documents (id, conversation_id, prompt_id, reply_id, facets) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (id) DO NOTHING
        """)
    let id = place(of: time)
    try insertion.execute(arguments: [id, conversation, prompt, reply, facets])
    if db.changesCount > 0 { return id }
    let free = try freePlace(at: time, db)
    try insertion.execute(arguments: [free, conversation, prompt, reply, facets])
    return free
  }

  /// Adds a document in the first free place from its time on.
  private static func document(
    of conversation: Int64, prompt: Int64?, reply: Int64?, at time: Date, knowsVerdicts: Bool = true, _ db: Database
  ) throws -> Int64 {
    let id = try freePlace(at: time, db)
    try db.cachedStatement(
      sql: """
        INSERT INTO documents (id, conversation_id, prompt_id, reply_id, facets)
        SELECT ?1, ?2, ?3, ?4, iif(?3 IS NULL, 'title', 'turn')
          || iif((SELECT pinned FROM conversations WHERE id = ?2), ' pinned', '')
          || ifnull(' ' || (SELECT state FROM replies WHERE id = ?4), '')
          || ifnull(' ' || (SELECT group_concat(facets.id, ' ') FROM replies JOIN facets
              ON kind = 'model' AND name = model OR kind = 'provider' AND name = provider WHERE replies.id = ?4), '')
          || ifnull(' ' || (SELECT group_concat(facets.id, ' ') 
              FROM prompts, json_each(iif(json_valid(models), models, '[]')) JOIN facets
              ON kind = 'model' AND name = value ->> 'name' OR kind = 'provider' AND name = value ->> 'provider'
              WHERE prompts.id = ?3 AND ?4 IS NULL), '')
          || ifnull(' ' || (SELECT group_concat(facets.id, ' ') FROM tags JOIN facets ON kind = 'tag' AND name = key
              WHERE conversation_id = ?2), '')
          \(knowsVerdicts ? "|| \(StoredVerdicts.facets)" : "")
        """
    ).execute(arguments: [id, conversation, prompt, reply])
    return id
  }

  private static let catchUpConversations = 500

  /// Puts in what a new index still lacks, some conversations a transaction: it goes on where it was broken off.
  ///
  /// `progress` is told how many of how many are done, before and after each transaction.
  static func catchUp(_ database: some DatabaseWriter, progress: (Int, Int) -> Void) throws {
    // Asks the connection that writes: a reader is opened only when something is read.
    func count() throws -> Int {
      try database.writeWithoutTransaction { try Int.fetchOne($0, sql: "SELECT count(*) FROM unindexed") ?? 0 }
    }
    let total = try count()
    var left = total
    while left > 0 {
      progress(total - left, total)
      try database.write { db in
        let ids = try Int64.fetchAll(
          db, sql: "SELECT conversation_id FROM unindexed ORDER BY 1 LIMIT ?", arguments: [catchUpConversations])
        for id in ids {
          // It may have got a turn meanwhile, of another Fiedler that had opened the history before.
          try remove(conversation: id, db)
          let isDeleted = try Bool.fetchOne(
            db, sql: "SELECT deleted_at IS NOT NULL FROM conversations WHERE id = ?", arguments: [id])
          if isDeleted == false { try addDocuments(of: id, knowsVerdicts: true, db) }
        }
        // All in the order of the documents, in one statement: see ``NewConversations``.
        let list = Search.json(ids)
        try db.execute(
          sql: """
            INSERT INTO search (rowid, \(columns)) SELECT id, \(columns) FROM search_content WHERE id IN (
              SELECT documents.id FROM json_each(?1) JOIN documents ON conversation_id = value) ORDER BY id;
            """, arguments: [list])
        try db.execute(
          sql: "DELETE FROM unindexed WHERE conversation_id IN (SELECT value FROM json_each(?))", arguments: [list])
      }
      left = try count()
    }
    if total > 0 { progress(total, total) }
  }

  /// Indexes what was there before.
  static func addAll(_ db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO facets (kind, name) SELECT DISTINCT 'model', model FROM replies;
        INSERT INTO facets (kind, name) SELECT DISTINCT 'provider', provider FROM replies;
        INSERT INTO facets (kind, name) SELECT DISTINCT 'model', value ->> 'name'
          FROM prompts, json_each(iif(json_valid(models), models, '[]'))
          WHERE true ON CONFLICT DO NOTHING;
        INSERT INTO facets (kind, name) SELECT DISTINCT 'provider', value ->> 'provider'
          FROM prompts, json_each(iif(json_valid(models), models, '[]'))
          WHERE true ON CONFLICT DO NOTHING;
        """)
    for id in try Int64.fetchAll(db, sql: "SELECT id FROM conversations WHERE deleted_at IS NULL ORDER BY id") {
      try add(conversation: id, knowsVerdicts: false, db)
    }
  }
}

/// What filters know by name.
enum Facet: String {
  case model, provider, tag
}
