import Basics
import Conversations
import FoundationEssentials
import GRDB

/// Looks at one conversation after another for a ``GodotVerifier``. May be used from several tasks at once.
struct ConversationLook: Sendable {
  enum Means: Hashable, Sendable {
    case conversations
    case logs
    /// By storing each turn once more.
    case existence(store: String, log: String?, canQuery: Bool)
    case nothing(String)
  }

  struct Result: Sendable {
    var conversation: UUID
    var turns = 0
    var matching = 0
    var repeats = 0
    var notLogged = 0
    var findings: [GodotVerification.Finding] = []
    /// Turns queued again.
    var queued = 0
    /// What the server has not, as it would be sent.
    var lost: [TurnRecord] = []
    var unchecked: [TurnRecord] = []

    mutating func add(_ kind: GodotVerification.Kind, _ number: Int, _ reason: String? = nil) {
      findings.append(.init(kind: kind, conversation: conversation, turnNumber: number, reason: reason))
    }

    /// It may only have been looked at in the wrong moment.
    var isDoubtful: Bool {
      findings.contains { [.lost, .unexpected, .different, .duplicated, .disordered].contains($0.kind) }
    }

    var isOnTheWay: Bool { findings.contains { $0.kind == .queued || $0.kind == .unconfirmed } }
  }

  let reader: GodotReader
  let database: any DatabaseWriter
  let means: Means
  let work: GodotVerifier.Work
  let source: any TurnSource
  let redactor: Redactor

  /// In the order of the ids.
  func results(of ids: ArraySlice<UUID>) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      for (place, id) in ids.enumerated() { group.addTask { (place, try await result(of: id)) } }
      var results: [(Int, Result)] = []
      for try await result in group { results.append(result) }
      return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private func result(of id: UUID) async throws -> Result {
    var result = try await look(at: id)
    if result.isDoubtful {
      let again = try await look(at: id)
      // What the first question has stored the second one finds.
      let restored = result.findings.filter { $0.kind == .restored }
      result = again
      let numbers = Set(restored.map(\.turnNumber))
      result.findings = again.findings.map { finding in
        finding.kind == .uncompared && numbers.contains(finding.turnNumber)
          ? restored.first { $0.turnNumber == finding.turnNumber } ?? finding : finding
      }
    }
    guard work.resends else { return result }
    let turns = (result.lost + (work.resendsUnchecked ? result.unchecked : [])).sorted { $0.turnNumber < $1.turnNumber }
    let hasParked = work.resendsParked && result.findings.contains { $0.kind == .parked }
    guard !turns.isEmpty || hasParked else { return result }
    do {
      result.queued = try await database.write { [redactor] db in
        try Outbox.resend(turns, redactor: redactor, in: db)
          + (hasParked ? try Outbox.resendParked(of: id, in: db) : 0)
      }
    } catch {
      throw OutboxProblem(error)
    }
    return result
  }

  // MARK: - One look

  private func look(at id: UUID) async throws -> Result {
    var result = Result(conversation: id)
    let local = try await source.localTurns(of: id)
    guard !local.isEmpty else { return result }
    // Read after the turns: what is neither here nor queued then has been acknowledged.
    let standing: Outbox.Standing
    do {
      let server = reader.serverName
      standing = try await database.read { try Outbox.standing(of: id, server: server, in: $0) }
    } catch {
      throw OutboxProblem(error)
    }
    var wanted: [TurnRecord] = []
    for turn in local {
      let number = turn.record.turnNumber
      let servers = standing.servers[number] ?? []
      let isElsewhere = !servers.isEmpty && !servers.contains(reader.serverName)
      if !turn.isLogged, servers.isEmpty {
        result.notLogged += 1
        continue
      }
      result.turns += 1
      if standing.queued.contains(number) {
        result.add(.queued, number)
      } else if standing.parked.contains(number) {
        result.add(.parked, number)
      } else if standing.unconfirmed.contains(number) {
        result.add(.unconfirmed, number)
      } else if isElsewhere, !work.includesElsewhere {
        result.add(.elsewhere, number, "sent to " + servers.sorted().joined(separator: ", "))
      } else {
        wanted.append(turn.record)
      }
    }
    switch means {
    case .nothing(let reason):
      for turn in wanted { result.add(.unchecked, turn.turnNumber, reason) }
      result.unchecked = wanted
    case .conversations:
      let found = try await conversation(id, wanted, standing)
      compare(wanted, local, found, horizon: nil, standing, &result)
    case .logs:
      let (found, horizon) = try await records(of: wanted, id)
      compare(wanted, local, found, horizon: horizon, standing, &result)
    case .existence(let store, let log, let canQuery):
      let probe = TurnProbe(reader: reader, tool: store, logTool: log, canQuery: canQuery, redactor: redactor)
      try await self.probe(wanted, local, standing, probe, &result)
    }
    return result
  }

  private func conversation(
    _ id: UUID, _ wanted: [TurnRecord], _ standing: Outbox.Standing
  ) async throws -> [FoundTurn] {
    guard !wanted.isEmpty else { return [] }
    var found = try await reader.conversation(named: standing.serverID ?? id.lowercased) ?? []
    // What went there as log records lies under our own id.
    if standing.serverID != nil, !Set(wanted.map(\.turnNumber)).isSubset(of: Set(found.map(\.turnNumber))) {
      found += try await reader.conversation(named: id.lowercased) ?? []
    }
    return found.map(FoundTurn.init)
  }

  private func records(of turns: [TurnRecord], _ id: UUID) async throws -> (found: [FoundTurn], horizon: Date?) {
    var found: [FoundTurn] = []
    var horizon: Date?
    for trace in Set(turns.map(\.traceID)) {
      let query = LogQuery(component: LogComponent.conversations, trace: trace, limit: 100_000)
      let answer = try await reader.logs(query)
      found += answer.records.compactMap { FoundTurn($0, of: id) }
      horizon = [horizon, answer.horizon].compactMap(\.self).max()
    }
    return (found, horizon)
  }

  private func compare(
    _ wanted: [TurnRecord], _ local: [LocalTurn], _ found: [FoundTurn], horizon: Date?,
    _ standing: Outbox.Standing, _ result: inout Result
  ) {
    let comparison = TurnComparison(redactor: redactor)
    let byNumber = Dictionary(grouping: found, by: \.turnNumber)
    var newest: (time: Date, number: Int)?
    for turn in wanted {
      let number = turn.turnNumber
      let there = comparison.compare(turn, byNumber[number] ?? [])
      result.repeats += there.repeats
      if there.isDuplicated { result.add(.duplicated, number) }
      switch there.outcome {
      case .missing where horizon != nil:
        result.add(.unchecked, number, "the server gives only its newest records of this send")
        result.unchecked.append(turn)
        continue
      case .missing:
        result.add(.lost, number)
        result.lost.append(turn)
        continue
      case .different(let words): result.add(.different, number, words)
      case .same: result.matching += 1
      }
      // What was sent again is late by intent.
      guard let time = there.time, !standing.resent.contains(number) else { continue }
      if let newest, newest.time > time {
        result.add(.disordered, number, "stored before turn \(newest.number)")
      } else {
        newest = (time, number)
      }
    }
    let known = Set(local.map(\.record.turnNumber))
    for number in byNumber.keys.filter({ !known.contains($0) }).sorted() { result.add(.unexpected, number) }
  }

  private func probe(
    _ wanted: [TurnRecord], _ local: [LocalTurn], _ standing: Outbox.Standing, _ probe: TurnProbe,
    _ result: inout Result
  ) async throws {
    guard let server = standing.serverID else {
      // It may have gone there as log records, before the server had its conversation tools.
      let (found, horizon) = probe.canQuery ? try await records(of: wanted, result.conversation) : ([], nil)
      return compare(wanted, local, found, horizon: horizon, standing, &result)
    }
    for (place, turn) in wanted.enumerated() {
      let number = turn.turnNumber
      switch try await probe.probe(turn, in: server) {
      case .there: result.add(.uncompared, number)
      case .stored: result.add(.restored, number)
      case .incomplete(let words):
        result.add(.lost, number, words)
        result.lost.append(turn)
      case .undecided(let words):
        result.add(.unchecked, number, words)
        result.unchecked.append(turn)
      case .conversationUnknown:
        for turn in wanted[place...] { result.add(.lost, turn.turnNumber, "the server does not know the conversation") }
        result.lost += wanted[place...]
        return
      }
    }
  }
}
