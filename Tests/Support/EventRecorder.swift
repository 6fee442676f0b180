import Conversations
import FoundationEssentials
import Synchronization

/// Keeps every event it receives, and what they add up to.
public final class EventRecorder: SendEventSink {
  private struct State {
    var batches: [[ReplyEvent]] = []
    var ended: Set<UUID> = []
  }

  private let state = Mutex(State())

  public init() {}

  public func receive(_ events: [ReplyEvent]) {
    state.withLock { state in
      state.batches.append(events)
      for event in events where event.event.isFinal { state.ended.insert(event.reply) }
    }
  }

  /// As they were handed over, batch by batch.
  public var batches: [[ReplyEvent]] { state.withLock { $0.batches } }
  /// The reply's final event has come.
  public func hasEnded(_ reply: UUID) -> Bool { state.withLock { $0.ended.contains(reply) } }

  /// All events of one reply, in order.
  public func events(of reply: UUID) -> [ReplyEvent] {
    batches.flatMap { $0 }.filter { $0.reply == reply }
  }

  /// The reply that the events so far make.
  public func reply(_ id: UUID, model: ModelReference = ModelReference(provider: "test", name: "model")) -> Reply {
    var reply = Reply(id: id, model: model, startedAt: Date(timeIntervalSince1970: 0))
    for event in events(of: id) { reply.apply(event.event, at: event.at) }
    return reply
  }

  /// Waits until the events of `reply` make `condition` true.
  public func wait(
    for reply: UUID, until what: String, _ condition: @Sendable (Reply) -> Bool
  ) async throws {
    try await eventually("\(what); the events: \(events(of: reply).map(\.event))") { condition(self.reply(reply)) }
  }
}
