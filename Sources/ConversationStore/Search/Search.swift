import Conversations
import FoundationEssentials
import GRDB

/// Asks the index.
struct Search {
  let plan: SearchPlan
  let order: HistoryOrder

  /// Documents that one page looks at.
  static let mostDocuments = 20_000
  /// Conversations that one page looks through for what must or must not be in them.
  static let mostExclusions = 1000

  struct Hit {
    var document: Int64
    var conversation: Int64
    var excerpt: Data?
  }

  // MARK: By time

  /// A page in the order of the index itself: a conversation stands where its first hit does.
  func streamed(after cursor: HistoryCursor?, limit: Int, _ db: Database) throws -> HistoryListing {
    let isAscending = order == .oldest
    guard let ids = ids(after: cursor) else { return HistoryListing(summaries: []) }
    var hits: [Hit] = []
    var seen: Set<Int64> = []
    var next: Int64?
    var (documents, exclusions) = (0, 0)
    let narrowing = try narrowing(db)
    let rows = try Row.fetchCursor(
      db.cachedStatement(sql: stream(isAscending)), arguments: arguments + [ids.lowerBound, ids.upperBound])
    while let row = try rows.next() {
      let hit = Hit(document: row[0], conversation: row[1], excerpt: row[2])
      documents += 1
      if hits.count == limit || documents > Self.mostDocuments || exclusions > Self.mostExclusions {
        // Later documents of the conversations of this page are no reason for another one.
        if hits.count == limit, documents <= Self.mostDocuments, seen.contains(hit.conversation) { continue }
        next = hit.document
        break
      }
      guard seen.insert(hit.conversation).inserted else { continue }
      switch narrowing {
      case .none: break
      case .known(let conversations): if !conversations.contains(hit.conversation) { continue }
      case .each:
        exclusions += 1
        if try !isWithin(hit.conversation, db) { continue }
      }
      if plan.without != nil {
        exclusions += 1
        if try isExcluded(hit.conversation, db) { continue }
      }
      hits.append(hit)
    }
    return HistoryListing(summaries: try summaries(hits, db), next: next.map { self.cursor(at: $0) })
  }

  private static func kind(_ order: HistoryOrder) -> String { order == .oldest ? "oldest" : "newest" }

  func cursor(at document: Int64) -> HistoryCursor { HistoryCursor(place: [Self.kind(order), "\(document)"]) }

  /// Where the documents are that a page begins with; `nil` where there are no more.
  func ids(after cursor: HistoryCursor?) -> ClosedRange<Int64>? {
    guard let ids = plan.ids else { return nil }
    guard let start = Self.place(cursor, order) else { return ids }
    guard ids.contains(start) else { return nil }
    return order == .oldest ? start...ids.upperBound : ids.lowerBound...start
  }

  /// The document that a page begins with.
  static func place(_ cursor: HistoryCursor?, _ order: HistoryOrder) -> Int64? {
    guard let place = cursor?.place, place.count == 2, place[0] == kind(order) else { return nil }
    return Int64(place[1])
  }

  private func stream(_ isAscending: Bool) -> String {
    let direction = isAscending ? "ASC" : "DESC"
    guard plan.match != nil else {
      return """
        SELECT id, conversation_id, NULL FROM documents WHERE id BETWEEN ? AND ? ORDER BY id \(direction)
        """
    }
    return """
      SELECT search.rowid, conversation_id, excerpt(search, conversation_id)
      FROM search CROSS JOIN documents ON documents.id = search.rowid
      WHERE search MATCH CAST(? AS TEXT) AND search.rowid BETWEEN ? AND ? ORDER BY search.rowid \(direction)
      """
  }

  var arguments: StatementArguments { plan.match.map { [$0.data] } ?? [] }

  /// Which conversations the filters beside words leave.
  enum Narrowing {
    case none
    case known(Set<Int64>)
    /// So many that each one that is found is looked into.
    case each
  }

  /// Turns that filters may match for their conversations to be gathered beforehand.
  private static let mostNarrowed = 5000

  func narrowing(_ db: Database) throws -> Narrowing {
    guard let within = plan.within else { return .none }
    // To count them costs little; to ask for the conversation of each, more.
    let count = try Int.fetchOne(
      db.cachedStatement(
        sql: "SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH CAST(? AS TEXT) LIMIT ?)"),
      arguments: [within.data, Self.mostNarrowed + 1])
    guard count ?? 0 <= Self.mostNarrowed else { return .each }
    let found = try Int64.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT conversation_id FROM search CROSS JOIN documents ON documents.id = search.rowid
          WHERE search MATCH CAST(? AS TEXT)
          """), arguments: [within.data])
    return .known(Set(found))
  }

  func isExcluded(_ conversation: Int64, _ db: Database) throws -> Bool {
    guard let without = plan.without else { return false }
    return try holds(conversation, without, db)
  }

  func isWithin(_ conversation: Int64, _ db: Database) throws -> Bool {
    guard let within = plan.within else { return true }
    return try holds(conversation, within, db)
  }

  /// Whether one of a conversation's documents matches.
  private func holds(_ conversation: Int64, _ expression: SearchExpression, _ db: Database) throws -> Bool {
    if let test = expression.test {
      return try String.fetchAll(
        db.cachedStatement(sql: "SELECT facets FROM documents WHERE conversation_id = ?"), arguments: [conversation]
      ).contains { test.holds(of: $0.split(separator: " ")) }
    }
    return try Self.ranges(of: conversation, db).contains { range in
      try Bool.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT 1 FROM search CROSS JOIN documents ON documents.id = search.rowid
            WHERE search MATCH CAST(? AS TEXT) AND search.rowid BETWEEN ? AND ? AND conversation_id = ? LIMIT 1
            """), arguments: [expression.data, range.lowerBound, range.upperBound, conversation]) != nil
    }
  }

  /// Where a conversation's documents lie: a range for each time that it was worked on, so that what others did in
  /// between is not looked at.
  private static func ranges(of conversation: Int64, _ db: Database) throws -> [ClosedRange<Int64>] {
    try Int64.fetchAll(
      db.cachedStatement(sql: "SELECT id FROM documents WHERE conversation_id = ? ORDER BY id"),
      arguments: [conversation]
    ).reduce(into: []) { ranges, id in
      if let last = ranges.last, id - last.upperBound < 3600 * SearchIndex.perSecond {
        ranges[ranges.count - 1] = last.lowerBound...id
      } else {
        ranges.append(id...id)
      }
    }
  }

  static func json(_ ids: [Int64]) -> String { "[" + ids.map(String.init).joined(separator: ",") + "]" }

  // MARK: What was found

  func summaries(_ hits: [Hit], _ db: Database) throws -> [ConversationSummary] {
    let summaries = try SummaryReader.byRow(hits.map(\.conversation), db)
    guard plan.hasText else { return hits.compactMap { summaries[$0.conversation] } }
    return try hits.compactMap { hit in
      guard var summary = summaries[hit.conversation] else { return nil }
      summary.hit = try hit.excerpt.flatMap(SearchExcerpt.init(stored:)).map { try self.hit($0, hit.document, db) }
      return summary
    }
  }

  private func hit(_ excerpt: SearchExcerpt, _ document: Int64, _ db: Database) throws -> HistoryHit {
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT prompts.uuid AS prompt, replies.uuid AS reply FROM documents
            LEFT JOIN prompts ON prompts.id = documents.prompt_id LEFT JOIN replies ON replies.id = reply_id
          WHERE documents.id = ?
          """), arguments: [document])
    let (exchange, reply) = (try row?.optionalUUID("prompt"), try row?.optionalUUID("reply"))
    let snippet = excerpt.highlighted
    switch excerpt.column {
    case .title: return HistoryHit(place: .title, snippet: snippet)
    case .tags, .facets: return HistoryHit(place: .tag, snippet: snippet)
    case .files: return HistoryHit(place: .file, exchange: exchange, snippet: snippet)
    case .reasoning: return HistoryHit(place: .reasoning, exchange: exchange, reply: reply, snippet: snippet)
    case .text:
      return HistoryHit(place: reply == nil ? .prompt : .answer, exchange: exchange, reply: reply, snippet: snippet)
    }
  }

  /// Every match in a conversation's turns.
  static func hits(of query: SearchQuery, in conversation: Int64, _ db: Database) throws -> [TextHits] {
    let ranges = try ranges(of: conversation, db)
    guard query.hasText, let first = ranges.first, let last = ranges.last else { return [] }
    let window = SearchWindow(first.lowerBound...last.upperBound)
    var plan = try SearchPlan(query, within: window, db)
    if window.isCut { plan = try SearchPlan(query, db) }
    guard plan.hasText, let match = plan.match, let ids = plan.ids else { return [] }
    var hits: [(turn: Int, hits: TextHits)] = []
    var filesOf: Set<UUID> = []
    for range in ranges where range.overlaps(ids) {
      let range = range.clamped(to: ids)
      let rows = try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT prompts.uuid AS prompt, replies.uuid AS reply, asked.turn_number AS asked,
              answered.turn_number AS answered, places(search) AS places
            FROM search CROSS JOIN documents ON documents.id = search.rowid AND documents.conversation_id = ?
              JOIN prompts ON prompts.id = documents.prompt_id JOIN turns AS asked ON asked.prompt_id = prompts.id
              LEFT JOIN replies ON replies.id = documents.reply_id
              LEFT JOIN turns AS answered ON answered.reply_id = replies.id
            WHERE search MATCH CAST(? AS TEXT) AND search.rowid BETWEEN ? AND ?
            """), arguments: [conversation, match.data, range.lowerBound, range.upperBound])
      for row in rows {
        let (exchange, reply) = (try row.uuid("prompt"), try row.optionalUUID("reply"))
        let places = SearchPlaces.read(row["places"])
        let asked: Int = row["asked"]
        // A reply's documents have its prompt's file names too.
        if let files = places[.files], filesOf.insert(exchange).inserted {
          hits.append((asked, TextHits(place: .file, exchange: exchange, ranges: files)))
        }
        if let reasoning = places[.reasoning] {
          let found = TextHits(place: .reasoning, exchange: exchange, reply: reply, ranges: reasoning)
          hits.append((row["answered"] ?? asked, found))
        }
        if let text = places[.text] {
          let place: HistoryHit.Place = reply == nil ? .prompt : .answer
          let found = TextHits(place: place, exchange: exchange, reply: reply, ranges: text)
          hits.append((row["answered"] ?? asked, found))
        }
      }
    }
    let order: [HistoryHit.Place] = [.prompt, .file, .reasoning, .answer]
    func rank(_ place: HistoryHit.Place) -> Int { order.firstIndex(of: place) ?? order.count }
    return hits.sorted { ($0.turn, rank($0.hits.place)) < ($1.turn, rank($1.hits.place)) }.map(\.hits)
  }
}

extension SearchExcerpt {
  /// On one line: runs of blanks, line ends and control characters become one blank.
  var highlighted: HighlightedText {
    guard let characters = String(validating: text, as: UTF8.self) else {
      return HighlightedText(String(decoding: text, as: UTF8.self))
    }
    var line = isCutBefore ? "…" : ""
    // Where each byte of the text has gone.
    var moved: [Int] = []
    var isAfterBlank = !isCutBefore
    for scalar in characters.unicodeScalars {
      let isBlank = scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
      moved += Array(repeating: line.utf8.count, count: UTF8.width(scalar))
      if !isBlank { line.unicodeScalars.append(scalar) } else if !isAfterBlank { line += " " }
      isAfterBlank = isBlank
    }
    while line.utf8.last == UInt8(ascii: " ") { line.removeLast() }
    moved.append(line.utf8.count)
    let highlights = ranges.compactMap { range -> Range<Int>? in
      let moved = moved[range.lowerBound]..<max(moved[range.lowerBound], moved[range.upperBound])
      return moved.isEmpty ? nil : moved.clamped(to: 0..<line.utf8.count)
    }
    return HighlightedText(line + (isCutAfter ? "…" : ""), highlights: highlights)
  }
}
