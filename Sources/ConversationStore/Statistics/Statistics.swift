import Conversations
import FoundationEssentials
import GRDB

extension ConversationStore {
  /// The figures of all models, or of the answers that a search of the history finds, and the verdicts on them.
  ///
  /// Of all, they come from sums that are kept up to date, in milliseconds whatever the history holds. A search is
  /// counted anew: all answers of the conversations it finds, by any words and filters; `before:` and `after:` hold of
  /// the answers themselves, and `model:` and `provider:`, outside of alternatives, choose the models that are told of.
  ///
  /// That an answer is the best says that it was preferred to that of each other model, unless the two were compared.
  ///
  /// - Throws: ``StoreError/notUnderstood(part:advice:)`` for a query with a filter that is none.
  public func statistics(
    _ query: String = "", zone: LocalZone = .utc, now: Date = Date()
  ) async throws(StoreError) -> Statistics {
    let parsed = try SearchQuery(query, zone: zone, now: now)
    return try await read { db in
      let chosen = ModelChoices(parsed)
      var statistics = try StatisticsReader(try StatisticsScope(parsed, db)).statistics(db)
      statistics.models.removeAll { !chosen.contains($0.model) }
      statistics.outcomes.removeAll { !chosen.contains($0.better) || !chosen.contains($0.worse) }
      return statistics
    }
  }
}

/// The models that a query's filters name.
private struct ModelChoices {
  private var tests: [(isNegated: Bool, holds: @Sendable (ModelReference) -> Bool)] = []

  init(_ query: SearchQuery) {
    for clause in query.clauses {
      switch clause.part {
      case .model(let name):
        let name = name.lowercased()
        tests.append((clause.isNegated, { $0.name.lowercased().contains(name) || $0.description.lowercased() == name }))
      case .provider(let name):
        let name = name.lowercased()
        tests.append((clause.isNegated, { $0.provider.lowercased().contains(name) }))
      default: continue
      }
    }
  }

  func contains(_ model: ModelReference) -> Bool { tests.allSatisfy { $0.holds(model) != $0.isNegated } }
}

/// Which answers are counted.
struct StatisticsScope {
  /// As SQL, of a reply's id; `nil` for all, which are summed up already.
  private(set) var condition: (String) -> String? = { _ in nil }
  private(set) var arguments: StatementArguments = []

  init(_ query: SearchQuery, _ db: Database) throws {
    let narrowing = query.clauses.filter { clause in
      switch clause.part {
      case .model, .provider: false
      default: true
      }
    }
    guard !narrowing.isEmpty else { return }
    var rest = query
    rest.clauses = narrowing
    let plan = try SearchPlan(rest, db)
    guard let ids = plan.ids else {
      condition = { _ in "false" }
      return
    }
    var answers = "SELECT reply_id FROM documents WHERE reply_id IS NOT NULL AND id BETWEEN ? AND ?"
    arguments = [ids.lowerBound, ids.upperBound]
    if let conversations = try Self.conversations(plan, ids, db) {
      answers += " AND conversation_id IN (SELECT value FROM json_each(?))"
      arguments += [Search.json(conversations)]
    }
    condition = { [answers] in "\($0) IN (\(answers))" }
  }

  /// Those that the query finds; `nil` for all.
  private static func conversations(
    _ plan: SearchPlan, _ ids: ClosedRange<Int64>, _ db: Database
  ) throws -> [Int64]? {
    func found(_ expression: SearchExpression, in ids: ClosedRange<Int64>) throws -> Set<Int64> {
      try Int64.fetchSet(
        db.cachedStatement(
          sql: """
            SELECT conversation_id FROM search CROSS JOIN documents ON documents.id = search.rowid
            WHERE search MATCH CAST(? AS TEXT) AND search.rowid BETWEEN ? AND ?
            """), arguments: [expression.data, ids.lowerBound, ids.upperBound])
    }
    let anyTime = Int64.min...Int64.max
    var conversations = try plan.match.map { try found($0, in: ids) }
    if let within = plan.within {
      let inside = try found(within, in: anyTime)
      conversations = conversations?.intersection(inside) ?? inside
    }
    if let without = plan.without {
      let all =
        try conversations ?? Int64.fetchSet(db, sql: "SELECT id FROM conversations WHERE deleted_at IS NULL")
      conversations = all.subtracting(try found(without, in: anyTime))
    }
    return conversations?.sorted()
  }
}

/// Reads figures, from the sums or by counting.
struct StatisticsReader {
  private let scope: StatisticsScope

  init(_ scope: StatisticsScope) { self.scope = scope }

  func statistics(_ db: Database) throws -> Statistics {
    var models: [ModelReference: ModelFigures] = [:]
    func figures(_ row: Row, _ change: (inout ModelFigures) throws -> Void) rethrows {
      let model = ModelReference(provider: row[0], name: row[1])
      try change(&models[model, default: ModelFigures(model: model)])
    }
    if let condition = scope.condition("id") {
      try count(condition, db, figures)
    } else {
      try sumUp(db, figures)
    }
    for row in try verdicts(db) {
      figures(row) { figures in
        if let word = VerdictWord(rawValue: row[2]) { figures.verdicts[word] = row[3] }
      }
    }
    return Statistics(
      models: models.values.sorted { $0.model.description < $1.model.description }, outcomes: try outcomes(db))
  }

  // MARK: Figures

  private typealias Change = (Row, (inout ModelFigures) throws -> Void) throws -> Void

  /// All answers, by the sums that are kept of them.
  private func sumUp(_ db: Database, _ figures: Change) throws {
    let sums = ModelSummary.sums.joined(separator: ", ")
    for row in try Row.fetchAll(db, sql: "SELECT provider, model, day, \(sums) FROM model_days WHERE sends > 0") {
      try figures(row) { $0.days[row[2]] = Self.sums(row) }
    }
    for row in try Row.fetchAll(db, sql: "SELECT provider, model, kind, count FROM model_failures WHERE count > 0") {
      try figures(row) { $0.failures[row[2]] = row[3] }
    }
    let measures = "SELECT provider, model, measure, bucket, count FROM model_measures WHERE count > 0"
    for row in try Row.fetchAll(db, sql: measures) {
      try figures(row) { figures in
        let (bucket, count): (Int, Int) = (row[3], row[4])
        switch ModelSummary.Measure(rawValue: row[2]) {
        case .firstToken: figures.firstToken.add(bucket: bucket, count)
        case .rate: figures.rate.add(bucket: bucket, count)
        case .length: figures.length.add(bucket: bucket, count)
        case nil: break
        }
      }
    }
  }

  /// The answers of a search, one by one: they lie between their texts, so that going through them is what takes time.
  private func count(_ condition: String, _ db: Database, _ figures: Change) throws {
    let sums = ModelSummary.sums
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT provider, model, day, \(sums.joined(separator: ", ")), failure, ttft, rate, written
        FROM reply_figures WHERE \(condition)
        """, arguments: scope.arguments)
    let end = 3 + sums.count
    while let row = try rows.next() {
      try figures(row) { figures in
        figures.days[row[2], default: ModelFigures.Sums()] += Self.sums(row)
        if let failure: String = row[end] { figures.failures[failure, default: 0] += 1 }
        if let time: Int = row[end + 1] { figures.firstToken.add(time) }
        if let rate: Int = row[end + 2] { figures.rate.add(rate) }
        if let length: Int = row[end + 3] { figures.length.add(length) }
      }
    }
  }

  /// In the order of ``ModelSummary/sums``, behind provider, model and day.
  private static func sums(_ row: Row) -> ModelFigures.Sums {
    var sums = ModelFigures.Sums()
    sums.sends = row[3]
    sums.successes = row[4]
    sums.partial = row[5]
    sums.failed = row[6]
    sums.cancelled = row[7]
    sums.interrupted = row[8]
    sums.retries = row[9]
    sums.written = row[10]
    sums.reasoning = row[11]
    sums.counted = row[12]
    sums.read = row[13]
    sums.cached = row[14]
    sums.cacheWritten = row[15]
    sums.completion = row[16]
    return sums
  }

  // MARK: Verdicts

  /// Verdicts on answers of conversations that are not deleted.
  private static let judged = """
    FROM verdicts JOIN replies ON replies.id = verdicts.reply_id JOIN prompts ON prompts.id = verdicts.prompt_id
      JOIN conversations ON conversations.id = prompts.conversation_id AND deleted_at IS NULL
    """

  private func verdicts(_ db: Database) throws -> [Row] {
    let condition = scope.condition("replies.id") ?? "true"
    let words = """
      SELECT replies.provider, replies.model, kind AS word \(Self.judged) WHERE \(condition)
      UNION ALL SELECT replies.provider, replies.model, iif(kind = 'better', 'worse', kind)
      \(Self.judged.replacing("replies.id = verdicts.reply_id", with: "replies.id = verdicts.other_id"))
      WHERE \(condition)
      """
    return try Row.fetchAll(
      db, sql: "SELECT provider, model, word, count(*) FROM (\(words)) GROUP BY 1, 2, 3",
      arguments: scope.arguments + scope.arguments)
  }

  private func outcomes(_ db: Database) throws -> [PairOutcome] {
    let condition = scope.condition("replies.id") ?? "true"
    let columns = """
      SELECT verdicts.prompt_id, replies.provider, replies.model, others.provider, others.model, kind
      """
    let compared = try Row.fetchAll(
      db,
      sql: """
        \(columns) \(Self.judged) JOIN replies AS others ON others.id = verdicts.other_id
        WHERE kind IN ('better', 'tie') AND \(condition) ORDER BY verdicts.id
        """, arguments: scope.arguments)
    let best = try Row.fetchAll(
      db,
      sql: """
        \(columns) \(Self.judged) JOIN replies AS others ON others.prompt_id = verdicts.prompt_id
        WHERE kind = 'best' AND (others.provider, others.model) <> (replies.provider, replies.model)
          AND others.state IN ('success', 'partial') AND \(condition)
        GROUP BY verdicts.id, others.provider, others.model ORDER BY verdicts.id
        """, arguments: scope.arguments)
    struct Pair: Hashable {
      var prompt: Int64
      var models: Set<ModelReference>
    }
    func outcome(_ row: Row) -> (pair: Pair, outcome: PairOutcome) {
      let (one, other) = (
        ModelReference(provider: row[1], name: row[2]), ModelReference(provider: row[3], name: row[4])
      )
      return (
        Pair(prompt: row[0], models: [one, other]),
        PairOutcome(better: one, worse: other, isTie: row[5] as String == "tie")
      )
    }
    let pairs = compared.map(outcome)
    let known = Set(pairs.map(\.pair))
    let implied = best.map(outcome).filter { !known.contains($0.pair) }
    return (pairs + implied).map(\.outcome).filter { $0.better != $0.worse }
  }
}
