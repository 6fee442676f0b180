import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("The statistics screen") struct StatisticsTests {
  /// Three models of two providers with figures and forty comparisons.
  static let report: StatisticsReport = {
    let names = ["gpt-4o-mini", "deepseek-r1", "gemini-2.5-pro"]
    let models = names.enumerated().map { index, name in
      var figures = ModelFigures(
        model: ModelReference(provider: index == 2 ? "google" : "together", name: name))
      for day in 0..<60 {
        var sums = ModelFigures.Sums()
        sums.sends = 1 + (day * (index + 2)) % 7
        sums.successes = sums.sends - (day % 11 == 0 ? 1 : 0)
        sums.failed = sums.sends - sums.successes
        sums.retries = day % 3 == 0 ? 1 : 0
        sums.written = sums.sends * 400
        sums.reasoning = index == 1 ? sums.written / 2 : 0
        figures.days[20_000 + day] = sums
        for number in 0..<sums.sends {
          figures.firstToken.add(200_000 + 40_000 * ((day * 7 + number * 3) % 23) * (index + 1))
          figures.rate.add(40_000 + 1000 * ((day * 5 + number) % 31))
          figures.length.add(100 + (day * 13 + number * 17) % 900)
        }
      }
      figures.failures = ["rateLimited": 4, "connection": 2]
      figures.verdicts = [.best: 5 - index, .bad: index, .better: 20 - 8 * index, .worse: 4 + 8 * index]
      figures.cost = index == 2 ? nil : 1.25 / Double(index + 1)
      return figures
    }
    let outcomes = (0..<40).map { number in
      let (one, other) = (models[number % 3].model, models[(number + 1) % 3].model)
      // The earlier one is preferred three times in four.
      let isUpset = number % 4 == 3
      let isFirst = (number % 3 < (number + 1) % 3) != isUpset
      return PairOutcome(better: isFirst ? one : other, worse: isFirst ? other : one, isTie: number % 13 == 0)
    }
    return StatisticsReport(Statistics(models: models, outcomes: outcomes))
  }()

  static func opened(_ width: Int, _ height: Int) -> AppDriver {
    var app = AppDriver(width, height)
    app.type("/stats")
    app.press(Key(.enter))
    answer(&app)
    return app
  }

  private static func answer(_ app: inout AppDriver) {
    for case .loadStatistics(_, let token) in app.effects { app.tell(.statisticsLoaded(for: token, report)) }
  }

  @Test("A table of all models, with the distribution and the days of the selected one", arguments: ScreenTests.sizes)
  func figures(_ size: Size) throws {
    try ScreenTests.expect(Self.opened(size.width, size.height), is: "statistics")
  }

  @Test("The ranking by verdicts with its intervals", arguments: ScreenTests.sizes)
  func ranking(_ size: Size) throws {
    var app = Self.opened(size.width, size.height)
    app.press(Key(.tab))
    try ScreenTests.expect(app, is: "statistics-ranking")
  }

  @Test("Any column sorts the rows, either way, and the selected row stays selected") func sorting() throws {
    var app = Self.opened(200, 60)
    func names() -> [String] { app.state.top(StatisticsScreen.self)?.rows.map(\.name) ?? [] }
    for _ in StatisticsColumn.allCases { app.press("l") }
    #expect(names().first == "gpt-4o-mini", "the most won")
    let selected = app.state.top(StatisticsScreen.self).map { $0.rows[$0.selected].name }
    app.press("o")
    #expect(names().last == "gpt-4o-mini")
    #expect(app.state.top(StatisticsScreen.self).map { $0.rows[$0.selected].name } == selected)
    for _ in 0..<3 { app.press("h") }
    #expect(app.state.top(StatisticsScreen.self)?.column == .cost)
    #expect(names().last == "gemini-2.5-pro", "what has no cost stands last, either way")
    app.press("p")
    #expect(names().sorted() == ["google", "together"])
  }

  @Test("Enter opens the conversations behind a number in the history") func drillDown() {
    var app = Self.opened(120, 40)
    app.press("/")
    app.type("after:2025")
    app.press(Key(.enter))
    #expect(app.effects.contains { if case .loadStatistics("after:2025", _) = $0 { true } else { false } })
    Self.answer(&app)
    app.press("l")
    let model = app.state.top(StatisticsScreen.self).map { $0.rows[$0.selected].model.name } ?? ""
    app.press(Key(.enter))
    let expected = "after:2025 model:\(model) (status:failed OR status:partial OR status:interrupted)"
    #expect(app.state.top is HistoryScreen && app.state.history.query.text == expected)
    app.press(Key(.escape))
    app.press(Key(.escape))
    #expect(app.state.top is StatisticsScreen, "Escape leads back to the figures")
  }

  @Test("What is wrong with a search is said, and Escape takes the search back, then leaves") func problems() {
    var app = Self.opened(80, 24)
    app.press("/")
    app.type("status:nice")
    app.press(Key(.enter))
    for case .loadStatistics(_, let token) in app.effects {
      app.tell(.statisticsFailed(for: token, "status:nice is not understood"))
    }
    #expect(app.screen.contains("status:nice is not understood"))
    app.press(Key(.escape))
    Self.answer(&app)
    #expect(app.screen.contains("gpt-4o-mini"))
    app.press(Key(.escape))
    #expect(app.state.screens.isEmpty)
  }

  @Test("Too few verdicts are said to be too few") func doubt() {
    var app = Self.opened(80, 24)
    app.press("/")
    app.type("x")
    app.press(Key(.enter))
    let few = StatisticsReport(
      Statistics(models: Self.report.models.models, outcomes: Array(Self.report.models.outcomes.prefix(3))))
    for case .loadStatistics(_, let token) in app.effects { app.tell(.statisticsLoaded(for: token, few)) }
    app.press(Key(.tab))
    #expect(app.screen.contains("Too few for a ranking: 3 comparisons"), "\(app.screen)")
  }

  @Test("Bars keep what is small in sight, and a line has no gaps") func plots() {
    #expect(Plot.bars([0, 1, 50, 100], rows: 2) == ["   █", " ▁██"])
    #expect(Plot.line([0, 1], columns: 2, rows: 1) == ["⣀⠉"] || Plot.line([0, 1], columns: 2, rows: 1).count == 1)
    #expect(Plot.line([], columns: 3, rows: 2).isEmpty)
    #expect(Plot.grouped([1, 2, 3, 4, 5], most: 2) == [6, 9])
  }
}
