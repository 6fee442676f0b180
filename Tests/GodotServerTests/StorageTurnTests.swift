import Conversations
import FoundationEssentials
import GodotServer
import JSON
import Testing

@Suite("Turns told as log records, in both storages")
struct StorageTurnTests {
  private func logged(
    _ content: String, in id: UUID, turn: Int = 1, part: Int = 1, of parts: Int = 1, log: UUID = UUID()
  ) -> StorageWrite {
    let metadata: JSON = parts > 1 ? ["status": "ok", "part": .int(part), "parts": .int(parts)] : ["status": "ok"]
    return .logTurn(
      entry("Conversation turn", id: log, component: "fiedler-conversations", at: at(Double(part))), madeAt: at(0),
      message(in: id, turn: turn, content, role: "assistant", metadata: metadata, at: at(Double(part))), part: part,
      parts: parts)
  }

  @Test("A logged turn is a record and a message; told again it is neither twice", arguments: StorageKind.allCases)
  func whole(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let (id, log) = (UUID(), UUID())
      try await storage.done(logged("answer", in: id, log: log), logged("second", in: id, turn: 2))
      try await storage.done(logged("answer", in: id, log: log))
      // A turn that is there stays as it is.
      try await storage.done(logged("changed", in: id))
      #expect(try await storage.logs(RecordFilter(), limit: 9).count == 3)
      let stored = try await storage.messages(of: id, after: 0, limit: 9)
      #expect(stored.map(\.content) == ["answer", "second"])
      #expect(stored.first?.role == "assistant")
      #expect(stored.first?.model == "m")
      #expect(stored.first?.metadata == ["status": "ok"])
      #expect(try await storage.conversation(id)?.createdAt == at(1))
      #expect(try await storage.search("answer", limit: 9).count == 1)
    }
  }

  @Test(
    "Parts make one message, in whatever order they come",
    arguments: StorageKind.allCases, [[1, 2, 3], [3, 2, 1], [2, 3, 1], [1, 1, 3, 3, 2]])
  func parts(_ kind: StorageKind, _ order: [Int]) async throws {
    try await withStorage(kind) { storage in
      let id = UUID()
      for (index, part) in order.enumerated() {
        #expect(try await storage.messages(of: id, after: 0, limit: 9).isEmpty)
        try await storage.done(logged("<\(part)>", in: id, part: part, of: 3))
        if index < order.count - 1 { #expect(try await storage.search("1", limit: 9).isEmpty) }
      }
      #expect(try await storage.messages(of: id, after: 0, limit: 9).map(\.content) == ["<1><2><3>"])
      // Late repeats change nothing and are not kept for ever.
      try await storage.done(logged("<2>", in: id, part: 2, of: 3))
      #expect(try await storage.messages(of: id, after: 0, limit: 9).count == 1)
    }
  }

  @Test("A turn divided anew after half of it was sent is put together right", arguments: StorageKind.allCases)
  func divisions(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let id = UUID()
      try await storage.done(logged("<half", in: id, part: 1, of: 2))
      try await storage.done(
        logged("b", in: id, part: 2, of: 3), logged("a", in: id, part: 1, of: 3), logged("c", in: id, part: 3, of: 3))
      #expect(try await storage.messages(of: id, after: 0, limit: 9).map(\.content) == ["abc"])
    }
  }

  @Test("A stored first part takes up the parts logged before it, and can be repeated", arguments: StorageKind.allCases)
  func storedFirstPart(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let id = UUID()
      let first = StorageWrite.store(
        message(in: id, turn: 1, "<1>", role: "assistant", metadata: ["part": 1, "parts": 3, "status": "ok"]))
      try await storage.done(
        .begin(conversation(id)), logged("<3>", in: id, part: 3, of: 3), logged("<2>", in: id, part: 2, of: 3), first)
      #expect(try await storage.done(first).map(\.turnNumber) == [1])
      let stored = try await storage.messages(of: id, after: 0, limit: 9)
      #expect(stored.map(\.content) == ["<1><2><3>"])
      #expect(stored.first?.metadata == ["parts": 3, "status": "ok"])
      let other = message(in: id, turn: 1, "<x>", role: "assistant", metadata: ["part": 1, "parts": 3])
      #expect(
        try await storage.refusal(of: .store(other)) == .turnTaken(conversation: id, turnNumber: 1))
    }
  }

  @Test(
    "Turns of one batch: each has its own answer, whatever stands beside it, and a search finds all",
    arguments: StorageKind.allCases)
  func batch(_ kind: StorageKind) async throws {
    try await withStorage(kind) { storage in
      let (one, other, unknown) = (UUID(), UUID(), UUID())
      let kept = message(in: one, turn: 1, "kept word", at: at(3))
      try await storage.done(.begin(conversation(one)), .begin(conversation(other)), .store(kept))
      let repeated = message(in: one, turn: 1, "kept word", at: at(4))
      let fresh = message(in: one, turn: 2, "fresh word", at: at(9))
      let results = try await storage.commit([
        .store(fresh), .store(repeated), .store(message(in: one, turn: 1, "another text")),
        .store(message(in: unknown, turn: 1)), .store(message(in: other, turn: 7, "seventh word")),
        // Of the same batch: told again, told otherwise, and numbered here.
        .store(fresh), .store(message(in: one, turn: 2, "not fresh")), .store(message(in: other, "eighth word")),
      ])
      #expect(results[0] == .success(.message(id: fresh.id, turnNumber: 2, createdAt: at(9))))
      #expect(results[1] == .success(.message(id: kept.id, turnNumber: 1, createdAt: at(3))))
      #expect(results[2] == .failure(.turnTaken(conversation: one, turnNumber: 1)))
      #expect(results[3] == .failure(.conversationNotFound(unknown)))
      #expect(results[5] == results[0])
      #expect(results[6] == .failure(.turnTaken(conversation: one, turnNumber: 2)))
      #expect(try results[7].get().turnNumber == 8)
      #expect(try await storage.conversation(one)?.updatedAt == at(9))
      #expect(try await storage.messages(of: other, after: 0, limit: 9).map(\.turnNumber) == [7, 8])
      #expect(try await storage.search("word", limit: 9).count == 4)
    }
  }

  @Test("Parts that reach two servers at once make one message", arguments: StorageKind.allCases)
  func partsAcrossServers(_ kind: StorageKind) async throws {
    let fixture = try StorageFixture(kind)
    let (one, other) = (try await fixture.open(), try await fixture.open())
    for round in 0..<10 {
      let id = UUID()
      async let first = one.done(logged("a", in: id, part: 1, of: 2))
      async let second = other.done(logged("b", in: id, part: 2, of: 2))
      _ = try await (first, second)
      #expect(try await one.messages(of: id, after: 0, limit: 9).map(\.content) == ["ab"], "round \(round)")
    }
    await fixture.close()
  }
}
