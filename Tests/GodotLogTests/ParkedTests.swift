import Conversations
import Foundation
import GRDB
import JSON
import TestSupport
import Testing

@testable import GodotLog

/// What a user does with records that a server refuses, and what several processes on one outbox see.
@Suite struct ParkedTests {
  // Lives as long as the test does, or the folder would go too early.
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func logger(_ database: DatabasePool, _ url: String, token: String? = nil) -> GodotLogger {
    GodotLogger(
      database: database,
      configuration: GodotConfiguration(destination: .url(url), token: { token }, lockFile: scratch.lockFile)
    ) { _ in }
  }

  @Test("Parked records are shown, exported without secrets, and sent again in order, also from another process")
  func resend() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    try await database.queue([turn(1, of: conversation(1), content: "key sesame-12"), turn(2, of: conversation(1))])
    try await database.write { db in
      try Outbox.append(log(.warn, "odd"), at: Date(), in: db)
      try db.execute(sql: "UPDATE outbox_record SET state = 'parked', last_error = 'no', attempts = 5 WHERE id <> 2")
    }
    let sender = logger(database, godot.url, token: "sesame-12")
    sender.start()
    #expect(try await eventually { sender.health.state == .connected && sender.health.parked == 2 })
    let other = logger(try scratch.open(), godot.url)
    other.start()
    let parked = try await other.parked()
    #expect(parked.map(\.title) == ["turn 1 of 00000000 (user)", "test: odd"])
    #expect(parked.map(\.reason) == ["no", "no"] && parked.map(\.attempts) == [5, 5])
    #expect(parked.map(\.conversation) == [conversation(1), nil])
    let export = try await sender.exportParked(parked.map(\.id))
    #expect(export[0]?["record"]?["content"] == "key [REDACTED]")
    #expect(export[1]?["record"]?["message"] == "odd" && export[1]?["reason"] == "no")
    #expect(godot.records.messages.isEmpty)

    try await other.resend(parked.map(\.id))
    #expect(try await eventually { sender.health.sent == 3 && sender.health.parked == 0 }, "\(sender.health)")
    #expect(godot.records.messages.map(\.turnNumber) == [1, 2])
    #expect(godot.records.logs.map { $0["message"] } == ["odd"])
    await other.shutdown()
    await sender.shutdown()
    try await godot.stop()
  }

  @Test("A token that only its command knew does not leave the machine in a record that was queued before")
  func learnedToken() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.a)
    godot.change { $0.token = "open-sesame" }
    try await godot.start()
    try await database.queue([turn(1, of: conversation(1), content: "the token is open-sesame")])
    let logger = logger(database, godot.url, token: "open-sesame")
    logger.start()
    #expect(try await godot.wait { !$0.logs.isEmpty })
    #expect(godot.records.logs[0]["data"]?["content"] == "the token is [REDACTED]")
    #expect(logger.redactor.redact("open-sesame") == "[REDACTED]")
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("Retry now works from a process that does not send")
  func retryFromElsewhere() async throws {
    let godot = ScriptedGodot(.c)
    let database = try scratch.open()
    godot.change { $0.token = "right-token" }
    try await godot.start()
    // Refused with 401 the sender waits longer and longer, up to 30 s.
    let sender = logger(database, godot.url, token: "wrong-token")
    sender.start()
    #expect(try await godot.wait { $0.handshakes >= 1 })
    let other = logger(try scratch.open(), godot.url)
    other.start()
    #expect(try await eventually { if case .disconnected = other.health.state { true } else { false } })
    let before = try await database.read { try Outbox.counts(in: $0).retries }
    other.retryNow()
    #expect(try await eventually { try database.read { try Outbox.counts(in: $0).retries } == before + 1 })
    let count = godot.records.handshakes
    #expect(try await godot.wait { $0.handshakes > count })
    await other.shutdown()
    await sender.shutdown()
    try await godot.stop()
  }

  @Test("A clock that was set back makes no age negative and stops nothing")
  func clockSetBack() async throws {
    let database = try scratch.open()
    var future = turn(1, of: conversation(1))
    future.createdAt = Date(timeIntervalSinceNow: 86400)
    try await database.queue([future])
    let godot = ScriptedGodot(.c)
    let logger = logger(database, godot.url)
    logger.start()
    #expect(try await eventually { logger.health.pending == 1 && logger.health.lastError != nil })
    #expect(logger.health.oldestPending == .zero)
    try await godot.start()
    #expect(try await eventually { logger.health.sent == 1 })
    await logger.shutdown()
    try await godot.stop()
  }
}
