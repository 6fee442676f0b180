import Conversations
import JSON

/// Options in the words of Gemini's `generationConfig`. Source: the Gemini API reference, "GenerationConfig", and the
/// guide "Thinking".
extension GeminiProvider {
  func refusal(of option: GenerationOptions.Name, for model: ConfiguredModel) -> String? {
    let options = model.options.generation
    switch option {
    case .cache: return OpenAICompatibleProvider.noCache
    case .verbosity: return "Gemini's API has none; say in the prompt how long the answer shall be"
    case .reasoningEffort, .thinkingBudget:
      guard Self.canShowThoughts(model.reference.name) else {
        return "this model does not think; leave it out"
      }
      if option == .thinkingBudget, options.reasoningEffort != nil {
        return "Gemini takes it or reasoning_effort; leave out one of the two"
      }
      if option == .reasoningEffort, [.xhigh, .max].contains(options.reasoningEffort) {
        return "Gemini knows none, minimal, low, medium and high"
      }
      return nil
    case .temperature, .topP, .maxTokens, .stop, .seed, .responseFormat, .body: return nil
    }
  }

  static func generation(_ model: ConfiguredModel) -> [String: JSON] {
    let options = model.options.generation
    var generation: [String: JSON] = [:]
    generation["maxOutputTokens"] = model.completionLimit.map(JSON.int)
    generation["temperature"] = options.temperature.map(JSON.double)
    generation["topP"] = options.topP.map(JSON.double)
    generation["seed"] = options.seed.map(JSON.int)
    if !options.stop.isEmpty { generation["stopSequences"] = .array(options.stop.map(JSON.string)) }
    switch options.responseFormat {
    case .json: generation["responseMimeType"] = "application/json"
    case .schema(let schema):
      generation["responseMimeType"] = "application/json"
      generation["responseJsonSchema"] = schema
    case .text, nil: break
    }
    var thinking = thinking(options, model.reference.name)
    if model.options.asksForThoughts ?? canShowThoughts(model.reference.name) { thinking["includeThoughts"] = true }
    if !thinking.isEmpty { generation["thinkingConfig"] = .object(thinking) }
    return generation
  }

  private static func thinking(_ options: GenerationOptions, _ name: String) -> [String: JSON] {
    switch options.thinkingBudget {
    // -1 leaves it to the model.
    case .auto: return ["thinkingBudget": -1]
    case .tokens(let count): return ["thinkingBudget": .int(count)]
    case nil: break
    }
    guard let effort = options.reasoningEffort else { return [:] }
    if version(name) ?? 3 >= 3 { return ["thinkingLevel": .string(effort == .none ? "minimal" : effort.rawValue)] }
    // As Google's own OpenAI-compatible endpoint counts them (guide "OpenAI compatibility", "Thinking").
    let budget =
      switch effort {
      case .none: 0
      case .minimal, .low: 1024
      case .medium: 8192
      case .high, .xhigh, .max: 24_576
      }
    return ["thinkingBudget": .int(budget)]
  }
}
