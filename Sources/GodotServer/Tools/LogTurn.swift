import Basics
import Conversations
import FoundationEssentials
import GodotWire
import JSON

/// A conversation's turn that came as a log record, whole or in parts.
struct LogTurn {
  var message: StoredMessage
  var part = 1
  var parts = 1

  /// `nil` if the record's data does not tell of a turn.
  init?(_ data: JSON, createdAt: Date) {
    guard let conversation = data[WireKey.conversationID]?.string.flatMap(UUID.init(lenient:)),
      let turnNumber = data[WireKey.turnNumber]?.int, (1...Int(Int32.max)).contains(turnNumber),
      let role = data[WireKey.role]?.string, Role(rawValue: role) != nil, let content = data[WireKey.content]?.string
    else { return nil }
    var metadata = data[WireKey.metadata]?.object ?? [:]
    guard let (part, parts) = Self.takePart(from: &metadata) else { return nil }
    self.part = part
    self.parts = parts
    message = StoredMessage(
      id: .timeOrdered(at: createdAt), conversationID: conversation, turnNumber: turnNumber, role: role,
      content: content,
      metadata: .object(metadata), createdAt: createdAt)
    message.lift(from: data.object ?? [:])
  }

  /// Which part of how many a message is, 1 of 1 if it is whole; `nil` if what stands there makes no sense.
  static func takePart(from metadata: inout [String: JSON]) -> (part: Int, parts: Int)? {
    guard metadata[WireKey.part] != nil || metadata[WireKey.parts] != nil else { return (1, 1) }
    guard let part = metadata[WireKey.part]?.int, let parts = metadata[WireKey.parts]?.int,
      (1...WireLimits.parts).contains(parts),
      (1...parts).contains(part)
    else { return nil }
    // Of the joined message it would not be true.
    metadata[WireKey.part] = nil
    metadata[WireKey.parts] = nil
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
    model = members[WireKey.model]?.string
    inputTokens = count(WireKey.inputTokens)
    outputTokens = count(WireKey.outputTokens)
    timing = count(WireKey.timing)
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
