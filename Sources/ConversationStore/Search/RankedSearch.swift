import Conversations
import Foundation
import GRDB

// By relevance or title.
extension Search {
  private struct Ranked {
    var document: Int64
    var conversation: Int64
    /// Better ones are higher.
    var score: Double
    var title = ""

    func isBefore(_ other: Ranked, _ order: HistoryOrder) -> Bool {
      order == .title
        ? (title, conversation) < (other.title, other.conversation)
        : (score, conversation) > (other.score, other.conversation)
    }
  }

  /// A page of the conversations that the newest matches are in, put in order.
  func ranked(after cursor: HistoryCursor?, limit: Int, _ db: Database) throws -> HistoryListing {
    // Later pages put in order what was there for the first, so that what comes meanwhile does not move the others.
    var newest = try Int64.fetchOne(db, sql: "SELECT max(id) FROM documents") ?? 0
    var last: Ranked?
    if let place = cursor?.place, place.count == 5, place[0] == "\(order)", let score = Double(place[1]),
      let conversation = Int64(place[3]), let then = Int64(place[4])
    {
      last = Ranked(document: 0, conversation: conversation, score: score, title: place[2])
      newest = then
    }
    guard let ids = plan.ids, ids.lowerBound <= newest else { return HistoryListing(summaries: []) }
    var found = try conversations(ids.clamped(to: ids.lowerBound...newest), db)
    if order == .title {
      for (id, title) in try titles(Array(found.keys), db) { found[id]?.title = title }
    }
    var rest = found.values.filter { last?.isBefore($0, order) ?? true }.sorted { $0.isBefore($1, order) }[...]
    var page: [Ranked] = []
    let narrowing = try narrowing(db)
    while page.count < limit, let candidate = rest.popFirst() {
      switch narrowing {
      case .none: break
      case .known(let conversations): if !conversations.contains(candidate.conversation) { continue }
      case .each: if try !isWithin(candidate.conversation, db) { continue }
      }
      if try !isExcluded(candidate.conversation, db) { page.append(candidate) }
    }
    let excerpts = try excerpts(page.map(\.document), db)
    let hits = page.map { Hit(document: $0.document, conversation: $0.conversation, excerpt: excerpts[$0.document]) }
    return HistoryListing(
      summaries: try summaries(hits, db),
      next: rest.isEmpty
        ? nil
        : page.last.map { last in
          HistoryCursor(place: ["\(order)", "\(last.score)", last.title, "\(last.conversation)", "\(newest)"])
        })
  }

  /// Each conversation with its best match, or its newest where all are equal.
  private func conversations(_ ids: ClosedRange<Int64>, _ db: Database) throws -> [Int64: Ranked] {
    let isWeighed = order == .relevance && plan.match != nil
    let sql =
      plan.match == nil
      ? "SELECT id, conversation_id, NULL FROM documents WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?"
      : """
      SELECT search.rowid, conversation_id, \(isWeighed ? "weights(search)" : "NULL")
      FROM search CROSS JOIN documents ON documents.id = search.rowid
      WHERE search MATCH CAST(? AS TEXT) AND search.rowid BETWEEN ? AND ? ORDER BY search.rowid DESC LIMIT ?
      """
    var matches: [(document: Int64, conversation: Int64, weights: [(phrase: Int, weight: Int)])] = []
    var documents: [Int: Int] = [:]
    let rows = try Row.fetchCursor(
      db.cachedStatement(sql: sql), arguments: arguments + [ids.lowerBound, ids.upperBound, Self.mostDocuments])
    while let row = try rows.next() {
      let weights = (row[2] as Data?).map(SearchWeights.read) ?? []
      for (phrase, _) in weights { documents[phrase, default: 0] += 1 }
      matches.append((row[0], row[1], weights))
    }
    var found: [Int64: Ranked] = [:]
    for match in matches {
      let score = Self.score(match.weights, documents, of: matches.count)
      if let best = found[match.conversation], best.score >= score { continue }
      found[match.conversation] = Ranked(document: match.document, conversation: match.conversation, score: score)
    }
    return found
  }

  /// BM25F without regard to the texts' lengths, the matches found being the collection: SQLite's `bm25` looks up the
  /// length of each, and first counts all the rows of the index that have each of the words.
  private static func score(
    _ weights: [(phrase: Int, weight: Int)], _ documents: [Int: Int], of count: Int
  ) -> Double {
    weights.reduce(0) { score, phrase in
      let having = Double(documents[phrase.phrase] ?? 0)
      let rarity = log(1 + (Double(count) - having + 0.5) / (having + 0.5))
      let weight = Double(phrase.weight) / 2
      return score + max(rarity, 1e-6) * weight * 2.2 / (weight + 1.2)
    }
  }

  private func titles(_ conversations: [Int64], _ db: Database) throws -> [(Int64, String)] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT id, title_key FROM conversations WHERE id IN (SELECT value FROM json_each(?))"),
      arguments: [Self.json(conversations)]
    ).map { ($0["id"], $0["title_key"]) }
  }

  /// One more look at all the matches from the first to the last of these documents, which costs less than to begin
  /// anew for each.
  private func excerpts(_ documents: [Int64], _ db: Database) throws -> [Int64: Data] {
    guard plan.match != nil, let first = documents.min(), let last = documents.max() else { return [:] }
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT rowid, iif(rowid IN (SELECT value FROM json_each(?)), excerpt(search, rowid), NULL) FROM search
          WHERE search MATCH CAST(? AS TEXT) AND rowid BETWEEN ? AND ?
          """), arguments: [Self.json(documents)] + arguments + [first, last])
    var excerpts: [Int64: Data] = [:]
    while let row = try rows.next() {
      if let excerpt = row[1] as Data? { excerpts[row[0]] = excerpt }
    }
    return excerpts
  }
}
