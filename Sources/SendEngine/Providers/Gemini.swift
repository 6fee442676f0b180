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
            "parts": .array(message.files.compactMap(Self.inlineData) + [Self.part(message)]),
          ]
        })
    ]
    if !system.isEmpty {
      body["systemInstruction"] = ["parts": [["text": .string(system.joined(separator: "\n\n"))]]]
    }
    let generation = Self.generation(model)
    if !generation.isEmpty { body["generationConfig"] = .object(generation) }

    let path = model.reference.name.split(separator: "/").map { String($0).percentEncodedSegment }
    let name = (path.count > 1 ? path : ["models"] + path).joined(separator: "/")
    return ProviderRequest(
      url: try ProviderURL(model).geminiRoot + "/\(name):streamGenerateContent?alt=sse",
      headers: key.map { [("x-goog-api-key", $0.value)] } ?? [],
      body: JSON.object(body).merging(model.options.generation.body))
  }

  func makeDecoder() -> any StreamDecoder { GeminiDecoder() }

  private static func inlineData(_ file: Attachment) -> JSON? {
    file.media.map { ["inlineData": ["mimeType": .string($0.type.rawValue), "data": .string($0.base64)]] }
  }

  /// A text, with the signature of what the model thought before it (guide "Thought signatures").
  private static func part(_ message: ChatMessage) -> JSON {
    var part: [String: JSON] = ["text": .string(message.content)]
    part["thoughtSignature"] = message.carried(by: .gemini).last
    return .object(part)
  }

  /// 2.5 of `gemini-2.5-pro`; `nil` for names made otherwise.
  static func version(_ name: String) -> Double? {
    let words = (name.split(separator: "/").last ?? "").split(separator: "-")
    return words.first == "gemini" && words.count > 1 ? Double(words[1]) : nil
  }

  /// Text models from 2.5 on; earlier ones refuse a request that asks for thoughts.
  static func canShowThoughts(_ name: String) -> Bool {
    let words = (name.split(separator: "/").last ?? "").split(separator: "-")
    guard let version = version(name), version >= 2.5 else { return false }
    return !words.contains { ["image", "tts", "audio", "live", "embedding"].contains($0) }
  }
}

struct GeminiDecoder: StreamDecoder {
  private var counts = TokenCounts()

  mutating func decode(_ chunk: WireChunk, into output: inout StreamOutput) {
    if let inner = chunk.json["response"], inner.object != nil {
      // Google's Code Assist wraps each chunk.
      return decode(chunk.inside(inner, at: .key("response")), into: &output)
    }
    let json = chunk.json
    if let word = json["promptFeedback"]?["blockReason"]?.string {
      let message = json["promptFeedback"]?["blockReasonMessage"]?.string
      output.ending = Ending(
        reason: .blocked(word), word: word, message: message ?? Self.ratings(json["promptFeedback"]))
    }
    if let candidates = json["candidates"]?.array,
      let place = candidates.firstIndex(where: { $0.object != nil && ($0["index"]?.int ?? 0) == 0 })
    {
      let candidate = candidates[place]
      for (index, part) in (candidate["content"]?["parts"]?.array ?? []).enumerated() {
        if let text = part["text"]?.string {
          chunk.append(
            text,
            at: [
              .key("candidates"), .element(place), .key("content"), .key("parts"), .element(index), .key("text"),
            ], isReasoning: part["thought"]?.bool == true, to: &output)
        }
        if let signature = part["thoughtSignature"], signature.string?.isEmpty == false {
          output.carry(.gemini, [signature])
        }
        if let call = part["functionCall"] { output.toolCalls.append(call["name"]?.string ?? "") }
      }
      if let word = candidate["finishReason"]?.string, !word.isEmpty, word != "FINISH_REASON_UNSPECIFIED" {
        let message = candidate["finishMessage"]?.string
        output.ending = Ending(
          reason: FinishReason(providerWord: word), word: word, message: message ?? Self.ratings(candidate))
      }
    }
    if let usage = json["usageMetadata"], usage.object != nil { read(usage, &output) }
  }

  /// The categories that a filter objected to.
  private static func ratings(_ json: JSON?) -> String? {
    let blocked = (json?["safetyRatings"]?.array ?? []).filter { $0["blocked"]?.bool == true }
    let names = blocked.compactMap { $0["category"]?.string }
    return names.isEmpty ? nil : names.joined(separator: ", ")
  }

  private mutating func read(_ json: JSON, _ output: inout StreamOutput) {
    counts.read(.prompt, json["promptTokenCount"])
    counts.read(.cached, json["cachedContentTokenCount"])
    counts.read(.toolPrompt, json["toolUsePromptTokenCount"])
    // candidatesTokenCount leaves the thoughts out.
    counts.read(.completion, json["candidatesTokenCount"])
    counts.read(.thoughts, json["thoughtsTokenCount"])
    if let usage = counts.usage { output.usage(usage) }
  }
}
