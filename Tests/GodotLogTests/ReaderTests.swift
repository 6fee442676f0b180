import Conversations
import Foundation
import GRDB
import JSON
import MCP
import TestSupport
import Testing

@testable import GodotLog

@Suite struct ReaderTests {
  // Lives as long as the test does, or the folder would go too early.
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func configuration(_ godot: ScriptedGodot, _ turns: GodotConfiguration.Turns = .auto) -> GodotConfiguration {
    GodotConfiguration(destination: .url(godot.url), lockFile: scratch.lockFile, turns: turns)
  }

  /// Sends all that is queued.
  private func deliver(_ database: DatabasePool, _ configuration: GodotConfiguration) async {
    let logger = GodotLogger(database: database, configuration: configuration) { _ in }
    logger.start()
    let health = await logger.flush(deadline: .seconds(60))
    #expect(health.pending == 0, "\(health)")
    await logger.shutdown()
  }

  @Test(
    "Records come filtered alike from servers whose level means itself and from those where it means and graver",
    arguments: [false, true])
  func records(isDurable: Bool) async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    godot.change { $0.isDurable = isDurable }
    try await godot.start()
    try await database.write { db in
      for level in LogLevel.allCases {
        try Outbox.append(log(level, "a \(level)", data: ["n": [1, "x"]]), at: Date(), in: db)
      }
      try Outbox.append(
        LogRecord(component: "other", level: .error, message: "b", traceID: conversation(5)), at: Date(), in: db)
    }
    await deliver(database, configuration(godot))
    let reader = GodotReader(configuration(godot))
    let grave = try await reader.records(LogQuery(component: "test", level: .warn))
    #expect(grave.map(\.message) == ["a error", "a warn"])
    #expect(grave.map(\.level) == [.error, .warn])
    #expect(grave[0].data?.contains("\"n\": [\n    1,\n    \"x\"\n  ]") ?? false)
    #expect(try await reader.records(LogQuery(trace: conversation(5))).map(\.message) == ["b"])
    #expect(try await reader.records(LogQuery(limit: 2)).count == 2)
    #expect(try await reader.records(LogQuery(from: Date())).isEmpty)
    #expect(try await reader.canReadConversations == isDurable)
    await reader.close()
    try await godot.stop()
  }

  @Test(
    "The servers in use are read: an answer within the answer, data as text, an age beside the time",
    arguments: [ScriptedGodot.Dialect.b, .c])
  func wrapped(dialect: ScriptedGodot.Dialect) async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(dialect)
    try await godot.start()
    try await database.write { db in
      try Outbox.append(log(.warn, "a \"b\" \\ \u{1F600}", data: ["n": [1, ["x": "y"]]]), at: Date(), in: db)
    }
    await deliver(database, configuration(godot))
    let reader = GodotReader(configuration(godot))
    let record = try #require(try await reader.records(LogQuery()).first)
    #expect(record.message == "a \"b\" \\ \u{1F600}" && record.level == .warn)
    #expect(record.data?.contains("\"n\": [\n    1,\n    {\n      \"x\": \"y\"\n    }\n  ]") ?? false, "\(record)")
    #expect(record.time == Date(timeIntervalSince1970: 1_735_689_601.25))
    godot.change { $0.wrapsQueries = false }
    #expect(try await reader.records(LogQuery()) == [record])
    await reader.close()
    try await godot.stop()
  }

  @Test("A time is compared here where the server fails on every time")
  func times() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    try await godot.start()
    try await database.write { db in
      for number in 1...5 { try Outbox.append(log(.info, "\(number)"), at: Date(), in: db) }
    }
    await deliver(database, configuration(godot))
    let reader = GodotReader(configuration(godot))
    func second(_ number: Int) -> Date { Date(timeIntervalSince1970: 1_735_689_600 + Double(number)) }
    let found = try await reader.search(LogQuery(from: second(3), to: second(5)))
    #expect(found.records.map(\.message) == ["4", "3"] && found.horizon == nil)
    #expect(godot.records.calls.allSatisfy { $0.arguments["start_time"] == nil && $0.arguments["end_time"] == nil })
    await reader.close()
    try await godot.stop()
  }

  /// 3,000 records: the first of each hundred a warning, the second of another component.
  private func many(_ godot: ScriptedGodot) async throws {
    let database = try scratch.open()
    try await godot.start()
    try await database.write { db in
      for number in 0..<3000 {
        let record = LogRecord(
          component: number % 100 == 1 ? "other" : "test", level: number % 100 == 0 ? .warn : .info,
          message: "\(number)", traceID: conversation(number / 1000))
        try Outbox.append(record, at: Date(), in: db)
      }
    }
    await deliver(database, configuration(godot))
    godot.forgetProbes()
  }

  @Test("Records beyond a thousand are paged by time where the server knows times")
  func pages() async throws {
    let godot = ScriptedGodot(.c)
    godot.change { $0.isDurable = true }
    try await many(godot)
    let reader = GodotReader(configuration(godot))
    let all = try await reader.search(LogQuery(limit: 5000))
    #expect(all.records.map(\.message) == (0..<3000).reversed().map(String.init) && all.horizon == nil)
    let some = try await reader.search(LogQuery(limit: 1500))
    #expect(some.records.map(\.message) == (1500..<3000).reversed().map(String.init) && some.horizon == nil)
    await reader.close()
    try await godot.stop()
  }

  @Test("Beyond a thousand, the servers in use are asked by level and component, and what stays out of reach is said")
  func narrowing() async throws {
    let godot = ScriptedGodot(.c)
    try await many(godot)
    let reader = GodotReader(configuration(godot))
    let warnings = try await reader.search(LogQuery(level: .warn, limit: 1000))
    #expect(warnings.records.map(\.message) == stride(from: 0, to: 3000, by: 100).reversed().map(String.init))
    #expect(warnings.horizon == nil)
    // Within what a question reaches nothing is missing.
    #expect(try await reader.search(LogQuery(limit: 1000)).horizon == nil)
    let others = try await reader.search(LogQuery(component: "other", limit: 5000))
    #expect(others.records.count == 30 && others.horizon == nil)
    let trace = try await reader.search(LogQuery(trace: conversation(1), limit: 5000))
    #expect(trace.records.count == 1000 && trace.horizon == nil)

    let all = try await reader.search(LogQuery(limit: 5000))
    #expect(all.records.count == 1060, "all warnings, the newest 1,000 others, and what a component reaches")
    let horizon = try #require(all.horizon)
    #expect(all.records.count { $0.time >= horizon } >= 1000)
    await reader.close()
    try await godot.stop()
  }

  @Test("A conversation is read page by page, an unknown one is nil")
  func conversations() async throws {
    let database = try scratch.open()
    let godot = ScriptedGodot(.c)
    godot.change { $0.isDurable = true }
    try await godot.start()
    let long = String(repeating: "w ", count: 400_000)
    try await database.queue((1...5).map { turn($0, of: conversation(1), content: $0 == 3 ? long : nil) })
    await deliver(database, configuration(godot))
    let reader = GodotReader(configuration(godot))
    let id = try #require(UUID(uuidString: godot.records.conversations[0].id))
    let turns = try #require(try await reader.conversation(id))
    #expect(turns.map(\.turnNumber) == [1, 2, 3, 4, 5])
    #expect(turns[2].content == long && turns[1].model == "swift")
    #expect(try await reader.conversation(conversation(9)) == nil)
    await reader.close()
    try await godot.stop()
  }

  @Test("What a server cannot do is said in plain words, and so is why it is not reached")
  func words() async throws {
    let godot = ScriptedGodot(.a)
    try await godot.start()
    let reader = GodotReader(configuration(godot))
    await #expect(throws: GodotReadError.noTool("this server has no tool to read records")) {
      try await reader.records(LogQuery())
    }
    await #expect(throws: GodotReadError.noTool("this server has no tool to read conversations")) {
      try await reader.conversation(conversation(1))
    }
    await reader.close()
    try await godot.stop()
    await #expect(throws: GodotReadError.connection(.refused)) { try await reader.records(LogQuery()) }
  }

  @Test("An idle connection is closed, one that the server dropped is replaced, and reading goes on")
  func reconnects() async throws {
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let reader = GodotReader(configuration(godot), idle: .milliseconds(1), deadline: .seconds(30))
    #expect(try await reader.records(LogQuery()).isEmpty)
    try await eventually("a connection of its own for a later question") {
      let found = try await reader.records(LogQuery())
      return found.isEmpty && godot.records.handshakes >= 2
    }
    let steady = GodotReader(configuration(godot))
    #expect(try await steady.records(LogQuery()).isEmpty)
    try await godot.stop()
    try await godot.start()
    #expect(try await steady.records(LogQuery()).isEmpty)
    await steady.close()
    try await godot.stop()
  }

  @Test("A reader of a frozen server gives up at its deadline")
  func frozen() async throws {
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let reader = GodotReader(configuration(godot), idle: .seconds(30), deadline: .milliseconds(50))
    _ = try await reader.canReadConversations
    godot.change { $0.isFrozen = true }
    await #expect(throws: GodotReadError.connection(.timedOut)) { try await reader.records(LogQuery()) }
    try await godot.stop()
  }
}
