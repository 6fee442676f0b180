import Basics
import Conversations
import FoundationEssentials
import GRDB

/// A page of the history.
public struct HistoryListing: Sendable {
  public var summaries: [ConversationSummary]
  /// Where the next page begins; `nil` where nothing follows.
  public var next: HistoryCursor?
  /// Conversations of the page whose rows are damaged so that they cannot even be named.
  public var damaged: Int
  /// With the first page of a list in which nothing is looked for: all conversations in it.
  public var total: Int?

  public init(
    summaries: [ConversationSummary], next: HistoryCursor? = nil, damaged: Int = 0, total: Int? = nil
  ) {
    self.summaries = summaries
    self.next = next
    self.damaged = damaged
    self.total = total
  }
}

extension ConversationStore {
  /// A page of the conversations that a query finds, each with its first hit in the query's order; of all
  /// conversations if it is empty, the pinned ones first.
  ///
  /// A page looks at a bounded number of turns, so that it may have fewer conversations than `limit`, even none, and
  /// another may follow all the same. Where words are looked for, a conversation comes again on a later page if it has
  /// another hit there. By relevance and by title only the newest 20,000 turns that match are put in order. A
  /// conversation that changes between two pages of an unsearched list moves to the front; no other is missed or shown
  /// twice. The search ends as soon as its task is cancelled.
  ///
  /// - `cursor`: Where the page begins: what the page before, of the same query, gave as `next`.
  /// - `zone`: The user's time zone, for dates in the query.
  /// - `now`: What `today` means there.
  /// - Throws: ``StoreError/notUnderstood(part:advice:)`` for a query with a filter that is none.
  public func history(
    _ query: HistoryQuery, after cursor: HistoryCursor? = nil, limit: Int = 50, zone: LocalZone = .utc,
    now: Date = Date()
  ) async throws(StoreError) -> HistoryListing {
    let parsed = try SearchQuery(query.text, zone: zone, now: now)
    return try await read { db in
      guard !parsed.clauses.isEmpty else {
        return try ConversationList(order: query.order).page(after: cursor, limit: limit, db)
      }
      let isByTime = query.order == .newest || query.order == .oldest
      let isStreamed = isByTime || query.order == .relevance && !parsed.hasText
      if isByTime, parsed.hasText,
        let page = try Search.windowed(parsed, order: query.order, after: cursor, limit: limit, db)
      {
        return page
      }
      let search = Search(plan: try SearchPlan(parsed, db), order: query.order)
      return isStreamed
        ? try search.streamed(after: cursor, limit: limit, db) : try search.ranked(after: cursor, limit: limit, db)
    }
  }

  /// Every match in the conversation's turns that a query finds, in the order of their turn numbers; none if the query
  /// looks for no words.
  ///
  /// - Throws: ``StoreError/notUnderstood(part:advice:)``, as ``history(_:after:limit:zone:now:)``.
  public func hits(
    of query: HistoryQuery, in conversation: UUID, zone: LocalZone = .utc, now: Date = Date()
  ) async throws(StoreError) -> [TextHits] {
    let parsed = try SearchQuery(query.text, zone: zone, now: now)
    guard !parsed.clauses.isEmpty else { return [] }
    return try await read { db in
      let id = try Int64.fetchOne(
        db, sql: "SELECT id FROM conversations WHERE uuid = ?", arguments: [conversation.lowercased])
      guard let id else { return [] }
      return try Search.hits(of: parsed, in: id, db)
    }
  }
}

/// The list of all conversations, a page at a time.
struct ConversationList {
  let order: HistoryOrder

  func page(after cursor: HistoryCursor?, limit: Int, _ db: Database) throws -> HistoryListing {
    let place = cursor?.place ?? []
    var last = place.count == 4 && place[0] == "list \(order)" ? Array(place.dropFirst()) : nil
    var rows: [Row] = []
    for isPinned in [true, false] where rows.count <= limit {
      if let before = last, before[0] != "\(isPinned)" { continue }
      rows += try Row.fetchAll(db, fetch(isPinned, after: last, limit: limit + 1 - rows.count))
      last = nil
    }
    let page = rows.prefix(limit)
    let next = rows.count > limit ? page.last : nil
    let summaries = try SummaryReader.summaries(page.map { $0["id"] }, db)
    let total =
      cursor == nil
      ? try Int.fetchOne(
        db.cachedStatement(sql: "SELECT count(*) FROM conversations WHERE deleted_at IS NULL")) : nil
    return HistoryListing(
      summaries: summaries,
      next: next.map {
        HistoryCursor(place: ["list \(order)", "\($0["pinned"] as Bool)", $0["key"] as String, $0["uuid"] as String])
      }, damaged: page.count - summaries.count, total: total)
  }

  private func fetch(_ isPinned: Bool, after last: [String]?, limit: Int) -> SQLRequest<Row> {
    let (column, isDescending) =
      switch order {
      case .newest, .relevance: ("updated_at", true)
      case .oldest: ("created_at", false)
      case .title: ("title_key", false)
      }
    let direction = isDescending ? "DESC" : "ASC"
    let after = last == nil ? "" : "AND (\(column), uuid) \(isDescending ? "<" : ">") (?, ?)"
    var arguments: StatementArguments = [isPinned]
    if let last {
      // Times are numbers.
      arguments += order == .title ? [last[1], last[2]] : [Int64(last[1]) ?? 0, last[2]]
    }
    arguments += [limit]
    return SQLRequest(
      sql: """
        SELECT id, pinned, CAST(\(column) AS TEXT) AS key, uuid FROM conversations
        WHERE deleted_at IS NULL AND pinned = ? \(after)
        ORDER BY \(column) \(direction), uuid \(direction) LIMIT ?
        """, arguments: arguments, cached: true)
  }
}
