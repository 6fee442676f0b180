import Basics
import Conversations
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Interchange

@Suite("The log of llm")
struct LLMLogTests {
  let directory: TemporaryDirectory
  private let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory("logs.db")
  }

  private func log(_ schema: String..., rows: String) throws {
    try LLMSchemas.open(path).write { db in
      for schema in schema { try db.execute(sql: schema) }
      try db.execute(sql: rows)
    }
  }

  private static let calls = """
    INSERT INTO conversations VALUES ('c1', 'First question, which is longer…', 'gpt'), ('c2', 'Mine', 'gpt');
    INSERT INTO responses (id, model, prompt, system, response, conversation_id, duration_ms, datetime_utc) VALUES
    ('r3', 'gpt', 'Other', NULL, 'Yes.', 'c2', 5, '2023-07-01T10:00:02.000000'),
    ('r2', 'gpt', 'Second?', NULL, 'Two.', 'c1', 7, '2023-07-01T10:00:01.500000'),
    ('r1', 'gpt', 'First question, which is longer than that', 'Be brief.', 'One.', 'c1', 1500, '2023-07-01T10:00:00.123456'),
    ('r4', 'claude', 'Alone', '', '', NULL, NULL, '2023-07-02T10:00:00+00:00');
    """

  @Test("Responses go in by conversation, in their order, from the oldest layout on")
  func responses() throws {
    try log(LLMSchemas.first, rows: Self.calls)
    let configured = ModelReference(provider: "openai", name: "gpt-4o")
    let items = try importItems(at: path) { $0 == "gpt" ? configured : nil }
    let conversations = items.compactMap(\.conversation)
    #expect(conversations.count == 3 && items.allSatisfy { $0.losses.isEmpty })
    #expect(conversations.map(\.title) == ["First question, which is longer than that", "Mine", "Alone"])
    let first = conversations[0]
    #expect(first.exchanges.map(\.prompt.text) == ["First question, which is longer than that", "Second?"])
    #expect(first.exchanges.map(\.prompt.system) == ["Be brief.", nil])
    #expect(
      first.exchanges.map(\.prompt.turnNumber) == [1, 3]
        && first.exchanges.map(\.prompt.parent) == [nil, first.exchanges[0].id])
    #expect(
      first.exchanges.map(\.replies[0].text) == ["One.", "Two."]
        && first.exchanges.map(\.replies[0].turnNumber) == [2, 4])
    #expect(first.exchanges[0].replies[0].duration == .milliseconds(1500))
    #expect(
      Timestamp.text(first.createdAt) == "2023-07-01T10:00:00.123456Z"
        && first.exchanges[0].prompt.models == [configured])
    #expect(conversations[2].exchanges[0].replies[0].model == ModelReference(provider: "llm", name: "claude"))
    #expect(
      try importItems(at: path, models: { $0 == "gpt" ? configured : nil }).compactMap(\.conversation) == conversations)
  }

  @Test(
    "Fragments, files, tools, tokens and reasoning of later layouts go in; pictures whole; of what only had a place, the name"
  )
  func attachments() throws {
    try log(
      LLMSchemas.first, LLMSchemas.attachments, LLMSchemas.usage, LLMSchemas.fragments, LLMSchemas.tools,
      rows: Self.calls + """
        UPDATE responses SET input_tokens = 7, output_tokens = 11, reasoning = 'Hm.',
          options_json = '{"temperature": 0.5, "seed": 9, "online": true}',
          token_details = '{"completion_tokens_details": {"reasoning_tokens": 3}}' WHERE id = 'r1';
        UPDATE responses SET prompt = 'nul ' || char(0) || ' inside' WHERE id = 'r2';
        INSERT INTO fragments (id, hash, content, source) VALUES (1, 'h1', 'one', '/home/me/notes.txt'), (2, 'h2', 'two', NULL),
          (3, 'h3', 'Be wise.', NULL);
        INSERT INTO prompt_fragments VALUES ('r1', 2, 0), ('r1', 1, 1);
        INSERT INTO system_fragments VALUES ('r1', 3, 0);
        INSERT INTO attachments VALUES ('aaaaaaaaaa', 'image/png', NULL, NULL, x'89504E470D0A1A0A00'),
          ('bbbbbbbbbb', 'text/plain', NULL, NULL, CAST('plain text' AS BLOB)), ('cc', 'image/png', '/home/me/cat.png', NULL, NULL);
        INSERT INTO prompt_attachments VALUES ('r1', 'cc', 2), ('r1', 'aaaaaaaaaa', 0), ('r1', 'bbbbbbbbbb', 1);
        INSERT INTO tool_calls (response_id, name, arguments) VALUES ('r4', 'weather', '{"city": "Ulm"}');
        INSERT INTO tool_results (response_id, name, output) VALUES ('r2', 'weather', 'Rain.');
        """)
    let conversations = try importItems(at: path).compactMap(\.conversation)
    let prompt = conversations[0].exchanges[0].prompt
    #expect(prompt.system == "Be wise.\n\nBe brief.")
    #expect(
      prompt.attachments.map(\.name) == [
        "fragment-2.txt", "notes.txt", "attachment-aaaaaaaa.png", "attachment-bbbbbbbb.txt", "cat.png",
      ])
    #expect(
      prompt.attachments.map(\.content) == [
        "two", "one", "", "plain text", "(not imported: image/png, not in the log)",
      ])
    let picture = prompt.attachments[2].media
    #expect(picture?.type == .png && picture?.data == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00]))
    #expect(prompt.attachments[1].sha256 == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed")
    let reply = conversations[0].exchanges[0].replies[0]
    #expect(reply.usage == Usage(promptTokens: 7, completionTokens: 11, reasoningTokens: 3) && reply.reasoning == "Hm.")
    #expect(reply.options.assignments == ["temperature=0.5", "seed=9"])
    #expect(conversations[0].exchanges[1].prompt.text == "nul \u{0} inside")
    #expect(conversations[0].exchanges[1].prompt.attachments.map(\.content) == ["Rain."])
    let called = conversations[2].exchanges[0].replies[0]
    #expect(called.text == #"weather {"city": "Ulm"}"# && called.finishReason == .toolCall)
  }

  @Test("Rows that make no sense are named, and the rest goes in")
  func damagedRows() throws {
    try log(
      LLMSchemas.first,
      rows: Self.calls + """
        UPDATE responses SET model = NULL WHERE id = 'r1'; UPDATE responses SET datetime_utc = 'noon' WHERE id = 'r2';
        UPDATE responses SET model = NULL WHERE id = 'r4';
        """)
    let items = try importItems(at: path)
    let first = try #require(items.first { $0.conversation?.exchanges.first?.prompt.text == "Second?" })
    #expect(
      first.losses.map(\.description) == [
        "\(path), call r1: it names no model", "\(path), call r2: it has no readable date",
      ])
    #expect(items.compactMap(\.conversation).count == 2)
    #expect(items.compactMap(\.problem).count == 1 && items.compactMap(\.problem)[0].contains("names no model"))
  }

  @Test("A log that is being written to is read, and is not kept from being written to")
  func whileWriting() throws {
    try log(LLMSchemas.first, rows: Self.calls)
    for mode in ["DELETE", "WAL"] {
      let writer = try LLMSchemas.open(path)
      try writer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = \(mode)") }
      let reader = try ImportSource.find(at: path).reader(models: { _ in nil })
      let count = reader.count
      #expect(reader.next()?.conversation != nil)
      try writer.write {
        try $0.execute(
          sql:
            "INSERT INTO responses (id, model, prompt, response, conversation_id, datetime_utc) VALUES (?, 'm', '', '', ?, '')",
          arguments: ["new \(mode)", "new \(mode)"])
      }
      var rest = 0
      while let item = reader.next() { rest += item.conversation == nil ? 0 : 1 }
      #expect(rest + 1 == count)
    }
    #expect(try importItems(at: path).compactMap(\.conversation).count == 5)
  }

  @Test("The log's file is not changed by reading it")
  func readOnly() throws {
    try log(LLMSchemas.first, rows: Self.calls)
    let before = try Data(contentsOf: URL(filePath: path))
    _ = try importItems(at: path)
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["logs.db"])
  }

  @Test("Another database, and a damaged one, are called what they are")
  func otherDatabases() throws {
    try log(rows: "CREATE TABLE things (id)")
    let other = #expect(throws: ImportProblem.self) { try importItems(at: path) }
    #expect(other?.description.contains("no log of llm") == true)
    try directory.write("bad.db", bytes: Array("SQLite format 3\0".utf8) + [UInt8](repeating: 7, count: 5000))
    let damaged = #expect(throws: ImportProblem.self) { try importItems(at: directory("bad.db")) }
    #expect(damaged?.description.contains("bad.db: it is damaged") == true)
  }
}
