import Basics
import FoundationEssentials
import GodotWire
import JSON
import MCP

/// The tools that read conversations.
enum ReadingTools {
  static let tools = [
    ServerTool(
      .get, "A conversation with its messages, in order.",
      [
        .text(WireKey.conversationID, "A UUID.").required, .number(WireKey.afterTurn, "Only turns above it."),
        .number(
          WireKey.limit, "1 to 1000; 100 if it is not given. Fewer come, and more is true, where they are long."),
      ],
      does: { arguments, _ throws(JSONRPCError) in try get(arguments) }),
    ServerTool(
      .list, "Conversations, the last changed first.",
      [
        .text(WireKey.sessionID, "Only those of this session."), .number(WireKey.offset, "How many to pass over."),
        .number(WireKey.limit, "1 to 1000; 100 if it is not given."),
      ],
      does: { arguments, _ throws(JSONRPCError) in try list(arguments) }),
    ServerTool(
      .search, "Finds messages that have all the words, newest first.",
      [.text(WireKey.query, "Words.").required, .number(WireKey.limit, "1 to 1000; 20 if it is not given.")],
      does: { arguments, _ throws(JSONRPCError) in try search(arguments) }),
  ]

  static func get(_ arguments: ToolArguments) throws(JSONRPCError) -> ToolWork {
    let id = try arguments.requiredID(WireKey.conversationID)
    let after = try arguments.integer(WireKey.afterTurn) ?? Int(Int32.min) - 1
    let limit = try arguments.limit(default: 100)
    return .read { storage in
      guard let conversation = try await storage.conversation(id) else { throw StorageRefusal.conversationNotFound(id) }
      let (messages, more) = try await messages(of: id, after: after, limit: limit, storage)
      return ["conversation": json(conversation), WireKey.messages: .array(messages), WireKey.more: .bool(more)]
    }
  }

  /// In portions that grow with what the messages' lengths allow, so that few are read in vain.
  private static func messages(
    of id: UUID, after start: Int, limit: Int, _ storage: any LogStorage
  ) async throws(StorageUnavailable) -> (messages: [JSON], more: Bool) {
    var room = AnswerRoom()
    var found: [JSON] = []
    var last = start
    var portion = min(4, limit)
    while found.count < limit {
      let messages = try await storage.messages(of: id, after: last, limit: min(portion, limit - found.count))
      for message in messages {
        let json = json(message)
        guard room.takes(json) else { return (found, true) }
        found.append(json)
        last = message.turnNumber
      }
      guard messages.count == min(portion, limit - found.count + messages.count) else { return (found, false) }
      portion = max(1, (AnswerRoom.most - room.bytes) / max(1, room.bytes / found.count))
    }
    return (found, try await !storage.messages(of: id, after: last, limit: 1).isEmpty)
  }

  static func list(_ arguments: ToolArguments) throws(JSONRPCError) -> ToolWork {
    let session = arguments.text(WireKey.sessionID)
    let offset = max(0, try arguments.integer(WireKey.offset) ?? 0)
    let limit = try arguments.limit(default: 100)
    return .read { storage in
      var room = AnswerRoom()
      let found = try await storage.conversations(session: session, offset: offset, limit: limit)
      return .array(found.map(json).prefix { room.takes($0) })
    }
  }

  static func search(_ arguments: ToolArguments) throws(JSONRPCError) -> ToolWork {
    let query = try arguments.requiredString(WireKey.query)
    let limit = try arguments.limit(default: 20)
    return .read { storage in
      .array(try await storage.search(query, limit: limit).map(json))
    }
  }

  private static func json(_ conversation: StoredConversation) -> JSON {
    [
      WireKey.conversationID: .string(conversation.id.lowercased), WireKey.sessionID: JSON(conversation.sessionID),
      WireKey.metadata: conversation.metadata,
      WireKey.createdAt: .string(Timestamp.text(conversation.createdAt, zone: .number)),
      "updated_at": .string(Timestamp.text(conversation.updatedAt, zone: .number)),
    ]
  }

  private static func json(_ given: StoredMessage) -> JSON {
    var message = given
    // What another server has stored stands in the metadata alone.
    message.liftMissing()
    return [
      WireKey.messageID: .string(message.id.lowercased), WireKey.turnNumber: .int(message.turnNumber),
      WireKey.role: .string(message.role), WireKey.content: .string(message.content),
      WireKey.model: JSON(message.model),
      WireKey.inputTokens: JSON(message.inputTokens), WireKey.outputTokens: JSON(message.outputTokens),
      WireKey.timing: JSON(message.timing), WireKey.metadata: message.metadata,
      WireKey.createdAt: .string(Timestamp.text(message.createdAt, zone: .number)),
    ]
  }

  private static func json(_ hit: SearchHit) -> JSON {
    [
      WireKey.conversationID: .string(hit.conversationID.lowercased), WireKey.turnNumber: .int(hit.turnNumber),
      WireKey.role: .string(hit.role), WireKey.model: JSON(hit.model), "snippet": .string(hit.snippet),
      WireKey.createdAt: .string(Timestamp.text(hit.createdAt, zone: .number)),
    ]
  }
}
