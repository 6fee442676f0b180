import Conversations
import Foundation
import GRDB
import JSON
import Synchronization

@testable import GodotLog

/// A conversation's id that is easy to tell in a failure.
func conversation(_ number: Int) -> UUID {
  UUID(uuidString: "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - "\(number)".count) + "\(number)")!
}

func turn(_ number: Int, of conversation: UUID, content: String? = nil) -> TurnRecord {
  TurnRecord(
    conversationID: conversation, turnNumber: number, role: number == 1 ? .user : .assistant,
    content: content ?? "turn \(number)", model: number == 1 ? nil : ModelReference(provider: "demo", name: "swift"),
    traceID: UUID(), status: number == 1 ? nil : .success, promptTurn: number == 1 ? nil : 1,
    createdAt: Date(timeIntervalSince1970: 1_700_000_000))
}

extension ToolCall {
  /// What is encoded in it.
  var arguments: JSON { (try? JSON(bytes: body)) ?? .null }
}

/// A database in a folder of its own.
final class Scratch: Sendable {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("outbox-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    // Left to the system's cleaning if it cannot be removed.
    try? FileManager.default.removeItem(at: folder)
  }

  var lockFile: String { folder.appendingPathComponent("sender.lock").path }

  func open() throws -> DatabasePool {
    let pool = try DatabasePool(path: folder.appendingPathComponent("test.db").path)
    var migrator = DatabaseMigrator()
    Outbox.registerMigrations(in: &migrator)
    try migrator.migrate(pool)
    return pool
  }
}

extension DatabaseWriter {
  func queue(_ turns: [TurnRecord]) async throws {
    try await write { db in
      for turn in turns { try Outbox.append(turn, in: db) }
    }
  }
}

/// Waits for a condition; false if the deadline came first.
func eventually(_ deadline: Duration = .seconds(60), _ condition: @Sendable () throws -> Bool) async throws -> Bool {
  let limit = ContinuousClock.now + deadline
  while try !condition() {
    if ContinuousClock.now >= limit { return false }
    try await Task.sleep(for: .milliseconds(5))
  }
  return true
}

/// Set once; a thread may wait for it.
final class Flag: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  private let state = Mutex(false)
  var isSet: Bool { state.withLock { $0 } }

  func set() {
    state.withLock { $0 = true }
    semaphore.signal()
  }

  func wait() { semaphore.wait() }
}
