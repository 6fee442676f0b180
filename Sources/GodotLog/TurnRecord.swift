import Conversations
import FoundationEssentials

public struct TurnRecord: Sendable, Hashable {
  public var logID: UUID
  public var conversationID: UUID
  public var turnNumber: Int
  public var role: Role
  public var content: String
  public var model: ModelReference?
  public var inputTokens: Int?
  public var outputTokens: Int?
  public var timingMilliseconds: Int?
  public var traceID: UUID
  public var status: ReplyState?
  public var error: String?
  public var ttftMilliseconds: Int?
  public var promptTurn: Int?
  public var models: [ModelReference]
  public var files: [String]
  public var createdAt: Date

  public init(
    logID: UUID = UUID(), conversationID: UUID, turnNumber: Int, role: Role, content: String,
    model: ModelReference? = nil, inputTokens: Int? = nil, outputTokens: Int? = nil, timingMilliseconds: Int? = nil,
    traceID: UUID, status: ReplyState? = nil, error: String? = nil, ttftMilliseconds: Int? = nil,
    promptTurn: Int? = nil, models: [ModelReference] = [], files: [String] = [], createdAt: Date
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
    self.files = files
    self.createdAt = createdAt
  }
}
