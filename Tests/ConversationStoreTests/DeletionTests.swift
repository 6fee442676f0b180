import ConversationStore
import Conversations
import Foundation
import GRDB
import Synchronization
import Testing

@Suite("Deleting, restoring and purging")
struct DeletionTests {
  let directory = try! TemporaryDirectory()

  @Test("A deleted conversation is nowhere but among the deleted, and comes back whole")
  func deletion() async throws {
    let store = try ConversationStore(directory: directory.path)
    let (kept, id) = (UUID(), UUID())
    try await store.begin(.queued("kept"), in: kept)
    let exchange = try await store.begin(.queued("gone for now", at: .morning + 5), in: id)
    try await store.setTags(["Tagged", " tagged ", "", "b"], of: id)
    try await store.setPinned(true, of: id)
    let before = try #require(try await store.conversation(id))
    #expect(before.tags == ["b", "Tagged"] && before.isPinned)
    func list(_ text: String = "") async throws -> [UUID] {
      try await store.history(HistoryQuery(text)).summaries.map(\.id)
    }
    #expect(try await list() == [id, kept])
    for _ in 0..<2 { try await store.delete(id) }
    #expect(try await list() == [kept])
    for query in ["gone", "tag:tagged", "is:pinned", "after:1970", "-kept"] {
      #expect(try await list(query).contains(id) == false, "\(query)")
    }
    #expect(try await store.deleted().map(\.id) == [id])
    #expect(try await store.recentPrompts(limit: 9) == ["kept"])
    await #expect(throws: StoreError.self) { try await store.conversation(matching: id.uuidString) }
    #expect(try await store.conversation(id) == before)
    #expect(try await store.summary(of: id)?.tags == ["b", "Tagged"])
    // An answer that ends meanwhile is kept, and found later.
    _ = try await store.finish(exchange.replies[0].answering("late answer"))
    try await store.rename(id, to: "New name")
    #expect(try await list("late").isEmpty)
    for _ in 0..<2 { try await store.restore(id) }
    #expect(try await list() == [id, kept])
    for query in ["gone", "late", "name", "tag:b", "is:pinned"] { #expect(try await list(query) == [id], "\(query)") }
    #expect(try await store.deleted().isEmpty)
    #expect(try await store.recentPrompts(limit: 9) == ["kept", "gone for now"])
    try await store.checkIndex()
  }

  @Test("A new turn in a deleted conversation brings it back")
  func comingBack() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let first = try await store.begin(.queued("first", models: [.fast]), in: id)
    try await store.delete(id)
    try await store.begin(.queued("second"), in: id)
    #expect(try await store.history(HistoryQuery("first")).summaries.map(\.id) == [id])
    try await store.delete(id)
    try await store.retry(Reply(id: UUID(), model: .fast, attempt: 2, startedAt: .morning), of: first.id)
    #expect(try await store.history(HistoryQuery("second")).summaries.map(\.id) == [id])
    try await store.checkIndex()
  }

  @Test("Who is not there cannot be changed")
  func missing() async throws {
    let store = try ConversationStore(directory: directory.path)
    let (id, there) = (UUID(), UUID())
    try await store.begin(.queued("there"), in: there)
    let error = StoreError.notFound(path: store.path, what: "conversation \(id.uuidString.lowercased())")
    await #expect(throws: error) { try await store.setTags(["a"], of: id) }
    await #expect(throws: error) { try await store.setPinned(true, of: id) }
    await #expect(throws: error) { try await store.delete(id) }
    await #expect(throws: error) { try await store.restore(id) }
    await #expect(throws: error) { try await store.purge([there, id]) }
    #expect(try await store.counts().conversations == 1, "a purge of which one is missing removes none")
  }

  @Test("Of what is purged no byte is left in any file, and the rest is as it was")
  func purge() async throws {
    let store = try ConversationStore(directory: directory.path)
    func add(_ word: String, at time: Date) async throws -> UUID {
      let id = UUID()
      let files = [
        AttachedFile(
          name: "\(word)file.txt", sha256: word,
          content: "\(word)content " + String(repeating: "\(word)pad ", count: 2000)),
        AttachedFile(name: "\(word)shared.txt", sha256: "shared", content: "everybody's content"),
      ]
      let exchange = try await store.begin(
        .queued("\(word)prompt 秘密\(word)", system: "\(word)system", attachments: files, at: time), in: id)
      try await store.checkpoint([exchange.replies[0].applying([(1, .text("\(word)chunk"))])])
      var reply = exchange.replies[0].applying([(1, .reasoning("\(word)reasoning"))])
      reply.apply(.text(String(repeating: "\(word)answer ", count: 5000)), at: .milliseconds(2))
      _ = try await store.finish(reply.applying([(3, .finished(.stop))]))
      _ = try await store.finish(exchange.replies[1].applying([(3, .failed(SendFailure(.http, "\(word)failure")))]))
      try await store.rename(id, to: "\(word)title \(word)title")
      try await store.setTags(["\(word)tag"], of: id)
      return id
    }
    var kept: [UUID] = []
    var purged: [UUID] = []
    for index in 0..<6 {
      kept.append(try await add("keptword", at: .morning + Double(3 * index)))
      purged.append(try await add("zzsecret", at: .morning + Double(3 * index + 1)))
    }
    try await store.execute(
      """
      INSERT INTO outbox_delivery SELECT conversation_id, turn_number, 'server' FROM outbox_record WHERE turn_number = 1;
      INSERT INTO outbox_conversation SELECT 'server', conversation_id, 's' FROM outbox_record WHERE turn_number = 1;
      DELETE FROM outbox_record WHERE turn_number = 1;
      """)
    let before = try await store.conversation(kept[0])
    for id in purged.dropLast() { try await store.delete(id) }
    let steps = Steps()
    let some = try await store.purge { steps.add($0) }
    #expect(some.conversations == 5 && some.turns == 15 && some.unloggedTurns == 10 && some.freedBytes > 100_000)
    #expect(steps.all.count == 4)
    #expect(try leftovers().contains("zzsecret"), "one is still there")
    let rest = try await store.purge([purged[5]])
    #expect(rest.conversations == 1 && rest.turns == 3 && rest.unloggedTurns == 2)
    #expect(try leftovers() == [])
    #expect(try await store.purge().conversations == 0)

    #expect(try await store.conversation(kept[0]) == before)
    for query in ["keptwordprompt", "keptwordans", "秘密", "tag:keptwordtag", "file:keptwordfile"] {
      #expect(try await store.history(HistoryQuery(query)).summaries.map(\.id) == kept.reversed(), "\(query)")
    }
    #expect(try await store.history(HistoryQuery("zzsecret")).summaries.isEmpty)
    for table in ["outbox_delivery", "outbox_conversation"] {
      #expect(try await store.integer("SELECT count(*) FROM \(table)") == 6)
    }
    #expect(try await store.integer("SELECT count(*) FROM outbox_record") == 12)
    #expect(try await store.integer("SELECT value FROM outbox_counter WHERE name = 'pending'") == 12)
    #expect(try await store.integer("SELECT count(*) FROM contents") == 2)
    try await store.checkIndex()
  }

  /// Words of purged conversations that the history's files still have, in whatever case.
  private func leftovers() throws -> [String] {
    var found: [String] = []
    for file in ["fiedler.db", "fiedler.db-wal", "fiedler.db-shm"] {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: directory.path + "/" + file))
      for word in ["zzsecret", "ZZSECRET", "zzsec", "秘密zz"] where bytes.range(of: Data(word.utf8)) != nil {
        found.append(word)
      }
    }
    return found
  }

  @Test("A purge waits for who reads, and says so where that takes too long")
  func busy() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    try await store.begin(.queued("zzsecret"), in: id)
    var configuration = Configuration()
    configuration.readonly = true
    configuration.allowsUnsafeTransactions = true
    let reader = try DatabaseQueue(path: store.path, configuration: configuration)
    try reader.inDatabase { try $0.execute(sql: "BEGIN; SELECT count(*) FROM conversations") }
    try await store.execute("PRAGMA busy_timeout = 50")
    await #expect(throws: StoreError.busy(path: store.path)) { try await store.purge([id]) }
    #expect(try await store.conversation(id) == nil)
    try reader.inDatabase { try $0.execute(sql: "COMMIT") }
    _ = try await store.purge()
    #expect(try leftovers() == [])
  }
}

private final class Steps: Sendable {
  private let steps = Mutex<[String]>([])
  var all: [String] { steps.withLock { $0 } }
  func add(_ step: String) { steps.withLock { $0.append(step) } }
}
