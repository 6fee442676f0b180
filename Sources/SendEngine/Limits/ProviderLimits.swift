import ConfigurationReading

/// How much a provider is asked at most, as `models.yaml` says. `nil` leaves it to what the provider's answers tell.
public struct ProviderLimits: Hashable, Sendable {
  /// Requests under way at once.
  public var concurrency: Int?
  public var requestsPerMinute: Int?
  /// Prompt tokens, estimated.
  public var tokensPerMinute: Int?

  public init(concurrency: Int? = nil, requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil) {
    self.concurrency = concurrency
    self.requestsPerMinute = requestsPerMinute
    self.tokensPerMinute = tokensPerMinute
  }

  /// Reads what stands below `limits`. What is wrong is told where it stands.
  init(_ value: YAMLValue) {
    self.init()
    guard
      let mapping = value.mapping(
        known: ModelsFields.limits.names, expected: "limits, such as {requests_per_minute: 60}")
    else {
      return
    }
    concurrency = mapping["concurrency"]?.integer(in: 1...100_000, unit: "requests")
    requestsPerMinute = mapping["requests_per_minute"]?.integer(in: 1...1_000_000, unit: "requests")
    tokensPerMinute = mapping["tokens_per_minute"]?.integer(in: 1...1_000_000_000, unit: "tokens")
  }
}
