import Conversations
import FoundationEssentials
import Synchronization

/// Carries one reply's events to the sink, stamped with the time since the send began.
///
/// It is used by one party at a time (the reply's task, or the exchange that the task awaits), which keeps the order.
final class ReplyChannel: Sendable {
  private struct State {
    var hasContent = false
    var isClosed = false
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

  /// Passes events on; after a final one, nothing.
  func emit(_ events: [SendEvent]) {
    let isOpen = state.withLock { state in
      guard !state.isClosed else { return false }
      if events.contains(.firstToken) { state.hasContent = true }
      state.isClosed = events.last?.isFinal == true
      return true
    }
    guard isOpen, !events.isEmpty else { return }
    let now = timeline.elapsed()
    sink.receive(events.map { ReplyEvent(reply: reply, at: now, event: $0) })
  }
}
