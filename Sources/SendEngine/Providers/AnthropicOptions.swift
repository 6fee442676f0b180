import Conversations
import JSON

/// Options in the words of Anthropic's API. Source: its reference, "Messages", and the guides "Extended thinking",
/// "Adaptive thinking", "Effort" and "Structured outputs".
extension AnthropicProvider {
  /// The least budget that thinking may have.
  private static let leastBudget = 1024

  static func limit(_ model: ConfiguredModel) -> Int {
    if let limit = model.completionLimit { return limit }
    // The budget is part of the limit, and the answer needs room besides.
    if case .tokens(let budget) = model.options.generation.thinkingBudget { return budget + defaultMaximumTokens }
    return defaultMaximumTokens
  }

  func refusal(of option: GenerationOptions.Name, for model: ConfiguredModel) -> String? {
    let options = model.options.generation
    switch option {
    case .temperature:
      if let temperature = options.temperature, temperature > 1 { return "Anthropic takes temperatures from 0 to 1" }
      return Self.thinks(options) ? "thinking leaves no temperature; leave out one of the two" : nil
    case .seed: return "Anthropic's API has no seed; leave it out"
    case .verbosity: return "Anthropic's API has none; say in the prompt how long the answer shall be"
    case .responseFormat:
      return options.responseFormat == .json ? "Anthropic's API wants a JSON Schema in place of json" : nil
    case .thinkingBudget:
      guard case .tokens(let budget) = options.thinkingBudget, budget > 0 else { return nil }
      if budget < Self.leastBudget { return "the least budget is \(Self.leastBudget) tokens; 0 is no thinking" }
      let limit = Self.limit(model)
      return budget < limit ? nil : "it must be less than max_tokens, which is \(limit)"
    case .reasoningEffort:
      switch options.reasoningEffort {
      case .minimal: return "Anthropic's API knows none, low, medium, high, xhigh and max"
      case Optional.none, .some(.none): return nil
      default:
        return Self.hasEffort(model.reference.name) ? nil : "this model has no effort; take thinking_budget=TOKENS"
      }
    case .topP, .maxTokens, .stop, .cache, .body: return nil
    }
  }

  /// The request with all that the model is asked to heed.
  static func heeding(_ model: ConfiguredModel, _ body: JSON) -> JSON {
    let options = model.options.generation
    var fields: [String: JSON] = [:]
    fields["temperature"] = options.temperature.map(JSON.double)
    fields["top_p"] = options.topP.map(JSON.double)
    if !options.stop.isEmpty { fields["stop_sequences"] = .array(options.stop.map(JSON.string)) }
    var output: [String: JSON] = [:]
    if let effort = options.reasoningEffort, effort != .none { output["effort"] = .string(effort.rawValue) }
    if case .schema(let schema) = options.responseFormat {
      output["format"] = ["type": "json_schema", "schema": schema]
    }
    if !output.isEmpty { fields["output_config"] = .object(output) }
    fields["thinking"] = thinking(model)
    return body.merging(fields).merging(options.body)
  }

  /// The chat as the API takes it. An answer goes back with the thinking that led to it; with `caches`, all up to the
  /// last prompt is marked to be kept (guide "Prompt caching").
  static func turns(_ messages: [ChatMessage], caches: Bool) -> [JSON] {
    messages.enumerated().map { index, message in
      let thoughts = message.carried(by: .anthropic)
      let isKept = caches && index == messages.count - 1
      let text: JSON = isKept ? kept(message.content) : ["type": "text", "text": .string(message.content)]
      let before = thoughts + message.files.compactMap(Self.block)
      let content: JSON = before.isEmpty && !isKept ? .string(message.content) : .array(before + [text])
      return ["role": .string(message.role.rawValue), "content": content]
    }
  }

  /// A picture or PDF; its guides put these before the text.
  private static func block(_ file: Attachment) -> JSON? {
    guard let media = file.media else { return nil }
    let source: JSON = ["type": "base64", "media_type": .string(media.type.rawValue), "data": .string(media.base64)]
    if media.type.isImage { return ["type": "image", "source": source] }
    return ["type": "document", "source": source, "title": .string(file.name)]
  }

  static func kept(_ text: String) -> JSON {
    ["type": "text", "text": .string(text), "cache_control": ["type": "ephemeral"]]
  }

  private static func thinking(_ model: ConfiguredModel) -> JSON? {
    let options = model.options.generation
    switch (options.thinkingBudget, options.reasoningEffort) {
    case (.tokens(0), _), (nil, .some(.none)): return ["type": "disabled"]
    case (.tokens(let budget), _): return ["type": "enabled", "budget_tokens": .int(budget)]
    case (.auto, _): return ["type": "adaptive", "display": "summarized"]
    case (nil, .some):
      return adapts(model.reference.name) ? ["type": "adaptive", "display": "summarized"] : nil
    case (nil, nil): return nil
    }
  }

  private static func thinks(_ options: GenerationOptions) -> Bool {
    if let budget = options.thinkingBudget { return budget != .tokens(0) }
    return false
  }

  /// The version in `claude-opus-4-6` or `claude-sonnet-4-5-20250929`; `nil` for names made otherwise.
  private static func version(_ name: String) -> (family: Substring, major: Int, minor: Int)? {
    let words = (name.split(separator: "/").last ?? "").split { "-.@".contains($0) }
    guard words.count >= 3, words[0] == "claude", let major = Int(words[2]) else { return nil }
    // What is longer is a date.
    let minor = words.count > 3 && words[3].count <= 2 ? Int(words[3]) ?? 0 : 0
    return (words[1], major, minor)
  }

  /// Whether it decides itself how much to think; a name that tells nothing is a newer model's.
  private static func adapts(_ name: String) -> Bool {
    guard let version = version(name) else { return !name.contains("claude-3") }
    return (version.major, version.minor) >= (4, 6)
  }

  private static func hasEffort(_ name: String) -> Bool {
    if let version = version(name), version.family == "opus", (version.major, version.minor) == (4, 5) { return true }
    return adapts(name)
  }
}
