import GRDB
import GodotLog

/// The tables of `fiedler.db`, and how an older database becomes a current one.
///
/// ```
/// conversations ─┬─ tags
///                ├─ prompts ─┬─ attachments ── contents
///                │           └─ replies ─┬─ reply_chunks   (only while a reply streams)
///                │                       └─ verdicts
///                └─ turns: (conversation, number) -> the prompt or the reply that has this number
/// ```
///
/// - **Identity.** Every row has a small integer `id`, which joins, and which a full-text index can name as its
///   `content_rowid`; what the rest of the program knows is `uuid`, 36 lower-case characters.
/// - **Time.** Points in time (`..._at`) are microseconds since 1970 UTC, lengths of time (`ttft`, `duration`)
///   are microseconds since the send began.
/// - **Text** lies in plain TEXT columns, U+0000 included, always last in its row, so that a list of
///   conversations never reads the pages it fills.
/// - **Lists.** Conversations are listed by key through the indexes `conversations_by_...`, the pinned ones first;
///   `title_key` is the title as it is sorted. A deleted one (`deleted_at`) is in none of them.
/// - **Branches.** `prompts.parent_id` is the prompt that a prompt follows: of the same conversation, with a lower turn
///   number, so that there are no circles.
/// - **Turns.** A number is taken by inserting into `turns`, whose primary key makes it impossible that two
///   Fiedlers give the same one. A reply has a row there once it has ended, never before.
/// - **Contents.** A file attached again and again is stored once. The SHA-256 finds it and the content itself
///   decides, so a wrong hash costs space, not text.
/// - **Media.** Of a picture or PDF, `contents.media` is the type (`image/png`), `bytes` the file, and `content` empty.
/// - **Chunks.** While a reply streams, `replies.text`, `reasoning` and `recording` stay empty, and what arrives is
///   appended to `reply_chunks` in the order of `id`; `saved_...` say how many bytes lie there. The end of the reply
///   moves all of it into `replies` and deletes the chunks. So everything is written twice, however long it gets.
/// - **Options.** `replies.options` is a JSON object of what the model was asked to heed; NULL where that was nothing.
/// - **Continuations.** `replies.continuation` is a JSON object with what goes back to the provider with the next turn.
/// - **Batches.** Where each row of a batch is kept is settled when it is made; see ``BatchTables``.
/// - **Verdicts.** A row says what the user thinks of a reply, or (`other_id`) of two replies to the same prompt.
/// - **Sessions.** `replies.session` names the running Fiedler that writes the reply: see ``SessionLock``.
///
/// What is searched is described in ``SearchIndex``, what is summed up in ``ModelSummary``.
/// The outbox of turns to be logged lives in the same file and is described in `GodotLog`.
enum Schema {
  /// Every migration in order. A released one is never edited: a change is a new one at the end.
  static func migrator() -> DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("conversations 1", foreignKeyChecks: .immediate) { try $0.execute(sql: conversations1) }
    Outbox.registerMigrations(in: &migrator)
    // Whether the turn was put into the outbox. Of older ones nobody knows.
    migrator.registerMigration("conversations 2") { db in
      try db.execute(sql: "ALTER TABLE turns ADD COLUMN logged INTEGER NOT NULL DEFAULT 0 CHECK (logged IN (0, 1))")
    }
    migrator.registerMigration("conversations 3", foreignKeyChecks: .immediate) { db in
      try db.execute(sql: conversations3)
      for row in try Row.fetchAll(db, sql: "SELECT id, CAST(title AS BLOB) AS title FROM conversations") {
        try db.execute(
          sql: "UPDATE conversations SET title_key = ? WHERE id = ?",
          arguments: [TitleKey.text(row.text("title")), row["id"] as Int64])
      }
      try db.execute(sql: SearchIndex.schema)
      try SearchIndex.addAll(db)
    }
    // Compatibility forms, emoji and more scripts. The texts go in afterwards: see
    // ``SearchIndex/catchUp(_:progress:)``.
    migrator.registerMigration("search 2", foreignKeyChecks: .immediate) { try $0.execute(sql: SearchIndex.schema2) }
    // Of a prompt that has models read the answers of others: which answers, and how it was asked, as JSON.
    migrator.registerMigration("successions 1") {
      try $0.execute(sql: "ALTER TABLE prompts ADD COLUMN successions TEXT")
    }
    migrator.registerMigration("synthesis 1") { try $0.execute(sql: "ALTER TABLE prompts ADD COLUMN synthesis TEXT") }
    // Of older ones nobody knows.
    migrator.registerMigration("replies 2") { try $0.execute(sql: "ALTER TABLE replies ADD COLUMN options TEXT") }
    migrator.registerMigration("replies 3") { db in
      try db.execute(
        sql: """
          ALTER TABLE replies ADD COLUMN cached_tokens INTEGER;
          ALTER TABLE replies ADD COLUMN cache_write_tokens INTEGER;
          ALTER TABLE replies ADD COLUMN continuation TEXT;
          """)
    }
    migrator.registerMigration("batches 1", foreignKeyChecks: .immediate) { try $0.execute(sql: BatchTables.schema) }
    migrator.registerMigration("verdicts 1") { try $0.execute(sql: StoredVerdicts.schema) }
    migrator.registerMigration("summary 1") { try $0.execute(sql: ModelSummary.schema) }
    migrator.registerMigration("contents 2") { db in
      try db.execute(
        sql: """
          ALTER TABLE contents ADD COLUMN media TEXT;
          ALTER TABLE contents ADD COLUMN bytes BLOB;
          """)
    }
    // Half as large. The texts go in afterwards, as for "search 2".
    migrator.registerMigration("search 3", foreignKeyChecks: .immediate) { try $0.execute(sql: SearchIndex.schema3) }
    migrator.registerMigration("summary 2") { try $0.execute(sql: ModelSummary.schema2) }
    // The same sums by triggers that take a tenth of the time to compile.
    migrator.registerMigration("summary 3") { try $0.execute(sql: ModelSummary.schema3) }
    return migrator
  }

  private static let conversations1 = """
    CREATE TABLE conversations (
      id INTEGER PRIMARY KEY,
      uuid TEXT NOT NULL UNIQUE,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      title TEXT NOT NULL
    ) STRICT;
    CREATE INDEX conversations_by_update ON conversations (updated_at, uuid);

    CREATE TABLE prompts (
      id INTEGER PRIMARY KEY,
      uuid TEXT NOT NULL UNIQUE,
      conversation_id INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
      sent_at INTEGER NOT NULL,
      models TEXT NOT NULL,            -- JSON: [{"name": ..., "provider": ...}]
      system TEXT,
      text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX prompts_by_conversation ON prompts (conversation_id);

    CREATE TABLE contents (
      id INTEGER PRIMARY KEY,
      sha256 TEXT NOT NULL,
      content TEXT NOT NULL
    ) STRICT;
    CREATE INDEX contents_by_hash ON contents (sha256);

    CREATE TABLE attachments (
      prompt_id INTEGER NOT NULL REFERENCES prompts ON DELETE CASCADE,
      position INTEGER NOT NULL,
      content_id INTEGER NOT NULL REFERENCES contents,
      name TEXT NOT NULL,
      PRIMARY KEY (prompt_id, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX attachments_by_content ON attachments (content_id);

    CREATE TABLE replies (
      id INTEGER PRIMARY KEY,
      uuid TEXT NOT NULL UNIQUE,
      prompt_id INTEGER NOT NULL REFERENCES prompts ON DELETE CASCADE,
      position INTEGER NOT NULL,       -- which of the prompt's models, from 0
      attempt INTEGER NOT NULL,
      provider TEXT NOT NULL,
      model TEXT NOT NULL,
      session TEXT NOT NULL,
      started_at INTEGER NOT NULL,
      state TEXT NOT NULL,
      tries INTEGER NOT NULL DEFAULT 0,
      maximum_tries INTEGER NOT NULL DEFAULT 1,
      ttft INTEGER,
      duration INTEGER,
      prompt_tokens INTEGER,
      completion_tokens INTEGER,
      reasoning_tokens INTEGER,
      finish_reason TEXT,
      failure TEXT,                    -- JSON: {"kind", "message", "http_status", "retry_after"}
      saved_text INTEGER NOT NULL DEFAULT 0,
      saved_reasoning INTEGER NOT NULL DEFAULT 0,
      saved_recording INTEGER NOT NULL DEFAULT 0,
      recording BLOB NOT NULL DEFAULT x'',
      reasoning TEXT NOT NULL DEFAULT '',
      text TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX replies_by_prompt ON replies (prompt_id, position, attempt);
    CREATE INDEX replies_unfinished ON replies (session)
      WHERE state IN ('queued', 'connecting', 'streaming', 'retrying');

    CREATE TABLE reply_chunks (
      id INTEGER PRIMARY KEY,
      reply_id INTEGER NOT NULL REFERENCES replies ON DELETE CASCADE,
      recording BLOB NOT NULL,
      reasoning BLOB NOT NULL,
      text BLOB NOT NULL
    ) STRICT;
    CREATE INDEX reply_chunks_by_reply ON reply_chunks (reply_id);

    CREATE TABLE turns (
      conversation_id INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
      turn_number INTEGER NOT NULL CHECK (turn_number > 0),
      prompt_id INTEGER UNIQUE REFERENCES prompts ON DELETE CASCADE,
      reply_id INTEGER UNIQUE REFERENCES replies ON DELETE CASCADE,
      PRIMARY KEY (conversation_id, turn_number),
      CHECK ((prompt_id IS NULL) <> (reply_id IS NULL))
    ) STRICT, WITHOUT ROWID;
    """

  /// Before it, each prompt followed the one before it.
  private static let conversations3 = """
    ALTER TABLE prompts ADD COLUMN parent_id INTEGER REFERENCES prompts;
    CREATE INDEX prompts_by_parent ON prompts (parent_id);
    UPDATE prompts SET parent_id = (
      SELECT before.prompt_id FROM turns AS own
        JOIN turns AS before ON before.conversation_id = own.conversation_id AND before.turn_number < own.turn_number
      WHERE own.prompt_id = prompts.id AND before.prompt_id IS NOT NULL ORDER BY before.turn_number DESC LIMIT 1);

    ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));
    ALTER TABLE conversations ADD COLUMN deleted_at INTEGER;
    ALTER TABLE conversations ADD COLUMN title_key TEXT NOT NULL DEFAULT '';
    DROP INDEX conversations_by_update;
    CREATE INDEX conversations_by_update ON conversations (pinned, updated_at, uuid) WHERE deleted_at IS NULL;
    CREATE INDEX conversations_by_creation ON conversations (pinned, created_at, uuid) WHERE deleted_at IS NULL;
    CREATE INDEX conversations_by_title ON conversations (pinned, title_key, uuid) WHERE deleted_at IS NULL;
    CREATE INDEX conversations_deleted ON conversations (deleted_at, uuid) WHERE deleted_at IS NOT NULL;

    CREATE TABLE tags (
      conversation_id INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
      key TEXT NOT NULL,               -- the tag in lower case
      tag TEXT NOT NULL,
      PRIMARY KEY (conversation_id, key)
    ) STRICT, WITHOUT ROWID;
    """

  /// The states of a reply that has not ended, as SQL; word for word the condition of `replies_unfinished`.
  static let unfinished = "state IN ('queued', 'connecting', 'streaming', 'retrying')"
}
