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
  let isAscending: Bool

  /// What is looked through for one word: that many documents, or so many bytes, until so many words are found.
  private static let mostDocuments = 512
  private static let mostBytes = 1 << 20
  private static let mostWords = 256

  init(_ ids: ClosedRange<Int64>, isAscending: Bool) {
    self.ids = ids
    self.isAscending = isAscending
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
          SELECT rowid, CAST(text AS BLOB), CAST(title AS BLOB), CAST(tags AS BLOB), CAST(reasoning AS BLOB),
            CAST(files AS BLOB)
          FROM search WHERE search MATCH CAST(? AS TEXT) AND rowid BETWEEN ? AND ?
          ORDER BY rowid \(isAscending ? "ASC" : "DESC")
          """),
      arguments: [SearchExpression.phrase(shorter, isPrefix: true).data, ids.lowerBound, ids.upperBound])
    var words: Set<String> = []
    var (documents, bytes) = (0, 0)
    while let row = try rows.next() {
      var found = words
      for column in 1..<row.count {
        guard let text: Data = row[column] else { continue }
        bytes += text.count
        for (word, _) in try tokenizer.tokenize(document: String(decoding: text, as: UTF8.self))
        where word.utf8.starts(with: beginning.utf8) { found.insert(word) }
      }
      documents += 1
      if found.count > Self.mostWords || documents > Self.mostDocuments || bytes > Self.mostBytes {
        cut(before: row[0])
        break
      }
      words = found
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
  /// As ``streamed(after:limit:_:)``, of a query whose plan is wide: `nil` where the window has not enough for a page.
  func windowed(
    _ query: SearchQuery, after cursor: HistoryCursor?, limit: Int, _ db: Database
  ) throws -> HistoryListing? {
    guard let ids = ids(after: cursor) else { return nil }
    let window = SearchWindow(ids, isAscending: order == .oldest)
    let search = Search(plan: try SearchPlan(query, within: window, db), order: order)
    guard window.ids != nil else { return nil }
    var page = try search.streamed(after: cursor, limit: limit, db)
    guard window.isCut, page.next == nil else { return page }
    guard page.summaries.count == limit else { return nil }
    page.next = window.beyond.map { self.cursor(at: $0) }
    return page
  }
}
