import Basics
import Conversations
import Foundation
import GRDB
import JSON
import TestSupport
import Testing

@testable import GodotLog

/// Numbers in the outbox, in the lock file and in a log server's answers, each at its worst.
@Suite("Hostile numbers on the way to Godot") struct BoundsTests {
  // Lives as long as the test does, or the folder would go too early.
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test("A queued turn's payload is read and written again, whatever its numbers")
  func payloads() throws {
    let whole = turn(2, of: conversation(1)).payload
    let names = [
      "turn_number", "input_tokens", "output_tokens", "timing_ms", "ttft_ms", "prompt_turn", "created_at_ms", "version",
    ]
    for name in names {
      for number in HostileNumbers.texts.dropLast(3) where number != "1e999" {
        var members = whole.object ?? [:]
        members[name] = try JSON(number)
        do throws(UnreadablePayload) {
          let record = try TurnRecord(payload: .object(members))
          _ = try TurnRecord(payload: record.payload)
          _ = Timestamp.text(record.createdAt)
        } catch {
          #expect(["turn_number", "created_at_ms", "version"].contains(name), "\(name) \(number): \(error)")
        }
      }
    }
  }

  @Test("Rows of the outbox with any number are counted, loaded and shown", arguments: HostileNumbers.integers)
  func rows(number: Int) async throws {
    let database = try scratch.open()
    try await database.queue([turn(1, of: conversation(1)), turn(2, of: conversation(2)), turn(1, of: conversation(3))])
    try await database.write { db in
      try Outbox.append(log(.warn, "odd"), at: Date(), in: db)
      try db.execute(sql: "UPDATE outbox_record SET state = 'parked', last_error = 'no' WHERE id = 3")
      try db.execute(
        sql: "UPDATE outbox_record SET size = ?1, attempts = ?1, created_at = ?1, turn_number = ?1",
        arguments: [number])
      try db.execute(
        sql: "UPDATE outbox_counter SET value = ? WHERE name IN ('sent', 'evicted', 'resends', 'retries')",
        arguments: [number])
    }
    try await database.read { db in
      let counts = try Outbox.counts(in: db)
      for count in [counts.sent, counts.evicted, counts.resends, counts.retries] {
        #expect(Bounds.counts.contains(count))
      }
      #expect(counts.oldestPending.map { abs($0) < 1_000_000_000_000_000 } ?? false)
      let parked = try Outbox.parked(limit: 9, in: db)
      #expect(parked.count == 1 && parked[0].size >= 0 && parked[0].attempts >= 0)
      _ = try Outbox.export(parked.map(\.id), in: db)
      for lane in Lane.allCases {
        let load = Shipper.Load(lane: lane, after: 0, excluding: [], rows: 100, bytes: 1 << 40)
        let loaded = try Outbox.load(load, server: "s", in: db)
        #expect(!loaded.rows.isEmpty && loaded.rows.allSatisfy { $0.size >= 0 && $0.attempts >= 0 })
      }
    }
  }

  @Test(
    "Rows of any number are delivered, and what comes behind them too",
    arguments: HostileNumbers.integers, ["size", "attempts", "created_at", "turn_number", "id", "counter"])
  func delivery(number: Int, column: String) async throws {
    let database = try scratch.open()
    try await database.queue([turn(1, of: conversation(1)), turn(1, of: conversation(2)), turn(2, of: conversation(2))])
    try await database.write { db in
      try Outbox.append(log(.warn, "odd"), at: Date(), in: db)
      try Outbox.append(log(.warn, "sound"), at: Date(), in: db)
      let statement =
        switch column {
        case "counter": "UPDATE outbox_counter SET value = ?"
        // Any other row has the greatest id, behind which none can come.
        case "id": "UPDATE OR IGNORE outbox_record SET id = ? WHERE id = 1"
        default: "UPDATE outbox_record SET \(column) = ? WHERE id IN (1, 4)"
        }
      try db.execute(sql: statement, arguments: [number])
    }
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let logger = GodotLogger(
      database: database,
      configuration: GodotConfiguration(destination: .url(godot.url), lockFile: scratch.lockFile)
    ) { _ in }
    logger.start()
    #expect(
      try await eventually {
        try database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM outbox_record") } == 0
      },
      "\(logger.health)")
    #expect(godot.records.logs.count == 2 && godot.records.messages.count == 3)
    await logger.shutdown()
    try await godot.stop()
  }

  @Test("A row with the greatest id keeps nothing from being queued behind it, in order", arguments: [false, true])
  func greatestID(isDeleted: Bool) async throws {
    let database = try scratch.open()
    try await database.queue([turn(1, of: conversation(1)), turn(2, of: conversation(1)), turn(3, of: conversation(1))])
    try await database.write { db in
      try db.execute(sql: "UPDATE outbox_record SET id = ? WHERE id = 3", arguments: [Int64.max])
      try db.execute(sql: "UPDATE outbox_record SET id = ? WHERE id = 2", arguments: [Int64.max - 1])
      // As an insertion with that id leaves it.
      try db.execute(sql: "UPDATE sqlite_sequence SET seq = ?", arguments: [Int64.max])
      if isDeleted { try db.execute(sql: "DELETE FROM outbox_record WHERE id > 1") }
      try Outbox.makeRoom(in: db)
    }
    try await database.queue([turn(4, of: conversation(1))])
    let rows = try await database.read { db in
      try Row.fetchAll(db, sql: "SELECT id, turn_number FROM outbox_record ORDER BY id")
        .map { [$0["id"] as Int, $0["turn_number"] as Int] }
    }
    #expect(rows == (isDeleted ? [[1, 1], [2, 4]] : [[1, 1], [2, 2], [3, 3], [4, 4]]))
  }

  @Test("News in the lock file of any number give a time that can be reckoned with")
  func lockFile() throws {
    for number in HostileNumbers.texts.dropLast(3) where number != "1e999" {
      for state in ["waiting", "connected"] {
        let shared = try #require(
          SharedState(JSON(#"{"state":"\#(state)","silent_ms":\#(number),"retry_at_ms":\#(number)}"#)))
        let wait = (shared.retryAt ?? 0) - Date().millisecondsSince1970
        #expect(abs(wait) < 1_000_000_000_000_000)
        if case .waiting(let silence) = shared.state { #expect(Bounds.seconds.contains(silence.inSeconds)) }
      }
    }
  }

  @Test("A log server's records and turns of any number are read and can be shown")
  func answers() throws {
    for number in HostileNumbers.texts.dropLast(3) where number != "1e999" {
      for name in ["created_at", "timestamp", "age"] {
        let json = try JSON(#"{"component":"c","message":"m","\#(name)":\#(number)}"#)
        let record = try #require(ServerRecord(json))
        #expect(Bounds.secondsSince1970.contains(record.record.time.timeIntervalSince1970))
        _ = Timestamp.text(record.record.time)
      }
      _ = ServerTurn(try JSON(#"{"turn_number":\#(number),"role":"user","content":"c"}"#))
      _ = ServerAnswer(.success(try JSON(#"{"status":"ok","turn_number":\#(number)}"#)))
    }
    for extreme in [-Double.infinity, -1e300, .nan, 1e300, .infinity] {
      #expect(abs(Date(timeIntervalSince1970: extreme).millisecondsSince1970) < 1_000_000_000_000_000)
    }
  }
}
