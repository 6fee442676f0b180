import JSON

/// A model that takes another's place in a conversation: of the turns before, it is shown that one's answers where it
/// has none of its own.
public struct Succession: Hashable, Sendable {
  public var successor: ModelReference
  public var predecessor: ModelReference

  public init(_ successor: ModelReference, after predecessor: ModelReference) {
    self.successor = successor
    self.predecessor = predecessor
  }

  /// For the history and exports; ``init(_:)`` reads it back.
  public var json: JSON { ["model": Self.json(successor), "after": Self.json(predecessor)] }

  /// `nil` for what has not its members.
  public init?(_ json: JSON) {
    guard let successor = json["model"].flatMap(Self.model), let predecessor = json["after"].flatMap(Self.model) else {
      return nil
    }
    self.init(successor, after: predecessor)
  }

  private static func json(_ model: ModelReference) -> JSON {
    ["provider": .string(model.provider), "name": .string(model.name)]
  }

  private static func model(_ json: JSON) -> ModelReference? {
    guard let provider = json["provider"]?.string, let name = json["name"]?.string else { return nil }
    return ModelReference(provider: provider, name: name)
  }
}

extension Conversation {
  /// What `model` is shown of the turns so far: every prompt it was sent with its own last answer to it.
  ///
  /// A model never sees another model's answers, but for those of one whose place it has taken: by `successions`, which
  /// the prompt that follows declares, or by those of an earlier prompt. A prompt that has no answer for it is left
  /// out, because most APIs refuse two user messages in a row.
  public func history(for model: ModelReference, by successions: [Succession] = []) -> [ChatMessage] {
    // Whose answers count, the first one's before the others': its own, then those of the models before it.
    var authors = [model]
    authors.inherit(successions)
    var turns: [[ChatMessage]] = []
    for exchange in exchanges.reversed() {
      if let reply = exchange.answer(of: authors) {
        turns.append([
          exchange.prompt.message,
          // Another model's signed thinking means nothing to this one.
          ChatMessage(
            role: .assistant, content: reply.text, continuation: reply.model == model ? reply.continuation : nil),
        ])
      }
      authors.inherit(exchange.prompt.successions)
    }
    return turns.reversed().flatMap(\.self)
  }
}

extension [ModelReference] {
  /// Adds whose places these models have taken.
  public mutating func inherit(_ successions: [Succession]) {
    for succession in successions where contains(succession.successor) && !contains(succession.predecessor) {
      append(succession.predecessor)
    }
  }
}

extension Exchange {
  /// The newest answer with text of the first of these models that has one.
  public func answer(of authors: [ModelReference]) -> Reply? {
    for author in authors {
      if let reply = replies.last(where: { $0.model == author && !$0.text.isEmpty }) { return reply }
    }
    return nil
  }
}
