import Conversations

/// Well-known models, for whoever has keys but no `models.yaml`, and for names that a `models.yaml` leaves undefined.
enum KnownModels {
  /// What models can be shown, by their providers' lists and guides.
  private enum Sight: String {
    case text
    case pictures = "text image"
    case all = "text image pdf"
    case unknown = ""
  }

  /// Grouped by provider; a provider's first model is the one chosen by default.
  static let all: [ConfiguredModel] = [
    model("google", "gemini-2.5-pro", ["gemini", "gemini-pro"], context: 1_048_576, completion: 65_536, sees: .all),
    model("google", "gemini-2.5-flash", ["gemini-flash"], context: 1_048_576, completion: 65_536, sees: .all),
    model("google", "gemini-2.5-flash-lite", ["gemini-flash-lite"], context: 1_048_576, completion: 65_536, sees: .all),
    model("openai", "gpt-5", [], context: 400_000, completion: 128_000, sees: .all),
    model("openai", "gpt-5-mini", [], context: 400_000, completion: 128_000, sees: .all),
    model("openai", "gpt-4.1", [], context: 1_047_576, completion: 32_768, sees: .all),
    model("openai", "gpt-4o", ["4o"], context: 128_000, completion: 16_384, sees: .all),
    model("openai", "gpt-4o-mini", ["4o-mini"], context: 128_000, completion: 16_384, sees: .all),
    model("anthropic", "claude-sonnet-4-5", ["claude", "sonnet"], context: 200_000, completion: 64_000, sees: .all),
    model("anthropic", "claude-opus-4-1", ["opus"], context: 200_000, completion: 32_000, sees: .all),
    model("anthropic", "claude-haiku-4-5", ["haiku"], context: 200_000, completion: 64_000, sees: .all),
    model("together", "deepseek-ai/DeepSeek-R1", ["deepseek-r1"], context: 163_840, completion: 64_000),
    model("together", "deepseek-ai/DeepSeek-V3", ["deepseek-v3"], context: 131_072, completion: 32_000),
    model("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", ["llama-3.3"], context: 131_072, completion: 16_384),
    model("xai", "grok-4", ["grok"], context: 256_000, completion: 64_000, sees: .pictures),
    model("xai", "grok-3-mini", ["grok-mini"], context: 131_072, completion: 32_000),
    model("openrouter", "openrouter/auto", ["auto"], sees: .unknown),
    model("groq", "llama-3.3-70b-versatile", [], context: 131_072, completion: 32_768),
    model("groq", "openai/gpt-oss-120b", ["gpt-oss"], context: 131_072, completion: 65_536),
    model("mistral", "mistral-large-latest", ["mistral"], context: 131_072, sees: .unknown),
    model("mistral", "mistral-small-latest", ["mistral-small"], context: 131_072, sees: .unknown),
    model("deepseek", "deepseek-chat", ["deepseek"], context: 131_072, completion: 8_192),
    model("deepseek", "deepseek-reasoner", [], context: 131_072, completion: 64_000),
  ]

  /// The providers of ``all``, in its order.
  static let providers: [ConfiguredProvider] = {
    var seen: Set<String> = []
    return all.map(\.reference.provider).filter { seen.insert($0).inserted }
      .compactMap { ConfiguredProvider.known[$0] }
  }()

  private static func model(
    _ provider: String, _ name: String, _ aliases: [String], context: Int? = nil, completion: Int? = nil,
    sees: Sight = .text
  ) -> ConfiguredModel {
    let known = ConfiguredProvider.known[provider] ?? ConfiguredProvider(name: provider, kind: .openai, baseURL: "")
    return ConfiguredModel(
      reference: ModelReference(provider: provider, name: name), aliases: aliases, kind: known.kind,
      baseURL: known.baseURL, apiKeyVariable: known.apiKeyVariables.first, contextWindow: context,
      maxCompletionTokens: completion, capabilities: sees.rawValue.split(separator: " ").map(String.init))
  }
}

extension ConfiguredModel {
  /// Takes options over; what they leave open stays as it is.
  mutating func take(_ newer: RequestOptions) {
    timeout = newer.timeout ?? timeout
    retryAttempts = newer.retryAttempts ?? retryAttempts
    options = newer.over(options)
    options.timeout = nil
    options.retryAttempts = nil
  }

  /// The same model as `provider` serves it.
  func served(by provider: ConfiguredProvider) -> ConfiguredModel {
    var copy = self
    copy.kind = provider.kind
    copy.baseURL = provider.baseURL
    copy.apiKeyVariable = provider.requiresKey ? provider.apiKeyVariables.first : nil
    copy.take(provider.options)
    copy.network = provider.network
    copy.limits = provider.limits
    return copy
  }
}
