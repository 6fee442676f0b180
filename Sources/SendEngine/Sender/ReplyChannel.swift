import Conversations
import FoundationEssentials
import Synchronization

/// Carries one reply's events to the sink, stamped with the time since the send began, or since its turn came.
///
/// It is used by one party at a time (the reply's task, or the exchange that the task awaits), which keeps the order.
final class ReplyChannel: Sendable {
  private struct State {
    var hasContent = false
    var isClosed = false
    var start = Duration.zero
  }

  private let reply: UUID
  private let timeline: Timeline
  private let sink: any SendEventSink
  private let state = Mutex(State())

  init(reply: UUID, timeline: Timeline, sink: any SendEventSink) {
    self.reply = reply
    self.timeline = timeline
    self.sink = sink
  }

  /// Some text or reasoning was passed on.
  var hasContent: Bool { state.withLock { $0.hasContent } }

  /// Its turn has come, so long after the send began: what others took is none of this reply's time.
  func begin(at start: Duration) { state.withLock { $0.start = start } }

  /// Passes events on; after a final one, nothing.
  func emit(_ events: [SendEvent]) {
    let start = state.withLock { state -> Duration? in
      guard !state.isClosed else { return nil }
      if events.contains(.firstToken) { state.hasContent = true }
      state.isClosed = events.last?.isFinal == true
      return state.start
    }
    guard let start, !events.isEmpty else { return }
    let now = timeline.elapsed() - start
    sink.receive(events.map { ReplyEvent(reply: reply, at: now, event: $0) })
  }
}
