import GodotWire
import Conversations
import JSON

extension LogTool {
  /// What `tools/list` answers.
  static let list: JSON = [
    "tools": .array(
      ["", prefix].flatMap { prefix in
        allCases.map { tool in
          [
            "name": .string(prefix + tool.rawValue), "description": .string(tool.description),
            "inputSchema": tool.inputSchema,
          ]
        }
      })
  ]

  private var description: String {
    switch self {
    case .log: "Stores a log record. The answer comes when it is on disk."
    case .query: "Finds log records, newest first."
    case .clear: "Removes log records; conversations stay."
    case .setLevel: "Sets the lowest level that is kept of a component's records; * stands for all others."
    case .begin: "Begins a conversation, or finds the one that has this id already."
    case .store: "Stores one message of a conversation. Repeating it does no harm."
    case .storeAll: "Stores up to 10000 messages, all or none."
    case .get: "A conversation with its messages, in order."
    case .list: "Conversations, the last changed first."
    case .search: "Finds messages that have all the words, newest first."
    }
  }

  private var inputSchema: JSON {
    let (properties, required) = parameters
    return [
      "type": "object", "properties": .object(properties), "required": .array(required.map(JSON.string)),
    ]
  }

  private static func text(_ description: String) -> JSON {
    ["type": "string", "description": .string(description)]
  }

  private static func number(_ description: String) -> JSON {
    ["type": "integer", "description": .string(description)]
  }

  private static func object(_ description: String) -> JSON {
    ["type": "object", "description": .string(description)]
  }

  private static let level: JSON = [
    "type": "string", "enum": .array(LogLevel.allCases.reversed().map { .string($0.rawValue) }),
  ]

  private var parameters: (properties: [String: JSON], required: [String]) {
    switch self {
    case .log:
      let properties: [String: JSON] = [
        WireKey.component: Self.text("Who logs."), WireKey.level: Self.level,
        WireKey.message: Self.text("What happened."),
        WireKey.traceID: Self.text("A UUID that ties records together."),
        WireKey.data: Self.object("Anything more. log_id, a UUID, lets a repeat be recognised."),
      ]
      return (properties, ["component", "level", "message"])
    case .query:
      let properties: [String: JSON] = [
        WireKey.traceID: Self.text("A UUID."), WireKey.component: Self.text("Whose records."),
        WireKey.level: Self.level, WireKey.startTime: Self.text("ISO 8601."), WireKey.endTime: Self.text("ISO 8601."),
        WireKey.search: Self.text("Words of the message."),
        WireKey.limit: Self.number("1 to 1000; 100 if it is not given."),
      ]
      return (properties, [])
    case .clear:
      let properties: [String: JSON] = [
        WireKey.component: Self.text("Whose records; all if it is not given."),
        WireKey.beforeTime: Self.text("ISO 8601; seven days ago if it is not given."),
      ]
      return (properties, [])
    case .setLevel:
      return (
        [WireKey.component: Self.text("Whose records, or *."), WireKey.level: Self.level], ["component", "level"]
      )
    case .begin:
      let properties: [String: JSON] = [
        WireKey.sessionID: Self.text("The client's own name for it."), WireKey.metadata: Self.object("Anything more."),
        WireKey.conversationID: Self.text("A UUID, if the client chooses it."),
      ]
      return (properties, [])
    case .store:
      let properties: [String: JSON] = [
        WireKey.conversationID: Self.text("A UUID."),
        WireKey.role: ["type": "string", "enum": .array(Role.allCases.map(\.rawValue).sorted().map(JSON.string))],
        WireKey.content: Self.text("The text."),
        WireKey.turnNumber: Self.number("The next free one, from 1, if it is not given."),
        WireKey.metadata: Self.object("model, input_tokens, output_tokens, timing_ms, and anything more."),
      ]
      return (properties, ["conversation_id", "role", "content"])
    case .storeAll:
      let properties: [String: JSON] = [
        WireKey.messages: [
          "type": "array", "items": ["type": "object"], "description": "Objects with role, content and metadata.",
        ],
        WireKey.conversationID: Self.text("A UUID; a new conversation if it is not given."),
        WireKey.sessionID: Self.text("For a new conversation."),
        WireKey.metadata: Self.object("For a new conversation."),
      ]
      return (properties, [WireKey.messages])
    case .get:
      let properties: [String: JSON] = [
        WireKey.conversationID: Self.text("A UUID."), WireKey.afterTurn: Self.number("Only turns above it."),
        WireKey.limit: Self.number(
          "1 to 1000; 100 if it is not given. Fewer come, and more is true, where they are long."),
      ]
      return (properties, [WireKey.conversationID])
    case .list:
      let properties: [String: JSON] = [
        WireKey.sessionID: Self.text("Only those of this session."),
        WireKey.offset: Self.number("How many to pass over."),
        WireKey.limit: Self.number("1 to 1000; 100 if it is not given."),
      ]
      return (properties, [])
    case .search:
      let properties: [String: JSON] = [
        WireKey.query: Self.text("Words."), WireKey.limit: Self.number("1 to 1000; 20 if it is not given."),
      ]
      return (properties, [WireKey.query])
    }
  }
}
