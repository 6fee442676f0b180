import Conversations
import FoundationEssentials
import Glibc
import GodotServer
import JSON
import Synchronization
import TestSupport
import Testing

@Suite("PostgreSQL fails and comes back")
struct PostgreSQLOutageTests {
  @Test("Killed in the middle of writing and back: unavailable meanwhile, nothing acknowledged lost, nothing doubled")
  func killed() async throws {
    let server = try PostgreSQLServer()
    let storage = try PostgreSQLStorage(url: server.url(try server.createDatabase()))
    let id = UUID()
    try await storage.done(.begin(conversation(id)))
    let acknowledged = Mutex(0)
    let failures = Mutex<Set<String>>([])
    // As a client does: one batch after another, each again until it is acknowledged.
    let client = Task {
      for turn in 1...120 {
        let batch =
          [StorageWrite.store(message(in: id, turn: turn, "turn \(turn)"))]
          + (0..<40).map { .log(entry("\(turn) \($0)", at: at(Double(turn))), madeAt: at(0)) }
        while true {
          do throws(StorageUnavailable) {
            let results = try await storage.commit(batch)
            #expect(results.allSatisfy { if case .success = $0 { true } else { false } })
            acknowledged.withLock { $0 = turn }
            break
          } catch {
            _ = failures.withLock { $0.insert(error.reason) }
            try await Task.sleep(for: .milliseconds(5))
          }
        }
      }
    }
    for round in 1...3 {
      try await eventually("turns go in") { acknowledged.withLock(\.self) >= round * 25 }
      server.kill()
      let before = acknowledged.withLock(\.self)
      failures.withLock { $0 = [] }
      try await eventually("the failure is told") { failures.withLock { !$0.isEmpty } }
      await #expect(throws: StorageUnavailable.self) { try await storage.messages(of: id, after: 0, limit: 999) }
      try server.start()
      let kept = try await storage.messages(of: id, after: 0, limit: 999)
      #expect(kept.count >= before)
    }
    try await client.value
    let turns = try await storage.messages(of: id, after: 0, limit: 999)
    #expect(turns.map(\.turnNumber) == Array(1...120))
    #expect(turns.map(\.content) == (1...120).map { "turn \($0)" })
    let logs = try await storage.logs(RecordFilter(), limit: 9999)
    #expect(logs.count == 4800)
    #expect(Set(logs.map(\.message)).count == 4800)
    await storage.close()
  }

  @Test("Each way to be unavailable is told in plain words, none with the password")
  func words() async throws {
    let server = try PostgreSQLServer.shared.get()
    let database = try server.createDatabase()
    func reason(_ url: String) async throws -> String {
      let storage = try PostgreSQLStorage(url: url)
      do throws(StorageUnavailable) {
        try await storage.ping()
        await storage.close()
        return ""
      } catch {
        await storage.close()
        return error.reason
      }
    }
    #expect(try await reason(server.url(database)) == "")
    #expect(
      try await reason(server.url(database, password: "wrong")) == #"password authentication failed for user "godot""#)
    #expect(try await reason(server.url("nowhere")) == #"database "nowhere" does not exist"#)
    let port = LoopbackPort.unused()
    #expect(
      try await reason("postgres://u:secret@127.0.0.1:\(port)/d") == "the database refuses connections")
    #expect(try await reason("postgres://u:secret@no.such.host.invalid/d") == "the database's host is not known")
    let mute = try await MuteListener()
    #expect(
      try await reason("postgres://u:secret@127.0.0.1:\(mute.port)/d?connect_timeout=2")
        == "the database does not answer")
    try await mute.shutdown()
  }

  @Test("A primary that has become a standby is unavailable, and works again when it is the primary")
  func readOnly() async throws {
    let server = try PostgreSQLServer.shared.get()
    let database = try server.createDatabase()
    let storage = try PostgreSQLStorage(url: server.url(database))
    try await storage.done(.log(entry("one"), madeAt: nil))
    try server.psql("ALTER DATABASE \(database) SET default_transaction_read_only = on")
    try server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database)'")
    await #expect(throws: StorageUnavailable("the database is read-only")) {
      try await storage.commit([.log(entry("two"), madeAt: nil)])
    }
    try server.psql("ALTER DATABASE \(database) RESET default_transaction_read_only")
    try await storage.done(.log(entry("three"), madeAt: nil))
    #expect(try await storage.logs(RecordFilter(), limit: 9).count == 2)
    await storage.close()
  }

  @Test("Connections that the server has cut meanwhile are not even noticed")
  func cut() async throws {
    let server = try PostgreSQLServer.shared.get()
    let database = try server.createDatabase()
    let storage = try PostgreSQLStorage(url: server.url(database))
    try await storage.done(.log(entry("one"), madeAt: nil))
    _ = try await storage.logs(RecordFilter(), limit: 9)
    try server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database)'")
    try await storage.done(.log(entry("two"), madeAt: nil))
    #expect(try await storage.logs(RecordFilter(), limit: 9).count == 2)
    await storage.close()
    await #expect(throws: StorageUnavailable("the storage is closed")) { try await storage.ping() }
  }

  @Test("Tables that somebody has dropped are made anew")
  func dropped() async throws {
    let server = try PostgreSQLServer.shared.get()
    let database = try server.createDatabase()
    let storage = try PostgreSQLStorage(url: server.url(database))
    try await storage.ping()
    try server.psql("DROP OWNED BY \(PostgreSQLServer.user)", in: database)
    await #expect(throws: StorageUnavailable.self) { try await storage.commit([.log(entry("one"), madeAt: nil)]) }
    try await storage.done(.log(entry("two"), madeAt: nil))
    await storage.close()
  }

  @Test("A storage is found by path or URL; what is wrong with either is told without the password")
  func location() async throws {
    func reason(_ text: String) async -> String {
      do throws(StorageLocationError) {
        await (try StorageLocation.open(text)).close()
        return ""
      } catch { return error.description }
    }
    #expect(await reason("").contains("name a file"))
    #expect(
      await reason("mysql://root:secret@host/d")
        == "mysql:// is no storage this server knows: name a file, or a URL that begins with postgres://.")
    let broken = await reason("postgres://user:secret@host:port:port/%zz")
    #expect(broken.contains("postgres://user:password@host:5432/database") && !broken.contains("secret"))
    // It may be a device that all programs use: it keeps its rights, and nothing is put beside it.
    let directory = try TemporaryDirectory()
    let shared = directory("shared")
    #expect(mkfifo(shared, 0o600) == 0 && chmod(shared, 0o666) == 0)
    #expect(await reason(shared).contains("it is a FIFO, not a file"))
    var status = stat()
    #expect(stat(shared, &status) == 0 && status.st_mode & 0o777 == 0o666 && stat(shared + ".lock", &status) != 0)
    #expect(await reason("/tmp") == "cannot open the storage /tmp: it is a directory. Name another file with --store.")
    let folder = await reason("/no/such/folder/godot.db")
    #expect(folder.contains("/no/such/folder/godot.db: No such file or directory"))
    let server = try PostgreSQLServer.shared.get()
    let wrong = await reason(server.url("db", password: "topsecret"))
    #expect(wrong.contains("password authentication failed") && !wrong.contains("topsecret"))
    let upper = "POSTGRESQL" + server.url(try server.createDatabase()).dropFirst("postgres".count)
    #expect(await reason(upper) == "")
  }
}
