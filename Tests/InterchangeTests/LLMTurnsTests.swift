import Conversations
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Interchange

@Suite("The log of llm, since it keeps turns of threads")
struct LLMTurnsTests {
  let directory: TemporaryDirectory
  private let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory("logs.db")
  }

  private func read(_ rows: String) throws -> [ImportItem] {
    try LLMSchemas.open(path).write { db in
      for schema in [LLMSchemas.first, LLMSchemas.attachments, LLMSchemas.fragments, LLMSchemas.turns] {
        try db.execute(sql: schema)
      }
      try db.execute(sql: rows)
    }
    return try importItems(at: path)
  }

  /// s -> u1 -> a1 -> u2 -> a2, and u3 -> a3 after a1, in one thread.
  private static let thread = """
    INSERT INTO messages (hash, parent_hash, role) VALUES ('s', NULL, 'system'), ('u1', 's', 'user'),
      ('a1', 'u1', 'assistant'), ('u2', 'a1', 'user'), ('a2', 'u2', 'assistant'), ('u3', 'a1', 'user'), ('a3', 'u3', 'assistant');
    INSERT INTO parts (message_hash, position, type, text, payload) VALUES ('s', 0, 'text', 'Be brief.', NULL),
      ('u1', 0, 'text', 'One?', NULL), ('a1', 0, 'reasoning', 'Hm.', NULL), ('a1', 1, 'text', 'One', NULL), ('a1', 2, 'text', '.', NULL),
      ('u2', 0, 'text', NULL, '{"text_ref": [{"fragment": 1}, {"literal": "\\n"}, {"fragment": 2}, {"literal": "\\nTwo?"}]}'),
      ('u2', 1, 'attachment', NULL, '{"attachment": {"id": "aaaa"}}'), ('a2', 0, 'text', 'Two.', NULL),
      ('u3', 0, 'text', 'Three?', NULL), ('a3', 0, 'tool_call', NULL, '{"name": "weather", "arguments": {"city": "Ulm"}}');
    INSERT INTO fragments (id, content, source) VALUES (1, 'fragment one', 'notes.txt'), (2, 'fragment two', NULL);
    INSERT INTO attachments VALUES ('aaaa', 'text/plain', '/home/me/a.txt', NULL, CAST('text' AS BLOB));
    INSERT INTO threads (id, name) VALUES ('t1', 'One?');
    INSERT INTO turns (id, thread_id, parent_message_hash, tip_message_hash, model, input_tokens, duration_ms, datetime_utc) VALUES
      ('n1', 't1', 'u1', 'a1', 'gpt', 7, 20, '2026-01-31T09:05:00.000001+00:00'),
      ('n2', 't1', 'u2', 'a2', 'gpt', 8, 20, '2026-01-31T09:06:00.000001+00:00'),
      ('n3', 't1', 'u3', 'a3', 'gpt', 9, 20, '2026-01-31T09:07:00.000001+00:00');
    """

  @Test("Prompts, answers, reasoning, fragments and files are put together from messages, branches included")
  func wholeThread() throws {
    let items = try read(Self.thread)
    let conversation = try #require(items.first?.conversation)
    #expect(items.count == 1 && items[0].losses.isEmpty && conversation.title == "One?")
    let exchanges = conversation.exchanges
    #expect(exchanges.map(\.prompt.text) == ["One?", "Two?", "Three?"])
    #expect(exchanges.map(\.prompt.parent) == [nil, exchanges[0].id, exchanges[0].id])
    #expect(exchanges.map(\.prompt.system) == ["Be brief.", "Be brief.", "Be brief."])
    #expect(exchanges.map(\.replies[0].text) == ["One.", "Two.", #"weather {"city":"Ulm"}"#])
    #expect(exchanges[0].replies[0].reasoning == "Hm." && exchanges[2].replies[0].finishReason == .toolCall)
    #expect(exchanges[1].prompt.attachments.map(\.name) == ["notes.txt", "fragment-2.txt", "a.txt"])
    #expect(exchanges[1].prompt.attachments.map(\.content) == ["fragment one", "fragment two", "text"])
    #expect(exchanges.map(\.replies[0].usage.promptTokens) == [7, 8, 9] && conversation.createdAt == .morning)
  }

  @Test(
    "A conversation that was continued after the change is one, and a call that stands in both layouts is taken once")
  func bothLayouts() throws {
    let items = try read(
      Self.thread + """
        INSERT INTO conversations VALUES ('t1', 'Older', 'gpt');
        INSERT INTO responses (id, model, prompt, response, conversation_id, datetime_utc) VALUES
          ('r0', 'gpt', 'Zero?', 'Zero.', 't1', '2025-01-31T09:05:00.000001+00:00'),
          ('n1', 'gpt', 'One?', 'One.', 't1', '2026-01-31T09:05:00.000001+00:00');
        """)
    let exchanges = try #require(items.first?.conversation?.exchanges)
    #expect(items.count == 1 && exchanges.map(\.prompt.text) == ["Zero?", "One?", "Two?", "Three?"])
    #expect(exchanges[2].prompt.parent == exchanges[1].id)
  }

  @Test("A missing message, a damaged part and a circle each cost their own turn and are named")
  func damaged() throws {
    let items = try read(
      Self.thread + """
        INSERT INTO messages (hash, parent_hash, role) VALUES ('x', 'y', 'user'), ('y', 'x', 'user'), ('u5', 's', 'user');
        INSERT INTO parts (message_hash, position, type, payload) VALUES ('u5', 0, 'text', '{');
        INSERT INTO turns (id, thread_id, parent_message_hash, tip_message_hash, model, datetime_utc) VALUES
          ('n4', 't1', 'gone', 'a1', 'gpt', '2026-02-01T00:00:00'), ('n5', 't1', 'u5', 'a1', 'gpt', '2026-02-02T00:00:00'),
          ('n6', 't1', 'x', 'x', 'gpt', '2026-02-03T00:00:00');
        """)
    #expect(items.first?.conversation?.exchanges.count == 3)
    let reasons = items.first?.losses.map(\.description) ?? []
    #expect(reasons.count == 3)
    for (reason, words) in zip(
      reasons, ["n4: its message gone is missing", "n5: a part of its messages is not JSON", "n6: its messages follow"])
    {
      #expect(reason.contains(words), "\(reason)")
    }
  }
}
