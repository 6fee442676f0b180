import Basics
import ConversationStore
import Conversations
import FoundationEssentials
import JSON

/// A cell of a batch as it is reported.
public struct BatchResult: Sendable {
  /// From 1.
  public var number: Int
  public var row: BatchRow
  public var model: ModelReference
  /// The answer, or the newest attempt at one; `nil` where it was not asked for.
  public var reply: Reply?
  public var cost: Double?
  /// `nil` where the checks have not been done.
  public var findings: [BatchFinding]?

  public enum Verdict: Hashable, Sendable {
    case passed
    /// A check does not hold.
    case failed
    /// There is no answer, or nobody has judged it.
    case error(String)
  }

  public var verdict: Verdict {
    guard let reply else { return .error("it has not been asked") }
    guard reply.state == .success else { return .error(reply.failure?.message ?? reply.state.rawValue) }
    guard let findings else { return .error("its judge has not answered") }
    return findings.allSatisfy(\.passed) ? .passed : .failed
  }

  /// One object; times are seconds.
  var json: JSON {
    var members: [String: JSON] = [
      "row": .int(number), "place": .string(row.place), "title": .string(row.title), "prompt": .string(row.text),
      "values": .object(row.values.mapValues(JSON.string)), "conversation_id": .string(row.conversation.lowercased),
      "model": .string(model.name), "provider": .string(model.provider), "cost": JSON(cost),
      "checks": .array((findings ?? []).map(\.json)),
    ]
    if let reply {
      members.merge(SendReport.json(reply).object ?? [:]) { own, _ in own }
    } else {
      members["status"] = .string("not_asked")
    }
    switch verdict {
    case .passed: members["passed"] = .bool(true)
    case .failed: members["passed"] = .bool(false)
    case .error(let words):
      members["passed"] = .null
      if members["error"]?.string == nil { members["error"] = .string(words) }
    }
    return .object(members)
  }
}

/// What a batch came to, all its cells together.
public struct BatchSums: Hashable, Sendable {
  public struct Model: Hashable, Sendable {
    public var reference: ModelReference
    public var answered = 0
    public var failed = 0
    /// Not asked, or stopped or cut off before there was an answer.
    public var left = 0
    public var passedChecks = 0
    public var failedChecks = 0
    /// Cells that all their checks hold of.
    public var passed = 0
    public var cost = 0.0
    public var seconds = 0.0
  }

  public var models: [Model]

  public init(_ models: [ModelReference]) { self.models = models.map { Model(reference: $0) } }

  mutating func count(_ result: BatchResult, at index: Int) {
    switch result.reply?.state {
    case .success: models[index].answered += 1
    case .failed, .partial: models[index].failed += 1
    default: models[index].left += 1
    }
    for finding in result.findings ?? [] {
      if finding.passed { models[index].passedChecks += 1 } else { models[index].failedChecks += 1 }
    }
    if result.verdict == .passed { models[index].passed += 1 }
    models[index].cost += result.cost ?? 0
    models[index].seconds += result.reply?.state == .success ? result.reply?.duration?.inSeconds ?? 0 : 0
  }

  public var failedChecks: Int { models.reduce(0) { $0 + $1.failedChecks } }

  /// 1 where a check does not hold, 3 where an answer or a judgement is missing, else 0.
  public func exitCode(isJudged: Bool) -> Int32 {
    if failedChecks > 0 { return 1 }
    return isJudged && models.allSatisfy { $0.failed + $0.left == 0 } ? 0 : 3
  }
}

extension Services {
  /// Calls `body` with every cell of a batch, row by row; one row at a time is in memory.
  public func report(
    _ batch: Batch, _ body: (BatchResult) throws -> Void
  ) async throws -> (sums: BatchSums, isJudged: Bool) {
    let references = batch.plan.models.map(\.reference)
    var sums = BatchSums(references)
    var isJudged = true
    for (index, row) in batch.rows.enumerated() {
      let conversation = try await store.conversation(row.conversation)
      let replies = conversation?.exchanges.first { $0.id == row.prompt }?.replies ?? []
      for (place, model) in references.enumerated() {
        let own = replies.filter { $0.model == model }
        let reply = own.last { $0.state == .success } ?? own.last
        let costs = own.compactMap { batch.plan.cost(of: $0.usage, by: model) }
        var findings: [BatchFinding]?
        if let reply, reply.state == .success { findings = try await store.findings(of: reply.id) }
        let result = BatchResult(
          number: index + 1, row: row, model: model, reply: reply, cost: costs.isEmpty ? nil : costs.reduce(0, +),
          findings: findings)
        if reply?.state == .success, findings == nil { isJudged = false }
        sums.count(result, at: place)
        try body(result)
      }
    }
    return (sums, isJudged)
  }
}
