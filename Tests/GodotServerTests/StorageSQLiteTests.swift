import Conversations
import FoundationEssentials
import GRDB
import Glibc
@testable import GodotServer
import JSON
import TestSupport
import Testing

@Suite("The storage in one file")
struct StorageSQLiteTests {
  @Test("Only its owner can read the file, and every commit waits for the disk")
  func safety() async throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("godot.db", "", mode: 0o644)
    let storage = try SQLiteStorage(path: path)
    try await storage.done(.log(entry(), madeAt: nil))
    for suffix in ["", "-wal", "-shm"] {
      let mode = try FileManager.default.attributesOfItem(atPath: path + suffix)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(suffix)")
    }
    let synchronous = try await storage.database.writeWithoutTransaction { db in
      try (Int.fetchOne(db, sql: "PRAGMA synchronous"), String.fetchOne(db, sql: "PRAGMA journal_mode"))
    }
    #expect(synchronous == (2, "wal"))
    await storage.close()
  }

  @Test("What a killed server leaves behind has all that was acknowledged, and is whole")
  func killed() async throws {
    let directory = try TemporaryDirectory()
    let storage = try SQLiteStorage(path: directory("godot.db"))
    let id = UUID()
    try await storage.done(.begin(conversation(id)))
    for turn in 1...50 {
      try await storage.done(
        .store(message(in: id, turn: turn, "turn \(turn)")), .log(entry("\(turn)"), madeAt: at(0)))
    }
    // The files as they are at the end of a kill: nothing closed, nothing tidied up, the last write torn.
    let killed = try directory.directory("killed") + "/godot.db"
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: directory("godot.db") + suffix, toPath: killed + suffix)
    }
    let log = try #require(fopen(killed + "-wal", "a"))
    let torn = [UInt8](repeating: 0xA5, count: 6000)
    fwrite(torn, 1, torn.count, log)
    fclose(log)
    let found = try SQLiteStorage(path: killed)
    #expect(try await found.messages(of: id, after: 0, limit: 99).map(\.turnNumber) == Array(1...50))
    #expect(try await found.logs(RecordFilter(), limit: 99).count == 50)
    #expect(try await found.search("turn", limit: 99).count == 50)
    await found.close()
    let check = try await DatabaseQueue(path: killed).read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
    #expect(check == ["ok"])
    await storage.close()
  }

  @Test("Nothing is acknowledged once the file was moved or removed, as it would be gone with the server")
  func moved() async throws {
    let directory = try TemporaryDirectory()
    let path = directory("godot.db")
    let storage = try SQLiteStorage(path: path)
    try await storage.done(.log(entry("kept"), madeAt: nil))
    #expect(rename(path, path + ".away") == 0)
    let moved = StorageUnavailable("the storage was moved or removed while it was open")
    await #expect(throws: moved) { try await storage.commit([.log(entry("refused"), madeAt: nil)]) }
    #expect(rename(path + ".away", path) == 0)
    try await storage.done(.log(entry("back"), madeAt: nil))
    #expect(try await storage.logs(RecordFilter(), limit: 9).count == 2)
    await storage.close()
  }

  @Test(
    "A full disk is said so, harms nothing, and passes once there is room",
    .enabled(if: SmallDisk.isPermitted, "mounting a small file system is not permitted here"))
  func diskFull() async throws {
    let disk = try SmallDisk(megabytes: 4)
    let storage = try SQLiteStorage(path: disk.path + "/godot.db")
    let id = UUID()
    try await storage.done(.begin(conversation(id)), .store(message(in: id, turn: 1, "kept")))
    let filler = disk.path + "/filler"
    // Grows until nothing fits any more.
    let file = try #require(fopen(filler, "w"))
    let block = [UInt8](repeating: 1, count: 65_536)
    while fwrite(block, 1, block.count, file) == block.count, fflush(file) == 0 {}
    fclose(file)
    let refused = [
      StorageWrite.store(message(in: id, turn: 2, String(repeating: "too much ", count: 60_000))),
      .log(entry("with it"), madeAt: at(0)),
    ]
    for _ in 0..<3 {
      await #expect(throws: StorageUnavailable("disk full")) { try await storage.commit(refused) }
    }
    #expect(try await storage.messages(of: id, after: 0, limit: 9).map(\.content) == ["kept"])
    #expect(unlink(filler) == 0)
    _ = try await storage.commit(refused).map { try $0.get() }
    #expect(try await storage.messages(of: id, after: 0, limit: 9).count == 2)
    #expect(try await storage.logs(RecordFilter(), limit: 9).map(\.message) == ["with it"])
    await storage.close()
  }

  @Test("Several servers open, make and write one new file at the same time")
  func several() async throws {
    let directory = try TemporaryDirectory()
    let path = directory("godot.db")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<4 {
        group.addTask {
          let storage = try SQLiteStorage(path: path)
          for record in 0..<25 {
            try await storage.done(.log(entry("\(number) \(record)"), madeAt: nil), .begin(conversation()))
          }
          await storage.close()
        }
      }
      try await group.waitForAll()
    }
    let storage = try SQLiteStorage(path: path)
    #expect(try await storage.logs(RecordFilter(), limit: 999).count == 100)
    #expect(try await storage.conversations(session: nil, offset: 0, limit: 999).count == 100)
    await storage.close()
  }

  @Test("Another program's database is not taken for a log server's, and keeps its bytes and rights")
  func anotherPrograms() async throws {
    let directory = try TemporaryDirectory()
    let path = directory("accounts.db")
    let queue = try DatabaseQueue(path: path)
    try await queue.write { try $0.execute(sql: "CREATE TABLE accounts (id INTEGER)") }
    try queue.close()
    chmod(path, 0o644)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let refusal = "the file is another program's database, and was left as it is"
    #expect(throws: StorageUnavailable(refusal)) { try SQLiteStorage(path: path) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o644)

    // Of the same family, and yet no log server's.
    let history = directory("history.db")
    let other = try DatabaseQueue(path: history)
    var migrator = DatabaseMigrator()
    migrator.registerMigration("accounts 1") { try $0.execute(sql: "CREATE TABLE accounts (id INTEGER)") }
    try migrator.migrate(other)
    try other.close()
    #expect(throws: StorageUnavailable(refusal)) { try SQLiteStorage(path: history) }
  }

  @Test("What is no database, or a later version's, is left as it is, and said so")
  func foreignFiles() async throws {
    let directory = try TemporaryDirectory()
    let text = try directory.write("notes.txt", String(repeating: "not a database ", count: 1000))
    #expect(throws: StorageUnavailable("the storage is damaged")) { try SQLiteStorage(path: text) }
    #expect(try String(contentsOfFile: text, encoding: .utf8).hasPrefix("not a database"))
    #expect(throws: StorageUnavailable.self) { try SQLiteStorage(path: directory("no/such/folder/godot.db")) }

    let path = directory("later.db")
    await (try SQLiteStorage(path: path)).close()
    let queue = try DatabaseQueue(path: path)
    try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('later')") }
    try queue.close()
    #expect(throws: StorageUnavailable("the file was written by a newer version, and was left as it is")) {
      try SQLiteStorage(path: path)
    }
  }

  @Test("The tables can be read by hand, a row a turn")
  func byHand() async throws {
    let directory = try TemporaryDirectory()
    let storage = try SQLiteStorage(path: directory("godot.db"))
    let id = UUID()
    try await storage.done(.begin(conversation(id)), .store(message(in: id, turn: 1, metadata: ["a": 1])))
    let row = try DatabaseQueue(path: directory("godot.db")).read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM conversation_turns")
    }
    let columns = [
      "conversation_id", "turn_number", "role", "content", "model", "input_tokens", "output_tokens", "timing_ms",
      "metadata", "created_at",
    ]
    #expect(row.map { Array($0.columnNames) } == columns)
    #expect(row?["conversation_id"] == id.uuidString.lowercased())
    #expect(row?["metadata"] == #"{"a":1}"#)
    #expect(row?["created_at"] == "2026-05-28T20:26:41.000Z")
    await storage.close()
  }

  @Test("A message that another program wrote beside the index is found after the next commit")
  func indexCatchesUp() async throws {
    let directory = try TemporaryDirectory()
    let storage = try SQLiteStorage(path: directory("godot.db"))
    let id = UUID()
    try await storage.done(.begin(conversation(id)), .store(message(in: id, turn: 1, "first word")))
    try await DatabaseQueue(path: directory("godot.db")).write { db in
      try db.execute(
        sql: """
          INSERT INTO messages (id, conversation_id, turn_number, role, created_at, content)
          SELECT 'by hand', id, 2, 'user', 0, 'second word' FROM conversations
          """)
    }
    try await storage.done(.store(message(in: id, turn: 3, "third word")))
    let counts = try await storage.database.read { db in
      try ["first", "second", "third", "word"].map {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM messages_text WHERE messages_text MATCH ?", arguments: [$0])
      }
    }
    #expect(counts == [1, 1, 1, 3])
    await storage.close()
  }

  @Test("What retention removes goes back to the disk")
  func shrinking() async throws {
    let directory = try TemporaryDirectory()
    let storage = try SQLiteStorage(path: directory("godot.db"))
    let text = String(repeating: "x", count: 4000)
    _ = try await storage.commit((0..<1000).map { _ in .log(entry(text, at: at(0)), madeAt: nil) })
    func pages() async throws -> Int? {
      try await DatabaseQueue(path: directory("godot.db")).read { try Int.fetchOne($0, sql: "PRAGMA page_count") }
    }
    let before = try #require(try await pages())
    try await storage.maintain(now: at(1), removingLogsBefore: at(1))
    let after = try #require(try await pages())
    #expect(before > 1000 && after < before / 4, "\(before) pages, then \(after)")
    await storage.close()
  }
}
