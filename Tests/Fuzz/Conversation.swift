@testable import Conversations
@testable import Interchange
import JSON

/// What is read is written and read again as the same, and can be replayed.
@Sendable func fuzzConversation(_ bytes: [UInt8]) {
  guard let json = try? JSON(bytes: bytes), let conversation = try? ConversationJSON.conversation(json) else { return }
  let written = ConversationJSON.json(conversation)
  check((try? ConversationJSON.conversation(written)) != nil, "what is written is read")
  for exchange in conversation.exchanges {
    let timeline = ReplayTimeline(exchange.replies)
    for reply in exchange.replies { _ = timeline.reply(reply.id, at: timeline.duration) }
  }
}
