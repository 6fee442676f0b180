import ConfigurationReading

/// Where a provider's API is and where its key may be found.
public struct ConfiguredProvider: Hashable, Sendable, Identifiable {
  /// As `models.yaml` calls it.
  public var name: String
  public var kind: ConfiguredModel.Kind
  /// As in ``ConfiguredModel/baseURL``.
  public var baseURL: String
  /// Asked first of all, if set.
  public var apiKeyCommand: CommandSetting?
  /// Environment variables that may hold the key, the first one preferred.
  public var apiKeyVariables: [String]
  /// False for local servers: a key is sent if one is found, and not missed otherwise.
  public var requiresKey: Bool
  /// How its models are asked, unless they say otherwise.
  public var options = RequestOptions()
  /// Proxy and authorities.
  public var network = NetworkSettings()
  /// How much it is asked at most.
  public var limits = ProviderLimits()
  /// The environment variable that ``baseURL`` is from, if it is.
  public var baseURLVariable: String?

  public var id: String { name }

  public init(
    name: String, kind: ConfiguredModel.Kind, baseURL: String, apiKeyCommand: CommandSetting? = nil,
    apiKeyVariables: [String] = [], requiresKey: Bool = true
  ) {
    self.name = name
    self.kind = kind
    self.baseURL = baseURL
    self.apiKeyCommand = apiKeyCommand
    self.apiKeyVariables = apiKeyVariables
    self.requiresKey = requiresKey
  }
}

extension ConfiguredProvider {
  /// The names of the providers that need no entry in models.yaml.
  public static var knownNames: [String] { known.keys.sorted() }

  /// Those providers, by name.
  public static var knownProviders: [ConfiguredProvider] { known.values.sorted { $0.name < $1.name } }

  /// Those in the cloud that many have an account of, the best known first, where `environment` says that they are.
  public static func wellKnown(in environment: [String: String]) -> [ConfiguredProvider] {
    let names = KnownModels.providers.map(\.name)
    let others = [
      "openrouter", "cerebras", "fireworks", "nvidia", "perplexity", "moonshot", "cohere", "deepinfra", "zai",
    ]
    return (names + others.filter { !names.contains($0) }).compactMap { name in
      // An address in the environment that is none is told when its provider is asked.
      (try? known(name, in: environment)) ?? nil
    }
  }

  /// Servers of this machine where they listen by default, or where `environment` says, if that is this machine.
  public static func localServers(in environment: [String: String]) -> [ConfiguredProvider] {
    ["ollama", "llamacpp", "lmstudio", "vllm"].compactMap { name in
      // As with the others.
      guard let provider = (try? known(name, in: environment)) ?? nil, let url = try? ProviderURL(provider.baseURL),
        url.isLoopback
      else { return nil }
      return provider
    }
  }

  /// Providers whose API is known by their name. Local servers stand at the ports they listen on by default.
  static let known: [String: ConfiguredProvider] = Dictionary(
    uniqueKeysWithValues: [
      cloud("google", "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY", "GOOGLE_API_KEY", .gemini),
      cloud("gemini", "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY", "GOOGLE_API_KEY", .gemini),
      cloud("openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
      cloud("anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY", .anthropic),
      cloud("together", "https://api.together.xyz/v1", "TOGETHER_API_KEY"),
      cloud("xai", "https://api.x.ai/v1", "XAI_API_KEY"),
      cloud("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
      cloud("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
      cloud("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
      cloud("deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
      cloud("fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
      cloud("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
      cloud("sambanova", "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY"),
      cloud("nvidia", "https://integrate.api.nvidia.com/v1", "NVIDIA_API_KEY"),
      cloud("perplexity", "https://api.perplexity.ai", "PERPLEXITY_API_KEY"),
      cloud("moonshot", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY"),
      // Each resource has an address of its own: base_url, or AZURE_OPENAI_ENDPOINT.
      cloud("azure", "", "AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
      cloud("cohere", "https://api.cohere.ai/compatibility/v1", "COHERE_API_KEY"),
      cloud("deepinfra", "https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY"),
      cloud("dashscope", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY"),
      cloud("zai", "https://api.z.ai/api/paas/v4", "ZAI_API_KEY"),
      cloud("huggingface", "https://router.huggingface.co/v1", "HF_TOKEN"),
      local("ollama", port: 11434),
      local("llamacpp", port: 8080),
      local("llama.cpp", port: 8080),
      local("vllm", port: 8000),
      local("lmstudio", port: 1234),
    ].map { ($0.name, $0) })

  /// The built-in demo models' provider.
  static let demo = ConfiguredProvider(name: "demo", kind: .demo, baseURL: "", requiresKey: false)

  private static func cloud(
    _ name: String, _ baseURL: String, _ variable: String, _ otherVariable: String? = nil,
    _ kind: ConfiguredModel.Kind = .openai
  ) -> ConfiguredProvider {
    ConfiguredProvider(
      name: name, kind: kind, baseURL: baseURL, apiKeyVariables: [variable] + (otherVariable.map { [$0] } ?? []))
  }

  private static func cloud(
    _ name: String, _ baseURL: String, _ variable: String, _ kind: ConfiguredModel.Kind
  ) -> ConfiguredProvider {
    cloud(name, baseURL, variable, nil, kind)
  }

  private static func local(_ name: String, port: Int) -> ConfiguredProvider {
    ConfiguredProvider(
      name: name, kind: .openai, baseURL: "http://127.0.0.1:\(port)/v1", apiKeyVariables: [defaultVariable(for: name)],
      requiresKey: false)
  }

  /// The one known by a name, where `environment` says that it is. Throws what there is no address.
  static func known(
    _ name: String, in environment: [String: String]
  ) throws(ProviderURL.Invalid) -> ConfiguredProvider? {
    guard var provider = known[name.lowercased()] else { return nil }
    if let found = try BaseURLVariable.url(for: name, in: environment) { provider.move(to: found.url, found.variable) }
    return provider
  }

  /// Is at another address from now on.
  mutating func move(to url: ProviderURL, _ variable: String? = nil) {
    baseURL = url.text
    baseURLVariable = variable
    // Google's own root also serves OpenAI's API, below /openai.
    if kind == .gemini, url.text.hasSuffix("/openai") { kind = .openai }
    if url.isLoopback { requiresKey = false }
  }

  /// `my-lab` looks for its key in `MY_LAB_API_KEY` unless told otherwise.
  static func defaultVariable(for name: String) -> String {
    let upper = name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
    return String(upper) + "_API_KEY"
  }
}
