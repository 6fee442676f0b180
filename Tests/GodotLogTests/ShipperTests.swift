import Conversations
import Foundation
import JSON
import MCP
import Testing

@testable import GodotLog

/// Each test is named after the failure that it prevents.
@Suite struct ShipperTests {
  private let one = conversation(1)
  private let two = conversation(2)

  @Test("The first attempt is not put off")
  func firstAttempt() {
    var bench = Bench()
    #expect(bench.state == .connecting)
    bench.feed(.tick)
    #expect(bench.connects == 1)
    bench.feed(.tick)
    #expect(bench.connects == 1)
  }

  @Test("An absent server is not asked more and more rarely: within 5 s of its return it is found")
  func absentServer() {
    var bench = Bench()
    bench.feed(.tick)
    var waits: [Duration] = []
    for _ in 0..<8 {
      bench.feed(.disconnected(.refused))
      #expect(bench.state == .disconnected(reason: "connection refused"))
      let before = bench.now
      waits.append(bench.shipper.nextRetry(at: before) ?? .zero)
      bench.run(waits.last ?? .zero)
    }
    #expect(waits.prefix(5).map(\.wholeMilliseconds) == [250, 500, 1000, 2000, 4000])
    #expect(waits.max() == .seconds(4))
    #expect(bench.connects == 9)
  }

  @Test("A server that refuses us is not hammered: the wait grows to 30 s")
  func refusingServer() {
    var bench = Bench()
    bench.feed(.tick)
    var waits: [Duration] = []
    for _ in 0..<10 {
      bench.feed(.disconnected(.upgradeRefused(status: 401)))
      waits.append(bench.shipper.nextRetry(at: bench.now) ?? .zero)
      bench.run(waits.last ?? .zero)
    }
    #expect(waits.last == .seconds(30))
  }

  @Test("The wait is jittered in full, so that a hundred clients do not come back at once")
  func jitter() {
    #expect(BackOff(jitter: { 0.5 }).delay(after: 3, most: .seconds(30)) == .milliseconds(500))
    #expect(BackOff(jitter: { 0 }).delay(after: 3, most: .seconds(30)) == .zero)
    #expect(BackOff(jitter: { 1 }).delay(after: 9999, most: .seconds(30)) == .seconds(30))
  }

  @Test("A handshake alone does not end the back-off, or a server that drops every call would be hammered")
  func resetOnlyBySuccess() {
    var bench = Bench()
    bench.queue(turn(1, of: one))
    bench.feed(.tick)
    for _ in 0..<3 {
      bench.feed(.connected(Bench.tools))
      bench.feed(.disconnected(.lost))
      bench.run(bench.shipper.nextRetry(at: bench.now) ?? .zero)
    }
    bench.feed(.connected(Bench.tools))
    #expect(bench.shipper.failures == 3)
    bench.sent = bench.sent.suffix(1)
    bench.acceptAll()
    #expect(bench.shipper.failures == 0)
    bench.feed(.disconnected(.lost))
    #expect(bench.shipper.nextRetry(at: bench.now) == .milliseconds(250))
  }

  @Test("A conversation is begun once, and used only when its id is safe on disk")
  func oneBegin() {
    var bench = Bench()
    bench.storesMappings = false
    bench.queue(turn(1, of: one), turn(2, of: one))
    bench.connect()
    let begin = bench.take()
    #expect(begin.map(\.tool) == ["conversation_begin"])
    #expect(begin.first?.session == "00000000-0000-4000-8000-000000000001")
    #expect(begin.first?.arguments["metadata"]?["conversation_id"]?.string == begin.first?.session)
    bench.advance(.seconds(1))
    #expect(bench.sent.isEmpty)
    bench.accept(begin[0])
    bench.advance(.seconds(1))
    #expect(bench.sent.isEmpty)
    bench.feed(.mapped(one))
    #expect(bench.sent.map(\.tool) == ["conversation_store_message"])
    #expect(bench.sent[0].arguments["conversation_id"]?.string == "server \(begin[0].session)")
  }

  @Test("A known conversation is not begun again")
  func knownMapping() {
    var bench = Bench()
    bench.outbox = [
      OutboxRow(
        id: 1, record: .success(.turn(turn(2, of: one))), conversationID: one, size: 10, serverConversation: "known")
    ]
    bench.connect()
    #expect(bench.sent.map(\.tool) == ["conversation_store_message"])
    #expect(bench.sent[0].arguments["conversation_id"] == "known")
  }

  @Test("A begin lost with its connection is made again, once")
  func beginLost() {
    var bench = Bench()
    bench.queue(turn(1, of: one))
    bench.connect()
    let lost = bench.take()
    bench.feed(.disconnected(.lost))
    bench.run(.seconds(1))
    bench.feed(.connected(Bench.tools))
    #expect(bench.sent.map(\.tool) == ["conversation_begin"])
    bench.accept(lost[0])
    #expect(bench.mappings.isEmpty)
    #expect(bench.acceptAll().map(\.tool) == ["conversation_begin", "conversation_store_message"])
    #expect(bench.delivered == [1])
  }

  @Test("A later turn never overtakes an earlier one of its conversation")
  func order() {
    var bench = Bench()
    bench.queue(turn(1, of: one), turn(1, of: two), turn(2, of: one), turn(3, of: one))
    bench.connect(Bench.logs)
    let first = bench.take()
    #expect(first.map(\.content) == ["turn 1", "turn 1"])
    bench.accept(first[1])
    #expect(bench.sent.isEmpty)
    bench.accept(first[0])
    #expect(bench.take().map(\.content) == ["turn 2"])
  }

  @Test("Conversations do not wait for each other, and no more than the limit of calls are under way")
  func window() {
    var limits = Bench.trusting
    limits.calls = 32
    var bench = Bench(limits: limits)
    for number in 1...50 { bench.queue(turn(1, of: conversation(number))) }
    bench.connect(Bench.logs)
    #expect(bench.sent.count == 32)
    let calls = bench.take()
    bench.accept(calls[0])
    #expect(bench.sent.count == 1)
    for call in calls.dropFirst() { bench.accept(call) }
    bench.acceptAll()
    #expect(bench.delivered.count == 50)
  }

  @Test("No more than 1 MiB is under way, but a larger record still goes alone")
  func windowBytes() {
    var bench = Bench()
    let text = String(repeating: "x", count: 600_000)
    for number in 1...3 { bench.queue(turn(1, of: conversation(number), content: text)) }
    bench.queue(turn(1, of: conversation(4), content: String(repeating: "y", count: 3_000_000)))
    bench.connect()
    for begin in bench.take() { bench.accept(begin) }
    #expect(bench.sent.count == 1)
    bench.acceptAll()
    #expect(bench.delivered == [1, 2, 3, 4])
  }

  @Test("What was unanswered when the connection died is sent again, and an answer from before counts no more")
  func resend() {
    var bench = Bench()
    bench.queue(turn(1, of: one), turn(1, of: two))
    bench.connect(Bench.logs)
    let first = bench.take()
    bench.accept(first[0])
    bench.feed(.disconnected(.lost))
    bench.run(.seconds(1))
    bench.feed(.connected(Bench.logs))
    bench.accept(first[1])
    #expect(bench.delivered == [1])
    #expect(bench.sent.map(\.id) != first.map(\.id))
    bench.acceptAll()
    #expect(bench.delivered == [1, 2])
  }

  @Test("A turn that the server has already is delivered, not refused")
  func duplicate() {
    var bench = Bench()
    bench.queue(turn(1, of: one))
    bench.connect()
    bench.accept(bench.take()[0])
    bench.refuse(
      bench.take()[0], "duplicate key value violates unique constraint \"messages_conversation_id_turn_number_key\"")
    #expect(bench.delivered == [1])
    #expect(bench.refusals.isEmpty)
  }

  @Test("A database that is down is nobody's fault: tried for ever, one call at a time, nothing parked")
  func databaseDown() {
    var bench = Bench()
    for number in 1...5 { bench.queue(turn(1, of: conversation(number))) }
    bench.connect(Bench.tools)
    for call in bench.take() { bench.refuse(call, "[Errno 111] Connect call failed ('127.0.0.1', 5432)") }
    #expect(bench.state == .disconnected(reason: "the server's storage does not answer"))
    for _ in 0..<100 {
      bench.run(bench.shipper.nextRetry(at: bench.now) ?? .zero)
      #expect(bench.sent.count == 1)
      #expect(bench.shipper.nextRetry(at: bench.now) ?? .zero <= .seconds(4))
      bench.refuse(bench.take()[0], "the database system is starting up")
    }
    #expect(bench.parked.isEmpty && bench.refusals.isEmpty)
    bench.run(.seconds(4))
    bench.acceptAll()
    #expect(bench.delivered.count == 5)
    #expect(bench.state == .connected)
  }

  @Test("A record that alone is refused five times while others pass is parked, and holds back only its conversation")
  func parking() {
    var bench = Bench()
    bench.queue(turn(1, of: one, content: "bad"), turn(2, of: one), turn(1, of: two))
    bench.connect(Bench.logs)
    var count = 0
    while bench.parked.isEmpty, count < 50 {
      for call in bench.take() {
        if call.content == "bad" {
          count += 1
          bench.refuse(call, "value out of range\nTraceback (most recent call last)")
        } else {
          #expect(call.content != "turn 2")
          bench.accept(call)
        }
      }
      bench.run(.seconds(1))
    }
    #expect(count == 5)
    #expect(bench.parked == [1: "the server's storage takes no such value"])
    #expect(bench.delivered == [3])
    bench.queue(turn(2, of: two), turn(3, of: one))
    #expect(bench.acceptAll().map(\.content) == ["turn 2"])
    let sentMore = bench.runUntilSent()
    #expect(!sentMore)
    #expect(bench.delivered == [3, 4])
  }

  @Test("A record refused while nothing passes is not blamed: it is tried for ever")
  func aloneIsNotBlamed() {
    var bench = Bench()
    bench.queue(turn(1, of: one))
    bench.connect(Bench.logs)
    for _ in 0..<20 {
      guard bench.runUntilSent() else { break }
      bench.refuse(bench.take()[0])
    }
    #expect(bench.refusals == [1: 20])
    #expect(bench.parked.isEmpty)
    let sentAgain = bench.runUntilSent()
    #expect(sentAgain)
    bench.acceptAll()
    #expect(bench.delivered == [1])
  }

  @Test("A refused record does not fill the buffer with its conversation, and that goes on in order once it passes")
  func deferredConversation() {
    var limits = Bench.trusting
    (limits.bufferedRows, limits.loadedRows) = (64, 64)
    var bench = Bench(limits: limits)
    for number in 1...100 { bench.queue(turn(number, of: one)) }
    bench.queue(turn(1, of: two))
    bench.connect(Bench.logs)
    bench.refuse(bench.take()[0])
    #expect(bench.sent.map(\.arguments["data"]?["conversation_id"]?.string) == [two.uuidString.lowercased()])
    bench.acceptAll()
    bench.run(.seconds(1))
    bench.acceptAll()
    bench.run(.seconds(1))
    bench.acceptAll()
    // The hundred records go past the pace only step by step.
    for _ in 0..<100 {
      bench.run(.milliseconds(250))
      bench.acceptAll()
    }
    #expect(bench.delivered == [101] + Array(1...100))
  }

  @Test("A record settled while a load was under way is not sent twice")
  func settledWhileLoading() {
    var bench = Bench()
    bench.queue(turn(1, of: one))
    bench.connect(Bench.logs)
    bench.answersLoads = false
    let stale = bench.outbox
    bench.feed(.nudged)
    bench.accept(bench.take()[0])
    bench.feed(.loaded(.init(rows: stale, isEnd: true)))
    #expect(bench.sent.isEmpty)
    #expect(bench.delivered == [1])
  }

  @Test("What is queued while a load is under way is loaded behind it, though the load had not seen it")
  func nudgedWhileLoading() {
    var bench = Bench()
    bench.connect(Bench.logs)
    bench.answersLoads = false
    bench.feed(.nudged)
    let asked = bench.loads.count
    bench.queue(turn(1, of: one))
    #expect(bench.loads.count == asked)
    bench.answersLoads = true
    // What the outbox held before.
    bench.feed(.loaded(.init(lane: .turns, rows: [], isEnd: true)))
    #expect(bench.sent.count == 1)
    bench.acceptAll()
    #expect(bench.delivered == [1])
    bench.feed(.loaded(.init(lane: .logs, rows: [], isEnd: true)))
    #expect(bench.shipper.isDrained(.stored))
  }
}
