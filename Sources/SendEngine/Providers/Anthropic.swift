import Conversations
import JSON

/// Anthropic's messages. Format: the Anthropic API reference, "Messages" and "Streaming messages", version 2023-06-01.
struct AnthropicProvider: Provider {
  /// The API refuses a request without a limit; every current model takes this one.
  static let defaultMaximumTokens = 8192

  func request(
    for model: ConfiguredModel, key: APIKey?, messages: [ChatMessage]
  ) throws(SendFailure) -> ProviderRequest {
    let system = messages.filter { $0.role == .system }.map(\.content)
    var body: [String: JSON] = [
      "model": .string(model.reference.name),
      "stream": true,
      "max_tokens": .int(model.maxCompletionTokens ?? Self.defaultMaximumTokens),
      "messages": .array(
        messages.filter { $0.role != .system }
          .map { ["role": .string($0.role.rawValue), "content": .string($0.content)] }),
    ]
    if !system.isEmpty { body["system"] = .string(system.joined(separator: "\n\n")) }
    return ProviderRequest(
      url: try ProviderURL(model).versioned("v1") + "/messages",
      headers: [("anthropic-version", "2023-06-01")] + (key.map { [("x-api-key", $0.value)] } ?? []),
      body: .object(body))
  }

  func makeDecoder() -> any StreamDecoder { AnthropicDecoder() }
}

struct AnthropicDecoder: StreamDecoder {
  mutating func decode(_ event: ServerSentEvent, into output: inout StreamOutput) {
    guard !event.isBlank, let json = event.json(orFail: &output) else { return }
    switch json["type"]?.string {
    case "message_start":
      if let usage = json["message"]?["usage"] { output.usage(Self.usage(usage)) }
    case "content_block_start":
      if let block = json["content_block"] { Self.decode(delta: block, into: &output) }
    case "content_block_delta":
      if let delta = json["delta"] { Self.decode(delta: delta, into: &output) }
    case "message_delta":
      if let usage = json["usage"] { output.usage(Self.usage(usage)) }
      if let word = json["delta"]?["stop_reason"]?.string { output.finishReason = Self.finishReason(word) }
    case "message_stop":
      output.isComplete = true
    case "error":
      output.failure = ErrorBody.failureInStream(json, isErrorEvent: true)
    default:
      // "ping", "content_block_stop" and, as the reference asks, whatever is added later.
      break
    }
  }

  /// A delta (`text_delta`, `thinking_delta`) or the start of a block, which carries the same fields.
  private static func decode(delta: JSON, into output: inout StreamOutput) {
    if let thinking = delta["thinking"]?.string { output.reasoning(thinking) }
    if let text = delta["text"]?.string { output.text(text) }
  }

  private static func usage(_ json: JSON) -> Usage {
    // Cached input is billed differently, but it is input all the same.
    return Usage(
      promptTokens: Usage.sum(
        json["input_tokens"]?.int, json["cache_creation_input_tokens"]?.int, json["cache_read_input_tokens"]?.int),
      completionTokens: json["output_tokens"]?.int)
  }

  private static func finishReason(_ word: String) -> FinishReason {
    switch word {
    case "end_turn", "stop_sequence": .stop
    case "max_tokens", "model_context_window_exceeded": .length
    case "tool_use": .toolCall
    case "refusal": .blocked(word)
    default: .other(word)
    }
  }
}
