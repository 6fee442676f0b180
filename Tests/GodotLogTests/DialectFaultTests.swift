import Conversations
import Foundation
import GRDB
import JSON
import TestSupport
import Testing

@testable import GodotLog

/// What goes wrong with the servers in use, on stand-ins of each: whatever they lose is named, goes out again, and is
/// there once.
@Suite struct DialectFaultTests {
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  enum Fault: String, CaseIterable, Sendable {
    case none
    /// It dies with calls under way, and returns on the same port.
    case killedServer
    /// A call is carried out and its answer lost.
    case lostAnswer
    case databaseAway
    /// The worker dies with a batch in its hands.
    case killedWorker
    /// A batch over its limit is destroyed.
    case batchTooLarge
    /// Somebody else's record destroys its batch.
    case poisonedBatch
    /// The queue loses its oldest.
    case trimmedQueue
    /// The worker cannot store what it has taken.
    case databaseAwayFromWorker
  }

  @Test("After any fault of any server, what was lost is named and sent again, and every turn is there once")
  func matrix() async throws {
    for way in VerifierTests.Way.allCases {
      for fault in Fault.allCases { try await play(fault, way) }
    }
  }

  private func play(_ fault: Fault, _ way: VerifierTests.Way) async throws {
    let scene = Comment(rawValue: "\(fault) with \(way)")
    let scratch = try Scratch()
    let database = try scratch.open()
    let godot = ScriptedGodot(way.dialect)
    godot.change { $0.isDurable = way == .durable }
    try await godot.start()
    let configuration = GodotConfiguration(
      destination: .url(godot.url), lockFile: scratch.lockFile, turns: way.turns)
    let all = (1...4).map { number in
      (1...4).map { turn($0, of: conversation(number), content: String(repeating: "\($0) ", count: 5000)) }
    }
    try await database.queue(all.flatMap(\.self))

    let logger = GodotLogger(database: database, configuration: configuration) { _ in }
    switch fault {
    case .none: break
    case .killedServer: godot.change { $0.holdFromCall = 9 }
    case .lostAnswer: godot.change { $0.dropAfterCall = 7 }
    case .databaseAway: godot.change { $0.databaseDown = ScriptedGodot.Failures.database[0] }
    case .killedWorker, .batchTooLarge, .poisonedBatch, .trimmedQueue, .databaseAwayFromWorker:
      godot.change { faults in
        // Our own server has no such worker.
        if !faults.isDurable { faults.worker = .stopped }
        if fault == .trimmedQueue { faults.queueLimit = 2 }
        if fault == .batchTooLarge { faults.batchBytes = 25_000 }
      }
    }
    logger.start()
    switch fault {
    case .none, .lostAnswer: break
    case .killedServer:
      #expect(try await godot.wait { $0.calls.count >= 8 }, scene)
      try await godot.stop()
      godot.change { $0.holdFromCall = nil }
      try await godot.start()
    case .databaseAway:
      #expect(try await godot.wait { !$0.calls.isEmpty }, scene)
      godot.change { $0.databaseDown = nil }
    case .killedWorker, .batchTooLarge, .poisonedBatch, .trimmedQueue, .databaseAwayFromWorker:
      if way.turns == .log {
        // The first turn of each conversation; the next one waits until that is stored.
        #expect(try await godot.wait { $0.calls.count { $0.tool.hasSuffix("logger_log") } >= 4 }, scene)
      }
      switch fault {
      case .killedWorker: godot.killWorker()
      case .poisonedBatch:
        godot.forget { records in
          if !records.queue.isEmpty { records.queue.append(["message": "a record without a trace"]) }
        }
        godot.work()
      case .databaseAwayFromWorker:
        godot.change { $0.databaseDown = "the database system is shutting down" }
        godot.work()
      default: godot.work()
      }
      godot.change { faults in
        (faults.databaseDown, faults.worker, faults.queueLimit) = (nil, .immediate, 100_000)
      }
    }
    logger.retryNow()
    _ = await logger.flush(deadline: .seconds(60))
    await logger.shutdown()

    let source = Turns(all)
    var work = GodotVerifier.Work()
    work.resends = true
    let verifier = GodotVerifier(database: database, configuration: configuration)
    let (found, queued) = try await verifier.verify(source, work, patience: .milliseconds(100))
    #expect(queued == found[.lost].count && found[.duplicated].count == 0, scene)
    let sender = GodotLogger(database: database, configuration: configuration) { _ in }
    sender.start()
    _ = await sender.flush(deadline: .seconds(60))
    await sender.shutdown()

    let after = try await verifier.verify(source, patience: .milliseconds(100)).found
    #expect(after.isCleanButForText && after.turns == 16, "\(fault) with \(way): \(after)")
    #expect(after[.uncompared].count == (way.isTools ? 16 : 0), scene)
    let records = godot.records
    let stored =
      way.turns == .log
      // Not the probes that ask whether the worker works.
      ? records.logs.filter { $0["data"]?["turn_number"] != nil }.map {
        "\($0["data"]?["conversation_id"] ?? "") \($0["data"]?["turn_number"] ?? "")"
      }
      : records.messages.map { "\($0.conversationID) \($0.turnNumber)" }
    // A record whose answer was lost comes again under its log id, and is known by it.
    #expect(stored.count - after.repeats == 16 && Set(stored).count == 16, "\(fault) with \(way): \(stored)")
    try await godot.stop()
  }
}
