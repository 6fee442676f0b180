import Conversations
import JSON

/// OpenAI's Responses API. The conversation is kept here and sent whole each time: `store` is false, and what the model
/// has thought goes along encrypted.
///
/// Format: the OpenAI API reference, "Create a model response" and "Streaming events".
struct OpenAIResponsesProvider: Provider {
  func request(
    for model: ConfiguredModel, key: APIKey?, messages: [ChatMessage]
  ) throws(SendFailure) -> ProviderRequest {
    let base = try ProviderURL(model)
    let options = model.options.generation
    let system = messages.filter { $0.role == .system }.map(\.content)
    var body: [String: JSON] = [
      "model": .string(model.reference.name),
      "stream": .bool(model.options.streams ?? true),
      "store": false,
      "input": .array(messages.filter { $0.role != .system }.flatMap(Self.items)),
    ]
    if !system.isEmpty { body["instructions"] = .string(system.joined(separator: "\n\n")) }
    body["max_output_tokens"] = model.completionLimit.map(JSON.int)
    body["temperature"] = options.temperature.map(JSON.double)
    body["top_p"] = options.topP.map(JSON.double)
    if OpenAICompatibleProvider.isReasoningModel(model.reference.name) || options.reasoningEffort != nil {
      var reasoning: [String: JSON] = [:]
      reasoning["effort"] = (options.reasoningEffort?.rawValue).map(JSON.string)
      if options.reasoningEffort != .some(.none), model.options.asksForThoughts ?? true {
        reasoning["summary"] = "auto"
      }
      if !reasoning.isEmpty { body["reasoning"] = .object(reasoning) }
      // Without being stored, reasoning can only be taken up again from what is sent back.
      body["include"] = ["reasoning.encrypted_content"]
    }
    var text: [String: JSON] = [:]
    text["verbosity"] = (options.verbosity?.rawValue).map(JSON.string)
    text["format"] = options.responseFormat.map(Self.format)
    if !text.isEmpty { body["text"] = .object(text) }
    return ProviderRequest(
      url: ChatDialect(model).url("/responses", of: model, at: base),
      headers: ChatDialect(model).authorization(key),
      body: JSON.object(body).merging(options.body))
  }

  func refusal(of option: GenerationOptions.Name, for model: ConfiguredModel) -> String? {
    switch option {
    case .stop, .seed: "the Responses API has none; leave it out, or take kind: openai"
    case .thinkingBudget: "the Responses API has no budget for thinking; take reasoning_effort"
    case .cache: OpenAICompatibleProvider.noCache
    default: nil
    }
  }

  func makeDecoder() -> any StreamDecoder { ResponsesDecoder() }

  /// A message as the API takes it; an answer with what its model thought before it.
  private static func items(_ message: ChatMessage) -> [JSON] {
    let thoughts = message.carried(by: .responses)
    let text: JSON = ["type": "input_text", "text": .string(message.content)]
    let content: JSON =
      message.files.isEmpty ? .string(message.content) : .array([text] + message.files.compactMap(Self.input))
    return thoughts + [["role": .string(message.role.rawValue), "content": content]]
  }

  private static func input(_ file: Attachment) -> JSON? {
    guard let media = file.media else { return nil }
    if media.type.isImage { return ["type": "input_image", "image_url": .string(media.dataURI)] }
    return ["type": "input_file", "filename": .string(file.name), "file_data": .string(media.dataURI)]
  }

  private static func format(_ format: GenerationOptions.ResponseFormat) -> JSON {
    switch format {
    case .text: ["type": "text"]
    case .json: ["type": "json_object"]
    case .schema(let schema): ["type": "json_schema", "name": .string(schema.schemaName), "schema": schema]
    }
  }
}

struct ResponsesDecoder: StreamDecoder {
  private var counts = TokenCounts()
  private var hasDeltas = false
  private var hasRefused = false
  /// Summaries come in parts, which are paragraphs.
  private var hasSummary = false
  /// Reasoning items, to be sent back.
  private var thoughts: [JSON] = []

  mutating func decode(_ chunk: WireChunk, into output: inout StreamOutput) {
    let json = chunk.json
    switch json["type"]?.string {
    case "response.output_text.delta": append("delta", of: chunk, isReasoning: false, &output)
    case "response.refusal.delta":
      hasRefused = true
      append("delta", of: chunk, isReasoning: false, &output)
    case "response.reasoning_summary_part.added":
      if hasSummary { output.reasoning("\n\n") }
    case "response.reasoning_summary_text.delta", "response.reasoning_text.delta":
      hasSummary = true
      append("delta", of: chunk, isReasoning: true, &output)
    case "response.output_item.done":
      if let item = json["item"] { take(item, &output) }
    case "response.completed", "response.incomplete", "response.failed", "response.cancelled":
      if let response = json["response"] { end(chunk.inside(response, at: .key("response")), &output) }
      output.isComplete = true
    case nil where json["object"]?.string == "response":
      // A server that does not stream answers with the whole response.
      end(chunk, &output)
    default:
      // What is told of parts that begin and end repeats what their deltas said.
      break
    }
  }

  private mutating func append(
    _ key: StaticString, of chunk: WireChunk, isReasoning: Bool, _ output: inout StreamOutput
  ) {
    hasDeltas = true
    guard let text = chunk.json[key.description]?.string else { return }
    chunk.append(text, at: [.key(key)], isReasoning: isReasoning, to: &output)
  }

  /// An item of the output that is whole.
  private mutating func take(_ item: JSON, _ output: inout StreamOutput) {
    switch item["type"]?.string {
    case "reasoning":
      guard item["encrypted_content"]?.string?.isEmpty == false else { return }
      // Only these belong to a reasoning item that is sent back.
      thoughts.append(
        .object((item.object ?? [:]).filter { ["type", "id", "summary", "encrypted_content"].contains($0.key) }))
      output.carry(.responses, thoughts)
    case "function_call", "custom_tool_call": output.toolCalls.append(item["name"]?.string ?? "")
    default: break
    }
  }

  private mutating func end(_ chunk: WireChunk, _ output: inout StreamOutput) {
    let response = chunk.json
    if !hasDeltas {
      for item in response["output"]?.array ?? [] {
        take(item, &output)
        for text in (item["summary"] ?? .null).texts { output.reasoning(text.text) }
        for part in item["content"]?.array ?? [] {
          if let text = part["text"]?.string { output.text(text) }
          if let refusal = part["refusal"]?.string {
            hasRefused = true
            output.text(refusal)
          }
        }
      }
    }
    if let usage = response["usage"], usage.object != nil {
      counts.read(.prompt, usage["input_tokens"])
      counts.read(.cached, usage["input_tokens_details"]?["cached_tokens"])
      counts.read(.completion, usage["output_tokens"])
      counts.read(.reasoning, usage["output_tokens_details"]?["reasoning_tokens"])
      counts.read(.total, usage["total_tokens"])
      if let known = counts.usage { output.usage(known) }
    }
    let error = response["error"].flatMap { ErrorBody.isError($0) ? ErrorBody(["error": $0]) : nil }
    switch response["status"]?.string {
    case "completed":
      output.ending = Ending(reason: hasRefused ? .blocked("refusal") : .stop, word: "completed")
    case "incomplete":
      let word = response["incomplete_details"]?["reason"]?.string ?? "incomplete"
      output.ending = Ending(reason: FinishReason(providerWord: word), word: word)
    case let word?:
      output.ending = Ending(
        reason: .other(word), word: word, message: error?.message, httpStatus: error?.status)
    case nil: break
    }
  }
}
