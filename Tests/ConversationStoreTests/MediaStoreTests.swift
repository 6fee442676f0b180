import Conversations
import FoundationEssentials
import GRDB
import TestSupport
import Testing

@testable import ConversationStore

@Suite("Pictures and PDFs in the history") struct MediaStoreTests {
  @Test("They come back byte for byte, and what is attached again is kept once") func kept() async throws {
    let directory = try TemporaryDirectory()
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let files = [
      Sample.media("shot.png", Sample.png(mark: "one")), AttachedFile(name: "a.txt", sha256: "a", content: "A.\0"),
      Sample.media("paper.pdf", Sample.pdf),
    ]
    for _ in 1...2 { _ = try await store.begin(.queued(attachments: files), in: id) }
    let other = Sample.media("shot.png", Sample.png(mark: "two"))
    _ = try await store.begin(.queued(attachments: [other]), in: id)
    let kept = try #require(try await store.conversation(id))
    #expect(kept.exchanges.map(\.prompt.attachments) == [files, files, [other]])
    #expect(kept.exchanges[0].prompt.attachments[0].media?.size == PixelSize(width: 640, height: 480))
    #expect(try await store.integer("SELECT count(*) FROM contents") == 4)
  }

  @Test("A history from before is read as it was, and takes pictures from then on") func former() async throws {
    let directory = try TemporaryDirectory()
    let conversation = UUID()
    let former = try DatabaseQueue(path: directory.path + "/fiedler.db")
    try await former.write { try SearchIndex.prepare($0) }
    try Schema.migrator().migrate(former, upTo: "summary 1")
    try await former.write { db in
      try db.execute(
        sql: """
          INSERT INTO conversations (id, uuid, created_at, updated_at, title) VALUES (1, ?, 0, 0, 'Former');
          INSERT INTO prompts (id, uuid, conversation_id, sent_at, models, text) VALUES (1, ?, 1, 0, '[]', 'Read it.');
          INSERT INTO turns (conversation_id, turn_number, prompt_id) VALUES (1, 1, 1);
          INSERT INTO contents (id, sha256, content) VALUES (7, 'cafe', 'The text.');
          INSERT INTO attachments (prompt_id, position, content_id, name) VALUES (1, 0, 7, 'a.txt');
          """, arguments: [conversation.uuidString.lowercased(), UUID().uuidString.lowercased()])
    }
    try former.close()
    let store = try ConversationStore(directory: directory.path)
    let text = AttachedFile(name: "a.txt", sha256: "cafe", content: "The text.")
    #expect(try await store.conversation(conversation)?.exchanges[0].prompt.attachments == [text])
    let shot = Sample.media("shot.png")
    _ = try await store.begin(.queued(attachments: [text, shot]), in: conversation)
    #expect(try await store.conversation(conversation)?.exchanges[1].prompt.attachments == [text, shot])
    #expect(try await store.integer("SELECT count(*) FROM contents") == 2, "the old row is shared")
  }
}
