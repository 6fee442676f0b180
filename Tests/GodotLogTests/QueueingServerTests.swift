import Conversations
import Foundation
import GRDB
import GodotLog
import JSON
import TestSupport
import Testing

/// Against a server that only queues log records and whose worker stops, dies and loses batches, over real sockets.
@Suite struct QueueingServerTests {
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func logger(_ database: DatabasePool, _ godot: ScriptedGodot) -> GodotLogger {
    GodotLogger(
      database: database,
      configuration: GodotConfiguration(destination: .url(godot.url), lockFile: scratch.lockFile, turns: .log)
    ) { _ in }
  }

  /// Turn numbers of a conversation in the order in which they were stored.
  private func stored(_ godot: ScriptedGodot, _ number: Int) -> [Int] {
    let id = conversation(number).uuidString.lowercased()
    return godot.records.logs.filter { $0["data"]?["conversation_id"]?.string == id }
      .compactMap { $0["data"]?["turn_number"]?.int }
  }

  @Test(
    "Turns that were acknowledged and destroyed with their batch arrive all the same, once and in order",
    arguments: [ScriptedGodot.Dialect.b, .c])
  func destroyed(dialect: ScriptedGodot.Dialect) async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(dialect)
    godot.change { $0.worker = .stopped }
    try await godot.start()
    try await database.queue((1...3).flatMap { number in (1...6).map { turn(number, of: conversation($0)) } })
    let logger = logger(database, godot)
    logger.start()
    #expect(try await eventually { godot.records.queue.count == 6 && logger.health.unconfirmed == 6 })
    #expect(logger.health.state == .connected && logger.health.pending == 12)
    godot.killWorker()
    #expect(godot.records.destroyed.count == 6)
    godot.change { $0.worker = .running }
    #expect(try await eventually { logger.health.pending + logger.health.unconfirmed == 0 }, "\(logger.health)")
    for number in 1...6 { #expect(stored(godot, number) == [1, 2, 3]) }
    await logger.shutdown()
    try await godot.stop()
  }

  @Test(
    "A worker that stands still is waited for: nothing is sent twice, and a process that ends leaves no turn behind")
  func stopped() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    godot.change { $0.worker = .stopped }
    try await godot.start()
    try await database.queue((1...6).map { turn(1, of: conversation($0)) })
    let first = logger(database, godot)
    first.start()
    #expect(try await eventually { first.health.unconfirmed == 6 })
    await first.shutdown()
    let second = logger(database, godot)
    second.start()
    #expect(try await eventually { second.health.state == .connected && second.health.unconfirmed == 6 })
    godot.change { $0.worker = .running }
    #expect(try await eventually { second.health.pending + second.health.unconfirmed == 0 }, "\(second.health)")
    for number in 1...6 { #expect(stored(godot, number) == [1]) }
    await second.shutdown()
    try await godot.stop()
  }

  @Test("Large answers pass a worker that was away without destroying a batch")
  func largeAnswers() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    godot.change { $0.worker = .stopped }
    try await godot.start()
    let text = String(repeating: "größe 漢字 ", count: 3_000)
    try await database.queue((1...60).map { turn(1, of: conversation($0), content: text) })
    let logger = logger(database, godot)
    logger.start()
    #expect(try await eventually { logger.health.unconfirmed > 3 })
    godot.change { $0.worker = .running }
    #expect(try await eventually { logger.health.pending + logger.health.unconfirmed == 0 }, "\(logger.health)")
    #expect(godot.records.destroyed.isEmpty)
    for number in 1...60 { #expect(stored(godot, number) == [1]) }
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("Who leaves delivery to the process that sends does not wait for a frozen server")
  func leftToOthers() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let screen = logger(database, godot)
    screen.start()
    #expect(try await eventually { screen.isSender && screen.health.state == .connected })
    godot.change { $0.isFrozen = true }
    let send = logger(try scratch.open(), godot)
    send.start()
    try await database.queue([turn(1, of: conversation(1))])
    send.nudge()
    let health = await send.flush(deadline: .seconds(3600), until: .handedOver)
    #expect(health.pending == 1 && !send.isSender)
    await send.shutdown()
    godot.change { $0.isFrozen = false }
    #expect(try await eventually { screen.health.pending + screen.health.unconfirmed == 0 })
    await screen.shutdown()
    try await godot.stop()
  }
}
