import Conversations
import JSON
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("Batches in words") struct BatchTextTests {
  @Test("Progress has rate, time left, cost and what went wrong") func progress() {
    var progress = BatchProgress(total: 200)
    #expect(
      BatchText.progress(progress, elapsed: .zero) == "[                    ]   0 % · 0 of 200 answers")
    progress.answered = 80
    progress.ended = 60
    progress.cost = 0.1234
    progress.failed = 2
    progress.failedChecks = 1
    #expect(
      BatchText.progress(progress, elapsed: .seconds(20))
        == "[########            ]  40 % · 80 of 200 answers · 3.0/s · 39 s left · $0.12 · 2 failed · 1 check failed")
  }

  @Test(
    "Money is shown so that small amounts are seen",
    arguments: [(0.0, "$0"), (0.00061, "$0.0006"), (0.0999, "$0.0999"), (1.5, "$1.50"), (12.345, "$12.35")])
  func money(_ amount: Double, _ words: String) { #expect(BatchText.money(amount) == words) }

  @Test("An estimate names who is not counted") func estimate() {
    let priced = BatchPlan.Model(Sample.model("a"), price: Price(input: 1, output: 10))
    let row = BatchRow(place: "r:1", title: "r 1", text: String(repeating: "word ", count: 80))
    var batch = Batch(
      id: Sample.id(1), name: "r", createdAt: Sample.date, plan: BatchPlan(models: [priced]), rows: [row, row])
    // Twice 100 tokens to read at a dollar a million, and 500 to write at ten.
    #expect(
      BatchText.estimate(BatchEstimate(of: batch, rows: batch.rows[...]), of: batch)
        == "about $0.0102, with 500 tokens an answer")
    batch.plan.models.append(.init(Sample.model("b")))
    #expect(
      BatchText.estimate(BatchEstimate(of: batch, rows: batch.rows[...]), of: batch).hasSuffix(
        "; b not counted, as models.yaml has no prices for it"))
    batch.plan.models.removeFirst()
    #expect(BatchText.estimate(BatchEstimate(of: batch, rows: batch.rows[...]), of: batch).hasPrefix("cost unknown"))
  }

  @Test("A plan is read back as it was kept") func plan() {
    var options = GenerationOptions()
    options.maxTokens = 30
    let plan = BatchPlan(
      models: [.init(Sample.model("a"), price: Price(input: 1, output: 2, cached: 0.5)), .init(Sample.model("b"))],
      readers: [.init(Sample.model("j"))], options: options, jobs: 3, budget: 2.5,
      synthesis: .init(judge: "j", template: "merge"))
    #expect(BatchPlan(plan.json) == plan)
    #expect(BatchPlan(["models": []]) == nil)
  }
}
