import Conversations
import Foundation
import GRDB
import GodotLog
import JSON
import MCP
import Synchronization
import TestSupport
import Testing

/// The whole client against a real server over real sockets.
@Suite struct GodotLoggerTests {
  private let bench: LoggerBench
  init() throws { bench = try LoggerBench() }

  @Test("Every turn arrives once and in order, in every dialect", arguments: ScriptedGodot.Dialect.allCases)
  func everyDialect(dialect: ScriptedGodot.Dialect) async throws {
    let database = try bench.scratch.open()
    let godot = ScriptedGodot(dialect)
    try await godot.start()
    try await database.queue(bench.turns(conversations: 20, turns: 5))
    let logger = bench.logger(database, godot.url)
    logger.start()
    #expect(try await eventually { logger.health.pending == 0 && logger.health.state == .connected })
    try await database.queue([turn(6, of: conversation(1))])
    logger.nudge()
    #expect(try await eventually { bench.arrived(godot, 1) == [1, 2, 3, 4, 5, 6] })
    for number in 2...20 { #expect(bench.arrived(godot, number) == [1, 2, 3, 4, 5]) }
    #expect(godot.records.conversations.count == (dialect == .a ? 0 : 20))
    #expect(godot.records.poison.isEmpty)
    await logger.shutdown()
    try await godot.stop()
  }

  @Test(
    "A server that dies and returns gets everything, in order, nothing twice",
    arguments: ScriptedGodot.Dialect.allCases)
  func diesAndReturns(dialect: ScriptedGodot.Dialect) async throws {
    let database = try bench.scratch.open()
    let godot = ScriptedGodot(dialect)
    try await godot.start()
    // Of what was unanswered, some was stored.
    godot.change { $0.dropAfterCall = 9 }
    try await database.queue(bench.turns(conversations: 3, turns: 4))
    let logger = bench.logger(database, godot.url)
    logger.start()
    #expect(try await godot.wait { $0.calls.count >= 9 })
    try await godot.stop()
    #expect(try await eventually { if case .disconnected = logger.health.state { true } else { false } })
    try await database.queue((1...3).map { turn(5, of: conversation($0)) })
    logger.nudge()
    #expect(try await eventually { logger.health.pending > 0 })
    try await godot.start()
    #expect(try await eventually { logger.health.pending == 0 }, "\(logger.health)")
    #expect(logger.health.parked == 0)
    for number in 1...3 {
      // A log record carries its log_id, by which a reader knows a repeat; a message is refused as a duplicate.
      let numbers = bench.arrived(godot, number)
      #expect(numbers.filter { $0 == 5 } == [5])
      #expect(dialect == .a ? Set(numbers) == Set(1...5) : numbers == [1, 2, 3, 4, 5])
      // What was sent again comes in order, too.
      #expect(dialect == .a ? bench.firsts(numbers) == [1, 2, 3, 4, 5] : numbers == numbers.sorted())
    }
    if dialect != .a { #expect(godot.records.conversations.count == 3) }
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("What one logger could not send, the next one does, without beginning the conversation again")
  func nextStart() async throws {
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let first = try bench.scratch.open()
    try await first.queue([turn(1, of: conversation(1))])
    let logger1 = bench.logger(first, godot.url)
    logger1.start()
    #expect(try await eventually { bench.arrived(godot, 1) == [1] })
    await logger1.shutdown()
    try await first.queue([turn(2, of: conversation(1))])
    try first.close()

    let second = try bench.scratch.open()
    let logger2 = bench.logger(second, godot.url)
    logger2.start()
    #expect(try await eventually { bench.arrived(godot, 1) == [1, 2] })
    #expect(godot.records.conversations.count == 1)
    await logger2.shutdown()
    try await godot.stop()
  }

  @Test("Of two loggers on one database one sends, the other shows the same and takes over")
  func twoLoggers() async throws {
    let database = try bench.scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let first = bench.logger(database, godot.url)
    first.start()
    #expect(try await eventually { first.health.state == .connected })
    let second = bench.logger(try bench.scratch.open(), godot.url)
    second.start()
    #expect(try await eventually { second.health.state == .connected })
    // Queued by the one that does not send.
    try await database.queue(bench.turns(conversations: 2, turns: 2))
    second.nudge()
    #expect(try await eventually { godot.records.messages.count == 4 })
    #expect(godot.records.handshakes == 1)
    #expect(try await eventually { second.health.pending == 0 })
    await first.shutdown()
    try await database.queue([turn(3, of: conversation(1))])
    second.nudge()
    #expect(try await eventually { bench.arrived(godot, 1) == [1, 2, 3] })
    #expect(godot.records.handshakes == 2)
    await second.shutdown()
    try await godot.stop()
  }

  @Test("A logger never tells that nothing waits before it has counted what does") func countsFirst() async throws {
    let database = try bench.scratch.open()
    try await database.queue(bench.turns(conversations: 1, turns: 3))
    let url = "ws://127.0.0.1:\(LoopbackPort.unused())"
    let first = bench.logger(database, url)
    first.start()
    #expect(try await eventually { first.health.state == .disconnected(reason: "connection refused") })
    let diary = LoggerBench.Diary()
    let second = bench.logger(try bench.scratch.open(), url, diary: diary)
    second.start()
    #expect(try await eventually { second.health.state == .disconnected(reason: "connection refused") })
    #expect(diary.all.allSatisfy { $0.state == .connecting || $0.pending == 3 })
    await second.shutdown()
    await first.shutdown()
  }

  @Test("wss with a bearer token: refused without trust, delivered with the CA file")
  func tls() async throws {
    let certificate = try TestCertificate()
    defer { certificate.remove() }
    let database = try bench.scratch.open()
    try await database.queue([turn(1, of: conversation(1))])
    let godot = ScriptedGodot(.c, certificate: (certificate.chain, certificate.key))
    godot.change { $0.token = "sesame" }
    try await godot.start()
    let distrusting = bench.logger(database, godot.url, token: "sesame")
    distrusting.start()
    #expect(
      try await eventually {
        distrusting.health.state == .disconnected(reason: "TLS: certificate not trusted")
      }, "\(distrusting.health)")
    await distrusting.shutdown()
    let trusting = bench.logger(database, godot.url, token: "sesame", caFile: certificate.chain)
    trusting.start()
    #expect(try await eventually { bench.arrived(godot, 1) == [1] }, "\(trusting.health)")
    await trusting.shutdown()
    try await godot.stop()
  }

  @Test("A turn too big for the server's frames is stored once, its rest in log records")
  func tooBig() async throws {
    let database = try bench.scratch.open()
    let godot = ScriptedGodot(.b)
    try await godot.start()
    let text = String(repeating: "0123456789abcdef", count: 100_000)
    try await database.queue([turn(1, of: conversation(1), content: text)])
    let logger = bench.logger(database, godot.url)
    logger.start()
    #expect(try await eventually { bench.arrived(godot, 1) == [1] }, "\(logger.health)")
    let message = try #require(godot.records.messages.first)
    let head = message.content + (message.metadata["content_overflow"]?.string ?? "")
    let rest = godot.records.logs.compactMap { $0["data"]?["content"]?.string }.joined()
    #expect(head + rest == text)
    #expect(godot.records.poison.isEmpty)
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("Flush empties the outbox and says so; with no server it returns early and says what is left")
  func flush() async throws {
    let database = try bench.scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    try await database.queue(bench.turns(conversations: 5, turns: 3))
    let logger = bench.logger(database, godot.url)
    logger.start()
    let health = await logger.flush(deadline: .seconds(30))
    #expect(health.pending == 0)
    #expect(godot.records.messages.count == 15)
    try await godot.stop()
    try await database.queue([turn(4, of: conversation(1))])
    let clock = ContinuousClock()
    var left = LogHealth(state: .off)
    let time = await clock.measure { left = await logger.flush(deadline: .seconds(600)) }
    #expect(left.pending == 1)
    #expect(time < .seconds(600))
    await logger.shutdown()
    // A logger that has stopped answers at once.
    #expect(await logger.flush(deadline: .seconds(600)).pending == 1)
  }

  @Test("A logger that is off connects to nothing and says so")
  func off() async throws {
    let diary = LoggerBench.Diary()
    let logger = GodotLogger(
      database: try bench.scratch.open(), configuration: .init(destination: .off, lockFile: bench.scratch.lockFile)
    ) { diary.write($0) }
    logger.start()
    logger.nudge()
    #expect(await logger.flush(deadline: .seconds(600)).state == .off)
    await logger.shutdown()
    #expect(diary.all.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: bench.scratch.lockFile))
  }

  @Test("A key that is known only when sending does not leave the machine")
  func redacted() async throws {
    let database = try bench.scratch.open()
    let godot = ScriptedGodot(.a)
    try await godot.start()
    try await database.queue([turn(1, of: conversation(1), content: "key sk-12345678")])
    let logger = bench.logger(database, godot.url, secrets: ["sk-12345678"])
    logger.start()
    #expect(try await godot.wait { !$0.logs.isEmpty })
    #expect(godot.records.logs[0]["data"]?["content"] == "key [REDACTED]")
    await logger.shutdown()
    try await godot.stop()
  }
}
