import Conversations
import FoundationEssentials
import JSON
import MCP
import TestSupport
import Testing

@testable import GodotServer

@Suite("PostgreSQL behind others, and PostgreSQL that hangs", .timeLimit(.minutes(2)))
struct PostgreSQLPoolerTests {
  @Test("Behind PgBouncer in transaction mode everything works, and nothing stays set for the pool's other clients")
  func pooler() async throws {
    let server = try PostgreSQLServer.shared.get()
    let database = try server.createDatabase()
    let bouncer = try PgBouncer(server)
    try await eventually("PgBouncer listens") { bouncer.answers }
    let storage = try PostgreSQLStorage(url: bouncer.url(database))
    let id = UUID()
    for round in 1...5 {
      try await storage.maintain(now: at(Double(round)), removingLogsBefore: at(-900_000))
      try await storage.done(
        .begin(conversation(id)), .store(message(in: id, turn: round, "pooled \(round)")),
        .log(entry("\(round)"), madeAt: at(0)))
      #expect(try await storage.messages(of: id, after: 0, limit: 9).count == round)
      #expect(try await storage.search("pooled", limit: 9).count == round)
      let other = try PostgreSQLConnection(settings: [("dbname", bouncer.url(database))], milliseconds: 60_000)
      for (name, value) in [
        ("default_transaction_read_only", "off"), ("statement_timeout", "0"), ("lock_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"), ("default_toast_compression", "pglz"),
      ] {
        #expect(try other.run("SHOW \(name)").text(0, 0) == value, "\(name)")
      }
      try other.run("CREATE TABLE IF NOT EXISTS others (a int); INSERT INTO others VALUES (1)")
    }
    #expect(try server.psql("SELECT count(*) FROM logs", in: database) == "5")
    await storage.close()
  }

  @Test("A primary that hangs is given up after the statement's time; the log says so, and when it is back")
  func frozen() async throws {
    let server = try PostgreSQLServer()
    let url = server.url(try server.createDatabase()) + "?connect_timeout=2"
    let storage = try PostgreSQLStorage(url: url, limits: .init(statement: .seconds(1)))
    let lines = LineLog.Lines()
    let fixture = try await ServerFixture(storage, logger: LineLog.logger(lines))
    let log: JSON = ["component": "c", "level": "INFO", "message": "m", "data": ["log_id": .string(UUID().uuidString)]]
    _ = try await fixture.call("logger_log", log)
    server.freeze()
    let error = try #require(try await fixture.refusal("logger_log", log))
    #expect(error.message == "Connect call failed: the database does not answer")
    #expect(lines.all.contains { $0.hasPrefix("error the storage is unavailable reason=the database does not answer") })
    server.thaw()
    try await eventually("it works again") { try await fixture.refusal("logger_log", log) == nil }
    try await eventually("the log says so") { lines.all.contains { $0.hasPrefix("notice the storage is back after=") } }
    #expect(try await storage.logs(RecordFilter(component: "c"), limit: 9).count == 1)
    await fixture.stop()
    await storage.close()
  }

  @Test("Of several hosts in the URL the one that can be written to is taken, whichever comes first")
  func hosts() async throws {
    let (primary, standby) = (try PostgreSQLServer.shared.get(), try PostgreSQLServer(isDurable: false))
    let database = try primary.createDatabase()
    try standby.psql("CREATE DATABASE \(database) OWNER \(PostgreSQLServer.user)")
    try standby.psql("ALTER SYSTEM SET default_transaction_read_only = on")
    try standby.psql("SELECT pg_reload_conf()")
    let hosts = "127.0.0.1:\(LoopbackPort.unused()),127.0.0.1:\(standby.port),127.0.0.1:\(primary.port)"
    let url = primary.url(database).replacing("127.0.0.1:\(primary.port)", with: hosts)
    try await eventually("the other is read-only") {
      try standby.psql("SHOW default_transaction_read_only", in: database) == "on"
    }
    let storage = try PostgreSQLStorage(url: url)
    try await storage.done(.log(entry("here"), madeAt: nil))
    #expect(try primary.psql("SELECT message FROM logs", in: database) == "here")
    await storage.close()
  }

  @Test("A database, a user or a password that is wrong ends the start; one that is away is waited for")
  func misconfigured() async throws {
    let server = try PostgreSQLServer.shared.get()
    func failure(_ url: String) async -> StorageLocationError? {
      do throws(StorageLocationError) {
        await (try StorageLocation.open(url)).close()
        return nil
      } catch { return error }
    }
    for (url, words) in [
      (server.url("nowhere"), #"database "nowhere" does not exist"#),
      (server.url("postgres", password: "wrong"), "password authentication failed"),
    ] {
      let failure = await failure(url)
      #expect(failure?.description.contains(words) == true && failure?.mayPass == false)
    }
    #expect(await failure("postgres://u:x@127.0.0.1:\(LoopbackPort.unused())/d")?.mayPass == true)
  }
}
