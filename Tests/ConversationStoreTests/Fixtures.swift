import Conversations
import ConversationStore
import Foundation
import GRDB
import Glibc
import Testing

/// Swift Testing has an `Attachment` too.
typealias AttachedFile = Conversations.Attachment

/// A new directory under the temporary one, gone when the value is.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "fiedler-store-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  // What cannot be removed stays for the system to clean up.
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension Date {
  /// A fixed time, on the whole second.
  static let morning = Date(timeIntervalSince1970: 1_760_000_000)
}

extension ModelReference {
  static let fast = ModelReference(provider: "demo", name: "fast")
  static let slow = ModelReference(provider: "demo", name: "slow/instruct")
}

extension Exchange {
  /// A send as it is before the first event.
  static func queued(
    _ text: String = "Why is the sky blue?", system: String? = nil, attachments: [AttachedFile] = [],
    models: [ModelReference] = [.fast, .slow], at time: Date = .morning
  ) -> Exchange {
    Exchange(
      prompt: Prompt(
        id: UUID(), turnNumber: 0, text: text, system: system, attachments: attachments, models: models, sentAt: time),
      replies: models.map { Reply(id: UUID(), model: $0, startedAt: time) })
  }
}

extension Reply {
  func applying(_ events: [(Int, SendEvent)]) -> Reply {
    var reply = self
    for (milliseconds, event) in events { reply.apply(event, at: .milliseconds(milliseconds)) }
    return reply
  }

  func answering(_ text: String) -> Reply {
    applying([
      (1, .connecting(attempt: 1, of: 3)), (20, .firstToken), (20, .text(text)),
      (30, .usage(Usage(promptTokens: 7, completionTokens: 11))), (31, .finished(.stop)),
    ])
  }
}

extension ConversationStore {
  /// Stores a send under the conversation's usual title, and returns it as numbered.
  @discardableResult
  func begin(_ exchange: Exchange, in conversation: UUID) async throws -> Exchange {
    var exchange = exchange
    exchange.prompt = try await begin(
      exchange, in: conversation, title: Prompt.title(for: exchange.prompt.text), createdAt: exchange.prompt.sentAt)
    return exchange
  }

  /// Runs SQL on the file, as a user with the sqlite3 shell could.
  func execute(_ sql: String) async throws {
    try await database.writeWithoutTransaction { try $0.execute(sql: sql) }
  }

  func integer(_ sql: String) async throws -> Int {
    try await database.read { try Int.fetchOne($0, sql: sql) ?? 0 }
  }
}

/// The probe program, running.
final class Probe {
  private let process = Process()

  init(_ arguments: [String]) throws {
    let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    process.executableURL = folder.appending(path: "StoreProbe")
    process.arguments = arguments
    try process.run()
  }

  func kill() {
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  func waitForSuccess() -> Bool {
    process.waitUntilExit()
    return process.terminationReason == .exit && process.terminationStatus == 0
  }

  deinit { if process.isRunning { kill() } }
}
