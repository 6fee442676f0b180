import Basics
import Conversations
import FoundationEssentials
import GodotWire
import JSON

/// What a search for log records came to.
struct FoundRecords: Sendable {
  /// Newest first, each once.
  var records: [ServerRecord]
  /// Older records than this may be there beside those found: the server gives no means to reach them all. `nil`: what
  /// was asked for is here whole.
  var horizon: Date?
}

/// Finds a log server's records by asking as often as it takes: one answer holds 1,000 at most, newest first.
///
/// A server that commits what it acknowledges, ours, is asked for the next page by time. The servers in use fail on
/// every time (they hand the text to their database's driver), so times are compared here, and what lies behind a full
/// page is reached by narrower questions: by level, which leaves nothing out, then by the components seen. Where even
/// those answers are full, ``FoundRecords/horizon`` tells how far back nothing is missing.
struct RecordSearch {
  let query: LogQuery
  /// What the tool takes; `nil` if it does not say.
  let parameters: Set<String>?
  /// The server understands times, and its level means itself and graver ones.
  let isDurable: Bool
  /// One call of the query tool.
  let ask: (JSON) async throws(GodotReadError) -> JSON

  private var found: [String: ServerRecord] = [:]
  private var order: [String] = []

  init(
    _ query: LogQuery, parameters: Set<String>?, isDurable: Bool,
    ask: @escaping (JSON) async throws(GodotReadError) -> JSON
  ) {
    self.query = query
    self.parameters = parameters
    self.isDurable = isDurable
    self.ask = ask
  }

  mutating func run() async throws(GodotReadError) -> FoundRecords {
    isDurable ? try await pages() : try await narrowing()
  }

  private var wanted: Int { max(query.limit, 1) }

  // MARK: - Asking

  private struct Page {
    /// Rows in the answer, whatever they are.
    var rows = 0
    /// How many of them were not known yet.
    var news = 0
    var oldest: Date?
    /// There may be more behind it.
    var isFull = false
  }

  /// What the server is asked to filter by.
  private func arguments(level: LogLevel? = nil, component: String? = nil, to: Date? = nil) -> [String: JSON] {
    var arguments: [String: JSON] = [:]
    arguments[WireKey.component] = (component ?? query.component).map(JSON.string)
    arguments[WireKey.traceID] = (query.trace?.lowercased).map(JSON.string)
    arguments[WireKey.level] = (level?.rawValue).map(JSON.string)
    if isDurable {
      arguments[WireKey.startTime] = query.from.map { .string(Timestamp.text($0, .milliseconds, zone: .number)) }
      arguments[WireKey.endTime] = to.map { .string(Timestamp.text($0, .milliseconds, zone: .number)) }
    }
    // An unknown argument is an error; what the server does not filter is filtered here.
    guard let parameters else { return arguments }
    return arguments.filter { parameters.contains($0.key) }
  }

  private var takesLimit: Bool { parameters?.contains(WireKey.limit) ?? true }

  private mutating func page(_ arguments: [String: JSON], limit: Int) async throws(GodotReadError) -> Page {
    var arguments = arguments
    if takesLimit { arguments[WireKey.limit] = .int(limit) }
    let rows = try Self.rows(of: try await ask(.object(arguments)))
    var page = Page(rows: rows.count, isFull: takesLimit ? rows.count >= limit : !rows.isEmpty)
    for row in rows {
      guard let record = ServerRecord(row) else { continue }
      page.oldest = min(page.oldest ?? record.record.time, record.record.time)
      guard found[record.key] == nil else { continue }
      page.news += 1
      found[record.key] = record
      order.append(record.key)
    }
    return page
  }

  /// The list in a query's answer, whatever it is called.
  static func rows(of answer: JSON) throws(GodotReadError) -> [JSON] {
    let names = ["logs", "records", "entries", "results", "rows"]
    guard let rows = answer.array ?? names.lazy.compactMap({ answer[$0]?.array }).first else {
      throw .unreadable("it sends no list of records")
    }
    return rows
  }

  /// What was found that the query asks for, newest first; those of one moment as the server has them.
  private var matching: [ServerRecord] {
    order.compactMap { found[$0] }.filter { query.takes($0.record) }.enumerated().sorted {
      ($1.element.record.time, $0.offset) < ($0.element.record.time, $1.offset)
    }.map(\.element)
  }

  /// - `horizon`: what is newer is known whole.
  private func result(_ horizon: Date?) -> FoundRecords {
    let records = Array(matching.prefix(wanted))
    guard let horizon else { return FoundRecords(records: records) }
    let isEnough = records.count == wanted && records.allSatisfy { $0.record.time >= horizon }
    let isBefore = query.from.map { $0 > horizon } ?? false
    return FoundRecords(records: records, horizon: isEnough || isBefore ? nil : horizon)
  }

  // MARK: - Our own server

  /// An answer of ours may be shorter than the limit because it would grow too large, so only one without news is the
  /// last.
  private mutating func pages() async throws(GodotReadError) -> FoundRecords {
    var to = query.to
    while true {
      let missing = wanted - matching.count
      guard missing > 0 else { return result(nil) }
      // The last one's moment is asked for again: there may be others of it.
      let limit = min(WireLimits.rows, missing + (to == query.to ? 0 : 1))
      let page = try await page(arguments(level: query.level, to: to), limit: limit)
      guard page.rows > 0, let oldest = page.oldest else { return result(nil) }
      // To the millisecond, as it is asked for.
      let next = Date(millisecondsSince1970: oldest.millisecondsSince1970 + 1)
      guard page.news > 0 else {
        // More records of one moment than an answer holds.
        return result(limit == WireLimits.rows && page.isFull ? oldest : nil)
      }
      guard parameters?.contains(WireKey.endTime) ?? true else { return result(page.isFull ? oldest : nil) }
      to = next
    }
  }

  // MARK: - The servers in use

  private mutating func narrowing() async throws(GodotReadError) -> FoundRecords {
    // Elsewhere a level may mean itself alone, so only the gravest is asked for by the first question.
    let only = query.level == .error ? LogLevel.error : nil
    let asked = arguments(level: only)
    let filtersHere =
      query.from != nil || query.to != nil || (query.level != nil && asked[WireKey.level] == nil)
      || (query.component != nil && asked[WireKey.component] == nil)
      || (query.trace != nil && asked[WireKey.traceID] == nil)
    let first = try await page(asked, limit: filtersHere ? WireLimits.rows : min(wanted, WireLimits.rows))
    guard first.isFull else { return result(nil) }
    var horizon = first.oldest
    guard reachesNotYet(horizon), only == nil, parameters?.contains("level") ?? true, takesLimit else {
      return result(horizon)
    }

    horizon = nil
    var full: [LogLevel] = []
    for level in LogLevel.allCases.reversed() where query.level.map({ level >= $0 }) ?? true {
      let page = try await page(arguments(level: level), limit: WireLimits.rows)
      guard page.isFull, let oldest = page.oldest else { continue }
      horizon = max(horizon ?? oldest, oldest)
      full.append(level)
    }
    guard reachesNotYet(horizon), query.component == nil, parameters?.contains("component") ?? true else {
      return result(horizon)
    }
    // Components that were never seen stay unknown, so the horizon stays where it is.
    let components = Set(found.values.map(\.record.component)).sorted().prefix(32)
    for level in full {
      for component in components {
        _ = try await page(arguments(level: level, component: component), limit: WireLimits.rows)
      }
    }
    return result(horizon)
  }

  /// Whether more questions are needed.
  private func reachesNotYet(_ horizon: Date?) -> Bool { result(horizon).horizon != nil }
}

extension LogQuery {
  func takes(_ record: LoggedRecord) -> Bool {
    (component.map { $0 == record.component } ?? true) && (level.map { $0 <= record.level } ?? true)
      && (trace.map { $0 == record.trace } ?? true) && (from.map { $0 <= record.time } ?? true)
      && (to.map { $0 >= record.time } ?? true)
  }
}
