import Basics
import Conversations
import FoundationEssentials
import JSON

/// A conversation as text, for `fiedler show` and pipes.
public enum ConversationText {
  /// Markdown: every prompt and every answer under its own heading, with what is known about it.
  public static func markdown(_ conversation: Conversation) -> String {
    var text = "# \(ListingText.oneLine(conversation.title))\n"
    var before: Prompt?
    for exchange in conversation.exchanges {
      let prompt = exchange.prompt
      text += "\n## \(prompt.turnNumber). Prompt\(branch(prompt, before, conversation))\n\n"
      before = prompt
      if let system = prompt.system { text += "System: \(system)\n\n" }
      text += prompt.text
      if !prompt.text.hasSuffix("\n") { text += "\n" }
      if !prompt.attachments.isEmpty {
        text += "\nFiles: \(ListingText.oneLine(prompt.attachments.map(\.name).joined(separator: ", ")))\n"
      }
      for reply in exchange.replies {
        let number = reply.turnNumber.map { "\($0). " } ?? ""
        text +=
          "\n## \(number)\(ListingText.oneLine("\(reply.model)"))\(reply.attempt > 1 ? " (attempt \(reply.attempt))" : "")\n\n"
        if !reply.text.isEmpty { text += reply.text + (reply.text.hasSuffix("\n") ? "" : "\n") }
        text += (reply.text.isEmpty ? "" : "\n") + "_\(facts(reply))_\n"
      }
    }
    return text
  }

  /// What a prompt follows, where that is not the one before it.
  private static func branch(_ prompt: Prompt, _ before: Prompt?, _ conversation: Conversation) -> String {
    guard prompt.parent != before?.id else { return "" }
    let parent = conversation.exchanges.first { $0.id == prompt.parent }?.prompt
    return parent.map { " (after turn \($0.turnNumber))" } ?? " (a new beginning)"
  }

  private static func facts(_ reply: Reply) -> String {
    var facts = [reply.state.rawValue]
    if let failure = reply.failure { facts.append(failure.message) }
    if let duration = reply.duration { facts.append(duration.shown) }
    if let first = reply.timeToFirstToken { facts.append("first token after \(first.shown)") }
    if let tokens = reply.usage.completionTokens { facts.append("\(tokens) tokens") }
    return facts.joined(separator: " · ")
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
              exchange.prompt.attachments.map { ["name": .string($0.name), "sha256": .string($0.sha256)] }),
            "replies": .array(exchange.replies.map(SendReport.json)),
          ]
        }),
    ]
  }
}
