import Basics
import Conversations
import FoundationEssentials
import GodotWire
import JSON
import MCP

/// The tools that change conversations.
struct ConversationTools: Sendable {
  let clock: IncreasingClock

  static let tools = [
    ServerTool(
      .begin, "Begins a conversation, or finds the one that has this id already.",
      [
        .text(WireKey.sessionID, "The client's own name for it."), .object(WireKey.metadata, "Anything more."),
        .text(WireKey.conversationID, "A UUID, if the client chooses it."),
      ],
      does: { arguments, place throws(JSONRPCError) in try Self(clock: place.clock).begin(arguments) }),
    ServerTool(
      .store, "Stores one message of a conversation. Repeating it does no harm.",
      [
        .text(WireKey.conversationID, "A UUID.").required,
        .choice(WireKey.role, Role.allCases.map(\.rawValue).sorted()).required,
        .text(WireKey.content, "The text.").required,
        .number(WireKey.turnNumber, "The next free one, from 1, if it is not given."),
        .object(WireKey.metadata, "model, input_tokens, output_tokens, timing_ms, and anything more."),
      ],
      does: { arguments, place throws(JSONRPCError) in try Self(clock: place.clock).store(arguments) }),
    ServerTool(
      .storeAll, "Stores up to \(mostMessages) messages, all or none.",
      [
        .objects(WireKey.messages, "Objects with role, content and metadata.").required,
        .text(WireKey.conversationID, "A UUID; a new conversation if it is not given."),
        .text(WireKey.sessionID, "For a new conversation."), .object(WireKey.metadata, "For a new conversation."),
      ],
      does: { arguments, place throws(JSONRPCError) in try Self(clock: place.clock).storeAll(arguments) }),
  ]

  /// What the tables hold.
  static let turnNumbers = Int(Int32.min)...Int(Int32.max)
  static let mostMessages = 10_000

  func begin(_ arguments: ToolArguments) throws(JSONRPCError) -> ToolWork {
    let metadata = arguments.value(WireKey.metadata)
    let proposed = metadata?[WireKey.conversationID]?.string.flatMap(UUID.init(lenient:))
    let conversation = new(
      id: try arguments.id(WireKey.conversationID) ?? proposed ?? .timeOrdered(),
      session: arguments.text(WireKey.sessionID),
      metadata: metadata)
    return .write(.begin(conversation)) { receipt in
      guard case .conversation(let stored) = receipt else { return [:] }
      return [
        WireKey.conversationID: .string(stored.id.lowercased), WireKey.sessionID: JSON(stored.sessionID),
        WireKey.createdAt: .string(Timestamp.text(stored.createdAt, zone: .number)),
      ]
    }
  }

  private func new(id: UUID, session: String?, metadata: JSON?) -> StoredConversation {
    let now = clock.now()
    return StoredConversation(id: id, sessionID: session, metadata: metadata ?? [:], createdAt: now, updatedAt: now)
  }

  func store(_ arguments: ToolArguments) throws(JSONRPCError) -> ToolWork {
    let conversation = try arguments.requiredID(WireKey.conversationID)
    let role = try arguments.requiredString(WireKey.role)
    guard Role(rawValue: role) != nil else {
      throw arguments.invalid(WireKey.role, "must be user, assistant, system or tool")
    }
    var content = try arguments.requiredText(WireKey.content)
    let turnNumber = try arguments.integer(WireKey.turnNumber)
    if let turnNumber, !Self.turnNumbers.contains(turnNumber) {
      throw arguments.invalid(WireKey.turnNumber, "must be from \(Int32.min) to \(Int32.max)")
    }
    // Usually an object; a text or a list is kept as it is.
    let given = arguments.value(WireKey.metadata) ?? [:]
    var metadata = given.object ?? [:]
    let lifted = metadata
    // Where a client's own limit divided the text, it is one again.
    if let overflow = metadata[WireKey.contentOverflow]?.string {
      content += overflow
      metadata[WireKey.contentOverflow] = nil
    }
    guard let (part, parts) = LogTurn.takePart(from: &metadata) else {
      throw arguments.invalid("metadata.part", "must be from 1 to metadata.parts")
    }
    var message = StoredMessage(
      id: .timeOrdered(), conversationID: conversation, turnNumber: turnNumber ?? StoredMessage.nextTurn, role: role,
      content: content, metadata: given.object == nil ? given : .object(metadata), createdAt: clock.now())
    message.lift(from: lifted)
    guard parts > 1 else {
      let trace = Self.traceWrite(message)
      return .write(.store(message), trace: trace) { receipt in
        guard case .message(let id, let turnNumber, let createdAt) = receipt else { return [:] }
        return Self.answer(id, conversation, turnNumber, createdAt)
      }
    }
    guard let turnNumber else { throw arguments.invalid(WireKey.turnNumber, "is missing: a part needs it") }
    let write = Self.partWrite(message, part: part, parts: parts, arguments)
    return .write(write) { [message] _ in Self.answer(message.id, conversation, turnNumber, message.createdAt) }
  }

  private static func answer(_ id: UUID, _ conversation: UUID, _ turnNumber: Int, _ createdAt: Date) -> JSON {
    [
      WireKey.messageID: .string(id.lowercased), WireKey.conversationID: .string(conversation.lowercased),
      WireKey.turnNumber: .int(turnNumber), WireKey.createdAt: .string(Timestamp.text(createdAt, zone: .number)),
    ]
  }

  /// A message that names its trace is also found among that trace's log records, without its text.
  private static func traceWrite(_ message: StoredMessage) -> StorageWrite? {
    guard let trace = message.metadata[WireKey.traceID]?.string.flatMap(UUID.init(lenient:)),
      message.turnNumber != StoredMessage.nextTurn
    else {
      return nil
    }
    let logID = message.metadata[WireKey.logID]?.string.flatMap(UUID.init(lenient:))
    let level = LogLevel(ofTurnThat: message.metadata[WireKey.status]?.string.flatMap(ReplyState.init(rawValue:)))
    let entry = LogEntry(
      id: logID ?? .timeOrdered(), traceID: trace, component: LogComponent.conversations, level: level,
      message: "Conversation \(message.conversationID.lowercased) turn \(message.turnNumber) (\(message.role))",
      data: traceData(message), createdAt: message.createdAt)
    return .log(entry, madeAt: logID == nil ? nil : LoggerTools.time(message.metadata[WireKey.loggedAt]))
  }

  /// What a message is but for its text.
  private static func traceData(_ message: StoredMessage) -> JSONText {
    var data = JSONObjectWriter(reserving: 1024)
    data.add(WireKey.conversationID, .string(message.conversationID.lowercased))
    data.add(WireKey.inputTokens, JSON(message.inputTokens))
    data.add(WireKey.metadata, message.metadata)
    data.add(WireKey.model, JSON(message.model))
    data.add(WireKey.outputTokens, JSON(message.outputTokens))
    data.add(WireKey.role, .string(message.role))
    data.add(WireKey.timing, JSON(message.timing))
    data.add(WireKey.turnNumber, .int(message.turnNumber))
    return JSONText(stored: String(decoding: data.finish(), as: UTF8.self))
  }

  /// A part goes with the turn's other parts, which come as log records.
  private static func partWrite(
    _ message: StoredMessage, part: Int, parts: Int, _ arguments: ToolArguments
  ) -> StorageWrite {
    let metadata = arguments[WireKey.metadata] ?? [:]
    let logID = metadata[WireKey.logID]?.string.flatMap(UUID.init(lenient:))
    let entry = LogEntry(
      id: logID?.derived(part) ?? .timeOrdered(),
      traceID: metadata[WireKey.traceID]?.string.flatMap(UUID.init(lenient:)),
      component: LogComponent.conversations, level: .info,
      message: "Conversation \(message.conversationID.lowercased) turn \(message.turnNumber) (\(message.role))",
      data: JSONText([
        WireKey.conversationID: .string(message.conversationID.lowercased),
        WireKey.turnNumber: .int(message.turnNumber),
        WireKey.role: .string(message.role), WireKey.content: .string(message.content), WireKey.metadata: metadata,
      ]),
      createdAt: message.createdAt)
    let madeAt = logID == nil ? nil : LoggerTools.time(metadata[WireKey.loggedAt])
    return .logTurn(entry, madeAt: madeAt, message, part: part, parts: parts)
  }

  func storeAll(_ arguments: ToolArguments) throws(JSONRPCError) -> ToolWork {
    guard arguments.value("messages_file") == nil else {
      throw arguments.invalid("messages_file", "is not taken: a server reads no files; send messages instead")
    }
    guard let list = try arguments.required(WireKey.messages).array else {
      throw arguments.invalid(WireKey.messages, "must be an array")
    }
    guard !list.isEmpty else { throw arguments.invalid(WireKey.messages, "is empty") }
    guard list.count <= Self.mostMessages else {
      throw arguments.invalid(
        WireKey.messages, "has \(list.count) elements; at most \(Self.mostMessages) go into one call")
    }
    let id = try arguments.id(WireKey.conversationID)
    let conversation = new(
      id: id ?? .timeOrdered(), session: arguments.text(WireKey.sessionID), metadata: arguments.value(WireKey.metadata))
    var messages: [StoredMessage] = []
    for (index, json) in list.enumerated() {
      guard let members = json.object else { throw arguments.invalid("messages[\(index)]", "must be an object") }
      messages.append(message(members, json, in: conversation.id))
    }
    return .write(.storeAll(conversation: conversation, mustExist: id != nil, messages)) { receipt in
      guard case .messages(let conversation, let count) = receipt else { return [:] }
      return [
        WireKey.conversationID: .string(conversation.lowercased), "messages_stored": .int(count),
        WireKey.status: "success",
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
    if let given = members[WireKey.role]?.string, Role(rawValue: given) != nil, let text = members[WireKey.content] {
      role = given
      content = ToolArguments.text(text)
      metadata = members[WireKey.metadata] ?? .null
      known = metadata.object ?? [:]
    } else if let inner = members[WireKey.message]?.object, let given = inner[WireKey.role]?.string,
      Role(rawValue: given) != nil,
      let text = inner[WireKey.content]
    {
      role = given
      content = ToolArguments.text(text)
      var rest = members
      rest[WireKey.message] = .object(inner.filter { $0.key != "role" && $0.key != "content" })
      metadata = .object(rest)
      known = inner
      known.merge(inner["usage"]?.object ?? [:]) { one, _ in one }
    }
    var message = StoredMessage(
      id: .timeOrdered(), conversationID: conversation, turnNumber: StoredMessage.nextTurn, role: role,
      content: content,
      metadata: metadata,
      createdAt: clock.now())
    message.lift(from: known)
    return message
  }
}
