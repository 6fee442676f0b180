import Basics
import Conversations
import FoundationEssentials
import JSON

/// Conversations that wait to be begun with one statement, no two of them with the same id.
struct PostgreSQLBeginnings {
  private(set) var conversations: [StoredConversation] = []
  /// Where each stands among the batch's writes.
  private(set) var places: [Int] = []
  private var ids: Set<UUID> = []

  var count: Int { conversations.count }

  /// Whether it could be added: not beside one of the same id, which must be begun first.
  mutating func add(_ conversation: StoredConversation, at place: Int) -> Bool {
    guard ids.insert(conversation.id).inserted else { return false }
    conversations.append(conversation)
    places.append(place)
    return true
  }
}

extension PostgreSQLWriter {
  /// Begins conversations as ``carryOut(_:)`` does each of them, in one round trip.
  mutating func begin(_ waiting: PostgreSQLBeginnings) throws -> [(place: Int, receipt: StorageReceipt)] {
    guard waiting.count > 0 else { return [] }
    let given = waiting.conversations
    var parameters = PostgreSQLParameters()
    parameters.append(array: given.map(\.id))
    parameters.append(array: given.map(\.sessionID))
    parameters.append(array: given.map(\.metadata.storedText))
    parameters.append(array: given.map(\.createdAt.microseconds))
    parameters.append(array: given.map(\.updatedAt.microseconds))
    let columns = PostgreSQLReader.conversationColumns  // five
    // By id, so that no two servers that begin the same ones wait for each other.
    let rows = try connection.run(
      """
      WITH new AS (
        INSERT INTO conversations (id, session_id, metadata, created_at, updated_at)
        SELECT id, session_id, metadata, \(PostgreSQLTime.of("created")), \(PostgreSQLTime.of("updated"))
        FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::bigint[], $5::bigint[])
          AS given (id, session_id, metadata, created, updated)
        ORDER BY id ON CONFLICT (id) DO NOTHING RETURNING *
      )
      SELECT \(columns), true FROM new
      UNION ALL SELECT \(columns), false FROM conversations WHERE id = ANY ($1::uuid[])
      """, parameters)
    var stored: [UUID: StoredConversation] = [:]
    for row in 0..<rows.count {
      let conversation = try PostgreSQLReader.conversation(rows, row)
      stored[conversation.id] = conversation
      // What this transaction has made nobody else can see yet.
      if rows.bool(row, 5) { hold(conversation.id) }
    }
    return try zip(given, waiting.places).map { conversation, place in
      // One that another server has made just now is not seen by a statement that was running.
      if let known = stored[conversation.id] { return (place, .conversation(known)) }
      return (place, try carryOut(.begin(conversation)))
    }
  }
}
