import Conversations
import Foundation
import TestSupport
import Testing

@Suite("The ranking of models by verdicts") struct RankingTests {
  /// Verdicts of a judge who knows the models' true strengths and prefers by their odds.
  private static func verdicts(_ count: Int, points: [Double], seed: UInt64) -> [PairOutcome] {
    var random = Seeded(seed)
    return (0..<count).map { _ in
      let one = Int.random(in: points.indices, using: &random)
      let other = (one + Int.random(in: 1..<points.count, using: &random)) % points.count
      let odds = pow(10, (points[one] - points[other]) / 400)
      let isFirst = Double.random(in: 0..<1, using: &random) < odds / (1 + odds)
      return PairOutcome(better: model(isFirst ? one : other), worse: model(isFirst ? other : one))
    }
  }

  private static func model(_ index: Int) -> ModelReference { Sample.model("model-\(index)") }

  @Test("Of 200 verdicts whose true order is known the ranking finds it, and the intervals cover the true strengths")
  func knownOrder() throws {
    let points: [Double] = [1300, 1100, 900, 700]
    var covered = 0
    for seed in UInt64(1)...10 {
      let ranking = ModelRanking(Self.verdicts(200, points: points, seed: seed))
      #expect(ranking.places.map(\.model) == points.indices.map(Self.model), "seed \(seed)")
      #expect(ranking.doubt == nil && ranking.comparisons == 200)
      covered += zip(ranking.places, points).count { $0.interval.contains($1) }
      #expect(ranking.places.reduce(0) { $0 + $1.wins } == 200)
    }
    // Of intervals of 95 % two in forty may miss; six are far more than chance makes likely.
    #expect(covered >= 35, "\(covered) of 40")
  }

  @Test("The same verdicts give the same ranking, in whatever order they were given, and the same intervals")
  func deterministic() {
    let verdicts = Self.verdicts(80, points: [1100, 1000, 900], seed: 3)
    #expect(ModelRanking(verdicts) == ModelRanking(verdicts))
    let shuffled = ModelRanking(verdicts.reversed())
    #expect(shuffled.places.map(\.model) == ModelRanking(verdicts).places.map(\.model))
  }

  @Test("A tie is half a win for both, and one that never lost has a strength too") func tiesAndWinners() {
    let (a, b) = (Self.model(0), Self.model(1))
    let tied = ModelRanking(Array(repeating: PairOutcome(better: a, worse: b, isTie: true), count: 20))
    #expect(tied.places.allSatisfy { abs($0.points - 1000) < 0.01 && $0.ties == 20 })
    let won = ModelRanking(Array(repeating: PairOutcome(better: b, worse: a), count: 20))
    #expect(won.places.map(\.model) == [b, a] && won.places[0].points.isFinite)
    #expect(!won.isUnsure(0))
  }

  @Test("Too few verdicts, and models that nothing connects, are said to be so") func doubts() {
    #expect(ModelRanking([]).doubt == .tooFew(0, needed: 20))
    let few = ModelRanking([PairOutcome(better: Self.model(0), worse: Self.model(1))])
    #expect(few.doubt == .tooFew(1, needed: 20) && few.isUnsure(0))
    let groups = (0..<40).map { index in
      let first = index < 25 ? 0 : 2
      return PairOutcome(better: Self.model(first), worse: Self.model(first + 1))
    }
    let apart = ModelRanking(groups + [PairOutcome(better: Self.model(0), worse: Self.model(4))])
    #expect(apart.doubt == .apart([Self.model(2), Self.model(3)]))
  }

  @Test("Quantiles are right to 4 %, whatever the values") func quantiles() throws {
    var random = Seeded(7)
    var histogram = Histogram()
    var values: [Int] = []
    for _ in 0..<5000 {
      let value = Int.random(in: 0..<(1 << Int.random(in: 1...40, using: &random)), using: &random)
      values.append(value)
      histogram.add(value)
    }
    values.sort()
    for share in [0.0, 0.05, 0.5, 0.95, 1] {
      let truth = Double(values[Int((share * Double(values.count - 1)).rounded())])
      let found = try #require(histogram.quantile(share))
      #expect(abs(found - truth) <= 0.04 * truth + 1, "\(share): \(found) of \(truth)")
    }
    #expect(Histogram().quantile(0.5) == nil)
    let bars = try #require(histogram.bars(20))
    #expect(bars.bars.reduce(0, +) == 5000 && bars.highest > bars.lowest)
  }
}
