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
      "max_tokens": .int(Self.limit(model)),
      "messages": .array(
        Self.turns(messages.filter { $0.role != .system }, caches: model.options.generation.cache == .auto)),
    ]
    if !system.isEmpty {
      let text = system.joined(separator: "\n\n")
      body["system"] = model.options.generation.cache == .auto ? [Self.kept(text)] : .string(text)
    }
    let base = try ProviderURL(model)
    return ProviderRequest(
      url: base.endpoint("/messages", below: base.versioned("v1")),
      headers: [("anthropic-version", "2023-06-01")] + (key.map { [("x-api-key", $0.value)] } ?? []),
      body: Self.heeding(model, .object(body)))
  }

  func makeDecoder() -> any StreamDecoder { AnthropicDecoder() }
}

struct AnthropicDecoder: StreamDecoder {
  private var counts = TokenCounts()
  /// Blocks of thinking that have ended, to be sent back as they came.
  private var thoughts: [JSON] = []
  /// The block of thinking that streams.
  private var thought: (text: String, signature: String)?

  mutating func decode(_ chunk: WireChunk, into output: inout StreamOutput) {
    let json = chunk.json
    switch json["type"]?.string {
    case "message_start":
      if let message = json["message"] { decode(message: chunk.inside(message, at: .key("message")), &output) }
    case "message":
      // A server that does not stream answers with the whole message.
      decode(message: chunk, &output)
    case "content_block_start":
      if let block = json["content_block"] {
        begin(block)
        Self.decode(chunk.inside(block, at: .key("content_block")), &output)
      }
    case "content_block_delta":
      if let delta = json["delta"] {
        thought?.text += delta["thinking"]?.string ?? ""
        thought?.signature += delta["signature"]?.string ?? ""
        Self.decode(chunk.inside(delta, at: .key("delta")), &output)
      }
    case "content_block_stop": endThought(&output)
    case "message_delta":
      if let delta = json["delta"] { Self.end(delta, &output) }
    case "message_stop":
      output.isComplete = true
    default:
      // "ping" and, as the reference asks, whatever is added later.
      break
    }
    read(json["usage"], &output)
    read(json["delta"]?["usage"], &output)
  }

  private mutating func begin(_ block: JSON) {
    switch block["type"]?.string {
    case "thinking": thought = (block["thinking"]?.string ?? "", block["signature"]?.string ?? "")
    // What its filter has encrypted goes back as well.
    case "redacted_thinking": thoughts.append(block)
    default: break
    }
  }

  private mutating func endThought(_ output: inout StreamOutput) {
    // What is not signed is refused when it comes back.
    if let thought, !thought.signature.isEmpty {
      thoughts.append(
        ["type": "thinking", "thinking": .string(thought.text), "signature": .string(thought.signature)])
    }
    thought = nil
    if !thoughts.isEmpty { output.carry(.anthropic, thoughts) }
  }

  private mutating func decode(message chunk: WireChunk, _ output: inout StreamOutput) {
    let content = chunk.inside(chunk.json["content"] ?? .null, at: .key("content"))
    if let text = content.json.string { content.append(text, at: [], isReasoning: false, to: &output) }
    for (index, block) in (content.json.array ?? []).enumerated() {
      begin(block)
      endThought(&output)
      Self.decode(content.inside(block, at: .element(index)), &output)
    }
    Self.end(chunk.json, &output)
    read(chunk.json["usage"], &output)
  }

  /// A delta (`text_delta`, `thinking_delta`), or a block or its start, which carry the same fields.
  private static func decode(_ chunk: WireChunk, _ output: inout StreamOutput) {
    if let thinking = chunk.json["thinking"]?.string {
      chunk.append(thinking, at: [.key("thinking")], isReasoning: true, to: &output)
    }
    if let text = chunk.json["text"]?.string {
      chunk.append(text, at: [.key("text")], isReasoning: false, to: &output)
    }
    if chunk.json["type"]?.string == "tool_use" { output.toolCalls.append(chunk.json["name"]?.string ?? "") }
  }

  private static func end(_ json: JSON, _ output: inout StreamOutput) {
    guard let word = json["stop_reason"]?.string, !word.isEmpty else { return }
    output.ending = Ending(
      reason: FinishReason(providerWord: word), word: word, message: json["stop_details"]?["explanation"]?.string)
  }

  /// Each event may carry some of the counts, or newer ones.
  private mutating func read(_ usage: JSON?, _ output: inout StreamOutput) {
    guard let usage, usage.object != nil else { return }
    // Cached input is billed differently, but it is input all the same.
    counts.read(.prompt, usage["input_tokens"])
    counts.read(.cacheWrites, usage["cache_creation_input_tokens"])
    counts.read(.cacheReads, usage["cache_read_input_tokens"])
    counts.read(.completion, usage["output_tokens"])
    if let known = counts.usage { output.usage(known) }
  }
}
