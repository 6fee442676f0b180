import ConversationStore
import Conversations
import Foundation
import GRDB
import Testing

@Suite("Prompts know which one they follow")
struct BranchTests {
  let directory = try! TemporaryDirectory()

  @Test("A parent is kept; one that is not in the conversation is refused, and nothing is stored")
  func parents() async throws {
    let store = try ConversationStore(directory: directory.path)
    let (id, otherID) = (UUID(), UUID())
    let root = try await store.begin(.queued("root"), in: id)
    let other = try await store.begin(.queued("other"), in: otherID)
    var branches: [UUID] = []
    for text in ["left", "right"] {
      var branch = Exchange.queued(text)
      branch.prompt.parent = root.id
      #expect(try await store.begin(branch, in: id).prompt.parent == root.id)
      branches.append(branch.id)
    }
    let stored = try #require(try await store.conversation(id))
    #expect(stored.exchanges.map(\.prompt.parent) == [nil, root.id, root.id])
    #expect(stored.exchanges.map(\.id) == [root.id] + branches)
    #expect(try await store.conversation(matching: id.uuidString) == stored)

    let before = try await store.counts()
    for (conversation, parent) in [(id, other.id), (id, UUID()), (UUID(), root.id)] {
      var stray = Exchange.queued("stray")
      stray.prompt.parent = parent
      let what = "prompt \(parent.uuidString) in conversation \(conversation.uuidString)".lowercased()
      await #expect(throws: StoreError.notFound(path: store.path, what: what)) {
        try await store.begin(stray, in: conversation)
      }
    }
    #expect(try await store.counts() == before)
    #expect(try await store.integer("SELECT count(*) FROM outbox_record") == 4)
  }

  @Test("In a history of the former layout every prompt follows the one before it")
  func migration() async throws {
    let id = UUID()
    try FormerHistory.make(in: directory.path, conversation: id)
    let store = try ConversationStore(directory: directory.path)
    let stored = try #require(try await store.conversation(id))
    #expect(stored.exchanges.map(\.prompt.text) == ["first", "second", "third"])
    #expect(stored.exchanges.map(\.prompt.parent) == [nil] + stored.exchanges.prefix(2).map(\.id))
    #expect(stored.exchanges[0].replies.map(\.text) == ["an answer"])
    #expect(stored.tags == [] && !stored.isPinned)
  }
}
