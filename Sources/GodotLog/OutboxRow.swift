import FoundationEssentials

/// A pending row as read from the outbox.
struct OutboxRow: Hashable, Sendable {
  var id: Int64
  /// What it says, or why it cannot be read.
  var record: Result<TurnRecord, UnreadablePayload>
  var conversationID: UUID?
  /// Bytes of the payload.
  var size: Int
  /// How often the server has refused it.
  var attempts: Int = 0
  /// The server's id of the conversation, where it has one.
  var serverConversation: String?
}
