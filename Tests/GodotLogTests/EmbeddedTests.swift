import Conversations
import Foundation
import GRDB
import GodotLog
import TestSupport
import Testing

@Suite struct EmbeddedTests {
  // Lives as long as the test does, or the folder would go too early.
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func logger(_ database: DatabasePool, _ connect: @escaping @Sendable () async throws -> CInt) -> GodotLogger {
    GodotLogger(
      database: database,
      configuration: GodotConfiguration(destination: .embedded(connect: connect), lockFile: scratch.lockFile)
    ) { _ in }
  }

  @Test("A server within the program gets every turn once, and the health says where it is and how many went")
  func embedded() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    try await database.queue((1...5).map { turn($0, of: conversation(1)) })
    let logger = logger(database) { [port = godot.port] in try SocketBridge.connect(port: port) }
    logger.start()
    let health = await logger.flush(deadline: .seconds(60))
    #expect(health.pending == 0 && health.sent == 5 && health.isEmbedded, "\(health)")
    #expect(godot.records.messages.map(\.turnNumber) == [1, 2, 3, 4, 5])
    let server = try await database.read { try String.fetchOne($0, sql: "SELECT server FROM outbox_conversation") }
    #expect(server == "embedded")
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("An embedded server that does not start is shown, and tried again until it does")
  func absent() async throws {
    struct NotYet: Error, CustomStringConvertible { var description: String { "the data folder is missing" } }
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    try await database.queue([turn(1, of: conversation(1))])
    let isThere = Flag()
    let logger = logger(database) { [port = godot.port] in
      guard isThere.isSet else { throw NotYet() }
      return try SocketBridge.connect(port: port)
    }
    logger.start()
    let isShown = try await eventually {
      logger.health.state == .disconnected(reason: "no embedded server: the data folder is missing")
    }
    #expect(isShown, "\(logger.health)")
    isThere.set()
    #expect(try await eventually { logger.health.sent == 1 })
    await logger.shutdown()
    try await godot.stop()
  }
}
