import Conversations
import JSON

/// Google's Gemini. Format: the Gemini API reference, "models.streamGenerateContent", with `alt=sse`.
struct GeminiProvider: Provider {
  func request(
    for model: ConfiguredModel, key: APIKey?, messages: [ChatMessage]
  ) throws(SendFailure) -> ProviderRequest {
    let system = messages.filter { $0.role == .system }.map(\.content)
    var body: [String: JSON] = [
      "contents": .array(
        messages.filter { $0.role != .system }.map { message in
          [
            "role": message.role == .assistant ? "model" : "user",
            "parts": [["text": .string(message.content)]],
          ]
        })
    ]
    if !system.isEmpty {
      body["systemInstruction"] = ["parts": [["text": .string(system.joined(separator: "\n\n"))]]]
    }
    var generation: [String: JSON] = [:]
    if let limit = model.maxCompletionTokens { generation["maxOutputTokens"] = .int(limit) }
    if Self.canShowThoughts(model.reference.name) { generation["thinkingConfig"] = ["includeThoughts": true] }
    if !generation.isEmpty { body["generationConfig"] = .object(generation) }

    let path = model.reference.name.split(separator: "/").map { String($0).percentEncodedSegment }
    let name = (path.count > 1 ? path : ["models"] + path).joined(separator: "/")
    return ProviderRequest(
      url: try ProviderURL(model).versioned("v1beta") + "/\(name):streamGenerateContent?alt=sse",
      headers: key.map { [("x-goog-api-key", $0.value)] } ?? [],
      body: .object(body))
  }

  func makeDecoder() -> any StreamDecoder { GeminiDecoder() }

  /// Text models from 2.5 on; earlier ones refuse a request that asks for thoughts.
  static func canShowThoughts(_ name: String) -> Bool {
    let words = (name.split(separator: "/").last ?? "").split(separator: "-")
    guard words.first == "gemini", words.count > 1, let version = Double(words[1]), version >= 2.5 else { return false }
    return !words.contains { ["image", "tts", "audio", "live", "embedding"].contains($0) }
  }
}

struct GeminiDecoder: StreamDecoder {
  mutating func decode(_ event: ServerSentEvent, into output: inout StreamOutput) {
    guard !event.isBlank, let json = event.json(orFail: &output) else { return }
    // Without alt=sse, as some gateways ignore it, the answer is one array of the same chunks.
    for chunk in json.array ?? [json] where output.failure == nil { Self.decode(chunk: chunk, into: &output) }
  }

  private static func decode(chunk: JSON, into output: inout StreamOutput) {
    if let failure = ErrorBody.failureInStream(chunk, isErrorEvent: false) {
      output.failure = failure
      return
    }
    if let reason = chunk["promptFeedback"]?["blockReason"]?.string { output.finishReason = .blocked(reason) }
    if let candidate = chunk["candidates"]?.array?.first(where: { ($0["index"]?.int ?? 0) == 0 }) {
      for part in candidate["content"]?["parts"]?.array ?? [] {
        guard let text = part["text"]?.string else { continue }
        if part["thought"]?.bool == true { output.reasoning(text) } else { output.text(text) }
      }
      if let word = candidate["finishReason"]?.string, let reason = finishReason(word) { output.finishReason = reason }
    }
    if let usage = chunk["usageMetadata"] { output.usage(Self.usage(usage)) }
  }

  private static func usage(_ json: JSON) -> Usage {
    let thoughts = json["thoughtsTokenCount"]?.int
    // candidatesTokenCount leaves the thoughts out.
    return Usage(
      promptTokens: json["promptTokenCount"]?.int,
      completionTokens: Usage.sum(json["candidatesTokenCount"]?.int, thoughts),
      reasoningTokens: thoughts)
  }

  private static func finishReason(_ word: String) -> FinishReason? {
    switch word {
    case "FINISH_REASON_UNSPECIFIED": nil
    case "STOP": .stop
    case "MAX_TOKENS": .length
    case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY": .blocked(word)
    default: .other(word)
    }
  }
}
