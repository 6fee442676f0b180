import Basics
import Conversations
import FoundationEssentials
import JSON

/// Messages that wait to go in with one statement, no two of them for the same turn or with the same id.
struct PostgreSQLMessages {
  private struct Turn: Hashable {
    var conversation: UUID
    var number: Int
  }

  private(set) var messages: [StoredMessage] = []
  /// Where each stands among the batch's writes.
  private(set) var places: [Int] = []
  private(set) var bytes = 0
  private var ids: Set<UUID> = []
  private var turns: Set<Turn> = []
  private var conversations: Set<UUID> = []

  /// Whether any is of this conversation.
  func hold(_ conversation: UUID) -> Bool { conversations.contains(conversation) }

  /// One that needs to know no other: it says its number, and no part of it is to come.
  static func takes(_ message: StoredMessage) -> Bool {
    message.turnNumber != StoredMessage.nextTurn && message.announcedParts <= 1
  }

  /// Whether it could be added: not beside one of the same turn or id, which must be stored first.
  mutating func add(_ message: StoredMessage, at place: Int) -> Bool {
    let turn = Turn(conversation: message.conversationID, number: message.turnNumber)
    guard !ids.contains(message.id), turns.insert(turn).inserted else { return false }
    ids.insert(message.id)
    conversations.insert(message.conversationID)
    messages.append(message)
    places.append(place)
    bytes += message.content.utf8.count + 300
    return true
  }
}

extension PostgreSQLWriter {
  /// Stores messages as ``carryOut(_:)`` does each of them, in one round trip where they are new; in their order.
  mutating func store(
    _ waiting: PostgreSQLMessages
  ) throws -> [(place: Int, outcome: Result<StorageReceipt, StorageRefusal>)] {
    guard !waiting.messages.isEmpty else { return [] }
    try lock(Set(waiting.messages.map(\.conversationID)).subtracting(locked))
    let there = waiting.messages.filter { locked.contains($0.conversationID) }
    let new = try insert(there)
    var outcomes: [(place: Int, outcome: Result<StorageReceipt, StorageRefusal>)] = []
    for (message, place) in zip(waiting.messages, waiting.places) {
      if let createdAt = new[message.id] {
        outcomes.append(
          (place, .success(.message(id: message.id, turnNumber: message.turnNumber, createdAt: createdAt))))
        continue
      }
      // Its conversation is not there, or its turn or id is: what that means is found out alone.
      do {
        outcomes.append((place, .success(try carryOut(.store(message)))))
      } catch let refusal as StorageRefusal {
        if case .invalid = refusal { throw refusal }
        outcomes.append((place, .failure(refusal)))
      }
    }
    return outcomes
  }

  /// Stores those whose turn and id are not there yet; when each of them was made, as it is stored.
  private func insert(_ messages: [StoredMessage]) throws -> [UUID: Date] {
    guard !messages.isEmpty else { return [:] }
    var parameters = PostgreSQLParameters()
    parameters.append(array: messages.map(\.conversationID))
    parameters.append(array: messages.map(\.turnNumber))
    parameters.append(columnsOf: messages)
    let rows = try connection.run(
      """
      WITH new AS (
        INSERT INTO messages (id, conversation_id, turn_number, role, content, model, input_tokens, output_tokens,
          timing_ms, metadata, created_at)
        SELECT id, conversation, turn, role, content, model, input_tokens, output_tokens, timing_ms, metadata,
          \(PostgreSQLTime.of("created"))
        FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
          $9::bigint[], $10::jsonb[], $11::bigint[])
          AS given (conversation, turn, id, role, content, model, input_tokens, output_tokens, timing_ms, metadata,
            created)
        ON CONFLICT DO NOTHING RETURNING id, conversation_id, created_at
      ), touched AS (
        UPDATE conversations SET updated_at = greatest(updated_at, last)
        FROM (SELECT conversation_id, max(created_at) AS last FROM new GROUP BY conversation_id) AS added
        WHERE conversations.id = conversation_id
      )
      SELECT id, \(PostgreSQLTime.column("created_at")) FROM new
      """, parameters)
    var stored: [UUID: Date] = [:]
    for row in 0..<rows.count {
      stored[try PostgreSQLReader.id(rows.text(row, 0))] = PostgreSQLReader.date(rows, row, 1)
    }
    return stored
  }
}

extension PostgreSQLParameters {
  /// An array a column, of what messages bring of their own: id, role, content, model, input and output tokens, timing,
  /// metadata, and microseconds of their making.
  mutating func append(columnsOf messages: [StoredMessage]) {
    append(array: messages.map(\.id))
    append(array: messages.map(\.role))
    append(array: messages.map(\.content))
    append(array: messages.map(\.model))
    append(array: messages.map(\.inputTokens))
    append(array: messages.map(\.outputTokens))
    append(array: messages.map(\.timing))
    append(array: messages.map(\.metadata.storedText))
    append(array: messages.map(\.createdAt.microseconds))
  }
}
