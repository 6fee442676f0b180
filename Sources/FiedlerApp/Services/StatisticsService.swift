import ConversationStore
import Conversations
import FiedlerUI
import FoundationEssentials

extension Services {
  /// The figures of all models over a search of the history, with what the answers cost at the prices of models.yaml,
  /// and the ranking that the verdicts make.
  public func statistics(_ query: String = "") async throws(StoreError) -> StatisticsReport {
    let statistics = try await store.statistics(query, zone: LocalTime.zone)
    return StatisticsReport(statistics.priced { prices($0) })
  }
}

extension EffectRunner {
  func loadStatistics(_ query: String, token: Int) {
    ask(.statistics, orElse: { .statisticsFailed(for: token, $0) }) { services in
      .statisticsLoaded(for: token, try await services.statistics(query))
    }
  }
}
