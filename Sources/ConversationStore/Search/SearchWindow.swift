import Conversations
import FoundationEssentials
import GRDB

/// The newest documents, or the oldest, as far as the words are known in them that begin as a query asks.
///
/// Hundreds of thousands of words may begin alike (`uniq`), and SQLite gathers the places of all of them before the
/// first row. What is shown first needs but the words of the documents looked at first: those with a word that has the
/// same first three letters, which are indexed.
final class SearchWindow {
  /// `nil` where not even the first document is known.
  private(set) var ids: ClosedRange<Int64>?
  /// Whether there is more beyond it.
  private(set) var isCut = false
  private let isAscending: Bool
  private let conversations: Int

  /// What is looked through for one word: that many documents, or so many bytes, until so many words are found.
  private static let mostDocuments = 512
  private static let mostBytes = 1 << 20
  private static let mostWords = 256
  /// Of so many documents, that few with a word that is meant say that the rest is not worth a look.
  private static let (trial, fewest) = (64, 4)

  /// - `ids`: from where to where at most.
  /// - `conversations`: how many are wanted in which a word is found.
  init(_ ids: ClosedRange<Int64> = Int64.min...Int64.max, isAscending: Bool = false, conversations: Int = .max) {
    self.ids = ids
    self.isAscending = isAscending
    self.conversations = conversations
  }

  func limit(to range: ClosedRange<Int64>) {
    guard let ids, ids.overlaps(range) else { return ids = nil }
    self.ids = ids.clamped(to: range)
  }

  /// The first place beyond it.
  var beyond: Int64? { ids.map { isAscending ? $0.upperBound + 1 : $0.lowerBound - 1 } }

  /// All words within it that begin so. Makes it narrower where those are too many.
  func words(beginningWith beginning: String, _ tokenizer: SearchTokenizer, _ db: Database) throws -> [String] {
    guard let ids else { return [] }
    let shorter = String(beginning.unicodeScalars.prefix(SearchIndex.prefix))
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT search.rowid, documents.conversation_id, CAST(text AS BLOB), CAST(title AS BLOB),
            CAST(tags AS BLOB), CAST(reasoning AS BLOB), CAST(files AS BLOB)
          FROM search CROSS JOIN documents ON documents.id = search.rowid
          WHERE search MATCH CAST(? AS TEXT) AND search.rowid BETWEEN ? AND ?
          ORDER BY search.rowid \(isAscending ? "ASC" : "DESC")
          """),
      arguments: [SearchExpression.phrase(shorter, isPrefix: true).data, ids.lowerBound, ids.upperBound])
    var words: Set<String> = []
    var having: Set<Int64> = []
    var (documents, found, bytes) = (0, 0, 0)
    while let row = try rows.next() {
      var here: Set<String> = []
      for column in 2..<row.count {
        guard let text: Data = row[column] else { continue }
        bytes += text.count
        for (word, _) in try tokenizer.tokenize(document: String(decoding: text, as: UTF8.self))
        where word.utf8.starts(with: beginning.utf8) { here.insert(word) }
      }
      documents += 1
      if !here.isEmpty {
        found += 1
        having.insert(row[1])
      }
      if documents == Self.trial, found < Self.fewest {
        isCut = true
        self.ids = nil
        break
      }
      words.formUnion(here)
      if words.count > Self.mostWords || having.count > conversations || documents > Self.mostDocuments
        || bytes > Self.mostBytes
      {
        cut(before: row[0])
        break
      }
    }
    return words.sorted()
  }

  private func cut(before id: Int64) {
    isCut = true
    guard let ids else { return }
    if isAscending {
      self.ids = id > ids.lowerBound ? ids.lowerBound...id - 1 : nil
    } else {
      self.ids = id < ids.upperBound ? id + 1...ids.upperBound : nil
    }
  }
}

extension Search {
  /// A page of what a query for words finds, in the order of time; `nil` where there are not enough of them among the
  /// documents that ``SearchWindow`` takes in.
  static func windowed(
    _ query: SearchQuery, order: HistoryOrder, after cursor: HistoryCursor?, limit: Int, _ db: Database
  ) throws -> HistoryListing? {
    // Of what one word finds, other words leave a part.
    let window = SearchWindow(
      isAscending: order == .oldest, conversations: limit * (query.clauses.count > 1 ? 4 : 1))
    if let start = place(cursor, order) {
      window.limit(to: order == .oldest ? start...Int64.max : Int64.min...start)
    }
    let search = Search(plan: try SearchPlan(query, within: window, db), order: order)
    guard window.isCut else { return try search.streamed(after: cursor, limit: limit, db) }
    guard window.ids != nil else { return nil }
    var page = try search.streamed(after: cursor, limit: limit, db)
    guard page.next == nil else { return page }
    guard page.summaries.count == limit else { return nil }
    page.next = window.beyond.map { search.cursor(at: $0) }
    return page
  }
}
