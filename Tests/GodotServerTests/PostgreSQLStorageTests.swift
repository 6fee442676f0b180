import Conversations
import FoundationEssentials
import GodotServer
import JSON
import TestSupport
import Testing

@Suite("The storage in PostgreSQL")
struct PostgreSQLStorageTests {
  private let server: PostgreSQLServer

  init() throws { server = try PostgreSQLServer.shared.get() }

  private func partitions(_ database: String) throws -> [String] {
    try server.psql(
      "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'logs'::regclass ORDER BY 1", in: database
    ).split(separator: "\n").map(String.init)
  }

  @Test("Four servers prepare one new database at once, and write to it at once")
  func migrateAtOnce() async throws {
    let database = try server.createDatabase()
    let url = server.url(database)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<4 {
        group.addTask {
          let storage = try PostgreSQLStorage(url: url)
          try await storage.maintain(now: at(0), removingLogsBefore: at(-900_000))
          for record in 0..<10 { try await storage.done(.log(entry("\(number) \(record)"), madeAt: at(0))) }
          await storage.close()
        }
      }
      try await group.waitForAll()
    }
    #expect(try server.psql("SELECT count(*) FROM logs", in: database) == "40")
    #expect(try server.psql("SELECT version FROM schema_version", in: database) == "1\n2")
    #expect(try partitions(database).count == 9)
  }

  @Test("Today and the seven days after it have partitions; a record of any other day is kept all the same")
  func partitionsAhead() async throws {
    let database = try server.createDatabase()
    let storage = try PostgreSQLStorage(url: server.url(database))
    // Before there is any partition but the default one, and of a day that gets one then.
    try await storage.done(.log(entry("early", at: at(0)), madeAt: at(0)))
    try await storage.maintain(now: at(0), removingLogsBefore: nil)
    let days = (28...31).map { "logs_202605\($0)" } + (1...4).map { "logs_2026060\($0)" }
    #expect(try partitions(database).filter { $0 != "logs_default" }.sorted() == days)
    try await storage.done(
      .log(entry("old", at: at(-9e6)), madeAt: nil), .log(entry("far", at: at(9e6)), madeAt: nil),
      .log(entry("today", at: at(1)), madeAt: nil), .log(entry("far future", at: at(9e12)), madeAt: nil))
    #expect(try await storage.logs(RecordFilter(), limit: 9).count == 5)
    #expect(try server.psql("SELECT message FROM logs_20260528 ORDER BY 1", in: database) == "early\ntoday")
    // The far day comes: its record moves into a partition of its own.
    try await storage.maintain(now: at(9e6), removingLogsBefore: nil)
    #expect(try server.psql("SELECT message FROM logs_default ORDER BY 1", in: database) == "far future\nold")
    await storage.close()
  }

  @Test("Whole partitions are dropped once their last day is over")
  func retention() async throws {
    let database = try server.createDatabase()
    let storage = try PostgreSQLStorage(url: server.url(database))
    try await storage.maintain(now: at(0), removingLogsBefore: nil)
    try await storage.done(
      .log(entry("first", at: at(0)), madeAt: nil), .log(entry("old default", at: at(-9e6)), madeAt: nil),
      .log(entry("last", at: at(3 * 86_400)), madeAt: nil))
    try await storage.maintain(now: at(3 * 86_400), removingLogsBefore: at(2 * 86_400))
    let left = try partitions(database)
    #expect(!left.contains("logs_20260528") && !left.contains("logs_20260529") && left.contains("logs_20260530"))
    #expect(left.contains("logs_20260607"))
    #expect(try await storage.logs(RecordFilter(), limit: 9).map(\.message) == ["last"])
    await storage.close()
  }

  @Test("A record that comes again within a day is recognised in another day's partition")
  func acrossPartitions() async throws {
    let database = try server.createDatabase()
    let storage = try PostgreSQLStorage(url: server.url(database))
    try await storage.maintain(now: at(0), removingLogsBefore: nil)
    let id = UUID()
    try await storage.done(.log(entry(id: id, at: at(0)), madeAt: at(-60)))
    for day in 1...5 { try await storage.done(.log(entry(id: id, at: at(Double(day) * 86_400)), madeAt: at(-60))) }
    #expect(try await storage.logs(RecordFilter(), limit: 9).count == 1)
    await storage.close()
  }

  /// The tables of the log servers in use, with monthly partitions and a full-text index over whole texts.
  private static let earlierTables = """
    CREATE TABLE conversations (id uuid PRIMARY KEY, session_id text, metadata jsonb,
      created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
    CREATE TABLE messages (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE, turn_number int NOT NULL,
      role text NOT NULL CHECK (role IN ('user', 'assistant', 'system', 'tool')), content text NOT NULL,
      metadata jsonb, created_at timestamptz DEFAULT now(), UNIQUE (conversation_id, turn_number));
    CREATE INDEX messages_fts ON messages USING gin (to_tsvector('english', content));
    CREATE TABLE logs (id uuid DEFAULT gen_random_uuid(), trace_id uuid, component text NOT NULL,
      level text NOT NULL CHECK (level IN ('ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE')), message text NOT NULL,
      data jsonb, created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (id, created_at))
      PARTITION BY RANGE (created_at);
    CREATE TABLE logs_2026_05 PARTITION OF logs FOR VALUES FROM ('2026-05-01') TO ('2026-06-01');
    INSERT INTO conversations (id) VALUES ('11111111-1111-4111-8111-111111111111');
    INSERT INTO messages (conversation_id, turn_number, role, content, metadata)
      VALUES ('11111111-1111-4111-8111-111111111111', 1, 'user', 'from before', '{"model": "old"}');
    INSERT INTO logs (component, level, message, created_at) VALUES ('app', 'INFO', 'from before', '2026-05-02');
    """

  @Test("A database that an earlier log server has used is taken over with all that is in it")
  func takeOver() async throws {
    let database = try server.createDatabase()
    try server.psql(Self.earlierTables, in: database)
    let storage = try PostgreSQLStorage(url: server.url(database))
    try await storage.maintain(now: at(0), removingLogsBefore: nil)
    let id = try #require(UUID(uuidString: "11111111-1111-4111-8111-111111111111"))
    #expect(try await storage.search("before", limit: 9).map(\.conversationID) == [id])
    // The old index would refuse this.
    let long = (0..<200_000).map { "word\($0)" }.joined(separator: " ")
    try await storage.done(
      .store(message(in: id, turn: 2, long)), .log(entry("new", at: at(0)), madeAt: at(0)),
      .log(entry("june", at: at(6 * 86_400)), madeAt: at(0)))
    #expect(try await storage.messages(of: id, after: 0, limit: 9).map(\.content.utf8.count) == [11, long.utf8.count])
    #expect(
      try await storage.logs(RecordFilter(component: "app"), limit: 9).map(\.message) == ["june", "new", "from before"])
    // May has one partition already; the days of June get their own.
    #expect(
      try partitions(database).filter { $0 != "logs_default" }.sorted()
        == (1...4).map { "logs_2026060\($0)" } + ["logs_2026_05"])
    // The earlier server goes on beside this one.
    try server.psql(
      """
      INSERT INTO messages (conversation_id, turn_number, role, content)
        VALUES ('11111111-1111-4111-8111-111111111111', 3, 'tool', 'from the other');
      INSERT INTO logs (component, level, message) VALUES ('app', 'WARN', 'from the other')
      """, in: database)
    #expect(try await storage.done(.store(message(in: id))).map(\.turnNumber) == [4])
    // Its users' queries go on too.
    let rows = try server.psql(
      """
      SELECT id, trace_id, component, level, message, data, created_at, (NOW() - created_at) AS age FROM logs
        WHERE component = 'app' AND level = 'WARN' ORDER BY created_at DESC LIMIT 5
      """, in: database)
    #expect(rows.contains("|app|WARN|from the other|"))
    #expect(
      try server.psql("SELECT turn_number, role, model, timing_ms FROM conversation_turns ORDER BY 1", in: database)
        == "1|user|old|\n2|user|m|700\n3|tool||\n4|user|m|700")
    await storage.close()
  }

  @Test("Logs in a plain table, without partitions, are kept and removed too")
  func plainLogs() async throws {
    let database = try server.createDatabase()
    try server.psql(
      """
      CREATE TABLE logs (id uuid, trace_id uuid, component text NOT NULL, level text NOT NULL, message text NOT NULL,
        data jsonb, created_at timestamptz NOT NULL, PRIMARY KEY (id, created_at))
      """, in: database)
    let storage = try PostgreSQLStorage(url: server.url(database))
    try await storage.done(.log(entry("old", at: at(0)), madeAt: at(0)), .log(entry("new", at: at(9)), madeAt: at(9)))
    try await storage.maintain(now: at(10), removingLogsBefore: at(5))
    #expect(try await storage.logs(RecordFilter(), limit: 9).map(\.message) == ["new"])
    await storage.close()
  }

  @Test("Long texts are compressed by lz4 where the server has it, and searches use the index")
  func storageDetails() async throws {
    let database = try server.createDatabase()
    let storage = try PostgreSQLStorage(url: server.url(database))
    let id = UUID()
    try await storage.done(
      .begin(conversation(id)), .store(message(in: id, turn: 1, String(repeating: "again and again ", count: 9000))))
    #expect(try server.psql("SELECT pg_column_compression(content) FROM messages", in: database) == "lz4")
    let plan = try server.psql(
      """
      SET enable_seqscan = off; EXPLAIN SELECT FROM messages
        WHERE to_tsvector('simple', left(content, 100000)) @@ plainto_tsquery('simple', 'again')
      """, in: database)
    #expect(plan.contains("messages_text"))
    await storage.close()
  }

  @Test("A database of a newer version is left alone")
  func newerVersion() async throws {
    let database = try server.createDatabase()
    try server.psql(
      "CREATE TABLE schema_version (version integer); INSERT INTO schema_version VALUES (99)", in: database)
    let storage = try PostgreSQLStorage(url: server.url(database))
    await #expect(throws: StorageUnavailable("the database was prepared by a newer version: update this server")) {
      try await storage.ping()
    }
    #expect(try server.psql("SELECT to_regclass('messages') IS NULL", in: database) == "t")
    await storage.close()
  }
}
