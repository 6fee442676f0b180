import Basics
import Conversations
import FoundationEssentials
import JSON

/// One turn of a conversation as it is logged: a prompt, or one model's answer to it.
public struct TurnRecord: Hashable, Sendable {
  /// Names this record for ever: a record that arrives twice is recognised by it.
  public var logID: UUID
  public var conversationID: UUID
  /// Unique in the conversation, from 1.
  public var turnNumber: Int
  public var role: Role
  /// The full text, both ways.
  public var content: String
  /// The model that answered; `nil` for a prompt.
  public var model: ModelReference?
  public var inputTokens: Int?
  public var outputTokens: Int?
  public var timingMilliseconds: Int?
  /// The send's correlation id.
  public var traceID: UUID
  /// How the answer ended; `nil` for a prompt.
  public var status: ReplyState?
  public var error: String?
  public var ttftMilliseconds: Int?
  /// The number of the prompt this turn answers; `nil` for a prompt.
  public var promptTurn: Int?
  /// The models a prompt was sent to.
  public var models: [ModelReference]
  /// What the model was asked to heed; empty for a prompt.
  public var options: GenerationOptions
  /// Names of the attached files. Folders are taken off when the record is stored.
  public var files: [String]
  public var createdAt: Date

  public init(
    logID: UUID = .timeOrdered(), conversationID: UUID, turnNumber: Int, role: Role, content: String,
    model: ModelReference? = nil, inputTokens: Int? = nil, outputTokens: Int? = nil, timingMilliseconds: Int? = nil,
    traceID: UUID, status: ReplyState? = nil, error: String? = nil, ttftMilliseconds: Int? = nil,
    promptTurn: Int? = nil, models: [ModelReference] = [],
    options: GenerationOptions = GenerationOptions(), files: [String] = [], createdAt: Date
  ) {
    self.logID = logID
    self.conversationID = conversationID
    self.turnNumber = turnNumber
    self.role = role
    self.content = content
    self.model = model
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.timingMilliseconds = timingMilliseconds
    self.traceID = traceID
    self.status = status
    self.error = error
    self.ttftMilliseconds = ttftMilliseconds
    self.promptTurn = promptTurn
    self.models = models
    self.options = options
    self.files = files
    self.createdAt = createdAt
  }
}

// MARK: - The stored form

/// A stored payload that this version cannot read.
struct UnreadablePayload: Error, Hashable, CustomStringConvertible {
  var reason: String
  var description: String { "the stored record cannot be read: \(reason)" }
}

extension TurnRecord {
  /// The payload kept in the outbox. It knows nothing of any server's dialect.
  var payload: JSON {
    func reference(_ model: ModelReference) -> JSON {
      ["provider": .string(model.provider), "name": .string(model.name)]
    }
    return [
      "version": 1,
      "log_id": .string(logID.lowercased),
      "conversation_id": .string(conversationID.lowercased),
      "turn_number": .int(turnNumber),
      "role": .string(role.rawValue),
      "content": .string(content),
      "model": model.map(reference) ?? .null,
      "input_tokens": JSON(inputTokens),
      "output_tokens": JSON(outputTokens),
      "timing_ms": JSON(timingMilliseconds),
      "trace_id": .string(traceID.lowercased),
      "status": JSON(status?.rawValue),
      "error": JSON(error),
      "ttft_ms": JSON(ttftMilliseconds),
      "prompt_turn": JSON(promptTurn),
      "models": .array(models.map(reference)),
      "options": options.isEmpty ? .null : options.json,
      "files": .array(files.map { .string(Self.fileName($0)) }),
      "created_at_ms": .int(createdAt.millisecondsSince1970),
    ]
  }

  /// Reads a payload back. Throws ``UnreadablePayload``.
  init(payload: JSON) throws(UnreadablePayload) {
    func need<Value>(_ key: String, _ value: Value?) throws(UnreadablePayload) -> Value {
      guard let value else { throw UnreadablePayload(reason: "\(key) is missing or wrong") }
      return value
    }
    func uuid(_ key: String) throws(UnreadablePayload) -> UUID {
      try need(key, payload[key]?.string.flatMap(UUID.init(canonical:)))
    }
    func reference(_ value: JSON) -> ModelReference? {
      guard let provider = value["provider"]?.string, let name = value["name"]?.string else { return nil }
      return ModelReference(provider: provider, name: name)
    }
    guard payload["version"]?.int == 1 else { throw UnreadablePayload(reason: "a version this program does not know") }
    self.init(
      logID: try uuid("log_id"), conversationID: try uuid("conversation_id"),
      turnNumber: try need("turn_number", payload["turn_number"]?.int),
      role: try need("role", payload["role"]?.string.flatMap(Role.init(rawValue:))),
      content: try need("content", payload["content"]?.string),
      model: payload["model"].flatMap(reference), inputTokens: payload["input_tokens"]?.int,
      outputTokens: payload["output_tokens"]?.int, timingMilliseconds: payload["timing_ms"]?.int,
      traceID: try uuid("trace_id"), status: payload["status"]?.string.flatMap(ReplyState.init(rawValue:)),
      error: payload["error"]?.string, ttftMilliseconds: payload["ttft_ms"]?.int,
      promptTurn: payload["prompt_turn"]?.int, models: (payload["models"]?.array ?? []).compactMap(reference),
      options: GenerationOptions(stored: payload["options"] ?? .null),
      files: (payload["files"]?.array ?? []).compactMap(\.string),
      createdAt: Date(millisecondsSince1970: try need("created_at_ms", payload["created_at_ms"]?.int)))
  }

  /// The last part of a path, whichever system's separators it has.
  static func fileName(_ path: String) -> String {
    String(path.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? "")
  }
}

extension Date {
  var millisecondsSince1970: Int { Int((Bounds.secondsSince1970.nearest(timeIntervalSince1970) * 1000).rounded()) }
  init(millisecondsSince1970 value: Int) {
    self.init(timeIntervalSince1970: Bounds.secondsSince1970.nearest(Double(value) / 1000))
  }
}
