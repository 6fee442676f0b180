import Basics
import Conversations
import Foundation
import GRDB
import JSON
import Testing

@testable import GodotLog

@Suite struct LogOutboxTests {
  // Lives as long as the test does, or the folder would go too early.
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func messages(_ database: DatabasePool) throws -> [String] {
    try database.read { db in
      let load = Shipper.Load(lane: .logs, after: 0, excluding: [], rows: 1000, bytes: 1 << 30)
      return try Outbox.load(load, server: "s", in: db).rows.map { row in
        guard case .log(let log) = try row.record.get() else { return "" }
        return try JSON(bytes: log.arguments)["message"]?.string ?? ""
      }
    }
  }

  @Test("Where too many records wait the least severe go first, the oldest among them, counted; turns never")
  func eviction() async throws {
    let database = try scratch.open()
    let text = String(repeating: "x", count: 1000)
    func append(_ level: LogLevel, _ name: String) async throws {
      try await database.write { db in
        let record = log(level, name, data: ["text": .string(text)])
        try Outbox.append(record, at: Date(timeIntervalSince1970: 5), keeping: 5500, in: db)
      }
    }
    try await database.queue([turn(1, of: conversation(1), content: String(repeating: "y", count: 20_000))])
    for (level, name) in [
      (LogLevel.error, "e1"), (.debug, "d1"), (.info, "i1"), (.debug, "d2"), (.warn, "w1"), (.info, "i2"),
      (.error, "e2"),
    ] { try await append(level, name) }
    // In the order of arrival; each is some 1,200 bytes, so that four have room.
    #expect(try messages(database) == ["e1", "w1", "i2", "e2"])
    try await append(.trace, "t1")
    #expect(try messages(database).contains("t1") == false)
    try database.close()
    let counts = try await scratch.open().read { try Outbox.counts(in: $0) }
    #expect(counts.evicted == 4 && counts.pending == 5)
  }

  @Test("What a rolled back transaction would have evicted is still there, and not counted")
  func evictionRollsBack() throws {
    struct Undo: Error {}
    let database = try scratch.open()
    try database.write { try Outbox.append(log(.debug, "kept"), at: Date(), keeping: 1200, in: $0) }
    #expect(throws: Undo.self) {
      try database.write { db in
        try Outbox.append(
          log(.error, "big", data: ["text": .string(String(repeating: "x", count: 900))]), at: Date(), keeping: 1200,
          in: db)
        #expect(try Outbox.counts(in: db).evicted == 1)
        throw Undo()
      }
    }
    #expect(try messages(database) == ["kept"])
    #expect(try database.read { try Outbox.counts(in: $0).evicted } == 0)
  }

  @Test("A record says who it is and when it was made, so that a repeat is recognised; the caller's own is kept")
  func identity() {
    let arguments = log(.info, "m", data: ["log_id": "mine", "a": 1])
      .arguments(logID: conversation(7), at: Date(timeIntervalSince1970: 1.5))
    #expect(
      arguments["data"] == [
        "log_id": .string(conversation(7).lowercased), "logged_at_ms": 1500, "a": 1, "repaired": ["log_id": "mine"],
      ])
  }

  @Test("A record too large for a frame goes in parts with ids of their own, which join to the whole")
  func parts() throws {
    let record = log(.warn, "long \"one\"", data: ["text": .string(String(repeating: "é\n", count: 20_000))])
    let queued = try QueuedLog(stored: record.arguments(logID: conversation(7), at: Date()), rowID: conversation(8))
    let calls = try queued.calls(tool: "logger_log", limits: SizeLimits(frame: 8000))
    #expect(calls.count > 5 && calls.allSatisfy { $0.frame(id: .max).count <= 8000 && $0.isLog })
    let data = calls.compactMap { $0.arguments["data"] }
    let whole = try JSON(data.compactMap { $0["json"]?.string }.joined())
    #expect(whole["message"] == "long \"one\"" && whole["data"]?["text"] == record.data["text"])
    #expect(Set(data.compactMap { $0["log_id"]?.string }).count == calls.count)
    #expect(data[0]["log_id"] == data[0]["part_of"] && data.allSatisfy { $0["parts"]?.int == calls.count })
    #expect(calls.allSatisfy { $0.arguments["level"] == "WARN" })
  }

  @Test("Counts of what many acknowledgements delete in one go are those of the rows that were there")
  func batch() async throws {
    let database = try scratch.open()
    try await database.queue((1...50).map { turn(1, of: conversation($0)) })
    try await database.write { db in
      try Outbox.write((1...60).map { .delivered(Int64($0 % 40 + 1)) }, server: "s", in: db)
    }
    let counts = try await database.read { try Outbox.counts(in: $0) }
    #expect(counts.sent == 40 && counts.pending == 10)
  }

  @Test("A row that was put into the outbox by hand is repaired before it is sent, or parked with the reason")
  func rowsByHand() async throws {
    let scratch = try Scratch()
    let database = try scratch.open()
    /// Whole, but for what a server chokes on.
    func whole(_ number: Int, level: String, message: String) -> String {
      let id = conversation(number).lowercased
      return
        #"{"component":"c","data":{"log_id":"\#(id)"},"level":"\#(level)","message":"\#(message)","trace_id":"\#(id)"}"#
    }
    let rows = [
      #"{"component":"c","level":"warning","message":"a\u0000b","trace_id":"12345678","data":{"x":"\ud800"}}"#,
      #"{"message":"no more than this"}"#, whole(3, level: "INFO", message: #"a\u0000b"#),
      whole(4, level: "warning", message: "m"),
      "{not json", #"{"component":"c","level":"INFO","data":{}}"#,
    ]
    try await database.write { db in
      for (number, payload) in rows.enumerated() {
        try db.execute(
          sql: """
            INSERT INTO outbox_record (log_id, kind, payload, size, severity, created_at) VALUES (?, 'log', ?, ?, 2, 0)
            """, arguments: [conversation(number + 1).uuidString, Data(payload.utf8), payload.utf8.count])
      }
    }
    let load = Shipper.Load(lane: .logs, after: 0, excluding: [], rows: 10, bytes: 1 << 20)
    let loaded = try await database.read { try Outbox.load(load, server: "s", in: $0) }
    #expect(loaded.rows.count == 6)
    for (number, row) in loaded.rows.prefix(4).enumerated() {
      guard case .success(.log(let log)) = row.record else {
        Issue.record("\(row)")
        continue
      }
      let sent = try JSON(bytes: log.arguments)
      #expect(UUID(uuidString: sent["trace_id"]?.string ?? "") == log.traceID)
      #expect(LogLevel(rawValue: sent["level"]?.string ?? "") != nil && sent["message"]?.string != nil)
      #expect(sent["data"]?["log_id"]?.string == conversation(number + 1).uuidString.lowercased())
      #expect(!sent.text.contains(#"\u0000"#) && sent["component"]?.string != nil)
    }
    #expect(loaded.rows.suffix(2).allSatisfy { if case .failure = $0.record { true } else { false } })
  }
}

func log(_ level: LogLevel, _ message: String, data: JSON = [:]) -> LogRecord {
  LogRecord(component: "test", level: level, message: message, traceID: conversation(99), data: data)
}
