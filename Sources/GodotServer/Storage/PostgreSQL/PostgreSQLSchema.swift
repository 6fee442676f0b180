/// The tables of a log server's PostgreSQL database.
///
/// They are a superset of those that log servers of this kind keep: `conversations`, `messages` and `logs` (partitioned
/// by `created_at`), so that a database in use is taken over as it stands and everybody's queries go on working. Added
/// are the columns `model`, `input_tokens`, `output_tokens` and `timing_ms` of `messages`, the view
/// `conversation_turns` (one row a turn), `log_levels`, `message_parts` (parts of turns that are not complete yet) and
/// `schema_version`.
///
/// The first ``indexedCharacters`` characters of a message are found by a search: an index entry may hold 1,048,575
/// bytes, and no text of that length can need more, at 8 bytes a character (4 of its own, once more in a compound
/// word, and what its lexeme costs beside them). A full-text index from before that covers whole texts would refuse
/// long ones, so it is replaced.
enum PostgreSQLSchema {
  static let indexedCharacters = 100_000

  /// What the index covers, word for word; a search must say the same to be helped by it.
  static let searchable = "to_tsvector('simple', left(content, \(indexedCharacters)))"

  /// Any number; one for each thing that only one server does at a time.
  enum AdvisoryLock: Int {
    case migration = 7_236_286_001
    case partitions
    case logs
  }

  /// Every migration in order. A released one is never edited: a change is a new one at the end.
  private static let migrations = [tables1, tables2]

  /// Makes what is missing. Several servers may do so at once.
  static func migrate(_ connection: PostgreSQLConnection) throws {
    let lock = "SET LOCAL lock_timeout = '60s'; SELECT pg_advisory_xact_lock(\(AdvisoryLock.migration.rawValue))"
    try connection.transaction(begin: lock) {
      try connection.run(
        """
        CREATE TABLE IF NOT EXISTS schema_version (
          version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now()
        )
        """)
      // Another server may have been quicker.
      for next in migrations.indices.dropFirst(try version(connection)) {
        try connection.run(migrations[next])
        try connection.run("INSERT INTO schema_version (version) VALUES (\(next + 1))")
      }
    }
  }

  static func isOutdated(_ connection: PostgreSQLConnection) throws -> Bool {
    try version(connection) < migrations.count
  }

  private static func version(_ connection: PostgreSQLConnection) throws -> Int {
    guard try connection.run("SELECT to_regclass('schema_version')").text(0, 0) != nil else { return 0 }
    let version = try connection.run("SELECT max(version) FROM schema_version").int(0, 0) ?? 0
    guard version <= migrations.count else {
      throw StorageUnavailable("the database was prepared by a newer version: update this server")
    }
    return version
  }

  /// The flat shape also tells of what stands in a turn's metadata alone, as other servers of this kind store it.
  private static let tables2 = """
    CREATE OR REPLACE VIEW conversation_turns AS
      SELECT conversation_id, turn_number, role, content,
        coalesce(model, CASE jsonb_typeof(metadata -> 'model') WHEN 'string' THEN metadata ->> 'model' END) AS model,
        \(["input_tokens", "output_tokens", "timing_ms"].map { name in
          """
          coalesce(\(name), CASE WHEN jsonb_typeof(metadata -> '\(name)') = 'number' THEN
            CASE WHEN (metadata ->> '\(name)')::numeric BETWEEN 0 AND 9e18
              THEN (metadata ->> '\(name)')::numeric::bigint END END) AS \(name)
          """
        }.joined(separator: ",\n    ")),
        metadata, created_at
      FROM messages;
    """

  private static let levels = "('ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE')"

  private static let tables1 = """
    CREATE TABLE IF NOT EXISTS conversations (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      session_id text,
      metadata jsonb,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );
    ALTER TABLE conversations
      ADD COLUMN IF NOT EXISTS session_id text,
      ADD COLUMN IF NOT EXISTS metadata jsonb,
      ADD COLUMN IF NOT EXISTS created_at timestamptz NOT NULL DEFAULT now(),
      ADD COLUMN IF NOT EXISTS updated_at timestamptz NOT NULL DEFAULT now();
    CREATE INDEX IF NOT EXISTS conversations_by_update ON conversations (updated_at DESC, id DESC);
    CREATE INDEX IF NOT EXISTS conversations_by_session ON conversations (session_id, updated_at DESC, id DESC);

    CREATE TABLE IF NOT EXISTS messages (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
      turn_number integer NOT NULL,
      role text NOT NULL CHECK (role IN ('user', 'assistant', 'system', 'tool')),
      content text NOT NULL,
      metadata jsonb,
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (conversation_id, turn_number)
    );
    ALTER TABLE messages
      ADD COLUMN IF NOT EXISTS metadata jsonb,
      ADD COLUMN IF NOT EXISTS created_at timestamptz NOT NULL DEFAULT now(),
      ADD COLUMN IF NOT EXISTS model text,
      ADD COLUMN IF NOT EXISTS input_tokens bigint,
      ADD COLUMN IF NOT EXISTS output_tokens bigint,
      ADD COLUMN IF NOT EXISTS timing_ms bigint;
    DO $$
    DECLARE old regclass;
    BEGIN
      FOR old IN SELECT indexrelid FROM pg_index
        WHERE indrelid = 'messages'::regclass AND pg_get_indexdef(indexrelid) LIKE '%to_tsvector(%content%'
          AND NOT indisunique AND to_regclass('messages_text') IS DISTINCT FROM indexrelid
      LOOP
        EXECUTE format('DROP INDEX %s', old);
      END LOOP;
    END $$;
    CREATE INDEX IF NOT EXISTS messages_text ON messages USING gin (\(searchable));

    CREATE TABLE IF NOT EXISTS message_parts (
      conversation_id uuid NOT NULL,
      turn_number integer NOT NULL,
      parts integer NOT NULL,
      part integer NOT NULL,
      id uuid NOT NULL,
      role text NOT NULL,
      content text NOT NULL,
      model text,
      input_tokens bigint,
      output_tokens bigint,
      timing_ms bigint,
      metadata jsonb,
      created_at timestamptz NOT NULL,
      PRIMARY KEY (conversation_id, turn_number, parts, part)
    );

    CREATE TABLE IF NOT EXISTS logs (
      id uuid NOT NULL DEFAULT gen_random_uuid(),
      trace_id uuid,
      component text NOT NULL,
      level text NOT NULL CHECK (level IN \(levels)),
      message text NOT NULL,
      data jsonb,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (id, created_at)
    ) PARTITION BY RANGE (created_at);
    DO $$
    BEGIN
      -- Takes what no other partition does, so that no record is ever refused.
      IF EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = 'logs'::regclass AND partdefid = 0) THEN
        CREATE TABLE logs_default PARTITION OF logs DEFAULT;
      END IF;
    END $$;
    CREATE INDEX IF NOT EXISTS logs_by_component ON logs (component, created_at DESC);
    CREATE INDEX IF NOT EXISTS logs_by_trace ON logs (trace_id);
    CREATE INDEX IF NOT EXISTS logs_by_time ON logs (created_at DESC);

    CREATE TABLE IF NOT EXISTS log_levels (
      component text PRIMARY KEY,
      level text NOT NULL CHECK (level IN \(levels))
    );

    CREATE OR REPLACE VIEW conversation_turns AS
      SELECT conversation_id, turn_number, role, content, model, input_tokens, output_tokens, timing_ms, metadata,
        created_at
      FROM messages;
    """
}
