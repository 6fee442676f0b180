import Conversations
import JSON

/// Chat completions as OpenAI defined them and as Together, xAI, OpenRouter, Groq, Mistral, DeepSeek, Ollama,
/// llama.cpp, vLLM, LM Studio and many more serve them.
///
/// Format: the OpenAI API reference, "Create chat completion", streaming; `reasoning_content` is DeepSeek's addition,
/// `reasoning` and `reasoning_details` are OpenRouter's.
struct OpenAICompatibleProvider: Provider {
  func request(
    for model: ConfiguredModel, key: APIKey?, messages: [ChatMessage]
  ) throws(SendFailure) -> ProviderRequest {
    let base = try ProviderURL(model)
    var body: [String: JSON] = [
      "model": .string(model.reference.name),
      "stream": .bool(model.options.streams ?? true),
      "messages": .array(
        messages.map { ["role": .string($0.role.rawValue), "content": ChatDialect(model).content(of: $0)] }),
    ]
    // Mistral refuses the option with a 422, and reports usage without it.
    if model.options.streams ?? true, model.options.sendsStreamOptions ?? (base.host != "api.mistral.ai") {
      body["stream_options"] = ["include_usage": true]
    }
    if let limit = model.completionLimit {
      let wantsNewName = base.host == "api.openai.com" || Self.isReasoningModel(model.reference.name)
      let parameter = model.options.limitParameter ?? (wantsNewName ? .maxCompletionTokens : .maxTokens)
      body[parameter.rawValue] = .int(limit)
    }
    var json = JSON.object(body)
    ChatDialect(model).write(model.options.generation, to: &json)
    return ProviderRequest(
      url: ChatDialect(model).url("/chat/completions", of: model, at: base),
      headers: ChatDialect(model).authorization(key),
      body: json)
  }

  func refusal(of option: GenerationOptions.Name, for model: ConfiguredModel) -> String? {
    if option == .cache { return Self.noCache }
    return ChatDialect(model).refusal(of: option, model.options.generation)
  }

  /// What is said of ``GenerationOptions/cache`` where prompts are cached without being asked to.
  static let noCache = "it caches prompts by itself, or not at all; leave it out"

  func makeDecoder() -> any StreamDecoder { OpenAIDecoder() }

  /// OpenAI's o-series and its successors refuse `max_tokens`, also where a gateway serves them as `openai/o3`.
  static func isReasoningModel(_ name: String) -> Bool {
    let base = (name.split(separator: "/").last ?? "").lowercased()
    if base.hasPrefix("gpt-5") { return true }
    return base.first == "o" && base.dropFirst().first?.isNumber == true
  }
}

struct OpenAIDecoder: StreamDecoder {
  private var hasRefused = false
  /// Text has come in deltas: a `message` besides repeats it.
  private var hasDeltas = false
  private var counts = TokenCounts()

  mutating func decodePlain(_ data: UnsafeRawBufferPointer, into output: inout StreamOutput) -> Bool {
    guard let delta = PlainDelta(data), delta.append(to: &output) else { return false }
    if delta.saysSomething { hasDeltas = true }
    return true
  }

  mutating func decode(_ chunk: WireChunk, into output: inout StreamOutput) {
    let json = chunk.json
    if let choices = json["choices"]?.array,
      let place = choices.firstIndex(where: { $0.object != nil && ($0["index"]?.int ?? 0) == 0 })
    {
      let choice = choices[place]
      decode(chunk.inside(json["choices"] ?? .null, at: .key("choices")).inside(choice, at: .element(place)), &output)
      read([choice["usage"], choice["delta"]?["usage"], choice["message"]?["usage"]])
    }
    read([json["usage"], json["x_groq"]?["usage"], json["message"]?["usage"]])
    if let usage = counts.usage { output.usage(usage) }
  }

  private mutating func decode(_ chunk: WireChunk, _ output: inout StreamOutput) {
    let choice = chunk.json
    if let delta = choice["delta"], delta.object != nil, Self.saysSomething(delta) || choice["message"]?.object == nil {
      hasDeltas = hasDeltas || Self.saysSomething(delta)
      decode(said: chunk.inside(delta, at: .key("delta")), &output)
    } else if let message = choice["message"], message.object != nil, !hasDeltas {
      // A server that does not stream answers with one whole `message`; a few put each piece into one.
      decode(said: chunk.inside(message, at: .key("message")), &output)
    } else if let text = choice["text"]?.string {
      chunk.append(text, at: [.key("text")], isReasoning: false, to: &output)
    }
    if let word = choice["finish_reason"]?.string, !word.isEmpty {
      let error = choice["error"].flatMap { ErrorBody.isError($0) ? ErrorBody(["error": $0]) : nil }
      var reason = FinishReason(providerWord: word)
      if reason == .stop, hasRefused { reason = .blocked("refusal") }
      output.ending = Ending(
        reason: reason, word: word, message: error?.message ?? Self.native(choice, besides: word),
        httpStatus: error?.status)
    }
  }

  /// The upstream provider's own word, as OpenRouter passes it on.
  private static func native(_ choice: JSON, besides word: String) -> String? {
    choice["native_finish_reason"]?.string.flatMap { $0.lowercased() == word.lowercased() || $0.isEmpty ? nil : $0 }
  }

  private static let reasoningFields: [StaticString] = [
    "reasoning_content", "reasoning", "reasoning_details", "thinking", "thoughts",
  ]

  private static func saysSomething(_ delta: JSON) -> Bool {
    let fields = ["content", "refusal", "tool_calls", "function_call"] + reasoningFields.map(\.description)
    return fields.contains { name in
      switch delta[name] {
      case .string(let text): !text.isEmpty
      case .array(let items): !items.isEmpty
      case .object(let members): !members.isEmpty
      default: false
      }
    }
  }

  /// A `delta` or a `message`.
  private mutating func decode(said chunk: WireChunk, _ output: inout StreamOutput) {
    let said = chunk.json
    for field in Self.reasoningFields {
      let texts = (said[field.description] ?? .null).texts
      guard !texts.isEmpty else { continue }
      // Gateways send the same reasoning in several fields.
      for text in texts {
        chunk.append(text.text, at: [.key(field)] + text.path, isReasoning: true, to: &output)
      }
      break
    }
    switch said["content"] {
    case .string(let text): chunk.append(text, at: [.key("content")], isReasoning: false, to: &output)
    case .array(let parts):
      for (index, part) in parts.enumerated() {
        // Mistral's reasoning models send the content as typed parts.
        let type = part["type"]?.string ?? ""
        let isReasoning = part["thinking"] != nil || ["thinking", "reasoning"].contains { type.hasPrefix($0) }
        for text in part.texts {
          chunk.append(
            text.text, at: [.key("content"), .element(index)] + text.path, isReasoning: isReasoning, to: &output)
        }
      }
    default: break
    }
    if let refusal = said["refusal"]?.string, !refusal.isEmpty {
      hasRefused = true
      chunk.append(refusal, at: [.key("refusal")], isReasoning: false, to: &output)
    }
    for call in said["tool_calls"]?.array ?? [] {
      // The pieces of a call's arguments come without its name.
      if let name = call["function"]?["name"]?.string, !name.isEmpty { output.toolCalls.append(name) }
    }
    if let name = said["function_call"]?["name"]?.string, !name.isEmpty { output.toolCalls.append(name) }
  }

  private mutating func read(_ places: [JSON?]) {
    for case .some(let json) in places where json.object != nil {
      counts.read(.prompt, json["prompt_tokens"] ?? json["input_tokens"])
      counts.read(.completion, json["completion_tokens"] ?? json["output_tokens"])
      counts.read(.total, json["total_tokens"])
      // The second is DeepSeek's, the third Moonshot's and Together's.
      let kept = (json["prompt_tokens_details"] ?? json["input_tokens_details"])?["cached_tokens"]
      counts.read(.cached, kept ?? json["prompt_cache_hit_tokens"] ?? json["cached_tokens"])
      let details = json["completion_tokens_details"] ?? json["output_tokens_details"]
      counts.read(.reasoning, details?["reasoning_tokens"] ?? json["reasoning_tokens"])
    }
  }
}

/// A chunk that carries text or reasoning and nothing else of interest.
private struct PlainDelta {
  private var content: JSONScanner.RawString?
  private var reasoning: JSONScanner.RawString?
  /// Reasoning stands in a field that is no text.
  private var hasDetails = false

  /// `nil` for every other shape of chunk, and for anything that is not well-formed.
  init?(_ data: UnsafeRawBufferPointer) {
    var scanner = JSONScanner(data)
    guard scanner.enterObject() else { return nil }
    while let key = scanner.nextKey() {
      if key == "choices" {
        guard readChoices(&scanner) else { return nil }
      } else if key == "usage" || key == "error" || key == "message" {
        guard scanner.takeNull() else { return nil }
      } else if key == "x_groq" || key == "base_resp" {
        return nil
      } else {
        scanner.skipValue()
      }
    }
    guard scanner.isAtEnd() else { return nil }
    if case nil = content, case nil = reasoning { return nil }
    if hasDetails, reasoning?.isEmpty != false { return nil }
  }

  var saysSomething: Bool { content?.isEmpty == false || reasoning?.isEmpty == false }

  func append(to output: inout StreamOutput) -> Bool {
    if let reasoning, !output.append(reasoning, isReasoning: true) { return false }
    if let content, !output.append(content, isReasoning: false) { return false }
    return true
  }

  private mutating func readChoices(_ scanner: inout JSONScanner) -> Bool {
    guard scanner.enterArray(), scanner.nextElement(), scanner.enterObject() else { return false }
    while let key = scanner.nextKey() {
      if key == "delta" {
        guard readDelta(&scanner) else { return false }
      } else if key == "finish_reason" {
        guard scanner.takeNull() else { return false }
      } else if key == "index" {
        guard scanner.takeZero() else { return false }
      } else if key == "message" || key == "usage" || key == "error" {
        guard scanner.takeNull() else { return false }
      } else {
        scanner.skipValue()
      }
    }
    return !scanner.failed && !scanner.nextElement() && !scanner.failed
  }

  private mutating func readDelta(_ scanner: inout JSONScanner) -> Bool {
    guard scanner.enterObject() else { return false }
    while let key = scanner.nextKey() {
      if key == "content" {
        guard Self.readString(&scanner, into: &content) else { return false }
      } else if key == "reasoning_content" || key == "reasoning" {
        guard Self.readString(&scanner, into: &reasoning) else { return false }
      } else if key == "reasoning_details" || key == "thinking" || key == "thoughts" {
        if !scanner.takeNull(), !scanner.takeEmptyArray() {
          hasDetails = true
          scanner.skipValue()
        }
      } else if key == "refusal" || key == "tool_calls" || key == "function_call" || key == "usage" {
        guard scanner.takeNull() || scanner.takeEmptyArray() else { return false }
      } else {
        scanner.skipValue()
      }
    }
    return !scanner.failed
  }

  /// A string or `null`, where none was read before.
  private static func readString(_ scanner: inout JSONScanner, into field: inout JSONScanner.RawString?) -> Bool {
    if scanner.takeNull() { return true }
    guard case nil = field, let text = scanner.string() else { return false }
    field = text
    return true
  }
}
