import Conversations
import Foundation
import GRDB
import TestSupport
import Testing

@testable import GodotLog

/// When the outbox is written.
@Suite struct WorkerTests {
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func worker() throws -> OutboxWorker {
    OutboxWorker(
      database: try scratch.open(), server: "s", secrets: KnownSecrets(Redactor()), mailbox: Mailbox())
  }

  @Test("Acknowledgements wait for others while more are due, and no longer than a tenth of a second")
  func gathering() throws {
    var worker = try worker()
    worker.add(.delivered(1), at: .zero)
    worker.add(.delivered(2), at: .milliseconds(50))
    #expect(worker.nextStart == .milliseconds(100))
    worker.proceed(at: .milliseconds(99), isPressed: false)
    #expect(worker.nextStart == .milliseconds(100))
    worker.proceed(at: .milliseconds(100), isPressed: false)
    #expect(worker.nextStart == nil && !worker.isIdle)
    worker.finished(.written([.delivered(1), .delivered(2)]), at: .milliseconds(101))
    #expect(worker.isIdle)
  }

  @Test("Nothing waits when no more is due, when much has gathered, or behind what has to be on disk at once")
  func atOnce() throws {
    var pressed = try worker()
    pressed.add(.delivered(1), at: .zero)
    pressed.proceed(at: .zero, isPressed: true)
    #expect(pressed.nextStart == nil)

    var full = try worker()
    for id in 1...1024 { full.add(.delivered(Int64(id)), at: .zero) }
    full.proceed(at: .zero, isPressed: false)
    #expect(full.nextStart == nil)

    var urgent = try worker()
    urgent.add(.delivered(1), at: .zero)
    urgent.add(.keepMapping(conversation: UUID(), server: "x"), at: .zero)
    #expect(urgent.nextStart == .zero)
  }

  @Test("Work that failed is tried again, and what came meanwhile is not forgotten")
  func failure() throws {
    var worker = try worker()
    worker.add(.delivered(1), at: .zero)
    worker.proceed(at: .zero, isPressed: true)
    worker.add(.delivered(2), at: .milliseconds(10))
    #expect(worker.nextStart == nil)
    worker.finished(.failed("disk full"), at: .milliseconds(20))
    #expect(worker.nextStart == .milliseconds(20))
    worker.proceed(at: .milliseconds(20), isPressed: true)
    worker.finished(.written([.delivered(1), .delivered(2)]), at: .milliseconds(30))
    #expect(worker.isIdle)
  }
}
