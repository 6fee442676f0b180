import Conversations
import FiedlerUI
import Synchronization

/// What background work leaves for the screen's loop: messages, and the events of streaming replies.
///
/// Any thread may add; the loop takes everything at once, once a frame. The loop is woken only when the inbox
/// stops being empty, so that 16 models at 1,000 tokens a second do not make 16,000 wake-ups.
final class Inbox: SendEventSink {
  private struct Contents {
    var messages: [Message] = []
    var events: [ReplyEvent] = []
    var failure: String?
  }

  private let contents = Mutex(Contents())
  private let wake: @Sendable () -> Void

  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  func post(_ message: Message) {
    add {
      // Events that came before the message stay before it.
      if !$0.events.isEmpty {
        $0.messages.append(.events($0.events))
        $0.events = []
      }
      $0.messages.append(message)
    }
  }

  func receive(_ events: [ReplyEvent]) { add { $0.events += events } }

  /// Why the program cannot go on, once that is known.
  var failure: String? { contents.withLock { $0.failure } }

  /// Says why the program cannot go on.
  func fail(_ reason: String) {
    contents.withLock { $0.failure = reason }
    wake()
  }

  /// Everything since the last call, in order.
  func take() -> [Message] {
    contents.withLock { contents in
      var messages = contents.messages
      if !contents.events.isEmpty { messages.append(.events(contents.events)) }
      contents.messages = []
      contents.events = []
      return messages
    }
  }

  private func add(_ change: (inout Contents) -> Void) {
    let wasEmpty = contents.withLock { contents in
      defer { change(&contents) }
      return contents.messages.isEmpty && contents.events.isEmpty
    }
    if wasEmpty { wake() }
  }
}
