import ConversationStore
import Conversations
import Foundation
import GRDB
import TestSupport
import Testing

@Suite("Several Fiedlers, and killed ones")
struct SessionTests {
  let directory = try! TemporaryDirectory()

  @Test("Two stores in one process, sending and answering by turns, never give a number twice")
  func interleaved() async throws {
    let stores = try [0, 1].map { _ in try ConversationStore(directory: directory.path) }
    let id = UUID()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for store in stores {
        group.addTask {
          for number in 0..<20 {
            let exchange = try await store.begin(.queued("\(number)"), in: id)
            for reply in exchange.replies.reversed() { _ = try await store.finish(reply.answering("\(number)")) }
          }
        }
      }
      try await group.waitForAll()
    }
    let conversation = try #require(try await stores[0].conversation(id))
    try expectContiguousTurns(conversation, count: 120)
    #expect(conversation.exchanges.map(\.prompt.turnNumber) == conversation.exchanges.map(\.prompt.turnNumber).sorted())
  }

  @Test("Two processes that write one conversation never give a number twice")
  func twoProcesses() async throws {
    let id = UUID()
    let probes = try (0..<2).map { _ in try Probe(["turns", directory.path, id.uuidString, "40"]) }
    for probe in probes { #expect(probe.waitForSuccess()) }
    let conversation = try #require(try await ConversationStore(directory: directory.path).conversation(id))
    try expectContiguousTurns(conversation, count: 160)
  }

  @Test("After kill -9 the checkpointed text is there, interrupted and numbered; a living session is untouched")
  func killed() async throws {
    let (killedID, livingID) = (UUID(), UUID())
    let store = try ConversationStore(directory: directory.path)
    let killed = try Probe(["stream", directory.path, killedID.uuidString, "4"])
    let living = try Probe(["stream", directory.path, livingID.uuidString, "2"])
    // Killed once a good deal of its text is known to be in the database, while it goes on streaming.
    try await eventually("both stream") {
      let texts = try await texts(killedID, store) + texts(livingID, store)
      return texts.count == 6 && texts.allSatisfy { $0.utf8.count > 2000 }
    }
    let known = try await texts(killedID, store)
    killed.kill()

    let reopened = try ConversationStore(directory: directory.path)
    #expect(try await reopened.recoverInterrupted() == 4)
    let conversation = try #require(try await reopened.conversation(killedID))
    try expectContiguousTurns(conversation, count: 5)
    let replies = conversation.exchanges[0].replies
    for (reply, known) in zip(replies, known) {
      #expect(reply.state == .interrupted && reply.failure?.kind == .interrupted)
      #expect(reply.text.hasPrefix(known))
      let words = reply.text.split(separator: " ")
      #expect(words == (0..<words.count).map { "\($0)" }, "no hole, nothing twice")
      let entries = reply.recording.entries()
      #expect(entries.filter { $0.kind == .text }.reduce(0) { $0 + $1.value } == reply.text.utf8.count)
      #expect(entries.last?.kind == .end)
      #expect(reply.duration == .milliseconds(Int64(try #require(entries.last).milliseconds)))
    }
    #expect(try await reopened.integer("SELECT count(*) FROM turns") == 6, "nothing of the living is numbered")

    let before = try await texts(livingID, store)
    try await eventually("the living goes on streaming") {
      try await texts(livingID, store).allSatisfy { $0.utf8.count > before[0].utf8.count + 500 }
    }
    #expect(try await store.recoverInterrupted() == 0)
    let states = try await store.conversation(livingID)?.exchanges[0].replies.map(\.state)
    #expect(states == [.streaming, .streaming])
    living.kill()
    #expect(try await store.recoverInterrupted() == 2)
    #expect(try await store.recoverInterrupted() == 0)
    let left = try FileManager.default.contentsOfDirectory(atPath: directory.path + "/sessions")
    #expect(left.isEmpty, "lock files of the dead are swept")
  }

  @Test("What a session left streaming when it was closed in good order is ended by the next; its own never")
  func closedSession() async throws {
    let id = UUID()
    let store = try ConversationStore(directory: directory.path)
    do {
      let closed = try ConversationStore(directory: directory.path)
      let exchange = try await closed.begin(.queued(models: [.fast]), in: id)
      try await closed.checkpoint([exchange.replies[0].applying([(7, .reasoning("so")), (9, .text("far"))])])
      try await store.begin(.queued(models: [.fast]), in: UUID())
      #expect(try await closed.recoverInterrupted() == 0)
      #expect(try await store.recoverInterrupted() == 0)
    }
    #expect(try await store.recoverInterrupted() == 1)
    let reply = try #require(try await store.conversation(id)?.exchanges[0].replies[0])
    #expect(reply.text == "far" && reply.reasoning == "so" && reply.state == .interrupted && reply.turnNumber == 2)
    #expect(reply.duration == .milliseconds(9))
    #expect(try await store.integer("SELECT count(*) FROM turns") == 3)
  }

  @Test("Who only reads leaves no session behind")
  func readingOnly() async throws {
    let store = try ConversationStore(directory: directory.path)
    _ = try await store.history(HistoryQuery())
    _ = try await store.recoverInterrupted()
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path + "/sessions").isEmpty)
  }

  private func texts(_ id: UUID, _ store: ConversationStore) async throws -> [String] {
    try await store.conversation(id)?.exchanges.flatMap(\.replies).map(\.text) ?? []
  }

  private func expectContiguousTurns(_ conversation: Conversation, count: Int) throws {
    let numbers = conversation.exchanges.flatMap { [$0.prompt.turnNumber] + $0.replies.compactMap(\.turnNumber) }
    #expect(numbers.sorted() == Array(1...count))
  }
}
