import Conversations
import FoundationEssentials
import GRDB
@testable import GodotServer
import JSON
import TestSupport
import Testing

enum StorageKind: String, CaseIterable, CustomTestStringConvertible {
  case sqlite = "SQLite"
  case postgreSQL = "PostgreSQL"

  var testDescription: String { rawValue }
}

/// An empty place for a log server's data, and storages opened on it.
final class StorageFixture {
  /// What `--store` takes.
  let location: String
  private let directory: TemporaryDirectory?
  private var opened: [any LogStorage] = []

  init(_ kind: StorageKind) throws {
    switch kind {
    case .sqlite:
      let directory = try TemporaryDirectory()
      location = directory("godot.db")
      self.directory = directory
    case .postgreSQL:
      let server = try PostgreSQLServer.shared.get()
      location = server.url(try server.createDatabase())
      directory = nil
    }
  }

  /// Another storage on the same place, as another server would have it.
  func open() async throws -> any LogStorage {
    let storage = try await StorageLocation.open(location)
    opened.append(storage)
    return storage
  }

  func close() async {
    for storage in opened { await storage.close() }
    opened = []
  }
}

/// Runs a test with an empty storage.
func withStorage(_ kind: StorageKind, _ body: (any LogStorage) async throws -> Void) async throws {
  let fixture = try StorageFixture(kind)
  do {
    try await body(try await fixture.open())
  } catch {
    await fixture.close()
    throw error
  }
  await fixture.close()
}

// Values with what a test does not care about filled in.

/// A second of a day in 2026, so many seconds later.
func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_780_000_000 + seconds) }

func entry(
  _ message: String = "hello", id: UUID = UUID(), component: String = "app", level: LogLevel = .info,
  trace: UUID? = nil, data: JSON = .null, at time: Date = at(0)
) -> LogEntry {
  LogEntry(
    id: id, traceID: trace, component: component, level: level, message: message, data: JSONText(data), createdAt: time)
}

func conversation(_ id: UUID = UUID(), session: String? = nil, at time: Date = at(0)) -> StoredConversation {
  StoredConversation(id: id, sessionID: session, metadata: ["kind": "test"], createdAt: time, updatedAt: time)
}

func message(
  in conversation: UUID, turn: Int = StoredMessage.nextTurn, _ content: String = "hello", id: UUID = UUID(),
  role: String = "user",
  metadata: JSON = .null, at time: Date = at(1)
) -> StoredMessage {
  StoredMessage(
    id: id, conversationID: conversation, turnNumber: turn, role: role, content: content, model: "m", inputTokens: 3,
    outputTokens: 5, timing: 700, metadata: metadata, createdAt: time)
}

extension LogStorage {
  /// Commits writes that must all succeed.
  @discardableResult
  func done(_ writes: StorageWrite..., sourceLocation: SourceLocation = #_sourceLocation) async throws
    -> [StorageReceipt]
  {
    try await commit(writes).map { try $0.get() }
  }

  /// Commits one write that must be refused.
  func refusal(of write: StorageWrite) async throws -> StorageRefusal? {
    guard case .failure(let refusal) = try await commit([write])[0] else { return nil }
    return refusal
  }
}

extension StorageReceipt {
  var turnNumber: Int? { if case .message(_, let number, _) = self { number } else { nil } }
}

extension StorageRefusal {
  var isInvalid: Bool { if case .invalid = self { true } else { false } }
}

extension LogStorage {
  /// Model, tokens and timing of a conversation's turns as the view `conversation_turns` has them, a line a turn.
  func flatTurns(_ conversation: UUID) async throws -> [String] {
    let columns = ["model", "input_tokens", "output_tokens", "timing_ms"]
    let sql = "SELECT \(columns.joined(separator: ", ")) FROM conversation_turns WHERE conversation_id = "
    let order = " ORDER BY turn_number"
    switch self {
    case let storage as SQLiteStorage:
      return try await storage.database.read { db in
        try Row.fetchAll(db, sql: sql + "'\(conversation.uuidString.lowercased())'" + order).map { row in
          columns.map { row[$0] as DatabaseValue }.map { $0.isNull ? "" : "\($0)".filter { $0 != "\"" } }
            .joined(separator: "|")
        }
      }
    case let storage as PostgreSQLStorage:
      return try await storage.read { connection in
        let rows = try connection.run(sql + "'\(conversation.uuidString)'" + order)
        return (0..<rows.count).map { row in (0..<4).map { rows.text(row, $0) ?? "" }.joined(separator: "|") }
      }
    default: return []
    }
  }
}
