import Basics
import Conversations
import Foundation
import GRDB
import JSON
import MCP
import Synchronization
import TestSupport
import Testing

@testable import GodotLog

/// What a program keeps: conversations by id, in the order in which they were added.
final class Turns: TurnSource {
  private let all = Mutex<[(id: UUID, turns: [TurnRecord])]>([])

  init(_ conversations: [[TurnRecord]]) {
    all.withLock { $0 = conversations.map { ($0[0].conversationID, $0) } }
  }

  func add(_ turn: TurnRecord) {
    all.withLock { all in
      guard let place = all.firstIndex(where: { $0.id == turn.conversationID }) else { return }
      all[place].turns.append(turn)
    }
  }

  func conversationIDs(after last: UUID?, limit: Int) async throws -> [UUID] {
    all.withLock { all in
      let start = last.map { last in (all.firstIndex { $0.id == last } ?? -1) + 1 } ?? 0
      return all.dropFirst(start).prefix(limit).map(\.id)
    }
  }

  func localTurns(of conversation: UUID) async throws -> [LocalTurn] {
    all.withLock { all in
      (all.first { $0.id == conversation }?.turns ?? []).map { turn in
        var turn = turn
        turn.logID = .resending(turn: turn.turnNumber, of: conversation)
        return LocalTurn(record: turn, isLogged: true)
      }
    }
  }
}

@Suite struct VerifierTests {
  // Lives as long as the test does, or the folder would go too early.
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// How a server is, and how turns travel to it.
  enum Way: String, CaseIterable, Sendable {
    /// Our own: it reads conversations.
    case durable
    case logsOnB, logsOnC
    /// Conversation tools, which cannot read.
    case toolsOnB, toolsOnC

    var dialect: ScriptedGodot.Dialect { self == .logsOnB || self == .toolsOnB ? .b : .c }
    var turns: GodotConfiguration.Turns { self == .logsOnB || self == .logsOnC ? .log : .auto }
    var isTools: Bool { self == .toolsOnB || self == .toolsOnC }
  }

  private func start(_ way: Way) async throws -> (ScriptedGodot, GodotConfiguration) {
    let godot = ScriptedGodot(way.dialect)
    godot.change { $0.isDurable = way == .durable }
    try await godot.start()
    return (godot, configuration(godot, way.turns))
  }

  private func configuration(_ godot: ScriptedGodot, _ turns: GodotConfiguration.Turns = .auto) -> GodotConfiguration {
    GodotConfiguration(destination: .url(godot.url), lockFile: scratch.lockFile, turns: turns)
  }

  /// Sends all that is queued.
  private func deliver(_ database: DatabasePool, _ configuration: GodotConfiguration) async {
    let logger = GodotLogger(database: database, configuration: configuration) { _ in }
    logger.start()
    let health = await logger.flush(deadline: .seconds(60))
    #expect(health.pending == 0, "\(health)")
    await logger.shutdown()
  }

  private func verify(
    _ database: DatabasePool, _ configuration: GodotConfiguration, _ source: Turns,
    _ work: GodotVerifier.Work = .init()
  ) async throws -> (found: GodotVerification, queued: Int) {
    try await GodotVerifier(database: database, configuration: configuration)
      .verify(source, work, patience: .milliseconds(100))
  }

  /// Turns of one send, each with figures of its own.
  private func turns(_ numbers: ClosedRange<Int>, of number: Int) -> [TurnRecord] {
    numbers.map { turn in
      var record = GodotLogTests.turn(turn, of: conversation(number))
      record.traceID = conversation(900 + number)
      if turn > 1 { (record.inputTokens, record.outputTokens) = (10, turn) }
      return record
    }
  }

  @Test(
    "All that is there, the same, is clean; what can only be shown to be there is told apart", arguments: Way.allCases)
  func clean(way: Way) async throws {
    let database = try scratch.open()
    let (godot, configuration) = try await start(way)
    let all = [turns(1...4, of: 1), turns(1...3, of: 2)]
    try await database.queue(all.flatMap(\.self))
    await deliver(database, configuration)
    let found = try await verify(database, configuration, Turns(all)).found
    #expect(found.turns == 7 && found.conversations == 2)
    #expect(found.isClean == !way.isTools && found.isCleanButForText, "\(found)")
    #expect(found.matching == (way.isTools ? 0 : 7) && found[.uncompared].count == (way.isTools ? 7 : 0))
    // To ask changes nothing.
    #expect(godot.records.messages.count + godot.records.logs.count == 7)
    try await godot.stop()
  }

  @Test("Text, role, model, tokens, status and level that differ are named", arguments: [Way.durable, .logsOnC])
  func differences(way: Way) async throws {
    let database = try scratch.open()
    let (godot, configuration) = try await start(way)
    let sent = turns(1...8, of: 1)
    try await database.queue(sent)
    await deliver(database, configuration)
    var local = sent
    local[1].content = "something else"
    local[2].content = "turn X"
    local[3].role = .user
    local[4].model = ModelReference(provider: "demo", name: "other")
    (local[5].inputTokens, local[5].outputTokens) = (nil, 7)
    local[6].status = .failed
    let found = try await verify(database, configuration, Turns([local])).found
    #expect(!found.isClean && found.matching == 2 && found[.different].count == 6)
    let reasons = found[.different].examples.map { $0.reason ?? "" }
    #expect(
      Array(reasons.prefix(5)) == [
        "text of 6 characters on the server, 14 here", "text differs from character 6 on",
        "role assistant on the server, user here", "model swift on the server, other here",
        "input tokens 10 on the server, none here; output tokens 6 on the server, 7 here",
      ])
    #expect(reasons.last?.contains("status success on the server, failed here") ?? false)
    #expect((reasons.last?.contains("level INFO on the server, ERROR here") ?? false) == (way == .logsOnC))
    try await godot.stop()
  }

  @Test("Lost, unexpected, queued and parked turns are told apart", arguments: [Way.durable, .logsOnB, .logsOnC])
  func kinds(way: Way) async throws {
    let database = try scratch.open()
    let (godot, configuration) = try await start(way)
    let first = turns(1...4, of: 1)
    let second = [
      turn(1, of: conversation(2), content: "a\0b"), turn(2, of: conversation(2), content: "key sk-123456"),
    ]
    try await database.queue(first + [second[0]])
    try await database.write { try Outbox.append(second[1], redactor: Redactor(secrets: ["sk-123456"]), in: $0) }
    await deliver(database, configuration)
    var local = first
    local.remove(at: 2)
    var lost = turn(5, of: conversation(1))
    lost.traceID = first[0].traceID
    let waiting = turn(6, of: conversation(1))
    try await database.queue([waiting])
    let source = Turns([local + [lost, waiting], second])
    let found = try await verify(database, configuration, source).found
    #expect(found[.lost].examples.map(\.description) == ["turn 5 of \(conversation(1).lowercased)"])
    #expect(found[.unexpected].examples.map(\.turnNumber) == [3])
    #expect(found[.queued].examples.map(\.turnNumber) == [6] && found.matching == 5 && found.turns == 7)
    try await database.write { try $0.execute(sql: "UPDATE outbox_record SET state = 'parked'") }
    let later = try await verify(database, configuration, source).found
    #expect(later[.parked].count == 1 && later[.queued].count == 0 && !later.isClean)
    try await godot.stop()
  }

  @Test(
    "What was lost goes out again under its own number, nothing twice, and then all is there", arguments: Way.allCases)
  func resend(way: Way) async throws {
    let database = try scratch.open()
    let (godot, configuration) = try await start(way)
    let all = [turns(1...4, of: 1), turns(1...3, of: 2)]
    try await database.queue(all.flatMap(\.self))
    await deliver(database, configuration)
    // A rewound database: the middle of one conversation is gone, and the other one altogether.
    let gone = try #require(
      way.turns == .log ? "" : godot.records.conversations.first { $0.sessionID == conversation(2).lowercased }?.id)
    godot.forget { records in
      records.messages.removeAll { $0.turnNumber == 2 || $0.turnNumber == 3 || $0.conversationID == gone }
      records.conversations.removeAll { $0.id == gone }
      records.logs.removeAll { log in
        let data = log["data"]
        return data?["turn_number"] == 2 || data?["turn_number"] == 3
          || data?["conversation_id"]?.string == conversation(2).lowercased
      }
    }
    var work = GodotVerifier.Work()
    work.resends = true
    let (found, queued) = try await verify(database, configuration, Turns(all), work)
    #expect(found[.lost].count == (way.isTools ? 3 : 5) && queued == found[.lost].count, "\(found)")
    #expect(found[.restored].count == (way.isTools ? 2 : 0))
    // Asked for twice at once, it goes out once.
    #expect(try await verify(database, configuration, Turns(all), work).queued == 0)
    await deliver(database, configuration)
    let after = try await verify(database, configuration, Turns(all)).found
    #expect(after.isCleanButForText && after[.uncompared].count + after.matching == 7, "\(after)")
    #expect(after.repeats == 0 && after[.disordered].count == 0)
    let records = godot.records
    #expect(records.messages.count + records.logs.count == 7)
    let numbers =
      way.turns == .log
      ? records.logs.filter { $0["data"]?["conversation_id"]?.string == conversation(2).lowercased }
        .compactMap { $0["data"]?["turn_number"]?.int }
      : records.messages(session: conversation(2).lowercased).map(\.turnNumber)
    #expect(numbers == [1, 2, 3])
    try await godot.stop()
  }

  @Test("Without any tool to read every turn is unchecked, named and not clean, and is not sent unasked")
  func unchecked() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.a)
    try await godot.start()
    let local = turns(1...3, of: 1)
    try await database.queue(local)
    await deliver(database, configuration(godot))
    var work = GodotVerifier.Work()
    work.resends = true
    let (found, queued) = try await verify(database, configuration(godot), Turns([local]), work)
    #expect(found[.unchecked].count == 3 && !found.isClean && !found.isCleanButForText && queued == 0)
    #expect(found.obstacle == "this server has no tool to read anything" && found[.lost].count == 0)
    work.resendsUnchecked = true
    #expect(try await verify(database, configuration(godot), Turns([local]), work).queued == 3)
    try await godot.stop()
  }

  @Test(
    "Turns that another server has are named, not clean, and sent here when that is asked for", arguments: Way.allCases)
  func elsewhere(way: Way) async throws {
    let database = try scratch.open()
    let other = ScriptedGodot(.b)
    try await other.start()
    let local = turns(1...3, of: 1)
    try await database.queue(local)
    await deliver(database, configuration(other))
    let (godot, configuration) = try await start(way)
    let found = try await verify(database, configuration, Turns([local])).found
    #expect(found[.elsewhere].count == 3 && !found.isClean)
    #expect(found[.elsewhere].examples[0].reason?.contains(":\(other.port)") ?? false)
    var work = GodotVerifier.Work()
    (work.resends, work.includesElsewhere) = (true, true)
    #expect(try await verify(database, configuration, Turns([local]), work).queued == 3)
    await deliver(database, configuration)
    let after = try await verify(database, configuration, Turns([local])).found
    #expect(after.isCleanButForText && after.turns == 3, "\(after)")
    #expect(godot.records.messages.count + godot.records.logs.count == 3)
    try await other.stop()
    try await godot.stop()
  }

  @Test("A turn that is stored and sent while the check runs is neither lost nor unexpected", arguments: Way.allCases)
  func meanwhile(way: Way) async throws {
    let database = try scratch.open()
    let (godot, configuration) = try await start(way)
    let first = turns(1...2, of: 1)
    try await database.queue(first)
    await deliver(database, configuration)
    var next = turn(3, of: conversation(1))
    next.traceID = first[0].traceID
    let late = next
    let source = Turns([first])
    // It is on the server after the local turns were read, and here by the second look.
    try await database.queue([late])
    await deliver(database, configuration)
    let verifier = GodotVerifier(database: database, configuration: configuration)
    let arriving = ArrivingTurns(source: source, turn: late)
    let found = try await verifier.verify(arriving, patience: .milliseconds(100)).found
    #expect(found.isCleanButForText, "\(found)")
    try await godot.stop()
  }

  /// A source whose conversation has one more turn when it is read a second time.
  private struct ArrivingTurns: TurnSource {
    let source: Turns
    let turn: TurnRecord
    private let reads = Counter()

    init(source: Turns, turn: TurnRecord) { (self.source, self.turn) = (source, turn) }

    func conversationIDs(after last: UUID?, limit: Int) async throws -> [UUID] {
      try await source.conversationIDs(after: last, limit: limit)
    }

    func localTurns(of conversation: UUID) async throws -> [LocalTurn] {
      if reads.next() == 2 { source.add(turn) }
      return try await source.localTurns(of: conversation)
    }
  }

  private final class Counter: Sendable {
    private let count = Mutex(0)
    func next() -> Int {
      count.withLock {
        $0 += 1; return $0
      }
    }
  }

  @Test("Records that came twice are duplicates, unless one log id tells every reader so; one in parts is none")
  func duplicates() async throws {
    let database = try scratch.open()
    let (godot, configuration) = try await start(.logsOnC)
    let long = turn(1, of: conversation(1), content: String(repeating: "abc ", count: 300_000))
    var twice = turn(2, of: conversation(1))
    let again = turn(3, of: conversation(1))
    try await database.queue([long, twice, again])
    twice.logID = UUID()
    try await database.queue([twice])
    await deliver(database, configuration)
    try await database.queue([again])
    await deliver(database, configuration)
    let found = try await verify(database, configuration, Turns([[long, twice, again]])).found
    #expect(found[.duplicated].examples.map(\.turnNumber) == [2] && found.repeats == 1)
    #expect(found.matching == 3 && found[.lost].count == 0)
    try await godot.stop()
  }

  @Test("A turn too large for one message is shown to be there by its parts", arguments: [Way.toolsOnB, .toolsOnC])
  func large(way: Way) async throws {
    let database = try scratch.open()
    let (godot, configuration) = try await start(way)
    godot.change { $0.maximumFrame = 1 << 20 }
    let long = turn(1, of: conversation(1), content: String(repeating: "abc ", count: 500_000))
    let last = turn(2, of: conversation(1))
    try await database.queue([long, last])
    await deliver(database, configuration)
    let found = try await verify(database, configuration, Turns([[long, last]])).found
    #expect(found[.uncompared].count == 2 && found.isCleanButForText, "\(found)")
    godot.forget { $0.logs.removeLast() }
    var work = GodotVerifier.Work()
    work.resends = true
    let (lost, queued) = try await verify(database, configuration, Turns([[long, last]]), work)
    #expect(lost[.lost].examples.map(\.turnNumber) == [1] && queued == 1, "\(lost)")
    await deliver(database, configuration)
    let after = try await verify(database, configuration, Turns([[long, last]])).found
    #expect(after.isCleanButForText && godot.records.messages.count == 2, "\(after)")
    try await godot.stop()
  }

  @Test("A turn stored after those that follow it is in another order, unless it was sent again")
  func order() async throws {
    let database = try scratch.open()
    let (godot, configuration) = try await start(.durable)
    let local = turns(1...4, of: 1)
    try await database.queue([local[0], local[2], local[1], local[3]])
    await deliver(database, configuration)
    let found = try await verify(database, configuration, Turns([local])).found
    #expect(found[.disordered].examples.map(\.turnNumber) == [3] && found.matching == 4 && !found.isClean)
    try await database.write { db in
      try db.execute(sql: "INSERT INTO outbox_resent VALUES (?, 2)", arguments: [conversation(1).lowercased])
    }
    #expect(try await verify(database, configuration, Turns([local])).found.isClean)
    try await godot.stop()
  }

  @Test("No two turns are sent again under one log id, however close their conversations' ids")
  func resendingIDs() {
    var ids: Set<UUID> = []
    for each in 0..<64 {
      for number in 1...64 { ids.insert(.resending(turn: number, of: conversation(each))) }
    }
    #expect(ids.count == 64 * 64)
    #expect(UUID.resending(turn: 7, of: conversation(1)) == UUID.resending(turn: 7, of: conversation(1)))
  }
}
