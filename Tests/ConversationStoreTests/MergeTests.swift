import ConversationStore
import Conversations
import Foundation
import GRDB
import GodotLog
import TestSupport
import Testing

@Suite("Merging conversations from elsewhere")
struct MergeTests {
  let directory = try! TemporaryDirectory()
  let elsewhere = try! TemporaryDirectory()

  /// A conversation with a branch, a retry, files, tags and a pin, as another store keeps it.
  private func original(_ store: ConversationStore) async throws -> Conversation {
    let id = UUID()
    let file = AttachedFile(name: "a.swift", sha256: "1", content: "let a = 1\u{0}")
    var first = try await store.begin(.queued("Why?", system: "Be brief.", attachments: [file]), in: id)
    for reply in first.replies { _ = try await store.finish(reply.answering("Because \(reply.model).")) }
    let again = Reply(id: UUID(), model: .fast, attempt: 2, startedAt: .morning + 5)
    try await store.retry(again, of: first.id)
    _ = try await store.finish(again.answering("Because!"))
    first = try #require(try await store.conversation(id)).exchanges[0]
    for text in ["And at dusk?", "And at dawn?"] {
      var next = Exchange.queued(text, models: [.slow], at: .morning + 10)
      next.prompt.parent = first.id
      next = try await store.begin(next, in: id)
      _ = try await store.finish(next.replies[0].answering("Red"))
    }
    var conversation = try #require(try await store.conversation(id))
    conversation.tags = ["physics", "To read"]
    conversation.isPinned = true
    return conversation
  }

  @Test("A new conversation comes whole, and a second time nothing is added")
  func whole() async throws {
    let conversation = try await original(try ConversationStore(directory: elsewhere.path))
    let store = try ConversationStore(directory: directory.path)
    #expect(try await store.merge([conversation]) == [.added(exchanges: 3, replies: 5, renumbered: 0)])
    #expect(try await store.conversation(conversation.id) == conversation)
    #expect(try await store.merge([conversation, conversation]) == [.known, .known])
    #expect(try await store.conversation(conversation.id) == conversation)
    #expect(try await store.integer("SELECT count(*) FROM outbox_record") == 0)
    #expect(try await store.localTurns(of: conversation.id).allSatisfy { !$0.isLogged })
  }

  @Test("What both have grown is joined; a turn number that is taken becomes the next free one")
  func grown() async throws {
    let conversation = try await original(try ConversationStore(directory: elsewhere.path))
    var part = conversation
    part.title = "Elsewhere"
    part.tags = []
    part.exchanges[0].replies.removeLast()
    part.exchanges.removeLast()
    let store = try ConversationStore(directory: directory.path)
    _ = try await store.merge([part])
    var own = Exchange.queued("Own", models: [.fast], at: .morning + 99)
    own.prompt.parent = conversation.exchanges[1].id
    own = try await store.begin(own, in: conversation.id)
    #expect(own.prompt.turnNumber == 7)
    #expect(try await store.merge([conversation]) == [.added(exchanges: 1, replies: 2, renumbered: 1)])
    let merged = try #require(try await store.conversation(conversation.id))
    #expect(merged.title == "Elsewhere" && merged.tags == [] && merged.isPinned)
    #expect(merged.exchanges.map(\.prompt.text) == ["Why?", "And at dusk?", "Own", "And at dawn?"])
    #expect(merged.exchanges.map(\.prompt.turnNumber) == [1, 5, 7, 9])
    #expect(merged.exchanges[0] == conversation.exchanges[0])
    let (root, dusk) = (conversation.exchanges[0].id, conversation.exchanges[1].id)
    #expect(merged.exchanges.map(\.prompt.parent) == [nil, root, dusk, root])
    #expect(merged.exchanges[3].replies.map(\.turnNumber) == [8])
    #expect(merged.updatedAt == .morning + 99)
    #expect(try await store.merge([conversation]) == [.known])
  }

  @Test("A reply that had not ended is interrupted, with what had come of it")
  func unended() async throws {
    let reply = Reply(id: UUID(), model: .fast, startedAt: .morning).applying([(3, .text("half"))])
    let prompt = Prompt(id: UUID(), turnNumber: 0, text: "Q", models: [.fast], sentAt: .morning)
    let conversation = Sample.conversation([Exchange(prompt: prompt, replies: [reply])])
    let store = try ConversationStore(directory: directory.path)
    #expect(try await store.merge([conversation]) == [.added(exchanges: 1, replies: 1, renumbered: 0)])
    let stored = try #require(try await store.conversation(conversation.id)).exchanges[0]
    #expect(stored.prompt.turnNumber == 1)
    #expect(stored.replies[0].state == .interrupted && stored.replies[0].text == "half")
    #expect(stored.replies[0].turnNumber == 2 && stored.replies[0].duration == .milliseconds(3))
    #expect(try await store.recoverInterrupted() == 0)
  }

  @Test("Numbers that are none, parents in circles or elsewhere, and absurd times do no harm")
  func hostile() async throws {
    let store = try ConversationStore(directory: directory.path)
    let other = try await store.begin(.queued("other", models: []), in: UUID())
    let ids = (0..<4).map { _ in UUID() }
    let parents = [ids[1], ids[0], other.id, ids[3]]
    let numbers = [Int.max, -1, 3, 3]
    var exchanges = zip(ids, zip(parents, numbers)).map { id, place in
      Exchange(
        prompt: Prompt(
          id: id, parent: place.0, turnNumber: place.1, text: "q", models: [],
          sentAt: Date(timeIntervalSince1970: .greatestFiniteMagnitude)), replies: [])
    }
    var reply = Reply(id: UUID(), model: .fast, turnNumber: 3, state: .success, startedAt: .distantPast)
    reply.duration = .seconds(Int64.max)
    exchanges[0].replies = [reply, reply]
    exchanges.append(exchanges[0])
    let conversation = Conversation(
      id: UUID(), title: "", createdAt: .distantPast, updatedAt: .distantFuture, exchanges: exchanges)
    #expect(try await store.merge([conversation]) == [.added(exchanges: 4, replies: 1, renumbered: 4)])
    let stored = try #require(try await store.conversation(conversation.id))
    #expect(stored.exchanges.map(\.id) == ids)
    #expect(stored.exchanges.map(\.prompt.parent) == [nil, ids[0], nil, nil])
    #expect(stored.exchanges.map(\.prompt.turnNumber) == [4, 5, 6, 7])
    #expect(stored.exchanges[0].replies.map(\.turnNumber) == [3])
    #expect(try await store.merge([conversation]) == [.known])
    let thief = Sample.conversation([other])
    #expect(try await store.merge([thief]) == [.known])
    #expect(try await store.conversation(thief.id) == nil)
  }

  @Test("Conversations of the same hours that come together are searched as if each had been indexed by itself")
  func indexedTogether() async throws {
    let first = try await original(try ConversationStore(directory: elsewhere.path))
    var conversations = [first]
    for number in 1...3 {
      var exchange = Exchange.queued("Number \(number)", models: [.slow, .fast], at: .morning - Double(number))
      exchange.prompt.turnNumber = 1
      exchange.replies = exchange.replies.map { $0.answering("Red \(number)") }
      let verdict = Verdict(
        id: UUID(), .better, of: exchange.replies[1].id, against: exchange.replies[0].id, note: "", madeAt: .morning,
        isBlind: false)
      exchange.verdicts = number == 2 ? [verdict] : []
      conversations.append(Sample.conversation([exchange], title: "Title \(number)", id: UUID(), at: .morning + 20))
    }
    let store = try ConversationStore(directory: directory.path)
    let outcomes = try await store.merge(conversations + conversations)
    #expect(outcomes.suffix(4) == [.known, .known, .known, .known])
    let summary = try await store.summary()
    #expect(!summary.counted.isEmpty && summary.kept == summary.counted)
    try await store.checkIndex()
    func documents() async throws -> [Set<Substring>] {
      try await store.database.read {
        try String.fetchAll(
          $0,
          sql: """
            SELECT conversation_id || ' ' || ifnull(prompt_id, '') || ' ' || ifnull(reply_id, '') || ' ' || facets
            FROM documents ORDER BY conversation_id, prompt_id, reply_id
            """)
      }.map { Set($0.split(separator: " ")) }
    }
    let together = try await documents()
    #expect(together.count == 4 + 8 + 9)
    for id in conversations.map(\.id) {
      try await store.delete(id)
      try await store.restore(id)
    }
    #expect(try await documents() == together)
    try await store.checkIndex()
    #expect(try await store.history(HistoryQuery("verdict:better red")).summaries.map(\.title) == ["Title 2"])
    #expect(try await store.history(HistoryQuery("a.swift tag:physics")).summaries.map(\.id) == [first.id])
  }

  @Test("All conversations are merged or none")
  func together() async throws {
    let conversation = try await original(try ConversationStore(directory: elsewhere.path))
    let store = try ConversationStore(directory: directory.path)
    try await store.execute(
      "CREATE TRIGGER refuse BEFORE INSERT ON prompts WHEN new.text = 'no' BEGIN SELECT raise(ABORT, 'no'); END")
    let refused = Sample.conversation([.queued("no")])
    await #expect(throws: StoreError.failed(path: store.path, reason: "no")) {
      try await store.merge([conversation, refused])
    }
    #expect(try await store.counts() == .init(conversations: 0, prompts: 0, replies: 0))
  }
}
