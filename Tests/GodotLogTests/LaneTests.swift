import Conversations
import Foundation
import JSON
import MCP
import TestSupport
import Testing

@testable import GodotLog

/// Ordinary records beside turns, and servers that promise more.
@Suite struct LaneTests {
  private let one = conversation(1)
  private let two = conversation(2)

  private static func durable(_ tools: [String] = ["logger_log"]) -> Dialect {
    var dialect = Dialect(tools: tools)
    dialect.isDurable = true
    dialect.maximumFrame = 16 << 20
    return dialect
  }

  @Test("Ordinary records do not wait for each other")
  func pipelined() {
    var bench = Bench()
    for number in 1...20 { bench.queue(log: log(.info, "\(number)")) }
    bench.connect(Bench.logs)
    #expect(bench.sent.count == 20)
    bench.acceptAll()
    #expect(bench.delivered == Array(1...20))
  }

  @Test("An ordinary record that is refused while others pass is parked after five times and holds nobody back")
  func parking() {
    var bench = Bench()
    bench.queue(log: log(.info, "bad"))
    bench.queue(log: log(.info, "good"))
    bench.connect(Bench.logs)
    var refusals = 0
    for _ in 0..<100 where bench.parked.isEmpty {
      for call in bench.take() {
        if call.arguments["message"] == "bad" {
          refusals += 1
          bench.refuse(call, "value out of range")
        } else {
          bench.accept(call)
        }
      }
      bench.run(.seconds(1))
      bench.queue(log: log(.info, "another"))
    }
    #expect(refusals == 5)
    #expect(bench.parked == [1: "the server's storage takes no such value"])
    bench.acceptAll()
    #expect(bench.delivered.first == 2 && bench.delivered.count == bench.outbox.count - 1)
  }

  @Test("A turn does not wait behind a backlog of ordinary records that has to be paced")
  func turnsFirst() {
    var bench = Bench()
    for number in 1...500 {
      bench.queue(log: log(.info, "\(number)", data: ["text": .string(String(repeating: "x", count: 20_000))]))
    }
    bench.queue(turn(1, of: one))
    bench.connect()
    #expect(bench.sent.first?.tool == "conversation_begin")
    let held = bench.sent.count
    #expect(held < 20)
    bench.accept(bench.take()[0])
    #expect(bench.sent.map(\.tool) == ["conversation_store_message"])
  }

  @Test("A server that commits each record is not paced, and takes large records whole")
  func durable() {
    var bench = Bench()
    for number in 1...100 {
      bench.queue(log: log(.info, "\(number)", data: ["text": .string(String(repeating: "x", count: 20_000))]))
    }
    bench.queue(log: log(.info, "large", data: ["text": .string(String(repeating: "x", count: 1_500_000))]))
    bench.connect(Self.durable())
    #expect(bench.sent.count == 101)
    #expect(bench.sent.last.map { $0.size > 1_500_000 } ?? false)
  }

  @Test("With such a server 4,096 calls are under way, with others 128")
  func window() {
    for (dialect, expected) in [(Self.durable(), 4096), (Bench.logs, 128)] {
      var bench = Bench()
      for number in 1...4150 { bench.queue(log: log(.info, "\(number)")) }
      bench.connect(dialect)
      #expect(bench.sent.count == expected)
    }
  }

  @Test("Where the user wants conversation tools and the server has none, turns wait and the reason is shown")
  func toolsOnly() {
    var bench = Bench()
    bench.queue(turn(1, of: one))
    bench.queue(log: log(.info, "goes"))
    bench.connect(Bench.logs.routed(.tools))
    #expect(bench.take().map { $0.arguments["message"]?.string } == ["goes"])
    #expect(
      bench.state
        == .disconnected(reason: "the server has no conversation tools, and godot.conversations is tools"))
    bench.feed(.disconnected(.lost))
    bench.run(.seconds(5))
    bench.feed(.connected(Bench.tools.routed(.tools)))
    #expect(bench.acceptAll().contains { $0.tool == "conversation_store_message" })
  }

  @Test("Where the user wants log records, turns are log records though the server has conversation tools")
  func logsOnly() {
    var bench = Bench()
    bench.queue(turn(1, of: one))
    bench.connect(Bench.tools.routed(.log))
    #expect(bench.acceptAll().map(\.tool) == ["logger_log"])
    #expect(bench.delivered == [1])
  }

  @Test("A parked turn that is put back goes before the later ones of its conversation, even if those were just read")
  func putBack() {
    var bench = Bench()
    bench.queue(turn(1, of: one), turn(2, of: one), turn(1, of: two))
    bench.outbox[0].record = .failure(UnreadablePayload(reason: "x"))
    bench.connect(Bench.logs)
    bench.acceptAll()
    #expect(bench.parked.keys.sorted() == [1] && bench.delivered == [3])
    bench.outbox[0].record = .success(.turn(turn(1, of: one)))
    bench.parked = [:]
    bench.resends = 1
    bench.feed(.nudged)
    #expect(bench.take().map(\.content) == ["turn 1"])
  }

  @Test("A conversation whose refused turn passed while more was being read still goes on in order")
  func passedWhileLoading() {
    var limits = Bench.trusting
    (limits.bufferedRows, limits.loadedRows) = (2, 2)
    var bench = Bench(limits: limits)
    for number in 1...6 { bench.queue(turn(number, of: one)) }
    bench.connect(Bench.logs)
    bench.refuse(bench.take()[0])
    bench.answersLoads = false
    bench.feed(.nudged)
    bench.run(.seconds(1))
    let again = bench.take()
    #expect(again.map(\.content) == ["turn 1"])
    bench.accept(again[0])
    bench.answersLoads = true
    if let load = bench.loads.last(where: { $0.lane == .turns }) { bench.answerLoad(load) }
    if let load = bench.loads.last(where: { $0.lane == .logs }) { bench.answerLoad(load) }
    bench.acceptAll()
    #expect(bench.delivered == [1, 2, 3, 4, 5, 6])
  }

  @Test("After a secret became known nothing is sent as it was read before")
  func reread() {
    var bench = Bench()
    bench.queue(turn(1, of: one, content: "open sesame"))
    bench.connect(Bench.logs)
    bench.feed(.disconnected(.lost))
    bench.outbox[0].record = .success(.turn(turn(1, of: one, content: "[REDACTED]")))
    bench.sent = []
    bench.run(.seconds(1))
    bench.feed(.reread)
    bench.feed(.connected(Bench.logs))
    #expect(bench.acceptAll().map(\.content) == ["[REDACTED]"])
  }

  @Test(
    "No record is lost or sent twice, and no conversation's order changes, whatever the server does", arguments: 1...40)
  func anything(seed: UInt64) {
    var random = Seeded(seed)
    var limits = Bench.trusting
    (limits.bufferedRows, limits.loadedRows, limits.calls) = (8, 4, 5)
    var bench = Bench(limits: limits)
    for number in 0..<60 {
      if number % 5 == 4 {
        bench.queue(log: log(.info, "\(number)"))
      } else {
        bench.queue(turn(number / 4 + 1, of: conversation(number % 4)))
      }
    }
    bench.connect(Bench.logs)
    var steps = 0
    while bench.delivered.count < 60, steps < 20_000 {
      steps += 1
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        bench.feed(.disconnected(.lost))
        bench.sent = []
        bench.run(.seconds(5))
        bench.feed(.connected(Bench.logs))
      case 1...3:
        if let call = bench.sent.randomElement(using: &random) {
          bench.sent.removeAll { $0.id == call.id }
          bench.refuse(call, Bool.random(using: &random) ? "no" : "connection refused")
        }
      case 4: bench.run(.milliseconds(300))
      case 5:
        bench.parked = [:]
        bench.resends += 1
        bench.feed(.nudged)
      default:
        if let call = bench.sent.randomElement(using: &random) {
          bench.sent.removeAll { $0.id == call.id }
          bench.accept(call)
        } else {
          bench.run(.seconds(1))
        }
      }
    }
    #expect(bench.delivered.count == 60 && Set(bench.delivered).count == 60)
    for number in 0..<4 {
      let turns = bench.delivered.filter { id in
        bench.outbox.first { $0.id == id }?.conversationID == conversation(number)
      }
      #expect(turns == turns.sorted())
    }
  }
}
