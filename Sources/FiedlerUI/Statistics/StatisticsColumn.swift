import Conversations

/// A column of the statistics: what it is called, what it shows, and what stands behind a number of it.
public enum StatisticsColumn: String, CaseIterable, Hashable, Sendable {
  case sends, failures, retries, firstMedian, firstSlow, rateMedian, rateSlow, length, reasoning, cost, best, bad, won

  /// Over the column; a few letters.
  public var title: String {
    switch self {
    case .sends: "sends"
    case .failures: "failed"
    case .retries: "retries"
    case .firstMedian: "first p50"
    case .firstSlow: "p95"
    case .rateMedian: "tok/s p50"
    case .rateSlow: "p95"
    case .length: "tok p50"
    case .reasoning: "reason"
    case .cost: "cost"
    case .best: "best"
    case .bad: "bad"
    case .won: "won:lost"
    }
  }

  /// At length, for what is drawn and for JSON's readers.
  public var words: String {
    switch self {
    case .sends: "answers asked for"
    case .failures: "failed or broken off"
    case .retries: "requests made again"
    case .firstMedian, .firstSlow: "time to the first token"
    case .rateMedian, .rateSlow: "tokens a second"
    case .length: "tokens an answer"
    case .reasoning: "share of reasoning"
    case .cost: "cost"
    case .best: "found the best"
    case .bad: "found bad"
    case .won: "better and worse than others"
    }
  }

  /// What the rows are sorted by; `nil` stands last.
  public func value(_ figures: ModelFigures) -> Double? {
    switch self {
    case .sends: Double(figures.all.sends)
    case .failures: Double(figures.all.failures)
    case .retries: Double(figures.all.retries)
    case .firstMedian: figures.firstToken.quantile(0.5)
    case .firstSlow: figures.firstToken.quantile(0.95)
    case .rateMedian: figures.rate.quantile(0.5)
    case .rateSlow: figures.rate.quantile(0.95)
    case .length: figures.length.quantile(0.5)
    case .reasoning: figures.reasoningShare
    case .cost: figures.cost
    case .best: Double(figures.verdicts[.best] ?? 0)
    case .bad: Double(figures.verdicts[.bad] ?? 0)
    case .won: Double(figures.verdicts[.better] ?? 0) - Double(figures.verdicts[.worse] ?? 0)
    }
  }

  public func text(_ figures: ModelFigures) -> String {
    guard let value = value(figures) else { return "–" }
    return switch self {
    case .sends, .retries, .best, .bad: Figures.count(Int(value))
    case .failures:
      value == 0
        ? "0" : "\(Figures.count(Int(value))) \(Figures.fixed(100 * value / Double(max(1, figures.all.sends)), 0))%"
    case .firstMedian, .firstSlow: Figures.fineSeconds(.microseconds(Int64(value)))
    case .rateMedian, .rateSlow: Figures.fixed(value / 1000, value < 9950 ? 1 : 0)
    case .length: Figures.count(Int(value.rounded()))
    case .reasoning: "\(Figures.fixed(100 * value, 0))%"
    case .cost: Figures.money(value)
    case .won: "\(Figures.count(figures.verdicts[.better] ?? 0)):\(Figures.count(figures.verdicts[.worse] ?? 0))"
    }
  }

  /// The histogram that is drawn for it, and how a value of that reads.
  func histogram(_ figures: ModelFigures) -> (Histogram, (Int) -> String) {
    switch self {
    case .firstMedian, .firstSlow:
      (figures.firstToken, { Figures.fineSeconds(.microseconds($0)) })
    case .rateMedian, .rateSlow: (figures.rate, { Figures.rate(Double($0) / 1000) })
    default: (figures.length, { "\(Figures.count($0)) tok" })
    }
  }

  /// Which measure that is.
  var histogramWords: String {
    switch self {
    case .firstMedian, .firstSlow, .rateMedian, .rateSlow: words
    default: Self.length.words
    }
  }

  /// The filter that finds what the column counts, besides the model's.
  var filter: String {
    switch self {
    case .failures: "(status:failed OR status:partial OR status:interrupted)"
    case .best: "verdict:best"
    case .bad: "verdict:bad"
    case .won: "(verdict:better OR verdict:worse)"
    default: ""
    }
  }
}

extension ModelFigures {
  /// `gpt-5.1`, or the provider's name for a provider's.
  public var name: String { model.name.isEmpty ? model.provider : ModelChoice.shortName(model) }
}
