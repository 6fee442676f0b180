import Conversations
import FoundationEssentials
import GodotServer
import JSON
import Testing

@Suite("Conversations in both storages")
struct StorageConversationTests {
  @Test("A conversation and its messages come back as they were given", arguments: StorageKind.allCases)
  func roundTrip(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let begun = conversation(session: "s")
      var first = message(in: begun.id, turn: 1, "日本 👩‍👩‍👧 \u{FFFD}\r\n\ttab", metadata: ["files": ["a.txt"], "n": 1.5])
      first.createdAt = at(2)
      var second = message(in: begun.id, turn: 2, "", role: "assistant", at: at(3))
      (second.model, second.inputTokens, second.outputTokens, second.timing) = (nil, nil, nil, nil)
      try await storage.done(.begin(begun), .store(first), .store(second))
      var expected = begun
      expected.updatedAt = at(3)
      #expect(try await storage.conversation(begun.id) == expected)
      #expect(try await storage.messages(of: begun.id, after: 0, limit: 10) == [first, second])
      #expect(try await storage.messages(of: begun.id, after: 1, limit: 10) == [second])
      #expect(try await storage.messages(of: begun.id, after: 0, limit: 1) == [first])
      #expect(try await storage.conversation(UUID()) == nil)
      #expect(try await storage.messages(of: UUID(), after: 0, limit: 1) == [])
    }
  }

  @Test("A conversation begun twice stays as it was first", arguments: StorageKind.allCases)
  func beginTwice(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let first = conversation(session: "first")
      let again = conversation(first.id, session: "again", at: at(50))
      let receipts = try await storage.done(.begin(first), .begin(again))
      #expect(receipts == [.conversation(first), .conversation(first)])
      #expect(try await storage.done(.begin(again)) == [.conversation(first)])
    }
  }

  @Test("Conversations and turns that come mixed are each taken in their order", arguments: StorageKind.allCases)
  func mixed(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let ids = (0..<4).map { _ in UUID() }
      func begin(_ index: Int, _ second: Double) -> StorageWrite {
        .begin(
          StoredConversation(
            id: ids[index], sessionID: "s\(index)", metadata: ["n": .int(Int(second))], createdAt: at(second),
            updatedAt: at(second)))
      }
      func store(_ index: Int, _ turn: Int) -> StorageWrite {
        .store(message(in: ids[index], turn: turn, "\(index) \(turn)", at: at(Double(100 + turn))))
      }
      try await storage.done(begin(3, 1))
      let results = try await storage.commit([
        begin(0, 2), store(0, 1), begin(1, 3), store(3, 1), store(0, 2), begin(0, 4), store(1, 1), store(2, 1),
        begin(2, 5), store(2, 2), begin(3, 6),
      ])
      #expect(results.count == 11)
      for (index, result) in results.enumerated() where index != 7 {
        #expect(throws: Never.self) { try result.get() }
      }
      // It was told before its conversation.
      #expect(results[7] == .failure(.conversationNotFound(ids[2])))
      func begun(_ index: Int) -> StoredConversation? {
        if case .success(.conversation(let conversation)) = results[index] { conversation } else { nil }
      }
      #expect(begun(0)?.sessionID == "s0")
      #expect(begun(5)?.id == ids[0])
      #expect(begun(5)?.metadata == ["n": 2])
      #expect(begun(10)?.metadata == ["n": 1])
      for (index, turns) in [(0, [1, 2]), (1, [1]), (2, [2]), (3, [1])] {
        #expect(try await storage.messages(of: ids[index], after: 0, limit: 9).map(\.turnNumber) == turns)
      }
      #expect(try await storage.conversation(ids[0])?.updatedAt == at(102))
    }
  }

  @Test("A turn told twice is stored once; another text for it is refused", arguments: StorageKind.allCases)
  func storeTwice(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let id = UUID()
      try await storage.done(.begin(conversation(id)))
      let first = message(in: id, turn: 4, "text")
      let expected = [StorageReceipt.message(id: first.id, turnNumber: 4, createdAt: first.createdAt)]
      #expect(try await storage.done(.store(first)) == expected)
      #expect(try await storage.done(.store(message(in: id, turn: 4, "text", at: at(9)))) == expected)
      let refused = StorageRefusal.turnTaken(conversation: id, turnNumber: 4)
      #expect(try await storage.refusal(of: .store(message(in: id, turn: 4, "other"))) == refused)
      #expect(try await storage.refusal(of: .store(message(in: id, turn: 4, "text", role: "tool"))) == refused)
      // Equal to Swift, not equal in bytes.
      try await storage.done(.store(message(in: id, turn: 5, "e\u{301}")))
      #expect(
        try await storage.refusal(of: .store(message(in: id, turn: 5, "\u{E9}")))
          == .turnTaken(conversation: id, turnNumber: 5))
      #expect(try await storage.messages(of: id, after: 0, limit: 9).map(\.content) == ["text", "e\u{301}"])
      // A repeat is no change.
      #expect(try await storage.conversation(id)?.updatedAt == at(1))
    }
  }

  @Test("Messages without a number take the next free one, and a repeat keeps its own", arguments: StorageKind.allCases)
  func numbering(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let id = UUID()
      let first = message(in: id, "one")
      let receipts = try await storage.done(
        .begin(conversation(id)), .store(first), .store(message(in: id, turn: 7, "seven")),
        .store(message(in: id, "eight")), .store(first))
      #expect(receipts.map(\.turnNumber) == [nil, 1, 7, 8, 1])
      #expect(try await storage.done(.store(first)).map(\.turnNumber) == [1])
      #expect(try await storage.messages(of: id, after: 0, limit: 9).map(\.turnNumber) == [1, 7, 8])
    }
  }

  @Test("Two servers number one conversation's messages without gap or clash", arguments: StorageKind.allCases)
  func numberingAcrossServers(_ kind: StorageKind) async throws {
    let fixture = try StorageFixture(kind)
    let storages = [try await fixture.open(), try await fixture.open()]
    let id = UUID()
    try await storages[0].done(.begin(conversation(id)))
    let numbers = try await withThrowingTaskGroup(of: [Int?].self) { group in
      for storage in storages {
        for _ in 0..<10 {
          group.addTask { try await storage.done(.store(message(in: id)), .store(message(in: id))).map(\.turnNumber) }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(numbers.compactMap { $0 }.sorted() == Array(1...40))
    await fixture.close()
  }

  @Test("A message for an unknown conversation is refused by itself", arguments: StorageKind.allCases)
  func unknownConversation(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let (known, unknown) = (UUID(), UUID())
      let results = try await storage.commit([
        .begin(conversation(known)), .store(message(in: unknown, turn: 1)), .store(message(in: known, turn: 1)),
        .storeAll(conversation: conversation(unknown), mustExist: true, [message(in: unknown)]),
      ])
      #expect(results[1] == .failure(.conversationNotFound(unknown)))
      #expect(results[3] == .failure(.conversationNotFound(unknown)))
      #expect(try await storage.messages(of: known, after: 0, limit: 9).count == 1)
      #expect(try await storage.conversation(unknown) == nil)
    }
  }

  @Test("Many messages at once: all numbered in order, or none stored", arguments: StorageKind.allCases)
  func bulk(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let made = conversation()
      let three = ["a", "b", "c"].map { message(in: UUID(), $0, metadata: ["is": .string($0)], at: at(60)) }
      let bulk = StorageWrite.storeAll(conversation: made, mustExist: false, three)
      #expect(try await storage.done(bulk) == [.messages(conversation: made.id, count: 3)])
      // Told again.
      #expect(try await storage.done(bulk) == [.messages(conversation: made.id, count: 3)])
      let more = StorageWrite.storeAll(conversation: made, mustExist: true, [message(in: UUID(), "d")])
      try await storage.done(more)
      let stored = try await storage.messages(of: made.id, after: 0, limit: 9)
      #expect(stored.map(\.turnNumber) == [1, 2, 3, 4])
      #expect(stored.map(\.content) == ["a", "b", "c", "d"])
      #expect(stored[1].metadata == ["is": "b"])
      #expect(try await storage.conversation(made.id)?.updatedAt == at(60))

      let other = conversation()
      let half = StorageWrite.storeAll(
        conversation: other, mustExist: false,
        [message(in: other.id, "new"), message(in: other.id, "old", id: three[0].id)])
      #expect(try await storage.refusal(of: half)?.isInvalid == true)
      let poison = StorageWrite.storeAll(
        conversation: other, mustExist: false, [message(in: other.id), message(in: other.id, role: "robot")])
      #expect(try await storage.refusal(of: poison)?.isInvalid == true)
      #expect(try await storage.conversation(other.id) == nil)
      let empty = StorageWrite.storeAll(conversation: other, mustExist: false, [])
      #expect(try await storage.done(empty) == [.messages(conversation: other.id, count: 0)])
    }
  }

  @Test("What is refused leaves no trace and takes nothing with it", arguments: StorageKind.allCases)
  func poison(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let (id, other) = (UUID(), UUID())
      let used = message(in: id, turn: 1, "used")
      try await storage.done(.begin(conversation(id)), .store(used))
      let results = try await storage.commit([
        .log(entry("before", at: at(1)), madeAt: at(1)),
        .store(message(in: id, turn: 2, role: "robot")),
        .store(message(in: id, turn: Int(Int32.max) + 1)),
        .store(message(in: id, turn: Int.max)),
        // Its id is taken by a message of another conversation: found by the database only.
        .logTurn(entry("taken"), madeAt: nil, message(in: other, turn: 1, id: used.id), part: 1, parts: 1),
        .logTurn(entry("part"), madeAt: nil, message(in: other, turn: 1), part: 3, parts: 2),
        .logTurn(entry("turnless"), madeAt: nil, message(in: other, turn: 0), part: 1, parts: 1),
        .store(message(in: id, turn: 2, "good")),
        .log(entry("after", at: at(2)), madeAt: at(2)),
      ])
      let isRefused = results.map { if case .failure(let refusal) = $0 { refusal.isInvalid } else { false } }
      #expect(isRefused == [false, true, true, true, true, true, true, false, false])
      #expect(try await storage.logs(RecordFilter(), limit: 9).map(\.message) == ["after", "before"])
      #expect(try await storage.messages(of: id, after: 0, limit: 9).map(\.content) == ["used", "good"])
      #expect(try await storage.conversation(other) == nil)
    }
  }

  @Test("A search finds messages that have every word, newest first", arguments: StorageKind.allCases)
  func search(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let id = UUID()
      let long =
        String(repeating: "filler ", count: 400) + "needle in the Haystack" + String(repeating: " more", count: 99)
      try await storage.done(
        .begin(conversation(id)), .store(message(in: id, turn: 1, "Straße über Ärger", at: at(1))),
        .store(message(in: id, turn: 2, "needle alone", role: "assistant", at: at(2))),
        .store(message(in: id, turn: 3, long, at: at(3))))
      let both = try await storage.search("haystack NEEDLE", limit: 9)
      #expect(both.map(\.turnNumber) == [3])
      #expect(both.first?.conversationID == id)
      #expect(both.first?.snippet.contains("needle") == true)
      #expect((both.first?.snippet.count ?? 999) < 400)
      let needles = try await storage.search("needle", limit: 9)
      #expect(needles.map(\.turnNumber) == [3, 2])
      #expect(needles.map(\.role) == ["user", "assistant"])
      #expect(needles.map(\.model) == ["m", "m"])
      #expect(needles.map(\.createdAt) == [at(3), at(2)])
      #expect(try await storage.search("needle", limit: 1).map(\.turnNumber) == [3])
      #expect(try await storage.search("ÄRGER", limit: 9).map(\.turnNumber) == [1])
      for odd in ["", "   ", "\"", "* ( AND", "nothing", "\0", "a:b 'c' \\"] {
        #expect(try await storage.search(odd, limit: 9).isEmpty, "\(odd)")
      }
    }
  }

  @Test("Conversations are listed by last change, in pages, of one session", arguments: StorageKind.allCases)
  func list(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let all = (0..<5).map { conversation(session: $0 % 2 == 0 ? "even" : nil, at: at(Double($0))) }
      for made in all { try await storage.done(.begin(made)) }
      try await storage.done(.store(message(in: all[0].id, at: at(50))))
      func ids(_ session: String?, _ offset: Int, _ limit: Int) async throws -> [UUID] {
        try await storage.conversations(session: session, offset: offset, limit: limit).map(\.id)
      }
      let expected = [0, 4, 3, 2, 1].map { all[$0].id }
      #expect(try await ids(nil, 0, 9) == expected)
      #expect(try await ids(nil, 1, 2) == Array(expected[1...2]))
      #expect(try await ids("even", 0, 9) == [0, 4, 2].map { all[$0].id })
      #expect(try await ids("none", 0, 9) == [])
    }
  }

  @Test("8 MB of text, and an index full of distinct words, are stored whole", arguments: StorageKind.allCases)
  func huge(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let id = UUID()
      try await storage.done(.begin(conversation(id)))
      // Each is more than an index entry of 1 MB could hold.
      let ascii = (0..<100_000).map { "word\($0)" }.joined(separator: " ")
      let wide = (0..<60_000).map { number in
        String(String.UnicodeScalarView([number % 250, number / 250].map { UnicodeScalar(0x20000 + $0) ?? "x" }))
      }
      let texts = [
        String(repeating: "eight MB 🎈", count: 620_000), ascii, wide.joined(separator: " "),
        wide.joined(separator: "-"),
        String(repeating: "x", count: 3_000_000), wide.prefix(500).joined(separator: "/"),
        (0..<40_000).map { "https://h\($0).example.com/p/\($0)?q=\($0)" }.joined(separator: " "),
      ]
      for (index, text) in texts.enumerated() {
        let stored = message(in: id, turn: index + 1, text, at: at(Double(index)))
        #expect(try await storage.done(.store(stored)).map(\.turnNumber) == [index + 1])
        #expect(try await storage.done(.store(stored)).map(\.turnNumber) == [index + 1])
      }
      let stored = try await storage.messages(of: id, after: 0, limit: 99)
      #expect(stored.map(\.content) == texts)
      #expect(try await storage.search("word77", limit: 9).map(\.turnNumber) == [2])
      #expect(try await storage.search(wide[77], limit: 9).map(\.turnNumber) == [6, 4, 3])
    }
  }
}
