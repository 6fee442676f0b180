import Conversations
import FoundationEssentials
import GodotServer
import JSON
import Testing

@Suite("Log records in both storages")
struct StorageLogTests {
  @Test("A record comes back as it was given", arguments: StorageKind.allCases)
  func roundTrip(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let given = entry(
        "naïve 日本 👩‍👩‍👧 \u{FFFD} \"quoted\" \\ {a,b} NULL", level: .warn, trace: UUID(),
        data: ["list": [1, 2.5, true, nil], "text": "}\",\\ 🎈"], at: at(0.123_456))
      try await storage.done(.log(given, madeAt: nil), .log(entry("", component: "", at: at(-1)), madeAt: nil))
      let all = try await storage.logs(RecordFilter(), limit: 10)
      #expect(all.map(\.message) == [given.message, ""])
      let stored = try #require(all.first)
      #expect(stored.createdAt.timeIntervalSince(given.createdAt).magnitude < 0.000_001)
      var equal = stored
      equal.createdAt = given.createdAt
      #expect(equal == given)
    }
  }

  @Test("A record told twice is stored once, also within a batch", arguments: StorageKind.allCases)
  func idempotent(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let id = UUID()
      let first = StorageWrite.log(entry("first", id: id, at: at(10)), madeAt: at(5))
      let again = StorageWrite.log(entry("again", id: id, at: at(90_000)), madeAt: at(5))
      try await storage.done(first, first)
      try await storage.done(again)
      let nameless = StorageWrite.log(entry("nameless"), madeAt: nil)
      try await storage.done(nameless)
      try await storage.done(nameless)
      #expect(try await storage.logs(RecordFilter(), limit: 10).map(\.message) == ["first", "nameless"])
    }
  }

  @Test("The same record told to two servers at once is stored once", arguments: StorageKind.allCases)
  func idempotentAcrossServers(_ kind: StorageKind) async throws {
    let fixture = try StorageFixture(kind)
    let (one, other) = (try await fixture.open(), try await fixture.open())
    let ids = (0..<200).map { _ in UUID() }
    func writes(_ shift: Double) -> [StorageWrite] {
      ids.map { .log(entry(id: $0, at: at(shift)), madeAt: at(0)) }
    }
    async let first = one.commit(writes(1))
    async let second = other.commit(writes(2).reversed())
    #expect(try await (first + second).allSatisfy { $0 == .success(.logged) })
    #expect(try await one.logs(RecordFilter(), limit: 1000).count == 200)
    await fixture.close()
  }

  @Test("Filters narrow by trace, component, level, time and words", arguments: StorageKind.allCases)
  func filters(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let trace = UUID()
      try await storage.done(
        .log(entry("alpha 100% sure", component: "a", level: .debug, trace: trace, at: at(1)), madeAt: nil),
        .log(entry("beta alpha", component: "b", level: .info, at: at(2)), madeAt: nil),
        .log(entry("gamma", component: "a", level: .error, trace: trace, at: at(3)), madeAt: nil),
        .log(entry("delta", component: "a", level: .trace, at: at(4)), madeAt: nil))
      func found(_ filter: RecordFilter, limit: Int = 10) async throws -> [String] {
        try await storage.logs(filter, limit: limit).map { String($0.message.prefix(5)) }
      }
      #expect(try await found(RecordFilter()) == ["delta", "gamma", "beta ", "alpha"])
      #expect(try await found(RecordFilter(), limit: 2) == ["delta", "gamma"])
      #expect(try await found(RecordFilter(traceID: trace)) == ["gamma", "alpha"])
      #expect(try await found(RecordFilter(component: "b")) == ["beta "])
      #expect(try await found(RecordFilter(level: .info)) == ["gamma", "beta "])
      #expect(try await found(RecordFilter(from: at(2), to: at(3))) == ["gamma", "beta "])
      #expect(try await found(RecordFilter(search: "ALPHA")) == ["beta ", "alpha"])
      #expect(try await found(RecordFilter(search: "alpha beta")) == ["beta "])
      #expect(try await found(RecordFilter(search: "0% s")) == ["alpha"])
      #expect(try await found(RecordFilter(search: "a_p")) == [])
      #expect(try await found(RecordFilter(traceID: trace, component: "a", level: .error, search: "gam")) == ["gamma"])
    }
  }

  @Test("Clearing removes the records that fit, and no message", arguments: StorageKind.allCases)
  func clear(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let id = UUID()
      try await storage.done(.begin(conversation(id)), .store(message(in: id)))
      for (component, second) in [("a", 1.0), ("a", 5), ("b", 1), ("b", 5)] {
        try await storage.done(.log(entry(component: component, at: at(second)), madeAt: nil))
      }
      #expect(try await storage.done(.clear(component: "a", before: at(5))) == [.cleared(1)])
      #expect(try await storage.done(.clear(component: "b", before: nil)) == [.cleared(2)])
      // What comes after it in the same batch stays, what comes before it goes.
      let receipts = try await storage.done(
        .log(entry("before"), madeAt: nil), .clear(component: nil, before: nil), .log(entry("after"), madeAt: nil))
      #expect(receipts == [.logged, .cleared(2), .logged])
      #expect(try await storage.logs(RecordFilter(), limit: 10).map(\.message) == ["after"])
      #expect(try await storage.messages(of: id, after: 0, limit: 10).count == 1)
    }
  }

  @Test("Records older than the limit go, the others stay", arguments: StorageKind.allCases)
  func retention(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let now = at(0)
      try await storage.maintain(now: now, removingLogsBefore: nil)
      let days = (0..<6).map { day in
        StorageWrite.log(entry("day \(day)", at: now - Double(day) * 86_400), madeAt: nil)
      }
      _ = try await storage.commit(days)
      try await storage.maintain(now: now, removingLogsBefore: now - 2.5 * 86_400)
      #expect(try await storage.logs(RecordFilter(), limit: 10).map(\.message) == ["day 0", "day 1", "day 2"])
    }
  }

  @Test("Levels are kept and replaced", arguments: StorageKind.allCases)
  func levels(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      #expect(try await storage.levels() == [:])
      try await storage.done(.setLevel(component: "*", .warn), .setLevel(component: "app", .trace))
      try await storage.done(.setLevel(component: "app", .error))
      #expect(try await storage.levels() == ["*": .warn, "app": .error])
    }
  }

  @Test("U+0000, at any place, becomes U+FFFD instead of a lost batch", arguments: StorageKind.allCases)
  func nul(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let id = UUID()
      let poison = entry("a\0b", component: "c\0", data: ["k\0": ["v\0", ["\0": 1]]], at: at(9))
      var stored = message(in: id, turn: 1, "x\0y", metadata: ["m": "\0"])
      stored.model = "\0"
      try await storage.done(
        .log(entry("good", at: at(1)), madeAt: nil), .log(poison, madeAt: nil),
        .begin(conversation(id, session: "s\0")),
        .store(stored), .setLevel(component: "l\0", .info))
      let logs = try await storage.logs(RecordFilter(search: "a\0b"), limit: 10)
      #expect(logs.map(\.component) == ["c\u{FFFD}"])
      #expect(logs.first?.data.value == ["k\u{FFFD}": ["v\u{FFFD}", ["\u{FFFD}": 1]]])
      #expect(try await storage.logs(RecordFilter(), limit: 10).count == 2)
      #expect(try await storage.messages(of: id, after: 0, limit: 9).map(\.content) == ["x\u{FFFD}y"])
      #expect(try await storage.conversations(session: "s\0", offset: 0, limit: 9).count == 1)
    }
  }

  @Test("A batch of 2,500 records, one of them of 8 MB, goes in whole", arguments: StorageKind.allCases)
  func large(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let huge = String(repeating: "word \"\\ ", count: 1_000_000)
      let writes = (0..<2500).map { number in
        StorageWrite.log(entry(number == 700 ? huge : "\(number)", at: at(Double(number))), madeAt: at(Double(number)))
      }
      #expect(try await storage.commit(writes).allSatisfy { $0 == .success(.logged) })
      let stored = try await storage.logs(RecordFilter(), limit: 5000)
      #expect(stored.count == 2500)
      #expect(stored[2500 - 701].message == huge)
    }
  }
}
