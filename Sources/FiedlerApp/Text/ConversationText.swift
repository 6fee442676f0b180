import Basics
import Conversations
import FoundationEssentials
import Interchange
import JSON

/// A conversation as text, for `fiedler show` and pipes.
public enum ConversationText {
  /// Markdown: every prompt and every answer under its own heading, with what is known about it.
  public static func markdown(_ conversation: Conversation) -> String {
    ConversationMarkdown.reading(conversation, facts: facts)
  }

  private static func facts(_ reply: Reply) -> String {
    var facts = [reply.state.rawValue]
    if let failure = reply.failure { facts.append(failure.message) }
    if let duration = reply.duration { facts.append(duration.shown) }
    if let first = reply.timeToFirstToken { facts.append("first token after \(first.shown)") }
    if let tokens = reply.usage.completionTokens { facts.append("\(tokens) tokens") }
    if let cached = reply.usage.cachedTokens, cached > 0 { facts.append("\(cached) of the prompt's from the cache") }
    return (facts + reply.options.assignments).joined(separator: " · ")
  }

  /// One JSON object. Times are seconds, dates seconds since 1970.
  public static func json(_ conversation: Conversation) -> JSON {
    [
      "id": .string(conversation.id.lowercased),
      "title": .string(conversation.title),
      "created_at": .double(conversation.createdAt.timeIntervalSince1970),
      "updated_at": .double(conversation.updatedAt.timeIntervalSince1970),
      "exchanges": .array(
        conversation.exchanges.map { exchange in
          [
            "correlation_id": .string(exchange.prompt.id.lowercased),
            "parent": JSON(exchange.prompt.parent?.lowercased),
            "turn_number": .int(exchange.prompt.turnNumber),
            "prompt": .string(exchange.prompt.text),
            "system": JSON(exchange.prompt.system),
            "files": .array(
              exchange.prompt.attachments.map { file in
                var members: [String: JSON] = ["name": .string(file.name), "sha256": .string(file.sha256)]
                members["type"] = (file.media?.type.rawValue).map(JSON.string)
                members["bytes"] = file.media.map { .int($0.data.count) }
                return .object(members)
              }),
            "synthesis": exchange.prompt.synthesis?.json ?? .null,
            "replies": .array(exchange.replies.map(SendReport.json)),
            "verdicts": .array(exchange.verdicts.map(ConversationJSON.json)),
          ]
        }),
    ]
  }
}
