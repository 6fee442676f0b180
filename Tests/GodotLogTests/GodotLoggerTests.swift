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
  // Lives as long as the test does, or the folder would go too early.
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// Every health a logger told of.
  final class Diary: Sendable {
    private let pages = Mutex<[LogHealth]>([])
    var all: [LogHealth] { pages.withLock { $0 } }
    func write(_ health: LogHealth) { pages.withLock { $0.append(health) } }
  }

  private func logger(
    _ database: DatabasePool, _ url: String, token: String? = nil, caFile: String? = nil,
    secrets: [String] = [], diary: Diary = Diary()
  ) -> GodotLogger {
    GodotLogger(
      database: database,
      configuration: GodotConfiguration(
        destination: .url(url), token: { token }, caFile: caFile, lockFile: scratch.lockFile,
        redactor: Redactor(secrets: secrets))
    ) { diary.write($0) }
  }

  private func turns(conversations: Int, turns: Int) -> [TurnRecord] {
    (1...turns).flatMap { number in (1...conversations).map { turn(number, of: conversation($0)) } }
  }

  /// Turn numbers that arrived, by conversation, in the order of arrival.
  private func arrived(_ godot: ScriptedGodot, _ number: Int) -> [Int] {
    let id = conversation(number).uuidString.lowercased()
    let logs = godot.records.logs.filter { $0["data"]?["conversation_id"]?.string == id }
    return godot.dialect == .a
      ? logs.compactMap { $0["data"]?["turn_number"]?.int } : godot.records.messages(session: id).map(\.turnNumber)
  }

  /// Without the repeats.
  private func firsts(_ numbers: [Int]) -> [Int] {
    numbers.enumerated().filter { !numbers[..<$0.offset].contains($0.element) }.map(\.element)
  }

  @Test("Every turn arrives once and in order, in every dialect", arguments: ScriptedGodot.Dialect.allCases)
  func everyDialect(dialect: ScriptedGodot.Dialect) async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(dialect)
    try await godot.start()
    try await database.queue(turns(conversations: 20, turns: 5))
    let logger = logger(database, godot.url)
    logger.start()
    #expect(try await eventually { logger.health.pending == 0 && logger.health.state == .connected })
    try await database.queue([turn(6, of: conversation(1))])
    logger.nudge()
    #expect(try await eventually { arrived(godot, 1) == [1, 2, 3, 4, 5, 6] })
    for number in 2...20 { #expect(arrived(godot, number) == [1, 2, 3, 4, 5]) }
    #expect(godot.records.conversations.count == (dialect == .a ? 0 : 20))
    #expect(godot.records.poison.isEmpty)
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("A refused connection is shown at the first attempt, with the count of what waits")
  func refused() async throws {
    let database = try scratch.open()
    try await database.queue(turns(conversations: 1, turns: 3))
    let logger = logger(database, ScriptedGodot(.c).url)
    logger.start()
    let isShown = try await eventually {
      logger.health.state == .disconnected(reason: "connection refused") && logger.health.pending == 3
    }
    #expect(isShown, "\(logger.health)")
    #expect(logger.health.lastError == "connection refused")
    #expect(logger.health.oldestPending != nil)
    await logger.shutdown()
  }

  @Test(
    "A server that dies and returns gets everything, in order, nothing twice",
    arguments: ScriptedGodot.Dialect.allCases)
  func diesAndReturns(dialect: ScriptedGodot.Dialect) async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(dialect)
    try await godot.start()
    // Of what was unanswered, some was stored.
    godot.change { $0.dropAfterCall = 9 }
    try await database.queue(turns(conversations: 3, turns: 4))
    let logger = logger(database, godot.url)
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
      let numbers = arrived(godot, number)
      #expect(numbers.filter { $0 == 5 } == [5])
      #expect(dialect == .a ? Set(numbers) == Set(1...5) : numbers == [1, 2, 3, 4, 5])
      // What was sent again comes in order, too.
      #expect(dialect == .a ? firsts(numbers) == [1, 2, 3, 4, 5] : numbers == numbers.sorted())
    }
    if dialect != .a { #expect(godot.records.conversations.count == 3) }
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("What one logger could not send, the next one does, without beginning the conversation again")
  func nextStart() async throws {
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let first = try scratch.open()
    try await first.queue([turn(1, of: conversation(1))])
    let logger1 = logger(first, godot.url)
    logger1.start()
    #expect(try await eventually { arrived(godot, 1) == [1] })
    await logger1.shutdown()
    try await first.queue([turn(2, of: conversation(1))])
    try first.close()

    let second = try scratch.open()
    let logger2 = logger(second, godot.url)
    logger2.start()
    #expect(try await eventually { arrived(godot, 1) == [1, 2] })
    #expect(godot.records.conversations.count == 1)
    await logger2.shutdown()
    try await godot.stop()
  }

  @Test("Of two loggers on one database one sends, the other shows the same and takes over")
  func twoLoggers() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let first = logger(database, godot.url)
    first.start()
    #expect(try await eventually { first.health.state == .connected })
    let second = logger(try scratch.open(), godot.url)
    second.start()
    #expect(try await eventually { second.health.state == .connected })
    // Queued by the one that does not send.
    try await database.queue(turns(conversations: 2, turns: 2))
    second.nudge()
    #expect(try await eventually { godot.records.messages.count == 4 })
    #expect(godot.records.handshakes == 1)
    #expect(try await eventually { second.health.pending == 0 })
    await first.shutdown()
    try await database.queue([turn(3, of: conversation(1))])
    second.nudge()
    #expect(try await eventually { arrived(godot, 1) == [1, 2, 3] })
    #expect(godot.records.handshakes == 2)
    await second.shutdown()
    try await godot.stop()
  }

  @Test("A logger never tells that nothing waits before it has counted what does") func countsFirst() async throws {
    let database = try scratch.open()
    try await database.queue(turns(conversations: 1, turns: 3))
    let url = "ws://127.0.0.1:\(LoopbackPort.unused())"
    let first = logger(database, url)
    first.start()
    #expect(try await eventually { first.health.state == .disconnected(reason: "connection refused") })
    let diary = Diary()
    let second = logger(try scratch.open(), url, diary: diary)
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
    let database = try scratch.open()
    try await database.queue([turn(1, of: conversation(1))])
    let godot = ScriptedGodot(.c, certificate: (certificate.chain, certificate.key))
    godot.change { $0.token = "sesame" }
    try await godot.start()
    let distrusting = logger(database, godot.url, token: "sesame")
    distrusting.start()
    #expect(
      try await eventually {
        distrusting.health.state == .disconnected(reason: "TLS: certificate not trusted")
      }, "\(distrusting.health)")
    await distrusting.shutdown()
    let trusting = logger(database, godot.url, token: "sesame", caFile: certificate.chain)
    trusting.start()
    #expect(try await eventually { arrived(godot, 1) == [1] }, "\(trusting.health)")
    await trusting.shutdown()
    try await godot.stop()
  }

  @Test("A database that is down behind the server is shown in plain words, without a traceback, and then drains")
  func databaseDown() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    godot.change { $0.databaseDown = "the database system is starting up" }
    try await godot.start()
    try await database.queue(turns(conversations: 3, turns: 2))
    let diary = Diary()
    let logger = logger(database, godot.url, diary: diary)
    logger.start()
    #expect(
      try await eventually {
        logger.health.state == .disconnected(reason: "the server's storage is starting")
      })
    godot.change { $0.databaseDown = nil }
    #expect(try await eventually { logger.health.pending == 0 && logger.health.state == .connected })
    #expect(logger.health.parked == 0)
    #expect(!diary.all.contains { "\($0)".contains("Traceback") })
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("A record that the server refuses while others pass is parked and shown; its conversation alone waits")
  func parked() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    godot.change { faults in
      faults.failure = { $0.arguments["content"] == "bad" ? "value out of range" : nil }
    }
    try await godot.start()
    try await database.queue([turn(1, of: conversation(1), content: "bad"), turn(2, of: conversation(1))])
    let logger = logger(database, godot.url)
    logger.start()
    #expect(try await eventually { godot.records.calls.count >= 2 })
    try await database.queue([turn(1, of: conversation(2))])
    logger.nudge()
    // Back-off up to 4 s lies between the refusals, with jitter.
    #expect(try await eventually { logger.health.parked == 1 }, "\(logger.health)")
    #expect(logger.health.parkedReason == "the server's storage takes no such value")
    #expect(logger.health.pending == 1)
    #expect(arrived(godot, 2) == [1])
    #expect(arrived(godot, 1) == [])
    // What waits behind the parked one does not keep a short-lived program.
    #expect(await logger.flush(deadline: .seconds(600)).pending == 1)
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("A turn too big for the server's frames is stored once, its rest in log records")
  func tooBig() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.b)
    try await godot.start()
    let text = String(repeating: "0123456789abcdef", count: 100_000)
    try await database.queue([turn(1, of: conversation(1), content: text)])
    let logger = logger(database, godot.url)
    logger.start()
    #expect(try await eventually { arrived(godot, 1) == [1] }, "\(logger.health)")
    let message = try #require(godot.records.messages.first)
    let head = message.content + (message.metadata["content_overflow"]?.string ?? "")
    let rest = godot.records.logs.compactMap { $0["data"]?["content"]?.string }.joined()
    #expect(head + rest == text)
    #expect(godot.records.poison.isEmpty)
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("A frozen server turns amber, and gets everything when it thaws")
  func frozen() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let logger = logger(database, godot.url)
    logger.start()
    #expect(try await eventually { logger.health.state == .connected })
    godot.change { $0.isFrozen = true }
    try await database.queue([turn(1, of: conversation(1))])
    logger.nudge()
    #expect(try await eventually { if case .waiting = logger.health.state { true } else { false } })
    godot.change { $0.isFrozen = false }
    #expect(try await eventually { arrived(godot, 1) == [1] && logger.health.state == .connected })
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("An outbox that cannot be written is shown, and nothing is sent twice when it works again")
  func brokenOutbox() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    try await database.queue(turns(conversations: 3, turns: 1))
    try await database.write {
      try $0.execute(
        sql: "CREATE TRIGGER broken BEFORE DELETE ON outbox_record BEGIN SELECT RAISE(ABORT, 'no way'); END")
    }
    let logger = logger(database, godot.url)
    logger.start()
    #expect(
      try await eventually { logger.health.state == .broken(reason: "the outbox cannot be used: no way") },
      "\(logger.health)")
    #expect(logger.health.pending == 3)
    try await database.write { try $0.execute(sql: "DROP TRIGGER broken") }
    #expect(try await eventually { logger.health.pending == 0 && logger.health.state == .connected })
    #expect(godot.records.calls.count == 6)
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("A server's end is shown even while the disk takes for ever")
  func slowDisk() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let logger = logger(database, godot.url)
    logger.start()
    #expect(try await eventually { logger.health.state == .connected })
    let (isHeld, release) = (Flag(), Flag())
    let holding = Task.detached {
      try await database.write { db in
        try Outbox.append(turn(1, of: conversation(1)), in: db)
        isHeld.set()
        release.wait()
      }
    }
    #expect(try await eventually { isHeld.isSet })
    logger.nudge()
    try await godot.stop()
    #expect(try await eventually { logger.health.state == .disconnected(reason: "connection refused") })
    release.set()
    try await holding.value
    try await godot.start()
    #expect(try await eventually { arrived(godot, 1) == [1] })
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("Flush empties the outbox and says so; with no server it returns early and says what is left")
  func flush() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    try await database.queue(turns(conversations: 5, turns: 3))
    let logger = logger(database, godot.url)
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
    let diary = Diary()
    let logger = GodotLogger(
      database: try scratch.open(), configuration: .init(destination: .off, lockFile: scratch.lockFile)
    ) { diary.write($0) }
    logger.start()
    logger.nudge()
    #expect(await logger.flush(deadline: .seconds(600)).state == .off)
    await logger.shutdown()
    #expect(diary.all.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: scratch.lockFile))
  }

  @Test("A wrong URL is shown, not retried into silence")
  func wrongURL() async throws {
    let logger = logger(try scratch.open(), "http://localhost")
    logger.start()
    #expect(
      try await eventually {
        logger.health.state == .disconnected(reason: "the URL is wrong: it must begin with ws:// or wss://")
      })
    await logger.shutdown()
  }

  @Test("A key that is known only when sending does not leave the machine")
  func redacted() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.a)
    try await godot.start()
    try await database.queue([turn(1, of: conversation(1), content: "key sk-12345678")])
    let logger = logger(database, godot.url, secrets: ["sk-12345678"])
    logger.start()
    #expect(try await godot.wait { !$0.logs.isEmpty })
    #expect(godot.records.logs[0]["data"]?["content"] == "key [REDACTED]")
    await logger.shutdown()
    try await godot.stop()
  }
}
