import Conversations
import FiedlerUI
import FoundationEssentials
import JSON
import Testing

@testable import FiedlerApp

@Suite("Statistics as commands print them") struct StatisticsTextTests {
  private static let report: StatisticsReport = {
    var figures = ModelFigures(model: ModelReference(provider: "demo", name: "a,\"b\""))
    var sums = ModelFigures.Sums()
    sums.sends = 4
    sums.successes = 3
    sums.failed = 1
    figures.days[0] = sums
    figures.failures = ["rateLimited": 1]
    figures.firstToken.add(500_000)
    figures.verdicts = [.best: 2]
    let other = ModelFigures(model: ModelReference(provider: "demo", name: "=other"))
    let outcome = PairOutcome(better: figures.model, worse: other.model)
    return StatisticsReport(Statistics(models: [figures, other], outcomes: [outcome]))
  }()

  @Test("The table has failures by kind, and the ranking says that it is too little") func text() {
    let text = StatisticsText.text(Self.report, byProvider: false)
    #expect(text.contains("demo/a,\"b\" failed: 1 rateLimited"))
    #expect(text.contains("Too few for a ranking: 1 comparison"))
    #expect(text.contains("1 won, 0 lost"))
    #expect(StatisticsText.text(StatisticsReport(Statistics(models: [], outcomes: [])), byProvider: false).isEmpty)
    #expect(StatisticsText.text(Self.report, byProvider: true).contains("provider"))
  }

  @Test("JSON has numbers, and null where nothing is known") func json() throws {
    let json = StatisticsText.json(Self.report, byProvider: false)
    let first = try #require(json["models"]?.array?.first)
    #expect(first["sends"]?.int == 4 && first["failures"]?["rateLimited"]?.int == 1)
    #expect(first["cost"]?.isNull == true && (first["ttft_p50"]?.double ?? 0) > 0.48)
    #expect(json["ranking"]?.array?.count == 2 && json["comparisons"]?.int == 1)
    #expect(json["doubt"]?.string?.hasPrefix("Too few") == true)
  }

  @Test("CSV quotes what has commas and quotation marks, and holds no formula") func csv() {
    let lines = StatisticsText.csv(Self.report, byProvider: false).components(separatedBy: "\r\n")
    #expect(lines.count == 4 && lines[0].hasPrefix("provider,model,sends,successes,failed,"))
    #expect(lines[1].hasPrefix("demo,\"a,\"\"b\"\"\",4,3,1,"))
    #expect(lines[2].hasPrefix("demo,'=other,0,"))
    #expect(
      Set(lines.dropLast().map { $0.replacing("\"a,\"\"b\"\"\"", with: "").filter { $0 == "," }.count }).count == 1)
  }
}
