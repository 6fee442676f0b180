import JSON

/// The tools by their bare names; each is also called with `godot_` before it.
enum Tool: String, CaseIterable {
  case log = "logger_log"
  case query = "logger_query"
  case clear = "logger_clear"
  case setLevel = "logger_set_level"
  case begin = "conversation_begin"
  case store = "conversation_store_message"
  case storeAll = "conversation_store_messages_bulk"
  case get = "conversation_get"
  case list = "conversation_list"
  case search = "conversation_search"

  private static let prefix = "godot_"
  private static let names = Dictionary(
    uniqueKeysWithValues: allCases.flatMap { [($0.rawValue, $0), (prefix + $0.rawValue, $0)] })

  init?(name: String) {
    guard let tool = Self.names[name] else { return nil }
    self = tool
  }

  /// What `tools/list` answers.
  static let all: JSON = [
    "tools": .array(
      (["", prefix]).flatMap { prefix in
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
    "type": "string", "enum": ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"],
  ]

  private var parameters: (properties: [String: JSON], required: [String]) {
    switch self {
    case .log:
      let properties: [String: JSON] = [
        "component": Self.text("Who logs."), "level": Self.level, "message": Self.text("What happened."),
        "trace_id": Self.text("A UUID that ties records together."),
        "data": Self.object("Anything more. log_id, a UUID, lets a repeat be recognised."),
      ]
      return (properties, ["component", "level", "message"])
    case .query:
      let properties: [String: JSON] = [
        "trace_id": Self.text("A UUID."), "component": Self.text("Whose records."),
        "level": Self.level, "start_time": Self.text("ISO 8601."), "end_time": Self.text("ISO 8601."),
        "search": Self.text("Words of the message."), "limit": Self.number("1 to 1000; 100 if it is not given."),
      ]
      return (properties, [])
    case .clear:
      let properties: [String: JSON] = [
        "component": Self.text("Whose records; all if it is not given."),
        "before_time": Self.text("ISO 8601; seven days ago if it is not given."),
      ]
      return (properties, [])
    case .setLevel:
      return (["component": Self.text("Whose records, or *."), "level": Self.level], ["component", "level"])
    case .begin:
      let properties: [String: JSON] = [
        "session_id": Self.text("The client's own name for it."), "metadata": Self.object("Anything more."),
        "conversation_id": Self.text("A UUID, if the client chooses it."),
      ]
      return (properties, [])
    case .store:
      let properties: [String: JSON] = [
        "conversation_id": Self.text("A UUID."),
        "role": ["type": "string", "enum": .array(ConversationTools.roles.sorted().map(JSON.string))],
        "content": Self.text("The text."), "turn_number": Self.number("The next free one, from 1, if it is not given."),
        "metadata": Self.object("model, input_tokens, output_tokens, timing_ms, and anything more."),
      ]
      return (properties, ["conversation_id", "role", "content"])
    case .storeAll:
      let properties: [String: JSON] = [
        "messages": [
          "type": "array", "items": ["type": "object"], "description": "Objects with role, content and metadata.",
        ],
        "conversation_id": Self.text("A UUID; a new conversation if it is not given."),
        "session_id": Self.text("For a new conversation."), "metadata": Self.object("For a new conversation."),
      ]
      return (properties, ["messages"])
    case .get:
      let properties: [String: JSON] = [
        "conversation_id": Self.text("A UUID."), "after_turn": Self.number("Only turns above it."),
        "limit": Self.number("1 to 1000; 100 if it is not given. Fewer come, and more is true, where they are long."),
      ]
      return (properties, ["conversation_id"])
    case .list:
      let properties: [String: JSON] = [
        "session_id": Self.text("Only those of this session."), "offset": Self.number("How many to pass over."),
        "limit": Self.number("1 to 1000; 100 if it is not given."),
      ]
      return (properties, [])
    case .search:
      let properties: [String: JSON] = [
        "query": Self.text("Words."), "limit": Self.number("1 to 1000; 20 if it is not given."),
      ]
      return (properties, ["query"])
    }
  }
}
