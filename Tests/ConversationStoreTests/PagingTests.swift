import ConversationStore
import Conversations
import Foundation
import GRDB
import TestSupport
import Testing

@Suite("Pages of the history")
struct PagingTests {
  let directory = try! TemporaryDirectory()

  /// All pages of a query, while `meanwhile` happens after each.
  private func pages(
    _ query: HistoryQuery, limit: Int, in store: ConversationStore, meanwhile: (Int) async throws -> Void = { _ in }
  ) async throws -> [[ConversationSummary]] {
    var pages: [[ConversationSummary]] = []
    var cursor: HistoryCursor?
    repeat {
      let page = try await store.history(query, after: cursor, limit: limit)
      pages.append(page.summaries)
      cursor = page.next
      try await meanwhile(pages.count)
    } while cursor != nil
    return pages
  }

  @Test("Every order lists each conversation once, the pinned ones first", arguments: HistoryOrder.allCases)
  func orders(_ order: HistoryOrder) async throws {
    let store = try ConversationStore(directory: directory.path)
    var conversations: [Conversation] = []
    for index in 0..<40 {
      let title = ["beta", "Alpha", "Éclair", "alpha", "", "ZULU\u{0}", "zulu"][index % 7]
      conversations.append(
        Conversation(
          id: UUID(), title: title, createdAt: .morning + Double(index / 3), updatedAt: .morning - Double(index % 5),
          isPinned: index % 9 == 0))
    }
    _ = try await store.merge(conversations)
    func isBefore(_ one: Conversation, _ other: Conversation) -> Bool {
      if one.isPinned != other.isPinned { return one.isPinned }
      let ids = (one.id.uuidString, other.id.uuidString)
      switch order {
      case .newest, .relevance: return (one.updatedAt, ids.0) > (other.updatedAt, ids.1)
      case .oldest: return (one.createdAt, ids.0) < (other.createdAt, ids.1)
      case .title: return (key(one.title), ids.0) < (key(other.title), ids.1)
      }
    }
    func key(_ title: String) -> String { title == "ZULU\0" ? "zulu" : title.lowercased() }
    let expected = conversations.sorted(by: isBefore)
    for limit in [1, 7, 40, 100] {
      let found = try await pages(HistoryQuery(order: order), limit: limit, in: store)
      #expect(found.flatMap { $0 }.map(\.id) == expected.map(\.id))
      #expect(found.dropLast().allSatisfy { $0.count == limit })
    }
  }

  @Test(
    "A search shows each conversation that was there, while others write",
    arguments: HistoryOrder.allCases, ["needle", "needle -absent", "-absent"])
  func searching(_ order: HistoryOrder, _ text: String) async throws {
    let store = try ConversationStore(directory: directory.path)
    let other = try ConversationStore(directory: directory.path)
    var ids: [UUID] = []
    for index in 0..<23 {
      ids.append(UUID())
      for turn in 0..<2 {
        try await store.begin(.queued("needle \(index)", at: .morning + Double(index * 10 + turn)), in: ids[index])
      }
    }
    let found = try await pages(HistoryQuery(text, order: order), limit: 5, in: store) { page in
      if page < 4 { try await other.begin(.queued("a needle more", at: .morning + 5000 + Double(page)), in: UUID()) }
    }
    let seen = found.flatMap { $0 }.map(\.id)
    #expect(Set(seen).isSuperset(of: ids))
    if order != .relevance {
      #expect(found.allSatisfy { Set($0.map(\.id)).count == $0.count })
      let known = seen.filter(Set(ids).contains)
      #expect(Set(known).count == known.count, "both turns of a conversation are on one page")
    }
    if order == .newest { #expect(seen.filter(Set(ids).contains) == ids.reversed()) }
    if order == .oldest { #expect(seen.filter(Set(ids).contains) == ids) }
  }

  @Test("By relevance a title is worth more than a tag, and a tag more than text")
  func relevance() async throws {
    let store = try ConversationStore(directory: directory.path)
    let filler = String(repeating: "filler ", count: 20)
    var ids: [UUID] = []
    for index in 0..<4 {
      ids.append(UUID())
      try await store.begin(
        .queued(filler + (index == 2 ? "nugget" : "x"), at: .morning + Double(index)), in: ids[index])
      try await store.rename(ids[index], to: "Name")
    }
    try await store.setTags(["nugget"], of: ids[1])
    try await store.rename(ids[0], to: "The nugget")
    let found = try await store.history(HistoryQuery("nugget", order: .relevance)).summaries
    #expect(found.map(\.id) == [ids[0], ids[1], ids[2]])
    #expect(found.map { $0.hit?.place } == [.title, .tag, .prompt])
  }

  @Test("A cursor of another query, or none of ours, begins at the beginning")
  func strangeCursors() async throws {
    let store = try ConversationStore(directory: directory.path)
    try await store.begin(.queued("word"), in: UUID())
    let places = [
      [], [""], ["newest", "x"], ["list newest", "x", "y", "z"], ["relevance", "a", "b", "c"],
      ["list title", "true", "", ""],
    ]
    for place in places {
      for order in HistoryOrder.allCases {
        for text in ["", "word"] {
          _ = try await store.history(HistoryQuery(text, order: order), after: HistoryCursor(place: place))
        }
      }
    }
    let page = try await store.history(HistoryQuery("word"), after: HistoryCursor(place: ["title", "1", "2", "3"]))
    #expect(page.summaries.count == 1)
  }

  @Test("A history of the former layout is searched like any other")
  func migration() async throws {
    let id = UUID()
    try FormerHistory.make(in: directory.path, conversation: id)
    let store = try ConversationStore(directory: directory.path)
    for query in ["second", "an answer", "model:fast answer", "status:success", "first"] {
      #expect(try await store.history(HistoryQuery(query)).summaries.map(\.id) == [id], "\(query)")
    }
    #expect(try await store.history(HistoryQuery("former title")).summaries.count == 2)
    #expect(try await store.history(HistoryQuery(order: .title)).summaries.count == 2)
    try await store.checkIndex()
  }

  @Test("A search ends when its task is cancelled")
  func cancellation() async throws {
    let store = try ConversationStore(directory: directory.path)
    try await store.begin(.queued("word"), in: UUID())
    // A search that never ends of itself.
    try await store.execute(
      """
      ALTER TABLE documents RENAME TO finite;
      CREATE VIEW documents AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
      SELECT -i AS id, 1 AS conversation_id, 1 AS prompt_id, NULL AS reply_id FROM n;
      """)
    let search = Task { try await store.history(HistoryQuery("word")) }
    var configuration = Configuration()
    configuration.busyMode = .immediateError
    let other = try DatabaseQueue(path: store.path, configuration: configuration)
    try await eventually("the search reads") {
      try await other.writeWithoutTransaction { db in
        try db.execute(sql: "UPDATE conversations SET updated_at = updated_at + 1")
        return try Bool.fetchOne(db, sql: "PRAGMA wal_checkpoint(RESTART)") == true
      }
    }
    search.cancel()
    await #expect(throws: StoreError.cancelled) { try await search.value }
  }
}
