import FoundationEssentials
import JSON

/// A conversation's turn that came as a log record, whole or in parts.
struct LogTurn {
  var message: StoredMessage
  var part = 1
  var parts = 1

  static let mostParts = 99_999

  /// `nil` if the record's data does not tell of a turn.
  init?(_ data: JSON, createdAt: Date) {
    guard let conversation = data["conversation_id"]?.string.flatMap(UUID.init(lenient:)),
      let turnNumber = data["turn_number"]?.int, (1...Int(Int32.max)).contains(turnNumber),
      let role = data["role"]?.string, ConversationTools.roles.contains(role), let content = data["content"]?.string
    else { return nil }
    var metadata = data["metadata"]?.object ?? [:]
    guard let (part, parts) = Self.takePart(from: &metadata) else { return nil }
    self.part = part
    self.parts = parts
    message = StoredMessage(
      id: UUID(), conversationID: conversation, turnNumber: turnNumber, role: role, content: content,
      metadata: .object(metadata), createdAt: createdAt)
    message.lift(from: data.object ?? [:])
  }

  /// Which part of how many a message is, 1 of 1 if it is whole; `nil` if what stands there makes no sense.
  static func takePart(from metadata: inout [String: JSON]) -> (part: Int, parts: Int)? {
    guard metadata["part"] != nil || metadata["parts"] != nil else { return (1, 1) }
    guard let part = metadata["part"]?.int, let parts = metadata["parts"]?.int, (1...mostParts).contains(parts),
      (1...parts).contains(part)
    else { return nil }
    // Of the joined message it would not be true.
    metadata["part"] = nil
    metadata["parts"] = nil
    return (part, parts)
  }
}

extension StoredMessage {
  /// Takes over what has a column of its own; what is no sound value stays where it is alone.
  mutating func lift(from members: [String: JSON]) {
    func count(_ name: String) -> Int? {
      guard let value = members[name]?.int, (0...Int(Int32.max)).contains(value) else { return nil }
      return value
    }
    model = members["model"]?.string
    inputTokens = count("input_tokens")
    outputTokens = count("output_tokens")
    timing = count("timing_ms")
  }

  /// Takes from the metadata what no column has.
  mutating func liftMissing() {
    guard let known = metadata.object else { return }
    var there = self
    there.lift(from: known)
    model = model ?? there.model
    inputTokens = inputTokens ?? there.inputTokens
    outputTokens = outputTokens ?? there.outputTokens
    timing = timing ?? there.timing
  }
}
