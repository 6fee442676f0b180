import Conversations
import Foundation
import GRDB
import Interchange
import JSON
import TestSupport
import Testing

@testable import ConversationStore

@Suite("Whatever is done, the history holds together")
struct HistoryPropertyTests {
  let directory = try! TemporaryDirectory()

  @Test(
    "Any sequence of sends, branches, retries, changes, deletions, exports, imports and purges",
    arguments: 1...12 as ClosedRange<UInt64>)
  func sequences(seed: UInt64) async throws {
    let store = try ConversationStore(directory: directory.path)
    var world = World(seed: seed)
    for step in 0..<60 {
      try await world.change(store)
      if step % 10 == 9 { try await world.check(store) }
    }
    let summary = try await store.summary()
    #expect(summary.kept == summary.counted)
    let other = try TemporaryDirectory()
    try await world.checkCopy(in: try ConversationStore(directory: other.path))
  }
}

/// What a history should hold, and a dice to change it by.
private struct World {
  private var dice: Seeded
  private var words = 0
  private var shown: [UUID: Conversation] = [:]
  private var deleted: [UUID: Conversation] = [:]
  private var purgedWords: [String] = []

  init(seed: UInt64) { dice = Seeded(seed) }

  /// A text of words that no other has, with a tail of common ones.
  private mutating func text() -> String {
    words += 1
    let extra = ["", " 北京大学", " fooBar\(words)Baz", "\u{0}nul", "\r\nline", " common words"].randomElement(
      using: &dice)!
    return "unique\(words)x\(extra)"
  }

  private mutating func any(_ conversations: [UUID: Conversation]) -> Conversation? {
    conversations.values.sorted { $0.id.uuidString < $1.id.uuidString }.randomElement(using: &dice)
  }

  mutating func change(_ store: ConversationStore) async throws {
    let time = Date.morning + Double(Int.random(in: 0..<1_000_000, using: &dice))
    switch Int.random(in: 0..<14, using: &dice) {
    case 0, 1, 2: try await send(in: nil, at: time, store)
    case 3, 4: try await send(in: any(shown), at: time, store)
    case 5:
      guard let prompt = any(shown)?.exchanges.randomElement(using: &dice) else { return }
      let reply = Reply(id: UUID(), model: .fast, attempt: 2, startedAt: time)
      try await store.retry(reply, of: prompt.id)
      if Bool.random(using: &dice) { _ = try await store.finish(reply.answering(text())) }
    case 6:
      guard let id = any(shown)?.id ?? any(deleted)?.id else { return }
      try await store.rename(id, to: text())
    case 7:
      guard let id = any(shown)?.id else { return }
      try await store.setTags((0..<Int.random(in: 0...2, using: &dice)).map { _ in text() } + ["common"], of: id)
    case 8:
      guard let id = any(shown)?.id else { return }
      try await store.setPinned(.random(using: &dice), of: id)
    case 9, 10:
      guard let id = any(shown)?.id else { return }
      try await store.delete(id)
    case 11:
      guard let id = any(deleted)?.id else { return }
      try await store.restore(id)
    case 12: try await merge(store)
    default:
      let gone = Bool.random(using: &dice) ? Array(deleted.values) : [any(shown)].compactMap { $0 }
      _ = try await store.purge(gone.map(\.id))
      purgedWords += gone.flatMap(Self.texts).flatMap(Self.words)
    }
    try await look(store)
  }

  private mutating func send(in conversation: Conversation?, at time: Date, _ store: ConversationStore) async throws {
    var exchange = Exchange.queued(
      text(), attachments: [AttachedFile(name: text(), sha256: "0", content: "same")], at: time)
    exchange.prompt.parent = conversation?.exchanges.randomElement(using: &dice)?.id
    let id = conversation?.id ?? UUID()
    exchange = try await store.begin(exchange, in: id)
    for reply in exchange.replies where Int.random(in: 0..<4, using: &dice) > 0 {
      _ = try await store.finish(reply.applying([(1, .reasoning(text()))]).answering(text()))
    }
  }

  /// As it comes back from an export.
  private static func exported(_ conversation: Conversation) throws -> Conversation {
    try ConversationJSON.conversation(JSON(bytes: Array(ConversationJSON.json(conversation).text.utf8)))
  }

  /// What is exported from here and imported elsewhere is the same there, and what still streams has ended there.
  func checkCopy(in other: ConversationStore) async throws {
    for conversation in shown.values {
      _ = try await other.merge([try Self.exported(conversation)])
      var there = try #require(try await other.conversation(conversation.id))
      for (index, exchange) in conversation.exchanges.enumerated() {
        for (place, reply) in exchange.replies.enumerated() where !reply.state.isFinal {
          #expect(there.exchanges[index].replies[place].state == .interrupted)
          there.exchanges[index].replies[place] = reply
        }
      }
      #expect(there == conversation)
    }
  }

  /// Imports what a copy elsewhere would have: older, or with more in it, or of something deleted here.
  private mutating func merge(_ store: ConversationStore) async throws {
    guard let original = any(shown) ?? any(deleted) else { return }
    var copy = try Self.exported(original)
    #expect(copy == original)
    copy.exchanges.removeAll { _ in Bool.random(using: &dice) }
    let parent = copy.exchanges.randomElement(using: &dice)
    let prompt = Prompt(
      id: UUID(), parent: parent?.id, turnNumber: Int.random(in: 0..<9, using: &dice), text: text(), models: [.slow],
      sentAt: .morning)
    let reply = Reply(id: UUID(), model: .slow, turnNumber: 3, startedAt: .morning).answering(text())
    copy.exchanges.append(Exchange(prompt: prompt, replies: [reply]))
    let outcome = try await store.merge([copy])
    #expect(try await store.merge([copy]) == outcome.map { $0 == .deletedHere ? .deletedHere : .known })
  }

  /// What is there now, as reading tells.
  private mutating func look(_ store: ConversationStore) async throws {
    var now: [UUID: Conversation] = [:]
    var cursor: HistoryCursor?
    repeat {
      let page = try await store.history(HistoryQuery(), after: cursor, limit: 7)
      for summary in page.summaries { now[summary.id] = try await store.conversation(summary.id) }
      cursor = page.next
    } while cursor != nil
    shown = now
    deleted = [:]
    for summary in try await store.deleted() { deleted[summary.id] = try await store.conversation(summary.id) }
    #expect(Set(shown.keys).isDisjoint(with: deleted.keys))
  }

  func check(_ store: ConversationStore) async throws {
    try await store.checkIndex()
    #expect(try await store.counts().conversations == shown.count + deleted.count)
    for conversation in Array(shown.values) + Array(deleted.values) {
      let turns = conversation.exchanges.flatMap { [$0.prompt.turnNumber] + $0.replies.compactMap(\.turnNumber) }
      #expect(Set(turns).count == turns.count)
      for exchange in conversation.exchanges {
        guard let parent = exchange.prompt.parent else { continue }
        let before = try #require(conversation.exchanges.first { $0.id == parent })
        #expect(before.prompt.turnNumber < exchange.prompt.turnNumber)
      }
    }
    for orphans in Self.orphans {
      #expect(try await store.integer("SELECT count(*) FROM \(orphans)") == 0, "\(orphans)")
    }
    for conversation in shown.values {
      for word in Self.texts(conversation).flatMap(Self.words) {
        let found = try await store.history(HistoryQuery(word + " "), limit: 200).summaries
        #expect(found.contains { $0.id == conversation.id }, "\(word)")
      }
    }
    for word in deleted.values.flatMap(Self.texts).flatMap(Self.words) + purgedWords where word.hasPrefix("unique") {
      #expect(try await store.history(HistoryQuery(word + " ")).summaries.isEmpty, "\(word)")
    }
  }

  private static let orphans = [
    "prompts WHERE conversation_id NOT IN (SELECT id FROM conversations)",
    "replies WHERE prompt_id NOT IN (SELECT id FROM prompts)",
    "turns WHERE conversation_id NOT IN (SELECT id FROM conversations)",
    "attachments WHERE prompt_id NOT IN (SELECT id FROM prompts)",
    "contents WHERE id NOT IN (SELECT content_id FROM attachments)",
    "tags WHERE conversation_id NOT IN (SELECT id FROM conversations)",
    "documents WHERE conversation_id NOT IN (SELECT id FROM conversations WHERE deleted_at IS NULL)",
    "documents WHERE prompt_id NOT IN (SELECT id FROM prompts)",
    "documents WHERE reply_id NOT IN (SELECT id FROM replies)",
    "prompts WHERE id NOT IN (SELECT prompt_id FROM turns WHERE prompt_id IS NOT NULL)",
  ]

  /// All that a conversation shows.
  private static func texts(_ conversation: Conversation) -> [String] {
    [conversation.title] + conversation.tags
      + conversation.exchanges.flatMap { exchange in
        [exchange.prompt.text] + exchange.prompt.attachments.map(\.name)
          + exchange.replies.filter(\.state.isFinal).flatMap { [$0.text, $0.reasoning] }
      }
  }

  private static func words(_ text: String) -> [String] {
    text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }
}
