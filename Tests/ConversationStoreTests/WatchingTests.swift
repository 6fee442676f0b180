import ConversationStore
import Conversations
import Foundation
import TestSupport
import Testing

/// Two stores on one file have a session each, as two processes do.
@Suite("Watching what another process sends") struct WatchingTests {
  let directory = try! TemporaryDirectory()

  private func two() throws -> (sender: ConversationStore, watcher: ConversationStore) {
    (try ConversationStore(directory: directory.path), try ConversationStore(directory: directory.path))
  }

  @Test("What streams elsewhere is listed with its models' states and sizes, and one's own is not") func list()
    async throws
  {
    let (sender, watcher) = try two()
    let id = UUID()
    let exchange = try await sender.begin(.queued("What is lightning?"), in: id)
    _ = try await watcher.begin(.queued("Mine"), in: UUID())
    try await sender.checkpoint([
      exchange.replies[0].applying([(1, .connecting(attempt: 1, of: 3)), (2, .firstToken), (2, .text("12345"))])
    ])
    let running = try await watcher.runningElsewhere()
    #expect(running.map(\.id) == [id])
    #expect(running.first?.title.contains("What is lightning?") == true)
    #expect(running.first?.answers.map(\.state) == [.streaming, .queued])
    #expect(running.first?.answers.map(\.bytes) == [5, 0])
    #expect(try await sender.runningElsewhere().map(\.answers.count) == [2])
  }

  @Test("What has ended is not listed, nor what a killed process has left") func ended() async throws {
    let (_, watcher) = try two()
    var sender: ConversationStore? = try ConversationStore(directory: directory.path)
    let exchange = try await #require(sender).begin(.queued(), in: UUID())
    _ = try await sender?.finish(exchange.replies[0].answering("done"))
    #expect(try await watcher.runningElsewhere().map(\.answers.count) == [1])
    sender = nil
    // The task that has just ended may let go of the store a moment later.
    try await eventually("the session has ended") { try await watcher.runningElsewhere().isEmpty }
  }

  @Test("A followed conversation tells every event as it is stored, then the end") func events() async throws {
    let (sender, watcher) = try two()
    let id = UUID()
    let exchange = try await sender.begin(.queued(models: [.fast]), in: id)
    let first = exchange.replies[0].applying([(1, .connecting(attempt: 1, of: 3)), (20, .firstToken), (20, .text("a"))])
    try await sender.checkpoint([first])
    var (shown, followed) = try #require(try await watcher.follow(id))
    #expect(shown.exchanges[0].replies[0].text == "a" && followed.isRunning)
    #expect(try await watcher.news(of: &followed).isEmpty)

    let second = first.applying([(30, .text("b")), (40, .reasoning("why"))])
    try await sender.checkpoint([second])
    for case .events(let events) in try await watcher.news(of: &followed) {
      #expect(events.map(\.event) == [.text("b"), .reasoning("why")])
      for event in events { shown.exchanges[0].replies[0].apply(event.event, at: event.at) }
    }
    let third = try await sender.finish(second.applying([(50, .text("c")), (60, .finished(.stop))]))
    for case .events(let events) in try await watcher.news(of: &followed) {
      for event in events { shown.exchanges[0].replies[0].apply(event.event, at: event.at) }
    }
    #expect(!followed.isRunning)
    shown.exchanges[0].replies[0].turnNumber = third.turnNumber
    #expect(shown.exchanges[0].replies[0] == third)
    #expect(try await watcher.news(of: &followed).isEmpty)
  }

  @Test("A prompt that is sent on, and an attempt at an answer, are told of too") func goesOn() async throws {
    let (sender, watcher) = try two()
    let id = UUID()
    let exchange = try await sender.begin(.queued(models: [.fast]), in: id)
    var (_, followed) = try #require(try await watcher.follow(id))
    _ = try await sender.finish(exchange.replies[0].answering("one"))
    _ = try await watcher.news(of: &followed)
    var next = Exchange.queued("And then?", models: [.fast])
    next.prompt.parent = exchange.id
    next = try await sender.begin(next, in: id)
    let retry = Reply(id: UUID(), model: .fast, attempt: 2, startedAt: .morning)
    try await sender.retry(retry, of: exchange.id)
    var told: [String] = []
    for news in try await watcher.news(of: &followed) {
      switch news {
      case .began(let exchange): told.append(exchange.prompt.text)
      case .retried(let prompt, let reply): told.append("\(prompt == exchange.id) \(reply.id == retry.id)")
      case .events: told.append("events")
      }
    }
    #expect(told == ["true true", "And then?"])
    #expect(try await watcher.news(of: &followed).isEmpty)
  }

  @Test("A request to stop an answer reaches whoever streams it, once; what has ended is left alone") func stop()
    async throws
  {
    let (sender, watcher) = try two()
    let exchange = try await sender.begin(.queued(), in: UUID())
    let (first, second) = (exchange.replies[0].id, exchange.replies[1].id)
    try await watcher.requestStop(of: second)
    #expect(sender.takeStopRequests(among: [first, second]) == [second])
    #expect(sender.takeStopRequests(among: [first, second]).isEmpty)
    _ = try await sender.finish(exchange.replies[0].answering("done"))
    try await watcher.requestStop(of: first)
    #expect(sender.takeStopRequests(among: [first]).isEmpty)
  }
}
