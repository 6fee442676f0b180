import Conversations
import Foundation
import GRDB
import GodotLog
import JSON
import MCP
import Synchronization
import TestSupport
import Testing

/// What the whole client says and keeps when the server, the way to it, or its own disk fails.
@Suite struct GodotLoggerFaultTests {
  private let bench: LoggerBench
  init() throws { bench = try LoggerBench() }

  @Test("A refused connection is shown at the first attempt, with the count of what waits")
  func refused() async throws {
    let database = try bench.scratch.open()
    try await database.queue(bench.turns(conversations: 1, turns: 3))
    let logger = bench.logger(database, ScriptedGodot(.c).url)
    logger.start()
    let isShown = try await eventually {
      logger.health.state == .disconnected(reason: "connection refused") && logger.health.pending == 3
    }
    #expect(isShown, "\(logger.health)")
    #expect(logger.health.lastError == "connection refused")
    #expect(logger.health.oldestPending != nil)
    await logger.shutdown()
  }

  @Test("A database that is down behind the server is shown in plain words, without a traceback, and then drains")
  func databaseDown() async throws {
    let database = try bench.scratch.open()
    let godot = ScriptedGodot(.c)
    godot.change { $0.databaseDown = "the database system is starting up" }
    try await godot.start()
    try await database.queue(bench.turns(conversations: 3, turns: 2))
    let diary = LoggerBench.Diary()
    let logger = bench.logger(database, godot.url, diary: diary)
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
    let database = try bench.scratch.open()
    let godot = ScriptedGodot(.c)
    godot.change { faults in
      faults.failure = { $0.arguments["content"] == "bad" ? "value out of range" : nil }
    }
    try await godot.start()
    try await database.queue([turn(1, of: conversation(1), content: "bad"), turn(2, of: conversation(1))])
    let logger = bench.logger(database, godot.url)
    logger.start()
    #expect(try await eventually { godot.records.calls.count >= 2 })
    try await database.queue([turn(1, of: conversation(2))])
    logger.nudge()
    // Back-off up to 4 s lies between the refusals, with jitter.
    #expect(try await eventually { logger.health.parked == 1 }, "\(logger.health)")
    #expect(logger.health.parkedReason == "the server's storage takes no such value")
    #expect(logger.health.pending == 1)
    #expect(bench.arrived(godot, 2) == [1])
    #expect(bench.arrived(godot, 1) == [])
    // What waits behind the parked one does not keep a short-lived program.
    #expect(await logger.flush(deadline: .seconds(600)).pending == 1)
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("A frozen server turns amber, and gets everything when it thaws")
  func frozen() async throws {
    let database = try bench.scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let logger = bench.logger(database, godot.url)
    logger.start()
    #expect(try await eventually { logger.health.state == .connected })
    godot.change { $0.isFrozen = true }
    try await database.queue([turn(1, of: conversation(1))])
    logger.nudge()
    #expect(try await eventually { if case .waiting = logger.health.state { true } else { false } })
    godot.change { $0.isFrozen = false }
    #expect(try await eventually { bench.arrived(godot, 1) == [1] && logger.health.state == .connected })
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("An outbox that cannot be written is shown, and nothing is sent twice when it works again")
  func brokenOutbox() async throws {
    let database = try bench.scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    try await database.queue(bench.turns(conversations: 3, turns: 1))
    try await database.write {
      try $0.execute(
        sql: "CREATE TRIGGER broken BEFORE DELETE ON outbox_record BEGIN SELECT RAISE(ABORT, 'no way'); END")
    }
    let logger = bench.logger(database, godot.url)
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
    let database = try bench.scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let logger = bench.logger(database, godot.url)
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
    #expect(try await eventually { bench.arrived(godot, 1) == [1] })
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("A wrong URL is shown, not retried into silence")
  func wrongURL() async throws {
    let logger = bench.logger(try bench.scratch.open(), "http://localhost")
    logger.start()
    #expect(
      try await eventually {
        logger.health.state == .disconnected(reason: "the URL is wrong: it must begin with ws:// or wss://")
      })
    await logger.shutdown()
  }
}
