import Conversations

/// A model as `models.yaml` or the built-in lists describe it: all that is needed to ask it something.
public struct ConfiguredModel: Hashable, Sendable, Identifiable {
  /// Which API the provider speaks.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// OpenAI's chat completions, which most providers and local servers speak.
    case openai
    /// OpenAI's Responses API.
    case responses
    /// Anthropic's messages.
    case anthropic
    /// Google's `streamGenerateContent`.
    case gemini
    /// Built in, offline.
    case demo
  }

  public var reference: ModelReference
  /// Other names it can be chosen by.
  public var aliases: [String]
  public var kind: Kind
  /// The API's root without a trailing slash, version included (`https://api.together.xyz/v1`); empty for the demo
  /// models.
  public var baseURL: String
  /// The environment variable a missing key should be looked for in, for messages; `nil` if the model needs no key.
  public var apiKeyVariable: String?
  /// In tokens, the prompt included.
  public var contextWindow: Int?
  public var maxCompletionTokens: Int?
  /// For a whole answer.
  public var timeout: Duration
  /// Requests at most, the first included.
  public var retryAttempts: Int
  /// How it is asked, its provider's options included; what ``timeout`` and ``retryAttempts`` say is not repeated here.
  public var options: RequestOptions
  public var capabilities: [String]
  public var price: Price?
  /// Proxy and authorities; its provider's.
  public var network = NetworkSettings()
  /// Its provider's, shared by all its models.
  public var limits = ProviderLimits()

  public var id: ModelReference { reference }

  /// The most tokens an answer may have: what the send asks for, else what is configured.
  var completionLimit: Int? { options.generation.maxTokens ?? maxCompletionTokens }

  /// The same model asked to heed `options`, and where they say nothing, its own.
  public func heeding(_ options: GenerationOptions) -> ConfiguredModel {
    var model = self
    model.options.generation = options.over(self.options.generation)
    return model
  }

  /// Long enough for a reasoning model, and for a local server that reads a long prompt.
  public static let defaultTimeout = Duration.seconds(1800)
  public static let defaultRetryAttempts = 3

  public init(
    reference: ModelReference, aliases: [String] = [], kind: Kind, baseURL: String, apiKeyVariable: String? = nil,
    contextWindow: Int? = nil, maxCompletionTokens: Int? = nil, timeout: Duration = defaultTimeout,
    retryAttempts: Int = defaultRetryAttempts, options: RequestOptions = RequestOptions(), capabilities: [String] = [],
    price: Price? = nil
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
    self.options = options
    self.capabilities = capabilities
    self.price = price
  }
}
