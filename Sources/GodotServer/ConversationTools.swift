import Basics
import Conversations
import FoundationEssentials
import JSON
import MCP

/// The tools that change conversations.
struct ConversationTools: Sendable {
  let clock: IncreasingClock

  static let roles: Set<String> = ["user", "assistant", "system", "tool"]
  /// What the tables hold.
  static let turnNumbers = Int(Int32.min)...Int(Int32.max)
  static let mostMessages = 10_000

  func begin(_ arguments: ToolArguments) throws(JSONRPCError) -> ToolWork {
    let metadata = arguments.value("metadata")
    let proposed = metadata?["conversation_id"]?.string.flatMap(UUID.init(lenient:))
    let conversation = new(
      id: try arguments.id("conversation_id") ?? proposed ?? UUID(), session: arguments.text("session_id"),
      metadata: metadata)
    return .write(.begin(conversation)) { receipt in
      guard case .conversation(let stored) = receipt else { return [:] }
      return [
        "conversation_id": .string(stored.id.lowercased), "session_id": JSON(stored.sessionID),
        "created_at": .string(Timestamp.text(stored.createdAt, zone: .number)),
      ]
    }
  }

  private func new(id: UUID, session: String?, metadata: JSON?) -> StoredConversation {
    let now = clock.now()
    return StoredConversation(id: id, sessionID: session, metadata: metadata ?? [:], createdAt: now, updatedAt: now)
  }

  func store(_ arguments: ToolArguments) throws(JSONRPCError) -> ToolWork {
    let conversation = try arguments.requiredID("conversation_id")
    let role = try arguments.requiredString("role")
    guard Self.roles.contains(role) else { throw arguments.invalid("role", "must be user, assistant, system or tool") }
    var content = try arguments.requiredText("content")
    let turnNumber = try arguments.integer("turn_number")
    if let turnNumber, !Self.turnNumbers.contains(turnNumber) {
      throw arguments.invalid("turn_number", "must be from \(Int32.min) to \(Int32.max)")
    }
    // Usually an object; a text or a list is kept as it is.
    let given = arguments.value("metadata") ?? [:]
    var metadata = given.object ?? [:]
    let lifted = metadata
    // Where a client's own limit divided the text, it is one again.
    if let overflow = metadata["content_overflow"]?.string {
      content += overflow
      metadata["content_overflow"] = nil
    }
    guard let (part, parts) = LogTurn.takePart(from: &metadata) else {
      throw arguments.invalid("metadata.part", "must be from 1 to metadata.parts")
    }
    var message = StoredMessage(
      id: UUID(), conversationID: conversation, turnNumber: turnNumber ?? StoredMessage.nextTurn, role: role,
      content: content, metadata: given.object == nil ? given : .object(metadata), createdAt: clock.now())
    message.lift(from: lifted)
    guard parts > 1 else {
      let trace = Self.traceWrite(message)
      return .write(.store(message), trace: trace) { receipt in
        guard case .message(let id, let turnNumber, let createdAt) = receipt else { return [:] }
        return Self.answer(id, conversation, turnNumber, createdAt)
      }
    }
    guard let turnNumber else { throw arguments.invalid("turn_number", "is missing: a part needs it") }
    let write = Self.partWrite(message, part: part, parts: parts, arguments)
    return .write(write) { [message] _ in Self.answer(message.id, conversation, turnNumber, message.createdAt) }
  }

  private static func answer(_ id: UUID, _ conversation: UUID, _ turnNumber: Int, _ createdAt: Date) -> JSON {
    [
      "message_id": .string(id.lowercased), "conversation_id": .string(conversation.lowercased),
      "turn_number": .int(turnNumber), "created_at": .string(Timestamp.text(createdAt, zone: .number)),
    ]
  }

  /// A message that names its trace is also found among that trace's log records, without its text.
  private static func traceWrite(_ message: StoredMessage) -> StorageWrite? {
    guard let trace = message.metadata["trace_id"]?.string.flatMap(UUID.init(lenient:)),
      message.turnNumber != StoredMessage.nextTurn
    else {
      return nil
    }
    let logID = message.metadata["log_id"]?.string.flatMap(UUID.init(lenient:))
    let level: LogLevel =
      switch message.metadata["status"]?.string {
      case "failed": .error
      case "cancelled", "partial", "interrupted": .warn
      default: .info
      }
    let entry = LogEntry(
      id: logID ?? UUID(), traceID: trace, component: LoggerTools.turnComponent, level: level,
      message: "Conversation \(message.conversationID.lowercased) turn \(message.turnNumber) (\(message.role))",
      data: JSONText([
        "conversation_id": .string(message.conversationID.lowercased), "turn_number": .int(message.turnNumber),
        "role": .string(message.role), "model": JSON(message.model), "input_tokens": JSON(message.inputTokens),
        "output_tokens": JSON(message.outputTokens), "timing_ms": JSON(message.timing), "metadata": message.metadata,
      ]),
      createdAt: message.createdAt)
    return .log(entry, madeAt: logID == nil ? nil : LoggerTools.time(message.metadata["logged_at_ms"]))
  }

  /// A part goes with the turn's other parts, which come as log records.
  private static func partWrite(
    _ message: StoredMessage, part: Int, parts: Int, _ arguments: ToolArguments
  ) -> StorageWrite {
    let metadata = arguments["metadata"] ?? [:]
    let logID = metadata["log_id"]?.string.flatMap(UUID.init(lenient:))
    let entry = LogEntry(
      id: logID?.derived(part) ?? UUID(), traceID: metadata["trace_id"]?.string.flatMap(UUID.init(lenient:)),
      component: LoggerTools.turnComponent, level: .info,
      message: "Conversation \(message.conversationID.lowercased) turn \(message.turnNumber) (\(message.role))",
      data: JSONText([
        "conversation_id": .string(message.conversationID.lowercased), "turn_number": .int(message.turnNumber),
        "role": .string(message.role), "content": .string(message.content), "metadata": metadata,
      ]),
      createdAt: message.createdAt)
    let madeAt = logID == nil ? nil : LoggerTools.time(metadata["logged_at_ms"])
    return .logTurn(entry, madeAt: madeAt, message, part: part, parts: parts)
  }

  func storeAll(_ arguments: ToolArguments) throws(JSONRPCError) -> ToolWork {
    guard arguments.value("messages_file") == nil else {
      throw arguments.invalid("messages_file", "is not taken: a server reads no files; send messages instead")
    }
    guard let list = try arguments.required("messages").array else {
      throw arguments.invalid("messages", "must be an array")
    }
    guard !list.isEmpty else { throw arguments.invalid("messages", "is empty") }
    guard list.count <= Self.mostMessages else {
      throw arguments.invalid("messages", "has \(list.count) elements; at most \(Self.mostMessages) go into one call")
    }
    let id = try arguments.id("conversation_id")
    let conversation = new(
      id: id ?? UUID(), session: arguments.text("session_id"), metadata: arguments.value("metadata"))
    var messages: [StoredMessage] = []
    for (index, json) in list.enumerated() {
      guard let members = json.object else { throw arguments.invalid("messages[\(index)]", "must be an object") }
      messages.append(message(members, json, in: conversation.id))
    }
    return .write(.storeAll(conversation: conversation, mustExist: id != nil, messages)) { receipt in
      guard case .messages(let conversation, let count) = receipt else { return [:] }
      return [
        "conversation_id": .string(conversation.lowercased), "messages_stored": .int(count), "status": "success",
      ]
    }
  }

  /// One of three shapes: role and content; a session file's line with these inside `message`; anything else, which is
  /// kept whole as the system's.
  private func message(_ members: [String: JSON], _ json: JSON, in conversation: UUID) -> StoredMessage {
    var role = "system"
    var content = json.text
    var metadata = JSON.null
    var known: [String: JSON] = [:]
    if let given = members["role"]?.string, Self.roles.contains(given), let text = members["content"] {
      role = given
      content = ToolArguments.text(text)
      metadata = members["metadata"] ?? .null
      known = metadata.object ?? [:]
    } else if let inner = members["message"]?.object, let given = inner["role"]?.string, Self.roles.contains(given),
      let text = inner["content"]
    {
      role = given
      content = ToolArguments.text(text)
      var rest = members
      rest["message"] = .object(inner.filter { $0.key != "role" && $0.key != "content" })
      metadata = .object(rest)
      known = inner
      known.merge(inner["usage"]?.object ?? [:]) { one, _ in one }
    }
    var message = StoredMessage(
      id: UUID(), conversationID: conversation, turnNumber: StoredMessage.nextTurn, role: role, content: content,
      metadata: metadata,
      createdAt: clock.now())
    message.lift(from: known)
    return message
  }
}
