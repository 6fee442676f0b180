import Basics
import Conversations
import FoundationEssentials
import JSON
import SendEngine

/// What `fiedler send` has to say at the end.
public struct SendReport: Sendable {
  public var outcome: SendOutcome
  public var correlationID: UUID
  public var conversationID: UUID
  public var replies: [Reply]
  /// The conversation was purged meanwhile: the answers are not in the history.
  public var isLost = false

  /// 1 if the answers are not kept, else 0 if all models answered, 3 if some did, 1 if none.
  public var exitCode: Int32 {
    if isLost { return 1 }
    return switch outcome {
    case .success: 0
    case .partialSuccess: 3
    case .failure: 1
    }
  }

  /// The object `--json` prints. Times are seconds.
  public var json: JSON {
    [
      "status": .string(outcome.rawValue),
      "correlation_id": .string(correlationID.lowercased),
      "conversation_id": .string(conversationID.lowercased),
      "results": .array(replies.map(Self.json)),
    ]
  }

  /// A success of which a part is missing has a `warning` besides.
  static func json(_ reply: Reply) -> JSON {
    let isSuccess = reply.state == .success
    var members: [String: JSON] = [
      "model": .string(reply.model.name),
      "provider": .string(reply.model.provider),
      "status": .string(reply.state.rawValue),
      "text": .string(reply.text),
      "reasoning": reply.reasoning.isEmpty ? .null : .string(reply.reasoning),
      "error": JSON(isSuccess ? nil : reply.failure?.message),
      "finish_reason": JSON(reply.finishReason?.name),
      "tokens": [
        "prompt": JSON(reply.usage.promptTokens),
        "completion": JSON(reply.usage.completionTokens),
      ],
      "duration": JSON(reply.duration.map(\.inSeconds)),
      "ttft": JSON(reply.timeToFirstToken.map(\.inSeconds)),
    ]
    if !reply.options.isEmpty { members["options"] = reply.options.json }
    if isSuccess, let failure = reply.failure { members["warning"] = .string(failure.message) }
    return .object(members)
  }
}
