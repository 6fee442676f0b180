import Basics
import Glibc

/// Models in the order of how often they are preferred, by the model of Bradley and Terry (1952): that `a` is preferred
/// to `b` has the odds of their strengths. A tie is half a win for both.
///
/// The strengths are found by Hunter's MM algorithm (2004), each model having a tenth of a win and of a loss more
/// against one of middling strength, so that one which never lost has a strength too. How sure they are is found by
/// drawing as many verdicts again and again at random from those there are; the same verdicts give the same intervals.
public struct ModelRanking: Hashable, Sendable {
  public struct Place: Hashable, Sendable {
    public var model: ModelReference
    /// 1000 for the middle; one with 400 more is preferred ten times in eleven.
    public var points: Double
    /// 95 % of the draws lie as far from the points as the ends of this, on the other side: the basic bootstrap, which
    /// covers better here than the draws' own quantiles, as few losses draw fewer still.
    public var interval: ClosedRange<Double>
    public var wins: Int
    public var losses: Int
    public var ties: Int
  }

  /// Why the ranking says little.
  public enum Doubt: Hashable, Sendable {
    /// Verdicts there are, and how many there should be at least.
    case tooFew(Int, needed: Int)
    /// Models that nothing compares with the others, directly or by way of third ones.
    case apart([ModelReference])
  }

  /// The best first.
  public var places: [Place]
  public var comparisons: Int
  public var doubt: Doubt?

  static let draws = 400
  private static let prior = 0.1
  /// Fewer verdicts for each model say nothing that chance would not.
  static let leastPerModel = 10

  public init(_ outcomes: [PairOutcome], seed: UInt64 = 1) {
    let outcomes = outcomes.filter { $0.better != $0.worse }
    let models = Set(outcomes.flatMap { [$0.better, $0.worse] }).sorted { $0.description < $1.description }
    let places = Dictionary(uniqueKeysWithValues: models.enumerated().map { ($1, $0) })
    let pairs = outcomes.map { outcome in
      (better: places[outcome.better] ?? 0, worse: places[outcome.worse] ?? 0, isTie: outcome.isTie)
    }
    comparisons = pairs.count
    guard models.count > 1 else {
      self.places = []
      doubt = .tooFew(pairs.count, needed: 2 * Self.leastPerModel)
      return
    }
    func points(_ pairs: [(better: Int, worse: Int, isTie: Bool)]) -> [Double] {
      let points = Self.strengths(pairs, models.count).map { 400 * log10($0) }
      let middle = points.reduce(0, +) / Double(points.count)
      return points.map { 1000 + $0 - middle }
    }
    let best = points(pairs)
    var random = SplitMix64(state: seed)
    var drawn = Array(repeating: [Double](), count: models.count)
    for _ in 0..<Self.draws {
      let sample = pairs.indices.map { _ in pairs[Int(random.next() % UInt64(pairs.count))] }
      for (model, points) in points(sample).enumerated() { drawn[model].append(points) }
    }
    self.places = models.indices.map { model in
      let sorted = drawn[model].sorted()
      let (lowest, highest) = (sorted[Self.draws / 40], sorted[Self.draws - 1 - Self.draws / 40])
      let (low, high) = (2 * best[model] - highest, 2 * best[model] - lowest)
      return Place(
        model: models[model], points: best[model], interval: min(low, best[model])...max(high, best[model]),
        wins: pairs.count { !$0.isTie && $0.better == model }, losses: pairs.count { !$0.isTie && $0.worse == model },
        ties: pairs.count { $0.isTie && ($0.better == model || $0.worse == model) })
    }.sorted { ($1.points, $0.model.description) < ($0.points, $1.model.description) }
    let needed = Self.leastPerModel * models.count
    let apart = Self.apart(pairs.map { ($0.better, $0.worse) }, models.count)
    doubt =
      !apart.isEmpty
      ? .apart(apart.map { models[$0] }) : pairs.count < needed ? .tooFew(pairs.count, needed: needed) : nil
  }

  /// Whether the order of a place and the next one may be chance: their intervals overlap, or all is doubtful.
  public func isUnsure(_ place: Int) -> Bool {
    guard places.indices.contains(place), places.indices.contains(place + 1) else { return false }
    return doubt != nil || places[place].interval.overlaps(places[place + 1].interval)
  }

  private static func strengths(_ pairs: [(better: Int, worse: Int, isTie: Bool)], _ count: Int) -> [Double] {
    var wins = Array(repeating: prior, count: count)
    var games = Array(repeating: 0.0, count: count * count)
    for pair in pairs {
      wins[pair.better] += pair.isTie ? 0.5 : 1
      if pair.isTie { wins[pair.worse] += 0.5 }
      games[pair.better * count + pair.worse] += 1
      games[pair.worse * count + pair.better] += 1
    }
    var strengths = Array(repeating: 1.0, count: count)
    for _ in 0..<200 {
      var change = 0.0
      for model in 0..<count {
        var sum = 2 * prior / (strengths[model] + 1)
        for other in 0..<count where games[model * count + other] > 0 {
          sum += games[model * count + other] / (strengths[model] + strengths[other])
        }
        let newer = wins[model] / sum
        change = max(change, abs(newer - strengths[model]) / strengths[model])
        strengths[model] = newer
      }
      if change < 1e-6 { break }
    }
    return strengths
  }

  /// The models outside the largest group that verdicts hold together.
  private static func apart(_ pairs: [(Int, Int)], _ count: Int) -> [Int] {
    var group = Array(0..<count)
    for (one, other) in pairs where group[one] != group[other] {
      let (kept, gone) = (group[one], group[other])
      for index in group.indices where group[index] == gone { group[index] = kept }
    }
    let sizes = Dictionary(grouping: group.indices, by: { group[$0] })
    let largest = sizes.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key
    return group.indices.filter { group[$0] != largest }
  }
}
