import FoundationEssentials
import JSON
import Synchronization

/// What a log server of each dialect answers to a message.
extension ScriptedGodot {
  /// The answer; `nil` where there is none.
  func answer(to message: JSON, call: Call?) -> JSON? {
    let id = message["id"] ?? .null
    guard message["id"] != nil, !id.isNull else {
      guard dialect == .b else { return nil }
      return Self.error(.null, -32601, "Method not found: \(message["method"]?.string ?? "")")
    }
    switch message["method"]?.string {
    case "initialize":
      return Self.result(
        id,
        [
          "protocolVersion": "2024-11-05", "capabilities": capabilities,
          "serverInfo": ["name": "scripted-godot", "version": .string(dialect.rawValue)],
        ])
    case "tools/list":
      return Self.result(id, ["tools": .array(toolNames.map(Self.tool))])
    case "tools/call":
      guard let call else { return Self.error(id, -32602, "Invalid params") }
      return perform(call, id: id)
    default:
      return Self.error(id, -32601, "Method not found")
    }
  }

  private var isDurable: Bool { state.withLock { $0.faults.isDurable } }

  private var capabilities: JSON {
    guard isDurable else { return ["tools": [:]] }
    return ["tools": [:], "experimental": ["fiedler.godot": ["durableLogs": true, "maximumFrame": 16_777_216]]]
  }

  private var toolNames: [String] {
    let logs = ["logger_log"]
    let more = [
      "logger_query", "logger_clear", "logger_set_level", "conversation_begin", "conversation_store_message",
      "conversation_store_messages_bulk",
    ]
    let reading = isDurable ? ["conversation_get"] : []
    return switch dialect {
    case .a: logs
    case .b: logs + more + reading
    case .c: (logs + more + reading).map { "godot_" + $0 }
    }
  }

  private static let parameters: [String: [String]] = [
    "logger_log": ["component", "level", "message", "trace_id", "data"],
    "logger_query": ["trace_id", "component", "level", "start_time", "end_time", "search", "limit"],
    "conversation_get": ["conversation_id", "after_turn", "limit"],
    "conversation_begin": ["session_id", "metadata"],
    "conversation_store_message": ["conversation_id", "role", "content", "turn_number", "metadata"],
  ]

  private static func tool(_ name: String) -> JSON {
    let bare = name.hasPrefix("godot_") ? String(name.dropFirst(6)) : name
    let properties = (parameters[bare] ?? []).map { ($0, JSON.object([:])) }
    return [
      "name": .string(name), "description": .string(bare),
      "inputSchema": ["type": "object", "properties": .object(Dictionary(uniqueKeysWithValues: properties))],
    ]
  }

  private func perform(_ call: Call, id: JSON) -> JSON {
    guard toolNames.contains(call.tool) else {
      return Self.error(id, dialect == .c ? -32601 : -32603, "Unknown tool: \(call.tool)")
    }
    let bare = call.tool.hasPrefix("godot_") ? String(call.tool.dropFirst(6)) : call.tool
    let known = Self.parameters[bare] ?? []
    if let unknown = (call.arguments.object ?? [:]).keys.first(where: { !known.contains($0) }) {
      return Self.error(id, -32603, "\(bare)() got an unexpected keyword argument '\(unknown)'")
    }
    return state.withLock { state in
      if let text = state.faults.failure?(call) { return Self.error(id, -32603, text) }
      if bare == "logger_log" { return Self.log(call.arguments, id, &state) }
      if let text = state.faults.databaseDown {
        return Self.error(id, -32603, text, data: .string(Failures.traceback))
      }
      switch bare {
      case "conversation_begin": return Self.begin(call.arguments, id, &state.records)
      case "conversation_store_message": return Self.store(call.arguments, id, &state.records)
      case "logger_query": return Self.query(call.arguments, id, state.records, state.faults)
      case "conversation_get": return Self.get(call.arguments, id, state.records)
      default: return Self.text(id, [])
      }
    }
  }

  /// Two messages an answer, so that a client has to ask for more.
  private static func get(_ arguments: JSON, _ id: JSON, _ records: Records) -> JSON {
    guard let conversation = records.conversations.first(where: { $0.id == arguments["conversation_id"]?.string })
    else { return error(id, -32603, "Conversation not found: \(arguments["conversation_id"]?.string ?? "")") }
    let after = arguments["after_turn"]?.int ?? 0
    let rest = records.messages.filter { $0.conversationID == conversation.id && $0.turnNumber > after }
      .sorted { $0.turnNumber < $1.turnNumber }
    let messages = rest.prefix(2).map { message -> JSON in
      [
        "turn_number": .int(message.turnNumber), "role": .string(message.role), "content": .string(message.content),
        "model": message.metadata["model"] ?? .null, "input_tokens": message.metadata["input_tokens"] ?? .null,
        "output_tokens": message.metadata["output_tokens"] ?? .null, "metadata": message.metadata,
        "created_at": .string(time(message.createdAt)),
      ]
    }
    return text(
      id,
      [
        "conversation": ["conversation_id": .string(conversation.id)], "messages": .array(messages),
        "more": .bool(rest.count > 2),
      ])
  }

  private static func begin(_ arguments: JSON, _ id: JSON, _ records: inout Records) -> JSON {
    let conversation = Conversation(
      id: UUID().uuidString.lowercased(), sessionID: arguments["session_id"]?.string,
      metadata: arguments["metadata"] ?? .null)
    records.conversations.append(conversation)
    return text(
      id,
      [
        "conversation_id": .string(conversation.id), "session_id": JSON(conversation.sessionID),
        "created_at": "2025-01-01T00:00:00+00:00",
      ])
  }

  private static func store(_ arguments: JSON, _ id: JSON, _ records: inout Records) -> JSON {
    guard let conversation = arguments["conversation_id"]?.string, let role = arguments["role"]?.string,
      let content = arguments["content"]?.string
    else { return error(id, -32603, "conversation_store_message() missing a required argument") }
    guard records.conversations.contains(where: { $0.id == conversation }) else {
      return error(
        id, -32603,
        "insert or update on table \"messages\" violates foreign key constraint \"messages_conversation_id_fkey\"")
    }
    guard ["user", "assistant", "system", "tool"].contains(role), !content.unicodeScalars.contains("\0") else {
      return error(id, -32603, "invalid input")
    }
    if content.utf8.count > 750_000 {
      return error(id, -32603, "string is too long for tsvector (\(content.utf8.count) bytes, max 1048575 bytes)")
    }
    let ofConversation = records.messages.filter { $0.conversationID == conversation }
    // A fraction is cut off, as PostgreSQL's driver has it.
    let turn = arguments["turn_number"]?.double.map { Int($0) } ?? (ofConversation.map(\.turnNumber).max() ?? 0) + 1
    if ofConversation.contains(where: { $0.turnNumber == turn }) {
      return error(
        id, -32603,
        "duplicate key value violates unique constraint \"messages_conversation_id_turn_number_key\"\n"
          + "DETAIL:  Key (conversation_id, turn_number)=(\(conversation), \(turn)) already exists.")
    }
    records.messages.append(
      Message(
        conversationID: conversation, turnNumber: turn, role: role, content: content,
        metadata: arguments["metadata"] ?? .null, createdAt: records.messages.count + 1))
    return text(
      id,
      [
        "message_id": .string(UUID().uuidString.lowercased()), "conversation_id": .string(conversation),
        "turn_number": .int(turn), "created_at": "2025-01-01T00:00:00+00:00",
      ])
  }

  static func text(_ id: JSON, _ value: JSON) -> JSON {
    result(id, ["content": [["type": "text", "text": .string(value.text)]]])
  }

  static func result(_ id: JSON, _ result: JSON) -> JSON {
    ["jsonrpc": "2.0", "id": id, "result": result]
  }

  static func error(_ id: JSON, _ code: Int, _ message: String, data: JSON = .null) -> JSON {
    ["jsonrpc": "2.0", "id": id, "error": ["code": .int(code), "message": .string(message), "data": data]]
  }
}
