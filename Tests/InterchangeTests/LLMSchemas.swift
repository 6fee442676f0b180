import GRDB

/// The tables of `llm`'s log as its versions 0.5 through 0.36 make them, those that are read. Of 0.36: `.schema` of a
/// log that the program itself has made.
enum LLMSchemas {
  static let first = """
    CREATE TABLE [conversations] ([id] TEXT PRIMARY KEY, [name] TEXT, [model] TEXT);
    CREATE TABLE [responses] (
      [id] TEXT PRIMARY KEY, [model] TEXT, [prompt] TEXT, [system] TEXT, [prompt_json] TEXT, [options_json] TEXT,
      [response] TEXT, [response_json] TEXT, [conversation_id] TEXT REFERENCES [conversations]([id]),
      [duration_ms] INTEGER, [datetime_utc] TEXT);
    """

  static let attachments = """
    CREATE TABLE "attachments" ("id" TEXT PRIMARY KEY, "type" TEXT, "path" TEXT, "url" TEXT, "content" BLOB);
    CREATE TABLE "prompt_attachments" (
       "response_id" TEXT REFERENCES "responses"("id"), "attachment_id" TEXT REFERENCES "attachments"("id"),
       "order" INTEGER, PRIMARY KEY ("response_id", "attachment_id"));
    """

  static let usage = """
    ALTER TABLE "responses" ADD COLUMN "input_tokens" INTEGER;
    ALTER TABLE "responses" ADD COLUMN "output_tokens" INTEGER;
    ALTER TABLE "responses" ADD COLUMN "token_details" TEXT;
    ALTER TABLE "responses" ADD COLUMN "resolved_model" TEXT;
    ALTER TABLE "responses" ADD COLUMN "reasoning" TEXT;
    """

  static let fragments = """
    CREATE TABLE "fragments" ("id" INTEGER PRIMARY KEY, "hash" TEXT, "content" TEXT, "datetime_utc" TEXT, "source" TEXT);
    CREATE TABLE "prompt_fragments" (
       "response_id" TEXT REFERENCES "responses"("id"), "fragment_id" INTEGER REFERENCES "fragments"("id"),
       "order" INTEGER, PRIMARY KEY ("response_id", "fragment_id", "order"));
    CREATE TABLE "system_fragments" (
       "response_id" TEXT REFERENCES "responses"("id"), "fragment_id" INTEGER REFERENCES "fragments"("id"),
       "order" INTEGER, PRIMARY KEY ("response_id", "fragment_id", "order"));
    """

  static let tools = """
    CREATE TABLE "tool_calls" (
       "id" INTEGER PRIMARY KEY, "response_id" TEXT REFERENCES "responses"("id"), "tool_id" INTEGER,
       "name" TEXT, "arguments" TEXT, "tool_call_id" TEXT);
    CREATE TABLE "tool_results" (
       "id" INTEGER PRIMARY KEY, "response_id" TEXT REFERENCES "responses"("id"), "tool_id" INTEGER,
       "name" TEXT, "output" TEXT, "tool_call_id" TEXT, "instance_id" INTEGER, "exception" TEXT);
    """

  static let turns = """
    CREATE TABLE "messages" (
       "hash" TEXT PRIMARY KEY, "parent_hash" TEXT REFERENCES "messages"("hash"), "role" TEXT, "provider_metadata" TEXT);
    CREATE TABLE "parts" (
       "id" INTEGER PRIMARY KEY, "message_hash" TEXT REFERENCES "messages"("hash"), "position" INTEGER, "type" TEXT,
       "tool_name" TEXT, "text" TEXT, "payload" TEXT);
    CREATE TABLE "threads" (
       "id" TEXT PRIMARY KEY, "name" TEXT, "tip_message_hash" TEXT REFERENCES "messages"("hash"),
       "forked_from" TEXT REFERENCES "threads"("id"), "datetime_utc" TEXT);
    CREATE TABLE "turns" (
       "id" TEXT PRIMARY KEY, "thread_id" TEXT REFERENCES "threads"("id"),
       "parent_message_hash" TEXT REFERENCES "messages"("hash"),
       "tip_message_hash" TEXT REFERENCES "messages"("hash"), "model" TEXT, "resolved_model" TEXT,
       "options_json" TEXT, "schema_id" TEXT, "input_tokens" INTEGER, "output_tokens" INTEGER,
       "token_details" TEXT, "duration_ms" INTEGER, "datetime_utc" TEXT, "response_json" TEXT);
    """

  /// The log as its owner opens it: `llm` has foreign keys unchecked.
  static func open(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    return try DatabaseQueue(path: path, configuration: configuration)
  }
}
