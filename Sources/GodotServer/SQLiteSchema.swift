import GRDB

/// The tables of a log server on SQLite.
///
/// Ids are lower-case UUIDs as text, times are microseconds since 1970 UTC, `metadata` and `data` are JSON text. With
/// the `sqlite3` shell: `SELECT datetime(created_at / 1e6, 'unixepoch'), * FROM conversation_turns`.
enum SQLiteSchema {
  /// A released migration is never edited: a change is a new one at the end.
  static func migrator() -> DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("godot 1") { try $0.execute(sql: first) }
    return migrator
  }

  private static let first = """
    CREATE TABLE conversations (
      id TEXT PRIMARY KEY,
      session_id TEXT,
      metadata TEXT,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX conversations_by_update ON conversations (updated_at, id);
    CREATE INDEX conversations_by_session ON conversations (session_id, updated_at);

    CREATE TABLE messages (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
      turn_number INTEGER NOT NULL,
      role TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system', 'tool')),
      model TEXT,
      input_tokens INTEGER,
      output_tokens INTEGER,
      timing_ms INTEGER,
      metadata TEXT,
      created_at INTEGER NOT NULL,
      content TEXT NOT NULL,
      UNIQUE (conversation_id, turn_number)
    ) STRICT;

    CREATE VIRTUAL TABLE messages_text USING fts5(content, content='messages', content_rowid='number');
    CREATE TRIGGER messages_came AFTER INSERT ON messages BEGIN
      INSERT INTO messages_text (rowid, content) VALUES (new.number, new.content);
    END;
    CREATE TRIGGER messages_went AFTER DELETE ON messages BEGIN
      INSERT INTO messages_text (messages_text, rowid, content) VALUES ('delete', old.number, old.content);
    END;

    CREATE TABLE message_parts (
      conversation_id TEXT NOT NULL,
      turn_number INTEGER NOT NULL,
      part INTEGER NOT NULL,
      content TEXT NOT NULL,
      PRIMARY KEY (conversation_id, turn_number, part)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE logs (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      trace_id TEXT,
      component TEXT NOT NULL,
      level TEXT NOT NULL CHECK (level IN ('ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE')),
      created_at INTEGER NOT NULL,
      message TEXT NOT NULL,
      data TEXT
    ) STRICT;
    CREATE INDEX logs_by_time ON logs (created_at);
    CREATE INDEX logs_by_component ON logs (component, created_at);
    CREATE INDEX logs_by_trace ON logs (trace_id, created_at) WHERE trace_id IS NOT NULL;

    CREATE TABLE log_levels (
      component TEXT PRIMARY KEY,
      level TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE VIEW conversation_turns AS
      SELECT conversation_id, turn_number, role, content, model, input_tokens, output_tokens, timing_ms, metadata,
        created_at
      FROM messages;
    """
}
