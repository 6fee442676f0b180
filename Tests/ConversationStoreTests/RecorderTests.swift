import ConversationStore
import Conversations
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@Suite("Recording replies as they stream")
struct RecorderTests {
  let directory = try! TemporaryDirectory()
  let clock = StepClock()
  let log = CallLog()

  /// What a recorder's callbacks said, in order.
  final class CallLog: SendEventSink {
    private let state = Mutex<(lines: [String], events: [ReplyEvent])>(([], []))
    var lines: [String] { state.withLock { $0.lines } }
    var events: [ReplyEvent] { state.withLock { $0.events } }
    func add(_ line: String) { state.withLock { $0.lines.append(line) } }
    func receive(_ events: [ReplyEvent]) { state.withLock { $0.events += events } }
  }

  private func recorder(_ exchange: Exchange, in store: ConversationStore) -> ReplyRecorder {
    ReplyRecorder(
      exchange.replies, in: store, clock: clock, interval: .milliseconds(200), forwardingTo: log,
      onCommitted: { [log] in log.add("\($0.model.name) is turn \($0.turnNumber ?? 0)") },
      onFailure: { [log] in
        if case .diskFull = $0 { log.add("disk full") } else { log.add("\($0)") }
      })
  }

  /// Lets the recorder's interval pass, once it has begun.
  private func passInterval() async throws {
    try await eventually("nothing waits for the tick") { clock.sleeperCount > 0 }
    clock.advance(by: .milliseconds(200))
  }

  @Test("Text is in the database one interval after it came, and not written again")
  func checkpoint() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let exchange = try await store.begin(.queued(), in: id)
    let recorder = recorder(exchange, in: store)
    for word in ["one ", "two "] {
      recorder.receive(exchange.replies.map { ReplyEvent(reply: $0.id, at: .milliseconds(1), event: .text(word)) })
    }
    try await passInterval()
    try await eventually("two checkpoints") { try await store.integer("SELECT count(*) FROM reply_chunks") == 2 }
    recorder.receive([ReplyEvent(reply: exchange.replies[0].id, at: .milliseconds(2), event: .text("three"))])
    try await passInterval()
    try await eventually("a third") { try await store.integer("SELECT count(*) FROM reply_chunks") == 3 }
    let stored = try #require(try await store.conversation(id))
    #expect(stored.exchanges[0].replies == recorder.replies)
    #expect(stored.exchanges[0].replies.map(\.text) == ["one two three", "one two "])
    #expect(clock.sleeperCount == 0, "nothing new, no tick")
    #expect(log.events.count == 5, "every event was passed on")
  }

  @Test("Replies are finished at once, numbered in the order in which they ended")
  func finishing() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let exchange = try await store.begin(.queued(), in: id)
    let recorder = recorder(exchange, in: store)
    let (first, second) = (exchange.replies[0].id, exchange.replies[1].id)
    recorder.receive([
      ReplyEvent(reply: first, at: .milliseconds(1), event: .text("a")),
      ReplyEvent(reply: second, at: .milliseconds(2), event: .cancelled),
      ReplyEvent(reply: first, at: .milliseconds(3), event: .finished(.stop)),
      ReplyEvent(reply: first, at: .milliseconds(4), event: .text("too late")),
      ReplyEvent(reply: UUID(), at: .milliseconds(4), event: .text("whose?")),
    ])
    let settled = await recorder.settled()
    #expect(settled.map(\.turnNumber) == [3, 2])
    #expect(try await store.conversation(id)?.exchanges[0].replies == settled)
    #expect(log.lines == ["slow/instruct is turn 2", "fast is turn 3"])
    await recorder.settled()
  }

  @Test("A full disk is reported once, nothing is lost, and all is stored when there is room again")
  func diskFull() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let exchange = try await store.begin(.queued(), in: id)
    let pages = try await store.integer("PRAGMA page_count")
    try await store.execute("PRAGMA max_page_count = \(pages)")
    let recorder = recorder(exchange, in: store)
    let text = String(repeating: "much text ", count: 10_000)
    let events = exchange.replies.map { ReplyEvent(reply: $0.id, at: .milliseconds(1), event: .text(text)) }
    recorder.receive(events)
    try await passInterval()
    try await eventually("the failure is reported") { log.lines == ["disk full"] }
    #expect(recorder.failure == .diskFull(path: store.path))
    recorder.receive([ReplyEvent(reply: exchange.replies[1].id, at: .milliseconds(2), event: .finished(.stop))])
    try await passInterval()
    try await passInterval()
    #expect(try await store.conversation(id)?.exchanges[0].replies.map(\.text) == ["", ""])
    #expect(recorder.replies.map(\.text) == [text, text])

    try await store.execute("PRAGMA max_page_count = 1000000")
    recorder.receive([ReplyEvent(reply: exchange.replies[0].id, at: .milliseconds(3), event: .finished(.stop))])
    try await passInterval()
    let settled = await recorder.settled()
    #expect(recorder.failure == nil)
    #expect(settled.map(\.turnNumber) == [3, 2])
    #expect(try await store.conversation(id)?.exchanges[0].replies == settled)
    #expect(log.lines == ["disk full", "slow/instruct is turn 2", "fast is turn 3"])
  }

  /// Counts the transactions of a database.
  private final class Commits: TransactionObserver {
    let count = Mutex(0)
    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) { count.withLock { $0 += 1 } }
    func databaseDidRollback(_ db: Database) {}
  }

  @Test("Answers that end together share one wait for the disk")
  func together() async throws {
    let store = try ConversationStore(directory: directory.path)
    let exchange = try await store.begin(.queued(), in: UUID())
    let recorder = recorder(exchange, in: store)
    let commits = Commits()
    store.database.add(transactionObserver: commits, extent: .databaseLifetime)
    recorder.receive(
      exchange.replies.map { ReplyEvent(reply: $0.id, at: .milliseconds(2), event: .finished(.stop)) })
    #expect(await recorder.settled().map(\.turnNumber) == [2, 3])
    #expect(commits.count.withLock(\.self) == 1)
  }

  @Test("Of answers that end together, one that has lost its place is no other's trouble")
  func apart() async throws {
    let store = try ConversationStore(directory: directory.path)
    let exchange = try await store.begin(.queued(), in: UUID())
    let recorder = recorder(exchange, in: store)
    let lost = exchange.replies[0].id.uuidString.lowercased()
    try await store.database.write { try $0.execute(sql: "DELETE FROM replies WHERE uuid = ?", arguments: [lost]) }
    recorder.receive(
      exchange.replies.map { ReplyEvent(reply: $0.id, at: .milliseconds(2), event: .finished(.stop)) })
    try await passInterval()
    #expect(await recorder.settled().map(\.turnNumber) == [nil, 2])
    #expect(log.lines.count == 2 && recorder.failure == nil)
  }

  @Test("Replies whose conversation is purged meanwhile are reported and no longer waited for")
  func deleted() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let exchange = try await store.begin(.queued(models: [.fast]), in: id)
    let recorder = recorder(exchange, in: store)
    _ = try await store.purge([id])
    let reply = exchange.replies[0].id
    recorder.receive([ReplyEvent(reply: reply, at: .milliseconds(1), event: .text("gone"))])
    try await passInterval()
    recorder.receive([ReplyEvent(reply: reply, at: .milliseconds(2), event: .finished(.stop))])
    #expect(await recorder.settled().map(\.text) == ["gone"])
    #expect(log.lines.count == 1 && log.lines[0].contains("purged while its answers streamed"))
    #expect(recorder.failure == .purgedMeanwhile)
  }

  @Test("A purge while several answers stream is told once")
  func purgedOnce() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let exchange = try await store.begin(.queued(models: [.fast, .slow]), in: id)
    let recorder = recorder(exchange, in: store)
    _ = try await store.purge([id])
    for reply in exchange.replies {
      recorder.receive([ReplyEvent(reply: reply.id, at: .milliseconds(2), event: .finished(.stop))])
      try await passInterval()
    }
    await recorder.settled()
    #expect(log.lines.count == 1 && recorder.failure == .purgedMeanwhile)
  }

  @Test("Waiting for replies ends when its task is cancelled")
  func cancelledWait() async throws {
    let store = try ConversationStore(directory: directory.path)
    let exchange = try await store.begin(.queued(models: [.fast]), in: UUID())
    let recorder = recorder(exchange, in: store)
    let waiting = Task { await recorder.settled() }
    waiting.cancel()
    #expect(await waiting.value.map(\.state) == [.queued])
  }
}
