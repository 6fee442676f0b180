import Conversations
import Dispatch
import FiedlerUI
import FoundationEssentials
import Synchronization
import Testing

@testable import FiedlerApp

@Suite("What background work leaves for the screen") struct InboxTests {
  private final class Wakes: Sendable {
    let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .sequentiallyConsistent) }
    func add() { count.add(1, ordering: .sequentiallyConsistent) }
  }

  private func event(_ text: String, of reply: Int = 1) -> ReplyEvent {
    ReplyEvent(reply: Fixture.id(reply), at: .zero, event: .text(text))
  }

  /// The texts of toasts and events, in order.
  private func texts(_ messages: [Message]) -> [String] {
    messages.flatMap { message -> [String] in
      switch message {
      case .toast(let text, _): [text]
      case .events(let events): events.map { if case .text(let text) = $0.event { text } else { "?" } }
      default: ["?"]
      }
    }
  }

  @Test("The loop is woken once for all that comes until it looks")
  func wakes() {
    let wakes = Wakes()
    let inbox = Inbox { wakes.add() }
    for number in 0..<100 { inbox.receive([event("\(number)")]) }
    inbox.post(.toast("a", .info))
    #expect(wakes.value == 1)
    _ = inbox.take()
    #expect(wakes.value == 1)
    inbox.receive([event("b")])
    #expect(wakes.value == 2)
  }

  @Test("Messages and events come out in the order in which they went in, events that follow each other as one message")
  func order() {
    let inbox = Inbox {}
    inbox.receive([event("1"), event("2")])
    inbox.receive([event("3")])
    inbox.post(.toast("4", .info))
    inbox.post(.toast("5", .info))
    inbox.receive([event("6")])
    let messages = inbox.take()
    #expect(texts(messages) == ["1", "2", "3", "4", "5", "6"])
    #expect(messages.count == 4)
    #expect(inbox.take().isEmpty)
  }

  @Test("Why the program cannot go on wakes the loop, and stays known")
  func failure() {
    let wakes = Wakes()
    let inbox = Inbox { wakes.add() }
    #expect(inbox.failure == nil)
    inbox.fail("no database")
    #expect(wakes.value == 1)
    _ = inbox.take()
    #expect(inbox.failure == "no database")
  }

  @Test("Eight threads at once: nothing is lost, each thread's order is kept, and every batch has had its wake-up")
  func threads() async {
    let wakes = Wakes()
    let inbox = Inbox { wakes.add() }
    let running = Atomic<Int>(8)
    for thread in 0..<8 {
      DispatchQueue.global().async {
        for number in 0..<2000 {
          let text = "\(thread) \(number)"
          if number % 3 == 0 { inbox.post(.toast(text, .info)) } else { inbox.receive([event(text, of: thread)]) }
        }
        running.subtract(1, ordering: .sequentiallyConsistent)
      }
    }
    var taken: [String] = []
    var batches = 0
    while true {
      let isOver = running.load(ordering: .sequentiallyConsistent) == 0
      let messages = inbox.take()
      if !messages.isEmpty { batches += 1 }
      taken += texts(messages)
      if isOver && messages.isEmpty { break }
      await Task.yield()
    }
    #expect(wakes.value == batches)
    for thread in 0..<8 {
      #expect(taken.filter { $0.hasPrefix("\(thread) ") } == (0..<2000).map { "\(thread) \($0)" })
    }
  }
}
