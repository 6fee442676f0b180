import Conversations
import Foundation
import JSON
import MCP
import Testing

@testable import GodotLog

@Suite struct ShipperFailureTests {
  private let one = conversation(1)
  private let two = conversation(2)

  @Test("A silent server is amber at 2 s and cut at 10 s, and nothing is lost")
  func silence() {
    var bench = Bench()
    bench.queue(turn(1, of: one))
    bench.connect(Bench.logs)
    bench.run(.milliseconds(1990))
    #expect(bench.state == .connected)
    bench.run(.milliseconds(20))
    guard case .waiting(let time) = bench.state else {
      Issue.record("\(bench.state)")
      return
    }
    #expect(time >= .seconds(2))
    bench.run(.milliseconds(7980))
    #expect(bench.aborts == 0)
    bench.run(.milliseconds(20))
    #expect(bench.aborts == 1)
    #expect(bench.state == .disconnected(reason: "no answer"))
    bench.run(.seconds(1))
    bench.sent = []
    bench.feed(.connected(Bench.logs))
    bench.acceptAll()
    #expect(bench.delivered == [1])
  }

  @Test("A server that answers each call in time is not cut because many calls wait behind each other")
  func busyIsNotSilent() {
    var bench = Bench()
    for number in 1...32 { bench.queue(turn(1, of: conversation(number))) }
    bench.connect(Bench.logs)
    for call in bench.take() {
      bench.run(.milliseconds(900))
      bench.accept(call)
    }
    #expect(bench.aborts == 0)
    #expect(bench.delivered.count == 32)
  }

  @Test("A connection attempt that hangs is shown as waiting")
  func hangingAttempt() {
    var bench = Bench()
    bench.feed(.tick)
    bench.run(.milliseconds(2100))
    guard case .waiting = bench.state else {
      Issue.record("\(bench.state)")
      return
    }
    bench.feed(.disconnected(.timedOut))
    #expect(bench.state == .disconnected(reason: "no answer"))
  }

  @Test("A server that freezes while nothing is sent is noticed by a ping")
  func idlePing() {
    var bench = Bench()
    bench.connect(Bench.logs)
    bench.run(.seconds(15))
    #expect(bench.pings == 1)
    bench.answersPings = false
    bench.run(.seconds(15))
    #expect(bench.pings == 2)
    bench.run(.milliseconds(2001))
    guard case .waiting = bench.state else {
      Issue.record("\(bench.state)")
      return
    }
    bench.run(.seconds(8))
    #expect(bench.aborts == 1)
  }

  @Test("A reconnecting client does not flicker: it stays disconnected until it is connected")
  func noFlicker() {
    var bench = Bench()
    bench.feed(.tick)
    bench.feed(.disconnected(.refused))
    bench.run(.milliseconds(250))
    #expect(bench.connects == 2)
    #expect(bench.state == .disconnected(reason: "connection refused"))
    bench.feed(.connected(Bench.logs))
    #expect(bench.state == .connected)
  }

  @Test("A message too big for a server is halved until it fits, and joins to the same text")
  func tooBig() {
    var bench = Bench()
    let text = String(repeating: "abcdefgh", count: 20_000)
    bench.queue(turn(1, of: one, content: text))
    bench.connect(Bench.logs)
    let limit = 50_000
    var pieces: [String] = []
    for _ in 0..<2000 where bench.delivered.isEmpty {
      bench.run(.milliseconds(250))
      let calls = bench.take()
      if calls.contains(where: { $0.size > limit }) {
        pieces = []
        bench.feed(.disconnected(.closed(code: 1009, reason: "")))
        bench.run(.seconds(5))
        bench.feed(.connected(Bench.logs))
      } else {
        for call in calls {
          pieces.append(call.content)
          bench.accept(call)
        }
      }
    }
    #expect(bench.delivered == [1])
    #expect(pieces.joined() == text)
    #expect(pieces.count == 5)
  }

  @Test("A message too big even in small parts is parked, and the others go on")
  func tooBigForEver() {
    var bench = Bench()
    bench.queue(turn(1, of: one, content: String(repeating: "x", count: 100_000)), turn(2, of: one), turn(1, of: two))
    bench.connect(Bench.logs)
    for _ in 0..<20 where bench.parked.isEmpty {
      bench.feed(.disconnected(.closed(code: 1009, reason: "")))
      bench.sent = []
      bench.run(.seconds(5))
      bench.feed(.connected(Bench.logs))
    }
    #expect(bench.parked == [1: "message too large"])
    bench.acceptAll()
    #expect(bench.delivered == [3])
  }

  @Test("A server that resets in the midst of a large frame gets it in parts, though no 1009 arrived")
  func resetByLargeFrame() {
    var bench = Bench()
    bench.queue(turn(1, of: one, content: String(repeating: "x", count: 900_000)))
    bench.connect()
    bench.accept(bench.take()[0])
    for _ in 0..<2 {
      #expect(bench.take().map { $0.size > 900_000 } == [true])
      bench.feed(.disconnected(.lost))
      bench.run(.seconds(5))
      bench.feed(.connected(Bench.tools))
    }
    var tools: [String] = []
    for _ in 0..<20 {
      let calls = bench.acceptAll()
      #expect(calls.allSatisfy { $0.size <= 512 << 10 })
      tools += calls.map(\.tool)
      bench.run(.milliseconds(500))
    }
    #expect(tools.last == "conversation_store_message" && tools.count > 1)
    #expect(tools.dropLast().allSatisfy { $0 == "logger_log" })
    #expect(bench.delivered == [1])
  }

  @Test("A log record that could fill a server's batch goes in parts at once")
  func splitBeforeSending() {
    var bench = Bench()
    bench.queue(turn(1, of: one, content: String(repeating: "x", count: 1_200_000)))
    bench.connect(Bench.logs)
    var sizes: [Int] = []
    for _ in 0..<20 {
      sizes += bench.acceptAll().map(\.size)
      bench.run(.milliseconds(250))
    }
    #expect(sizes.count == 7)
    #expect(sizes.allSatisfy { $0 <= 192 << 10 })
    #expect(bench.delivered == [1])
  }

  @Test("Log records never come faster than 256 KiB in 250 ms, or the server's batch would fail and lose them")
  func pace() {
    var bench = Bench()
    for number in 1...60 {
      bench.queue(turn(1, of: conversation(number), content: String(repeating: "x", count: 20_000)))
    }
    bench.connect(Bench.logs)
    var all: [Bench.Sent] = []
    for _ in 0..<200 {
      all += bench.acceptAll()
      bench.run(.milliseconds(25))
    }
    #expect(bench.delivered.count == 60)
    for call in all {
      let within = all.filter { $0.at >= call.at && $0.at < call.at + .milliseconds(250) }
      #expect(within.reduce(0) { $0 + $1.size } <= 256 << 10)
    }
    #expect(all.last.map { $0.at < .seconds(3) } ?? false)
  }

  @Test("Stored messages, which are acknowledged after the commit, are not paced")
  func noPaceForMessages() {
    var bench = Bench()
    for number in 1...20 {
      bench.queue(turn(1, of: conversation(number), content: String(repeating: "x", count: 40_000)))
    }
    bench.connect()
    bench.acceptAll()
    #expect(bench.delivered.count == 20)
  }

  @Test("A server that lost its conversations gets a new one, not the same refusal for ever")
  func conversationUnknown() {
    var bench = Bench()
    bench.outbox = [
      OutboxRow(
        id: 1, record: .success(.turn(turn(2, of: one))), conversationID: one, size: 10, serverConversation: "gone")
    ]
    bench.mappings[one] = "gone"
    bench.connect()
    bench.refuse(bench.take()[0], "violates foreign key constraint \"messages_conversation_id_fkey\"")
    #expect(bench.mappings.isEmpty)
    bench.run(.seconds(1))
    #expect(bench.acceptAll().map(\.tool) == ["conversation_begin", "conversation_store_message"])
    #expect(bench.delivered == [1])
  }

  @Test("A text whose index is too large for the server is stored with less of it indexed")
  func indexTooLarge() {
    var bench = Bench()
    let text = String(repeating: "ab12 ", count: 100_000)
    bench.queue(turn(1, of: one, content: text))
    bench.connect()
    bench.accept(bench.take()[0])
    bench.refuse(bench.take()[0], "string is too long for tsvector (1120000 bytes, max 1048575 bytes)")
    bench.run(.seconds(1))
    let calls = bench.acceptAll()
    #expect(calls.first?.content.utf8.count == 350_000)
    #expect(calls.first.map { $0.content + ($0.arguments["metadata"]?["content_overflow"]?.string ?? "") } == text)
    #expect(bench.delivered == [1])
  }

  @Test("A begin without a conversation id is a refusal, not a crash or a loop")
  func beginWithoutID() {
    var bench = Bench()
    bench.queue(turn(1, of: one))
    bench.connect()
    bench.feed(.reply(id: bench.take()[0].id, .success(["content": []])))
    #expect(bench.sent.isEmpty)
    #expect(bench.refusals == [1: 1])
    bench.run(.seconds(1))
    bench.acceptAll()
    #expect(bench.delivered == [1])
  }

  @Test("A row that cannot be read is parked with its reason, and holds back only its conversation")
  func unreadable() {
    var bench = Bench()
    bench.queue(turn(1, of: one), turn(2, of: one), turn(1, of: two))
    bench.outbox[0].record = .failure(UnreadablePayload(reason: "version 9"))
    bench.shipper = Shipper(limits: Bench.trusting, backOff: BackOff(jitter: { 1 }))
    bench.connect(Bench.logs)
    bench.acceptAll()
    #expect(bench.parked == [1: "the stored record cannot be read: version 9"])
    #expect(bench.delivered == [3])
  }

  @Test("Closing waits for the replies still due, because a server drops what is queued when a client goes")
  func readBeforeClosing() {
    var bench = Bench()
    bench.queue(turn(1, of: one), turn(2, of: one), turn(1, of: two))
    bench.connect(Bench.logs)
    let calls = bench.take()
    bench.feed(.stop)
    #expect(bench.closes == 0)
    for call in calls { bench.accept(call) }
    #expect(bench.sent.isEmpty)
    #expect(bench.closes == 1)
    // The next process finds them as they are.
    #expect(bench.unconfirmed == [1, 3])
    #expect(bench.shipper.link == .stopped)
  }

  @Test("Retry now does not wait for the back-off")
  func retryNow() {
    var bench = Bench()
    bench.feed(.tick)
    for _ in 0..<5 {
      bench.feed(.disconnected(.tls("certificate not trusted")))
      bench.feed(.retryNow)
    }
    #expect(bench.connects == 6)
  }

  @Test("A change of dialect while disconnected plans every record anew")
  func dialectChanges() {
    var bench = Bench()
    bench.queue(turn(1, of: one))
    bench.connect(Bench.logs)
    _ = bench.take()
    bench.feed(.disconnected(.lost))
    bench.run(.seconds(1))
    bench.feed(
      .connected(
        Dialect(tools: ["godot_logger_log", "godot_conversation_begin", "godot_conversation_store_message"])))
    #expect(bench.acceptAll().map(\.tool) == ["godot_conversation_begin", "godot_conversation_store_message"])
    #expect(bench.delivered == [1])
  }
}
