import Conversations

/// A model as models.yaml (or the built-in demo set) describes it.
public struct ConfiguredModel: Hashable, Sendable, Identifiable {
  /// Which API the provider speaks.
  public enum Kind: String, Sendable { case openai, anthropic, gemini, demo }
  /// The provider and the name its API knows the model by.
  public var reference: ModelReference
  public var aliases: [String]
  public var kind: Kind
  /// For example `https://api.together.xyz/v1`; empty for demo models.
  public var baseURL: String
  /// The environment variable the key may come from (`api_key_env`).
  public var apiKeyVariable: String?
  /// In tokens (`max_tokens`).
  public var contextWindow: Int?
  public var maxCompletionTokens: Int?
  /// The longest a whole answer may take.
  public var timeout: Duration
  /// Requests at most, the first included.
  public var retryAttempts: Int
  public var capabilities: [String]
  public var price: Price?

  public var id: ModelReference { reference }

  public init(
    reference: ModelReference, aliases: [String] = [], kind: Kind, baseURL: String, apiKeyVariable: String? = nil,
    contextWindow: Int? = nil, maxCompletionTokens: Int? = nil, timeout: Duration = .seconds(300),
    retryAttempts: Int = 3, capabilities: [String] = [], price: Price? = nil
  ) {
    self.reference = reference
    self.aliases = aliases
    self.kind = kind
    self.baseURL = baseURL
    self.apiKeyVariable = apiKeyVariable
    self.contextWindow = contextWindow
    self.maxCompletionTokens = maxCompletionTokens
    self.timeout = timeout
    self.retryAttempts = retryAttempts
    self.capabilities = capabilities
    self.price = price
  }
}
