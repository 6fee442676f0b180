import Basics
import Conversations
import Foundation
import GRDB
import Testing

@testable import ConversationStore

@Suite("What is looked for is found however it is written")
struct FoldedSearchTests {
  let directory = try! TemporaryDirectory()

  private func store(_ texts: [String]) async throws -> ConversationStore {
    let store = try ConversationStore(directory: directory.path)
    for (index, text) in texts.enumerated() {
      try await store.begin(.queued(text, models: [], at: .morning + Double(index)), in: UUID())
    }
    return store
  }

  private func found(_ query: String, in store: ConversationStore) async throws -> [String] {
    try await store.history(HistoryQuery(query, order: .oldest)).summaries.map(\.title)
  }

  @Test(
    "Emoji, signs, scripts without blanks, compatibility forms and sharp s",
    arguments: [
      ("party 🎉 time", ["🎉", "party 🎉"]), ("thumbs 👍🏽 up", ["👍", "👍🏽"]), ("👨‍👩‍👧 family", ["👩", "👨‍👩‍👧"]),
      ("from 🇩🇪 here", ["🇩🇪"]), ("a → b costs 5 €", ["→", "€", "5 €"]), ("I ❤️ it", ["❤", "❤️"]),
      ("ภาษาไทยทดสอบ", ["ไทย", "ทดสอบ"]), ("ສະບາຍດີ", ["ບາຍ"]), ("សួស្តី", ["ស្តី"]), ("မင်္ဂလာပါ", ["လာပါ"]),
      ("Größe der Straße", ["grösse", "strasse", "STRASSE", "straße", "stras"]), ("GROẞ", ["gross"]),
      ("the ﬁnal eﬃcient version", ["final", "efficient", "eff", "ﬁnal"]), ("ＦＵＬＬ width", ["full", "FULL width"]),
      ("x² and ½ and №5", ["x2", "no5"]), ("① first", ["1 first"]), ("ｶﾞｷﾞ halbbreit", ["ガギ"]),
      ("か\u{3099}く decomposed", ["がく"]), ("\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF} jamo", ["한글"]),
      ("ΟΔΟΣ οδός", ["οδός", "οδοσ", "ΟΔΌΣ"]), ("ёлка", ["елка", "ЁЛКА"]), ("ᾀδης ἄνθρωπος", ["ανθρωποσ"]),
      ("Ver\u{AD}zeichnis", ["verzeichnis"]), ("𝐛𝐨𝐥𝐝 math", ["bold"]),
      ("㎏ and ㈱", ["kg", "株"]), ("cafe\u{301}", ["café", "cafe"]),
    ])
  func found(_ text: String, _ queries: [String]) async throws {
    let store = try await store([text, "something else"])
    for query in queries { #expect(try await found(query, in: store) == [text], "\(query)") }
    #expect(try await found("else", in: store) == ["something else"])
    try await store.checkIndex()
  }

  @Test("A match is marked where it stands in the text as it was written")
  func marks() async throws {
    let store = try await store(["ﬁrst: the ﬁnal eﬃcient Straße, 🎉 retryCount ①"])
    for (query, mark) in [
      ("final", "ﬁnal"), ("efficient", "eﬃcient"), ("strasse", "Straße"), ("🎉", "🎉"), ("count", "retryCount"),
    ] {
      let hit = try #require(try await store.history(HistoryQuery(query)).summaries.first?.hit)
      let bytes = Array(hit.snippet.text.utf8)
      #expect(hit.snippet.highlights.map { String(decoding: bytes[$0], as: UTF8.self) } == [mark], "\(query)")
    }
  }

  @Test(
    "OR and parentheses mean alternatives, and stay text within words and quotes",
    arguments: [
      ("alpha OR gamma", ["alpha beta", "gamma (x) OR"]), ("alpha beta OR gamma ", ["alpha beta", "gamma (x) OR"]),
      ("(alpha OR beta) delta", ["beta delta"]), ("beta -(alpha OR nothing)", ["beta delta"]),
      ("beta (alpha OR (delta nothing))", ["alpha beta"]), ("alpha AND beta", ["alpha beta"]),
      ("alpha OR", ["alpha beta"]), ("OR gamma", ["gamma (x) OR"]), ("\"OR\"", ["gamma (x) OR"]),
      ("(gamma (x))", ["gamma (x) OR"]), ("f(x)", ["call f(x) now"]),
      ("(f(x) OR alpha)", ["alpha beta", "call f(x) now"]),
      ("() alpha )", ["alpha beta"]), ("(alph", ["alpha beta"]),
      ("alpha OR -beta", ["alpha beta", "gamma (x) OR", "call f(x) now"]),
      ("is:pinned OR delta", ["beta delta"]), ("after:1999 (gamma OR nothing)", ["gamma (x) OR"]),
      ("beta -(delta nothing)", ["alpha beta", "beta delta"]),
    ])
  func alternatives(_ query: String, _ expected: [String]) async throws {
    let store = try await store(["alpha beta", "beta delta", "gamma (x) OR", "call f(x) now"])
    #expect(try await found(query, in: store) == expected)
  }

  @Test("A date among alternatives is refused by name, not misunderstood")
  func datesInAlternatives() async throws {
    for query in ["x OR before:2026", "(a after:7d) OR b", "-(after:2026 x)"] {
      let error = #expect(throws: StoreError.self) { try SearchQuery(query) }
      #expect(error?.description.contains("outside") == true, "\(query)")
    }
    #expect(throws: StoreError.self) { try SearchQuery(String(repeating: "(", count: 400) + "x") }
  }

  /// Berlin in 2026: UTC+1, UTC+2 from 29 March 01:00 UTC until 25 October 01:00 UTC.
  private let berlin = LocalZone { (1_774_746_000..<1_792_890_000).contains($0.timeIntervalSince1970) ? 7200 : 3600 }

  @Test(
    "A date counts with the offset that it has itself, and may have a time of day",
    arguments: [
      ("2026-07-02", "2026-07-01T22:00:00Z"), ("2026-01-02", "2026-01-01T23:00:00Z"),
      ("2026-03-29", "2026-03-28T23:00:00Z"),
      ("2026-03-30", "2026-03-29T22:00:00Z"), ("2026-10-26", "2026-10-25T23:00:00Z"),
      ("2026-07", "2026-06-30T22:00:00Z"),
      ("2026-07-02T09:30", "2026-07-02T07:30:00Z"), ("\"2026-07-02 09:30:15\"", "2026-07-02T07:30:15Z"),
      ("2026-07-02T9", "2026-07-02T07:00:00Z"), ("2026-07-02T09:30Z", "2026-07-02T09:30:00Z"),
      ("2026-07-02T09:30-05:30", "2026-07-02T15:00:00Z"), ("2026-07-02t09:30+02", "2026-07-02T07:30:00Z"),
      ("2026-03-29T02:30", "2026-03-29T01:30:00Z"), ("2026-10-25T02:30", "2026-10-25T00:30:00Z"),
      ("4m", "2026-07-21T22:00:00Z"), ("3h", "2026-11-22T17:30:00Z"), ("1600", "1599-12-31T23:00:00Z"),
    ])
  func dates(_ text: String, _ expected: String) throws {
    let now = Date(timeIntervalSince1970: 1_795_386_600 - 7200)
    let date = try Date(expected, strategy: .iso8601)
    #expect(try SearchQuery("after:\(text)", zone: berlin, now: now).clauses.map(\.part) == [.after(date)])
  }

  @Test(
    "No time is none",
    arguments: [
      "2026-07T09:30", "2026-07-02T25", "2026-07-02T09:60", "2026-07-02T", "2026-07-02T09+", "2026-07-02T0930",
    ])
  func noTimes(_ text: String) {
    #expect(throws: StoreError.self) { try SearchQuery("after:\(text)") }
  }

  @Test("Conversations from before 1970 keep their dates, and are listed and found by them")
  func before1970() async throws {
    let store = try await store(["now"])
    let moon = Date(timeIntervalSince1970: -14_182_940)
    try await store.begin(.queued("moon", models: [], at: moon), in: UUID())
    #expect(try await store.history(HistoryQuery()).summaries.map(\.createdAt) == [.morning, moon])
    #expect(try await found("before:1970", in: store) == ["moon"])
    #expect(try await found("moon after:1969-07-20 before:1969-07-21", in: store) == ["moon"])
    #expect(try await found("moon OR now", in: store) == ["moon", "now"])
    try await store.checkIndex()
  }

  @Test("A history indexed by a former Fiedler is indexed anew, goes on where that was broken off, and tells it")
  func reindexing() async throws {
    let path = directory.path + "/fiedler.db"
    do {
      let former = try DatabaseQueue(path: path)
      try await former.write { try SearchIndex.prepare($0) }
      try Schema.migrator().migrate(former, upTo: "conversations 3")
      try await former.write { db in
        for number in 1...700 {
          let title = number == 1 ? "Straße" : "title \(number)"
          try db.execute(
            sql: "INSERT INTO conversations (uuid, created_at, updated_at, title) VALUES (?, 0, ?, ?)",
            arguments: [UUID().lowercased, number, title])
          // One prompt's models are no JSON.
          try db.execute(
            sql: "INSERT INTO prompts (uuid, conversation_id, sent_at, models, text) VALUES (?, ?, 0, ?, ?)",
            arguments: [UUID().lowercased, number, number == 2 ? "{" : "[]", "text \(number)"])
          try db.execute(
            sql: "INSERT INTO turns (conversation_id, turn_number, prompt_id) VALUES (?, 1, ?)",
            arguments: [number, number])
        }
      }
      try Schema.migrator().migrate(former)
      // As if it had been broken off after a first transaction.
      try await former.write { db in
        for id in 1...100 as ClosedRange<Int64> {
          try SearchIndex.add(conversation: id, db)
          try db.execute(sql: "DELETE FROM unindexed WHERE conversation_id = ?", arguments: [id])
        }
      }
      try former.close()
    }
    var told: [[Int]] = []
    let store = try ConversationStore(directory: directory.path, onIndexing: { told.append([$0, $1]) })
    #expect(told == [[0, 600], [500, 600], [600, 600]])
    #expect(try await found("strasse", in: store) == ["Straße"])
    #expect(try await found("title 700", in: store) == ["title 700"])
    #expect(try await store.integer("SELECT count(*) FROM documents") == 1400)
    try await store.checkIndex()
    var again = 0
    _ = try ConversationStore(directory: directory.path, onIndexing: { _, _ in again += 1 })
    #expect(again == 0)
  }
}
