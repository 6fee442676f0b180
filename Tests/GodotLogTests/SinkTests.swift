import Basics
import Conversations
import Foundation
import GRDB
import JSON
import Logging
import Synchronization
import TestSupport
import Testing

@testable import GodotLog

@Suite struct SinkTests {
  // Lives as long as the test does, or the folder would go too early.
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// What the logging says of itself.
  private final class Words: Sendable {
    private let words = Mutex<[String]>([])
    var all: [String] { words.withLock { $0 } }
    func add(_ text: String) { words.withLock { $0.append(text) } }
  }

  private func records(_ database: DatabasePool) throws -> [JSON] {
    try database.read { db in
      try Data.fetchAll(db, sql: "SELECT payload FROM outbox_record ORDER BY id").map { try JSON(bytes: Array($0)) }
    }
  }

  @Test(
    "While the database cannot be written every hand-over returns, the least severe are dropped, and that is logged")
  func heldWriter() async throws {
    let database = try scratch.open()
    var limits = GodotLogSink.Limits()
    limits.records = 100
    let sink = GodotLogSink(database: database, limits: limits, onCommit: {})
    let (isHeld, release) = (Flag(), Flag())
    let holding = Task.detached {
      try await database.write { _ in
        isHeld.set()
        release.wait()
      }
    }
    #expect(try await eventually { isHeld.isSet })
    for number in 1...50 { sink.log(log(.error, "grave \(number)")) }
    for number in 1...2000 { sink.log(log(.debug, "slight \(number)")) }
    // All have returned, and not one can have been written: the writer is still held.
    #expect(!release.isSet)
    #expect(try records(database).isEmpty)
    // A first batch may have been taken out of the buffer before it was full.
    #expect(sink.dropped >= 2050 - 100 - 1000)
    release.set()
    try await holding.value
    #expect(await sink.flush(deadline: .seconds(60)))
    let stored = try records(database)
    #expect(stored.filter { $0["level"] == "ERROR" }.count == 50)
    #expect(stored.count { $0["component"] == "test" } == 2050 - sink.dropped)
    let notices = stored.filter { $0["component"] == "GodotLog" && $0["level"] == "WARN" }
    #expect(notices.compactMap { $0["data"]?["dropped"]?["DEBUG"]?.int }.reduce(0, +) == sink.dropped)
    await sink.shutdown()
  }

  @Test("A database that fails is told of once and tried again; nothing that was handed over is lost")
  func failingDatabase() async throws {
    let database = try scratch.open()
    try await database.write {
      try $0.execute(
        sql: "CREATE TRIGGER broken BEFORE INSERT ON outbox_record BEGIN SELECT RAISE(ABORT, 'no way'); END")
    }
    let words = Words()
    let sink = GodotLogSink(database: database, onCommit: {}, onProblem: words.add)
    sink.log(log(.info, "kept"))
    #expect(
      try await eventually {
        words.all == ["log records cannot be stored: the outbox cannot be used: no way"]
      })
    try await database.write { try $0.execute(sql: "DROP TRIGGER broken") }
    #expect(await sink.flush(deadline: .seconds(60)))
    #expect(try records(database).map { $0["message"] } == ["kept"])
    await sink.shutdown()
    sink.log(log(.info, "too late"))
    #expect(sink.dropped == 1)
  }

  @Test("A swift-log record becomes a log record: levels, metadata, trace and place, secrets taken out")
  func handler() async throws {
    let database = try scratch.open()
    let sink = GodotLogSink(
      database: database, redactor: { Redactor(secrets: ["sk-123456"]) }, onCommit: {})
    var logger = Logger(label: "shop.till") { GodotLogHandler(label: $0, sink: sink, level: .debug) }
    logger[metadataKey: "till"] = "3"
    logger.trace("below the level")
    logger.notice(
      "sold sk-123456",
      metadata: [
        "trace_id": "\(conversation(7))", "items": ["apple", "pear"], "price": .stringConvertible(12),
        "api_key": "anything", "nested": ["a": "b\0"],
      ])
    logger.critical("fire")
    #expect(await sink.flush(deadline: .seconds(60)))
    let stored = try records(database)
    #expect(stored.map { $0["message"] } == ["sold [REDACTED]", "fire"])
    #expect(stored.map { $0["level"] } == ["INFO", "ERROR"])
    let data = try #require(stored[0]["data"])
    #expect(stored[0]["component"] == "shop.till" && data["level"] == "notice" && data["till"] == "3")
    #expect(stored[0]["trace_id"] == .string(conversation(7).lowercased) && data["trace_id"] == nil)
    #expect(data["items"] == ["apple", "pear"] && data["price"] == 12 && data["api_key"] == "[REDACTED]")
    #expect(data["nested"] == ["a": "b\u{FFFD}"])
    #expect(data["source"] == "GodotLogTests" && data["line"]?.int != nil && data["function"] == "handler()")
    #expect(stored[1]["trace_id"] == .string(sink.traceID.lowercased))
    await sink.shutdown()
  }

  @Test("What the logging does on its own behalf never reaches the outbox, or each failure would make another record")
  func noLoops() async throws {
    let database = try scratch.open()
    let words = Words()
    let sink = GodotLogSink(database: database, onCommit: {}, onProblem: words.add)
    let observer = Logger(label: "app") { GodotLogHandler(label: $0, sink: sink, level: .trace) }
    let client = GodotLogger(
      database: database,
      configuration: GodotConfiguration(destination: .url(ScriptedGodot(.c).url), lockFile: scratch.lockFile)
    ) { observer.error("Godot: \($0.state)") }
    client.start()
    #expect(try await eventually { words.all.contains { $0.contains("connection refused") } })
    Logger(label: "GodotServer.store") { GodotLogHandler(label: $0, sink: sink) }.error("of the server")
    #expect(words.all.contains("GodotServer.store: of the server"))
    #expect(sink.suppressed == words.all.count)
    observer.info("of the program")
    #expect(await sink.flush(deadline: .seconds(60)))
    #expect(try records(database).map { $0["message"] } == ["of the program"])
    await client.shutdown()
    await sink.shutdown()
  }

  @Test("The example of the documentation works as it stands there")
  func example() async throws {
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let (url, directory) = (godot.url, scratch.folder.appendingPathComponent("shop").path)

    let logging = try GodotLogging.bootstrap(url: url, directory: directory)
    let logger = Logger(label: "shop")
    logger.info("Open", metadata: ["day": "Monday"])
    let health = await logging.flush()
    await logging.shutdown()

    #expect(health.pending == 0 || health.state != .connected)
    #expect(try await godot.wait { $0.logs.contains { $0["message"] == "Open" && $0["data"]?["day"] == "Monday" } })
    try await godot.stop()
  }

  @Test("An outbox is its owner's alone, and another program's database in its place is named and left as it is")
  func places() async throws {
    let path = scratch.folder.appendingPathComponent("godot-log.sqlite").path
    let open = { [folder = scratch.folder.path] in try GodotLogging(url: "ws://127.0.0.1:9", directory: folder) }
    let old = umask(0)
    defer { umask(old) }
    let logging = try open()
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    await logging.shutdown()

    for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
      try FileManager.default.removeItem(atPath: path + suffix)
    }
    let other = try DatabaseQueue(path: path)
    try await other.write { try $0.execute(sql: "CREATE TABLE accounts (id INTEGER)") }
    try other.close()
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let error = try #require(throws: OutboxProblem.self) { try open() }
    #expect(error.description.contains("another program's database"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }
}
