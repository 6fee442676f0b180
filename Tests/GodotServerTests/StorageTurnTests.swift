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
