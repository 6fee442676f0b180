/// What the history knows of a model's answers, or of all of a provider's: of those that have ended, in conversations
/// that are not deleted.
public struct ModelFigures: Hashable, Sendable {
  /// What happened on a day, or in all.
  public struct Sums: Hashable, Sendable {
    /// Answers asked for, each attempt by itself.
    public var sends = 0
    public var successes = 0
    public var partial = 0
    public var failed = 0
    public var cancelled = 0
    public var interrupted = 0
    /// Requests made again by the program before an answer came.
    public var retries = 0
    /// Tokens that were written, reasoning included; estimated where the provider has not counted.
    public var written = 0
    /// Tokens of these that were reasoning.
    public var reasoning = 0
    /// Answers whose tokens the provider has counted: what they cost is known where the model's price is.
    public var counted = 0
    /// Tokens of those: read in all, read from a cache, put into one, and written.
    public var read = 0
    public var cached = 0
    public var cacheWritten = 0
    public var completion = 0

    public init() {}

    public static func += (sums: inout Sums, other: Sums) {
      sums.sends += other.sends
      sums.successes += other.successes
      sums.partial += other.partial
      sums.failed += other.failed
      sums.cancelled += other.cancelled
      sums.interrupted += other.interrupted
      sums.retries += other.retries
      sums.written += other.written
      sums.reasoning += other.reasoning
      sums.counted += other.counted
      sums.read += other.read
      sums.cached += other.cached
      sums.cacheWritten += other.cacheWritten
      sums.completion += other.completion
    }

    /// What the counted answers cost at these prices.
    public func cost(_ price: Price) -> Double {
      let plain = Double(read - cached - cacheWritten)
      let reading =
        plain * price.input + Double(cached) * (price.cached ?? price.input)
        + Double(cacheWritten) * (price.cacheWrite ?? price.input)
      return (reading + Double(completion) * price.output) / 1_000_000
    }

    /// Answers that did not come whole: failed, broken off or interrupted.
    public var failures: Int { failed + partial + interrupted }
  }

  /// `name` is empty for a provider's.
  public var model: ModelReference
  /// By the days since 1970 in UTC on which they were asked for.
  public var days: [Int: Sums] = [:]
  /// Why answers failed or broke off, by ``SendFailure/Kind``'s names.
  public var failures: [String: Int] = [:]
  /// Microseconds from the send to the first token.
  public var firstToken = Histogram()
  /// Thousandths of a token in a second, after the first one.
  public var rate = Histogram()
  /// Tokens an answer, reasoning included.
  public var length = Histogram()
  public var verdicts: [VerdictWord: Int] = [:]
  /// What the answers cost whose price is known; `nil` where none is.
  public var cost: Double?

  public init(model: ModelReference) { self.model = model }

  /// All days together.
  public var all: Sums { days.values.reduce(into: Sums()) { $0 += $1 } }

  /// The share of what was written that is reasoning; `nil` where nothing was written.
  public var reasoningShare: Double? {
    let all = all
    return all.written > 0 ? Double(all.reasoning) / Double(all.written) : nil
  }

  /// Adds those of another model.
  public mutating func add(_ other: ModelFigures) {
    days.merge(other.days) { sums, more in
      var sums = sums
      sums += more
      return sums
    }
    failures.merge(other.failures, uniquingKeysWith: +)
    firstToken.add(other.firstToken)
    rate.add(other.rate)
    length.add(other.length)
    verdicts.merge(other.verdicts, uniquingKeysWith: +)
    if let more = other.cost { cost = (cost ?? 0) + more }
  }
}

/// Figures of all models over a search of the history, and how often which was preferred to which.
public struct Statistics: Hashable, Sendable {
  /// By provider and name.
  public var models: [ModelFigures]
  public var outcomes: [PairOutcome]

  public init(models: [ModelFigures], outcomes: [PairOutcome]) {
    self.models = models
    self.outcomes = outcomes
  }

  /// The cost of each model's answers at these prices.
  public func priced(_ price: (ModelReference) -> Price?) -> Statistics {
    var priced = self
    for index in priced.models.indices {
      let all = priced.models[index].all
      priced.models[index].cost = all.counted > 0 ? price(priced.models[index].model).map(all.cost) : nil
    }
    return priced
  }

  /// The same by provider. Of verdicts on two models of one provider nothing remains.
  public var byProvider: Statistics {
    var providers: [String: ModelFigures] = [:]
    for figures in models {
      let name = figures.model.provider
      providers[name, default: ModelFigures(model: ModelReference(provider: name, name: ""))].add(figures)
    }
    let outcomes = outcomes.compactMap { outcome -> PairOutcome? in
      guard outcome.better.provider != outcome.worse.provider else { return nil }
      return PairOutcome(
        better: ModelReference(provider: outcome.better.provider, name: ""),
        worse: ModelReference(provider: outcome.worse.provider, name: ""), isTie: outcome.isTie)
    }
    return Statistics(models: providers.values.sorted { $0.model.provider < $1.model.provider }, outcomes: outcomes)
  }
}

/// One verdict on two models' answers to the same prompt.
public struct PairOutcome: Hashable, Sendable {
  public var better: ModelReference
  public var worse: ModelReference
  /// Neither was better.
  public var isTie: Bool

  public init(better: ModelReference, worse: ModelReference, isTie: Bool = false) {
    self.better = better
    self.worse = worse
    self.isTie = isTie
  }
}
