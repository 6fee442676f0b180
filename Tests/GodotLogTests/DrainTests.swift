import Conversations
import Foundation
import GRDB
import JSON
import TestSupport
import Testing

@testable import GodotLog

@Suite struct DrainTests {
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test("A backlog drains against a server that promises durable logs, without pace")
  func drain() async throws {
    let count = ProcessInfo.processInfo.environment["GODOT_DRAIN"].flatMap(Int.init) ?? 2_000
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    godot.change { $0.isDurable = true }
    try await godot.start()
    try await database.write { db in
      for number in 1...count {
        let record = LogRecord(
          component: "bench", level: .info, message: "record \(number)", traceID: UUID(),
          data: ["number": .int(number), "text": .string(String(repeating: "x", count: 200))])
        try Outbox.append(record, at: Date(), in: db)
      }
    }
    let logger = GodotLogger(
      database: database, configuration: GodotConfiguration(destination: .url(godot.url), lockFile: scratch.lockFile)
    ) { _ in }
    let clock = ContinuousClock()
    let time = await clock.measure {
      logger.start()
      _ = await logger.flush(deadline: .seconds(120))
    }
    print("drained \(count) in \(time)")
    #expect(logger.health.pending == 0)
    #expect(logger.health.sent == count)
    #expect(godot.records.logs.count == count)
    await logger.shutdown()
    try await godot.stop()
  }
}
