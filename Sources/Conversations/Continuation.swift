import JSON

/// What a model wants back with the next turn of a conversation: its thinking, signed or encrypted, in its provider's
/// own form. Nobody reads it; it means something to that provider alone.
public struct Continuation: Hashable, Sendable {
  /// Whose form it is.
  public enum Wire: String, Hashable, Sendable {
    case anthropic, gemini, responses
  }

  public var wire: Wire
  public var items: [JSON]

  public init(wire: Wire, items: [JSON]) {
    self.wire = wire
    self.items = items
  }

  /// For the history and exports; ``init(stored:)`` reads it back.
  public var json: JSON { ["wire": .string(wire.rawValue), "items": .array(items)] }

  /// `nil` for what this version cannot have written: the conversation goes on without it.
  public init?(stored json: JSON) {
    guard let wire = json["wire"]?.string.flatMap(Wire.init(rawValue:)), let items = json["items"]?.array else {
      return nil
    }
    self.init(wire: wire, items: items)
  }
}
