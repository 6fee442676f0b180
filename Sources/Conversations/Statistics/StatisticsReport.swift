/// Statistics by model and by provider, each with the ranking that the verdicts make.
public struct StatisticsReport: Hashable, Sendable {
  public var models: Statistics
  public var modelRanking: ModelRanking
  public var providers: Statistics
  public var providerRanking: ModelRanking

  /// Takes a while with many verdicts: the intervals are drawn from them again and again.
  public init(_ statistics: Statistics) {
    models = statistics
    modelRanking = ModelRanking(statistics.outcomes)
    providers = statistics.byProvider
    providerRanking = ModelRanking(providers.outcomes)
  }
}
