import Conversations
import JSON

/// Chat completions as OpenAI defined them and as Together, xAI, OpenRouter, Groq, Mistral, DeepSeek, Ollama, llama.cpp,
/// vLLM, LM Studio and many more serve them.
///
/// Format: the OpenAI API reference, "Create chat completion", streaming; `reasoning_content` is DeepSeek's addition,
/// `reasoning` OpenRouter's.
struct OpenAICompatibleProvider: Provider {
  func request(
    for model: ConfiguredModel, key: APIKey?, messages: [ChatMessage]
  ) throws(SendFailure) -> ProviderRequest {
    let base = try ProviderURL(model)
    var body: [String: JSON] = [
      "model": .string(model.reference.name),
      "stream": true,
      "messages": .array(
        messages.map { ["role": .string($0.role.rawValue), "content": .string($0.content)] }),
    ]
    // Mistral refuses the option with a 422, and reports usage without it.
    if base.host != "api.mistral.ai" { body["stream_options"] = ["include_usage": true] }
    if let limit = model.maxCompletionTokens {
      let wantsNewName = base.host == "api.openai.com" || Self.isReasoningModel(model.reference.name)
      body[wantsNewName ? "max_completion_tokens" : "max_tokens"] = .int(limit)
    }
    return ProviderRequest(
      url: base.text.hasSuffix("/chat/completions") ? base.text : base.text + "/chat/completions",
      headers: key.map { [("Authorization", "Bearer \($0.value)")] } ?? [],
      body: .object(body))
  }

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

  mutating func decode(_ event: ServerSentEvent, into output: inout StreamOutput) {
    if event.data.elementsEqual("[DONE]".utf8) {
      output.isComplete = true
      return
    }
    // Nearly every event is one more bit of text: read it without building the tree around it.
    if !event.name.elementsEqual("error".utf8), let delta = PlainDelta(event.data), delta.append(to: &output) { return }
    guard !event.isBlank, let json = event.json(orFail: &output) else { return }
    if let failure = ErrorBody.failureInStream(json, isErrorEvent: event.name.elementsEqual("error".utf8)) {
      output.failure = failure
      return
    }
    if let choice = json["choices"]?.array?.first(where: { ($0["index"]?.int ?? 0) == 0 }) {
      decode(choice: choice, into: &output)
    }
    if let usage = Self.usage(json["usage"]) ?? Self.usage(json["x_groq"]?["usage"]) { output.usage(usage) }
  }

  private mutating func decode(choice: JSON, into output: inout StreamOutput) {
    // A server that does not stream answers with one whole `message`.
    if let delta = choice["delta"] ?? choice["message"] {
      let reasoning = [delta["reasoning_content"]?.string, delta["reasoning"]?.string]
      if let text = reasoning.compactMap({ $0 }).first(where: { !$0.isEmpty }) { output.reasoning(text) }
      switch delta["content"] {
      case .string(let text): output.text(text)
      case .array(let parts): parts.forEach { Self.decode(part: $0, into: &output) }
      default: break
      }
      if let refusal = delta["refusal"]?.string, !refusal.isEmpty {
        hasRefused = true
        output.text(refusal)
      }
    }
    if let word = choice["finish_reason"]?.string, !word.isEmpty { output.finishReason = finishReason(word) }
  }

  /// Mistral's reasoning models send the content as typed parts.
  private static func decode(part: JSON, into output: inout StreamOutput) {
    if let thinking = part["thinking"] {
      let parts = thinking.array?.compactMap { $0["text"]?.string } ?? [thinking.string].compactMap { $0 }
      output.reasoning(parts.joined())
    } else if let text = part["text"]?.string {
      output.text(text)
    }
  }

  private func finishReason(_ word: String) -> FinishReason {
    switch word {
    case "stop", "eos": hasRefused ? .blocked("refusal") : .stop
    case "length": .length
    case "content_filter": .blocked(word)
    case "tool_calls", "function_call": .toolCall
    default: .other(word)
    }
  }

  private static func usage(_ json: JSON?) -> Usage? {
    guard let json, json.object != nil else { return nil }
    let prompt = Bounds.tokens.only(json["prompt_tokens"]?.int)
    var completion = Bounds.tokens.only(json["completion_tokens"]?.int)
    let reasoning = Bounds.tokens.only(json["completion_tokens_details"]?["reasoning_tokens"]?.int)
    // xAI leaves the reasoning out of completion_tokens; its total gives that away.
    if let p = prompt, let c = completion, let r = reasoning, r > 0, json["total_tokens"]?.int == p + c + r {
      completion = c + r
    }
    return Usage(promptTokens: prompt, completionTokens: completion, reasoningTokens: reasoning)
  }
}

/// A chunk that carries text or reasoning and nothing else of interest.
private struct PlainDelta {
  private var content: JSONScanner.RawString?
  private var reasoning: JSONScanner.RawString?

  /// `nil` for every other shape of chunk, and for anything that is not well-formed.
  init?(_ data: UnsafeRawBufferPointer) {
    var scanner = JSONScanner(data)
    guard scanner.enterObject() else { return nil }
    while let key = scanner.nextKey() {
      if key == "choices" {
        guard readChoices(&scanner) else { return nil }
      } else if key == "usage" || key == "error" {
        guard scanner.takeNull() else { return nil }
      } else if key == "x_groq" {
        return nil
      } else {
        scanner.skipValue()
      }
    }
    guard scanner.isAtEnd() else { return nil }
    if case nil = content, case nil = reasoning { return nil }
  }

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
      } else if key == "message" {
        return false
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
      } else if key == "refusal" {
        guard scanner.takeNull() else { return false }
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
