import Conversations
import Foundation
import GRDB
import Testing

@testable import GodotLog

@Suite struct OutboxTests {
  // Lives as long as the test does, or the folder would go too early.
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private let everything = Shipper.Load(after: 0, excluding: [], rows: 100, bytes: 1 << 20)

  private func ids(_ database: DatabasePool, _ load: Shipper.Load) throws -> [Int64] {
    try database.read { try Outbox.load(load, server: "s", in: $0).rows.map(\.id) }
  }

  @Test("What was queued is still there after the database was closed and opened again")
  func durable() async throws {
    let original = turn(2, of: conversation(1))
    let first = try scratch.open()
    try await first.queue([turn(1, of: conversation(1)), original])
    try first.close()
    let rows = try await scratch.open().read { try Outbox.load(everything, server: "s", in: $0).rows }
    #expect(rows.count == 2)
    #expect(try rows[1].record.get().turn == original)
  }

  @Test("A rolled back transaction leaves nothing to send")
  func rollback() throws {
    struct Undo: Error {}
    let database = try scratch.open()
    #expect(throws: Undo.self) {
      try database.write { db in
        try Outbox.append(turn(1, of: conversation(1)), in: db)
        throw Undo()
      }
    }
    #expect(try database.read { try Outbox.counts(in: $0).pending } == 0)
  }

  @Test("A record queued twice is there once")
  func twice() async throws {
    let database = try scratch.open()
    let record = turn(1, of: conversation(1))
    try await database.queue([record, record])
    #expect(try ids(database, everything) == [1])
  }

  @Test("Counts follow every change, and sent ones are counted once")
  func counts() async throws {
    let database = try scratch.open()
    try await database.queue((1...4).map { turn($0, of: conversation($0)) })
    try await database.write { db in
      try Outbox.write(.delivered(1), server: "s", in: db)
      try Outbox.write(.delivered(1), server: "s", in: db)
      try Outbox.write(.refused(2, reason: "no"), server: "s", in: db)
      try Outbox.write(.park(2, reason: "never"), server: "s", in: db)
    }
    let counts = try await database.read { try Outbox.counts(in: $0) }
    #expect(counts.pending == 2 && counts.parked == 1 && counts.sent == 1 && counts.evicted == 0)
    #expect(counts.parkedReason == "never")
    #expect(counts.oldestPending == 1_700_000_000_000)
    #expect(counts.lastID == 4)
  }

  @Test("A parked record holds back the later ones of its conversation only")
  func parkedHoldsBack() async throws {
    let database = try scratch.open()
    try await database.queue([
      turn(1, of: conversation(1)), turn(2, of: conversation(1)), turn(3, of: conversation(1)),
      turn(1, of: conversation(2)),
    ])
    try await database.write { try Outbox.write(.park(2, reason: "x"), server: "s", in: $0) }
    #expect(try ids(database, everything) == [1, 4])
  }

  @Test("A load keeps to its limits, leaves out what it is told, and always brings one row")
  func loadLimits() async throws {
    let database = try scratch.open()
    try await database.queue((1...5).map { turn(1, of: conversation($0)) })
    var load = everything
    load.rows = 2
    #expect(try ids(database, load) == [1, 2])
    load.after = 2
    load.excluding = [conversation(3)]
    #expect(try ids(database, load) == [4, 5])
    load.bytes = 1
    #expect(try ids(database, load) == [4])
  }

  @Test("Each server has its own ids for our conversations")
  func mappings() async throws {
    let database = try scratch.open()
    try await database.queue([turn(1, of: conversation(1))])
    try await database.write { db in
      try Outbox.write(.keepMapping(conversation: conversation(1), server: "theirs"), server: "one", in: db)
    }
    let mapped = try await database.read { db in
      try ["one", "two"].map { try Outbox.load(everything, server: $0, in: db).rows[0].serverConversation }
    }
    #expect(mapped == ["theirs", nil])
    try await database.write { try Outbox.write(.forgetMapping(conversation: conversation(1)), server: "one", in: $0) }
    let forgotten = try await database.read { try Outbox.load(everything, server: "one", in: $0).rows[0] }
    #expect(forgotten.serverConversation == nil)
  }

  @Test("A damaged payload is a row that cannot be read, not an error that stops all")
  func damaged() async throws {
    let database = try scratch.open()
    try await database.queue([turn(1, of: conversation(1)), turn(1, of: conversation(2))])
    try await database.write { try $0.execute(sql: "UPDATE outbox_record SET payload = x'7b' WHERE id = 1") }
    let rows = try await database.read { try Outbox.load(everything, server: "s", in: $0).rows }
    #expect(rows.count == 2)
    #expect(throws: UnreadablePayload.self) { try rows[0].record.get() }
  }

  @Test("A secret never reaches the disk")
  func redacted() async throws {
    let database = try scratch.open()
    try await database.write { db in
      try Outbox.append(
        turn(1, of: conversation(1), content: "my key is sk-12345678!"), redactor: Redactor(secrets: ["sk-12345678"]),
        in: db)
    }
    let rows = try await database.read { try Outbox.load(everything, server: "s", in: $0).rows }
    #expect(try rows[0].record.get().turn?.content == "my key is [REDACTED]!")
  }

  @Test("One process has the lock; another gets it when the first lets go")
  func lock() throws {
    let first = SenderLock(path: scratch.lockFile)
    let second = SenderLock(path: scratch.lockFile)
    #expect(first.acquire().isHeld)
    #expect(!second.acquire().isHeld && second.acquire().problem == nil)
    first.publish(LogHealth(state: .disconnected(reason: "connection refused"), lastError: "x"), at: Date())
    #expect(second.published()?.state == .disconnected(reason: "connection refused"))
    #expect(second.published()?.lastError == "x")
    first.release()
    #expect(second.acquire().isHeld)
    #expect(second.published() == nil)
  }

  @Test("A lock file that cannot be opened is a problem to show, not silence")
  func lockProblem() {
    let lock = SenderLock(path: "/nonexistent/folder/lock")
    #expect(lock.acquire().problem == "the lock file cannot be opened: No such file or directory")
  }

  @Test("What is queued at a server is counted apart, is found again by the next process, and goes with its record")
  func unconfirmed() async throws {
    let database = try scratch.open()
    try await database.queue([
      turn(1, of: conversation(1)), turn(1, of: conversation(2), content: String(repeating: "x", count: 9_000)),
    ])
    try await database.write { db in
      try Outbox.write(
        [
          .unconfirmed(1), .part(2, number: 1, plan: "a", isStored: true),
          .part(2, number: 3, plan: "a", isStored: false),
        ],
        server: "s", in: db)
    }
    let counts = try await database.read { try Outbox.counts(in: $0) }
    #expect(counts.pending == 1 && counts.unconfirmed == 1 && counts.oldestUnconfirmed != nil)
    let load = Shipper.Load(after: 0, excluding: [], rows: 9, bytes: 1 << 20)
    let rows = try await database.read { try Outbox.load(load, server: "s", in: $0).rows }
    #expect(rows.map { $0.unconfirmed != nil } == [true, false])
    #expect(rows[1].progress == PartProgress(plan: "a", isStored: [1: true, 3: false]))
    // Another server has nothing of it.
    let elsewhere = try await database.read { try Outbox.load(load, server: "t", in: $0).rows }
    #expect(elsewhere.allSatisfy { $0.unconfirmed == nil && $0.progress == nil })
    try await database.write { try Outbox.write([.unqueued(1), .delivered(2)], server: "s", in: $0) }
    let after = try await database.read { try Outbox.counts(in: $0) }
    #expect(after.pending == 1 && after.unconfirmed == 0)
    let left = try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM outbox_part") }
    #expect(left == 0)
  }
}
