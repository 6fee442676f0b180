import GRDB

/// The tables of a log server's SQLite file. ``SQLiteStorage`` says in which form values stand there.
enum SQLiteSchema {
  /// Every migration in order. A released one is never edited: a change is a new one at the end.
  static func migrator() -> DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1", foreignKeyChecks: .immediate) { try $0.execute(sql: tables1) }
    migrator.registerMigration("2") { try $0.execute(sql: tables2) }
    migrator.registerMigration("3") { try $0.execute(sql: tables3) }
    return migrator
  }

  /// Whoever commits has the new messages indexed, all of one transaction at once: see
  /// ``SQLiteWriter/indexNewMessages()``. A trigger has the index written to disk with each message.
  private static let tables3 = "DROP TRIGGER messages_inserted;"

  /// Any turn number, as other servers of this kind take; and the flat shape also tells of what stands in a turn's
  /// metadata alone.
  private static let tables2 = """
    DROP VIEW conversation_turns;
    CREATE TABLE messages_2 (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
      turn_number INTEGER NOT NULL,
      role TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system', 'tool')),
      model TEXT,
      input_tokens INTEGER,
      output_tokens INTEGER,
      timing_ms INTEGER,
      created_at INTEGER NOT NULL,
      metadata TEXT,
      content TEXT NOT NULL,
      UNIQUE (conversation_id, turn_number)
    ) STRICT;
    INSERT INTO messages_2 SELECT key, id, conversation_id, turn_number, role, model, input_tokens, output_tokens,
      timing_ms, created_at, metadata, content FROM messages ORDER BY key;
    -- Its triggers go with it; the full-text index names its rows by their keys, which stay.
    DROP TABLE messages;
    ALTER TABLE messages_2 RENAME TO messages;
    CREATE TRIGGER messages_inserted AFTER INSERT ON messages BEGIN
      INSERT INTO messages_text (rowid, content) VALUES (new.key, new.content);
    END;
    CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN
      INSERT INTO messages_text (messages_text, rowid, content) VALUES ('delete', old.key, old.content);
    END;
    CREATE TRIGGER messages_updated AFTER UPDATE OF content ON messages BEGIN
      INSERT INTO messages_text (messages_text, rowid, content) VALUES ('delete', old.key, old.content);
      INSERT INTO messages_text (rowid, content) VALUES (new.key, new.content);
    END;
    CREATE VIEW conversation_turns AS
      SELECT conversation_id, turn_number, role, content,
        coalesce(model, CASE json_type(known, '$.model') WHEN 'text' THEN known ->> '$.model' END) AS model,
        \(["input_tokens", "output_tokens", "timing_ms"].map { name in
          "coalesce(\(name), CASE json_type(known, '$.\(name)') WHEN 'integer' THEN known ->> '$.\(name)' END) AS \(name)"
        }.joined(separator: ",\n    ")),
        metadata, strftime('%Y-%m-%dT%H:%M:%f', created_at / 1000000.0, 'unixepoch') || 'Z' AS created_at
      FROM (SELECT *, CASE WHEN json_valid(metadata) THEN metadata END AS known FROM messages);
    """

  private static let tables1 = """
    CREATE TABLE conversations (
      id TEXT NOT NULL PRIMARY KEY,
      session_id TEXT,
      metadata TEXT,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX conversations_by_update ON conversations (updated_at, id);
    CREATE INDEX conversations_by_session ON conversations (session_id, updated_at, id)
      WHERE session_id IS NOT NULL;

    -- A full-text index names its rows by a number that VACUUM leaves alone.
    CREATE TABLE messages (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
      turn_number INTEGER NOT NULL CHECK (turn_number > 0),
      role TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system', 'tool')),
      model TEXT,
      input_tokens INTEGER,
      output_tokens INTEGER,
      timing_ms INTEGER,
      created_at INTEGER NOT NULL,
      metadata TEXT,
      content TEXT NOT NULL,
      UNIQUE (conversation_id, turn_number)
    ) STRICT;
    CREATE VIRTUAL TABLE messages_text USING fts5 (
      content, content = 'messages', content_rowid = 'key', tokenize = 'unicode61'
    );
    CREATE TRIGGER messages_inserted AFTER INSERT ON messages BEGIN
      INSERT INTO messages_text (rowid, content) VALUES (new.key, new.content);
    END;
    CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN
      INSERT INTO messages_text (messages_text, rowid, content) VALUES ('delete', old.key, old.content);
    END;
    CREATE TRIGGER messages_updated AFTER UPDATE OF content ON messages BEGIN
      INSERT INTO messages_text (messages_text, rowid, content) VALUES ('delete', old.key, old.content);
      INSERT INTO messages_text (rowid, content) VALUES (new.key, new.content);
    END;

    -- Parts of a turn whose other parts have not come yet.
    CREATE TABLE message_parts (
      conversation_id TEXT NOT NULL,
      turn_number INTEGER NOT NULL,
      parts INTEGER NOT NULL,
      part INTEGER NOT NULL,
      id TEXT NOT NULL,
      role TEXT NOT NULL,
      model TEXT,
      input_tokens INTEGER,
      output_tokens INTEGER,
      timing_ms INTEGER,
      created_at INTEGER NOT NULL,
      metadata TEXT,
      content TEXT NOT NULL,
      PRIMARY KEY (conversation_id, turn_number, parts, part)
    ) STRICT;

    CREATE TABLE logs (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      trace_id TEXT,
      component TEXT NOT NULL,
      level TEXT NOT NULL CHECK (level IN ('ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE')),
      created_at INTEGER NOT NULL,
      data TEXT,
      message TEXT NOT NULL
    ) STRICT;
    CREATE INDEX logs_by_component ON logs (component, created_at);
    CREATE INDEX logs_by_trace ON logs (trace_id) WHERE trace_id IS NOT NULL;
    CREATE INDEX logs_by_time ON logs (created_at);

    CREATE TABLE log_levels (
      component TEXT NOT NULL PRIMARY KEY,
      level TEXT NOT NULL CHECK (level IN ('ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'))
    ) STRICT;

    CREATE VIEW conversation_turns AS
      SELECT conversation_id, turn_number, role, content, model, input_tokens, output_tokens, timing_ms, metadata,
        strftime('%Y-%m-%dT%H:%M:%f', created_at / 1000000.0, 'unixepoch') || 'Z' AS created_at
      FROM messages;
    """
}
