import Conversations
import Foundation
import JSON
import MCP
import Testing

@testable import GodotLog

/// An acknowledgement that means "queued" ends nothing.
@Suite struct ConfirmationTests {
  private let one = conversation(1)

  private func bench(_ turns: Int = 1, dialect: Dialect = Bench.readable) -> Bench {
    var bench = Bench(limits: .init())
    for number in 0..<turns { bench.queue(turn(1, of: conversation(number + 1))) }
    bench.connect(dialect)
    return bench
  }

  @Test("A record that is acknowledged as queued stays until it is seen in the server's store")
  func readBack() {
    var bench = bench()
    bench.acceptAll()
    #expect(bench.delivered.isEmpty && bench.unconfirmed == [1])
    bench.run(.seconds(1))
    #expect(bench.delivered == [1] && bench.unconfirmed.isEmpty && bench.sent.isEmpty)
    #expect(bench.looks.map(\.trace) == [try? bench.outbox[0].record.get().traceID])
  }

  @Test("An acknowledgement after the commit needs no proof")
  func durable() {
    var bench = bench(dialect: Bench.durable)
    bench.acceptAll()
    #expect(bench.delivered == [1] && bench.looks.isEmpty)
  }

  @Test("Many are looked for together, and nothing is asked for while nothing is unconfirmed")
  func together() {
    var bench = bench(100)
    bench.acceptAll()
    bench.run(.seconds(1))
    #expect(bench.delivered.count == 100)
    #expect(bench.looks.count == 1 && bench.looks[0].trace == nil)
    bench.run(.seconds(60))
    #expect(bench.looks.count == 1)
  }

  @Test("Much that is newly acknowledged is looked for at once, and once only")
  func much() {
    var bench = Bench(limits: .init())
    bench.answersLooks = false
    for number in 1...600 { bench.queue(turn(1, of: conversation(number))) }
    bench.connect(Bench.readable)
    bench.acceptAll()
    #expect(bench.now == .zero && bench.looks.count == 1)
    bench.looks.forEach { bench.answer($0) }
    #expect(bench.delivered.count >= 450 && bench.looks.count == 1)
    bench.answersLooks = true
    bench.run(.seconds(1))
    #expect(bench.delivered.count == 600)
  }

  @Test("While records flow, a look asks for few rows that show nothing, and for more again when one was missed")
  func margin() {
    var looks = Shipper.Looks()
    // Of 900 unconfirmed, the newest 300 are never stored yet.
    var asked = 0
    for _ in 1...20 {
      asked = 900 + looks.margin
      looks.adapt(limit: asked, rows: asked, needed: 600, hasDoubts: false)
    }
    #expect((690...720).contains(asked), "\(asked)")
    // More is stored before the look than was under way.
    for _ in 1...20 {
      asked = 600 + looks.margin
      looks.adapt(limit: asked, rows: asked, needed: min(asked, 700), hasDoubts: asked < 700)
    }
    #expect((750...800).contains(asked) && !looks.isShort, "\(asked)")
    looks.adapt(limit: 900, rows: 900, needed: 900, hasDoubts: true)
    #expect(looks.isShort)
    // Somebody else writes as much.
    for _ in 1...8 { looks.adapt(limit: 1000, rows: 10, needed: 10, hasDoubts: true) }
    #expect(looks.margin == 1000 && !looks.isShort)
  }

  @Test("What a look asked too few rows for is looked for at once, before anything more is sent, and counts as stored")
  func shortLook() {
    var bench = Bench(limits: .init())
    for number in 1...3000 { bench.queue(turn(1, of: conversation(number))) }
    bench.connect(Bench.readable)
    // A worker that is behind by most of what is unconfirmed, and then by nothing.
    bench.workerLag = 250
    for _ in 1...60 where bench.delivered.count < 1500 {
      bench.acceptAll()
      bench.run(.milliseconds(20))
    }
    bench.workerLag = 0
    for _ in 1...400 where bench.delivered.count < 3000 {
      bench.acceptAll()
      bench.run(.milliseconds(20))
    }
    #expect(bench.delivered.count == 3000 && bench.lost.isEmpty)
    #expect(bench.looks.count { $0.trace != nil } < 10 && bench.looks.contains { $0.limit == 1000 })
  }

  @Test("While the worker stands still nothing is sent twice, and what is under way cannot fill a batch")
  func stoppedWorker() {
    var bench = Bench(limits: .init())
    for number in 1...200 {
      bench.queue(turn(1, of: conversation(number), content: String(repeating: "漢é\"", count: 2_000)))
    }
    bench.workerRuns = false
    bench.connect(Bench.readable)
    var weight = 0
    for _ in 0..<90 {
      for call in bench.acceptAll() where call.arguments["component"]?.string != "fiedler" {
        // Escaped beyond ASCII, and once more as JSON within JSON.
        let data = (call.arguments["data"] ?? .null).text
        weight += data.unicodeScalars.reduce(0) { $0 + ($1.value > 0x7F ? 7 : $1 == "\"" || $1 == "\\" ? 2 : 1) }
      }
      bench.run(.seconds(1))
    }
    #expect(weight > 300_000 && weight < 1 << 20)
    #expect(bench.delivered.isEmpty && bench.lost.isEmpty)
    bench.workerRuns = true
    for _ in 0..<400 where bench.delivered.count < 200 {
      bench.run(.milliseconds(250))
      bench.acceptAll()
    }
    #expect(bench.delivered.count == 200)
    let turns = bench.stored.filter { stored in
      bench.outbox.contains { (try? $0.record.get().logID) == stored.key.logID }
    }
    #expect(turns.count == 200 && Set(turns.map(\.key)).count == 200)
  }

  @Test("A record whose batch was destroyed is sent again under its log_id when a later one is stored")
  func lostBatch() {
    var bench = bench(3)
    let first = bench.acceptAll()
    bench.destroyQueue()
    bench.queue(turn(1, of: conversation(9)))
    bench.acceptAll()
    bench.run(.seconds(2))
    #expect(bench.lost.sorted() == [1, 2, 3])
    let again = bench.acceptAll()
    #expect(Set(again.map(\.arguments)) == Set(first.map(\.arguments)) && again.count == 3)
    bench.run(.seconds(2))
    #expect(bench.delivered.sorted() == [1, 2, 3, 4] && bench.sent.isEmpty)
  }

  @Test("Where everything acknowledged was destroyed, a probe tells that from a worker that stands still")
  func probe() {
    var bench = bench(3)
    bench.acceptAll()
    bench.destroyQueue()
    bench.run(.milliseconds(3500))
    let probe = bench.acceptAll()
    #expect(probe.map { $0.arguments["component"]?.string } == ["fiedler"])
    #expect(probe.map { $0.arguments["level"]?.string } == ["TRACE"])
    bench.run(.seconds(5))
    #expect(bench.acceptAll().count == 3)
    bench.run(.seconds(2))
    #expect(bench.delivered.sorted() == [1, 2, 3] && bench.sent.isEmpty)
  }

  @Test("The next turn of a conversation waits until the one before it is stored, so that a loss keeps the order")
  func order() {
    var bench = Bench(limits: .init())
    bench.queue(turn(1, of: one), turn(2, of: one), turn(1, of: conversation(2)))
    bench.connect(Bench.readable)
    #expect(bench.acceptAll().count == 2)
    bench.destroyQueue()
    for _ in 0..<60 {
      bench.run(.milliseconds(250))
      bench.acceptAll()
    }
    #expect(bench.delivered.count == 3)
    let ids = bench.stored.reversed().map(\.key.logID)
    let turns = bench.outbox.prefix(2).compactMap { try? $0.record.get().logID }
    #expect(ids.filter(turns.contains) == turns)
  }

  @Test("What was unanswered when the connection ended is looked for before it is sent again")
  func uncertain() {
    var bench = bench(2)
    let under = bench.take()
    // The first was stored, the second never came.
    if let data = under[0].arguments["data"], let key = RecordKey(data),
      let trace = under[0].arguments["trace_id"]?.string.flatMap(UUID.init(uuidString:))
    {
      bench.stored = [(trace, key)]
    }
    bench.feed(.disconnected(.lost))
    bench.run(.seconds(1))
    bench.feed(.connected(Bench.readable))
    bench.run(.seconds(2))
    #expect(bench.delivered == [1])
    #expect(bench.take().map(\.arguments) == [under[1].arguments])
  }

  @Test("A server that cannot be read is believed after a second, and not if the connection ends before")
  func unreadable() {
    var bench = Bench(limits: .init())
    bench.queue(turn(1, of: one), turn(2, of: one))
    bench.connect(Bench.logs)
    // One does not wait for the other there.
    #expect(bench.acceptAll().count == 2)
    bench.run(.milliseconds(900))
    #expect(bench.delivered.isEmpty && bench.unconfirmed == [1, 2])
    bench.feed(.disconnected(.lost))
    #expect(bench.lost.sorted() == [1, 2])
    bench.run(.seconds(1))
    bench.feed(.connected(Bench.logs))
    #expect(bench.acceptAll().map { $0.arguments["data"]?["turn_number"]?.int } == [1, 2])
    bench.run(.milliseconds(1100))
    #expect(bench.delivered == [1, 2])
  }

  @Test("A server whose query tool refuses is believed like one that has none; one whose storage is away is not")
  func refusedLooks() {
    var bench = bench()
    bench.lookFailure = .init(words: "the server failed on it", isRefusal: true)
    bench.acceptAll()
    bench.run(.seconds(30))
    #expect(bench.delivered == [1])
    bench = self.bench()
    bench.lookFailure = .init(words: "the server's storage does not answer", isRefusal: false)
    for _ in 0..<120 {
      bench.acceptAll()
      bench.run(.seconds(1))
    }
    #expect(bench.delivered.isEmpty && bench.unconfirmed == [1])
    #expect(bench.shipper.lastError == "the server's storage does not answer")
  }

  @Test("What one process knew to be queued, the next one looks for and does not send again")
  func nextProcess() {
    var bench = bench(2)
    bench.acceptAll()
    bench.restart()
    bench.connect(Bench.readable)
    #expect(bench.sent.isEmpty)
    bench.run(.seconds(1))
    #expect(bench.delivered.sorted() == [1, 2] && bench.sent.isEmpty)
  }

  @Test(
    "A turn of 8 MB and thirty small ones through processes that live two seconds: every part goes once, none waits")
  func parts() {
    var bench = Bench(limits: .init())
    bench.answersLooks = false
    bench.queue(turn(1, of: one, content: String(repeating: "All work and no play. ", count: 380_000)))
    for number in 2...31 { bench.queue(turn(1, of: conversation(number))) }
    var parts: [Int] = []
    var processes = 0
    while bench.delivered.count < 31, processes < 50 {
      processes += 1
      if processes > 1 { bench.restart() }
      bench.connect(Bench.readable)
      for _ in 0..<8 {
        let calls = bench.acceptAll()
        parts += calls.compactMap { $0.arguments["data"]?["metadata"]?["part"]?.int }
        bench.run(.milliseconds(250))
        // The server takes its time, or the first process would see the end of it.
        for look in bench.looks { bench.answer(look) }
        bench.looks = []
      }
      if processes == 1 { #expect(bench.delivered.count == 30, "small ones go between parts") }
    }
    #expect(bench.delivered.count == 31 && processes > 1)
    #expect(parts.count > 40 && Set(parts) == Set(1...parts.count))
  }
}
