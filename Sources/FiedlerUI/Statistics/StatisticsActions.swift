import Canvas

extension ActionID {
  public static let statistics = Self("statistics")
  public static let statisticsSearch = Self("statistics_search")
  public static let previousColumn = Self("previous_column")
  public static let nextColumn = Self("next_column")
  public static let turnOrder = Self("turn_order")
  public static let groupFigures = Self("statistics_group")
  public static let ranking = Self("ranking")
}

extension Actions {
  /// Figures of the models.
  static let statistics: [Action] = [
    Action(
      .statistics, "Statistics of the models, over any search", [], in: [.screens], command: "stats",
      argument: "[SEARCH]", anywhere: true, does: { $0.openStatistics() }),
    Action(
      .previousColumn, "Sort by the column before", [letter("h"), Key(.left)], in: [.statistics],
      does: changeStatistics { $0.moveColumn(by: -1) }),
    Action(
      .nextColumn, "Sort by the next column", [letter("l"), Key(.right)], in: [.statistics], hint: "sort",
      does: changeStatistics { $0.moveColumn(by: 1) }),
    Action(
      .turnOrder, "The largest first, or the smallest", [letter("o")], in: [.statistics], hint: "order",
      does: changeStatistics { $0.turn() }),
    Action(
      .groupFigures, "By model or by provider", [letter("p")], in: [.statistics], hint: "group",
      does: changeStatistics { $0.group() }),
    Action(
      .ranking, "The figures, or the ranking by verdicts", [Key(.tab)], in: [.statistics], hint: "ranking",
      does: changeStatistics { $0.turnPage() }),
    Action(
      .statisticsSearch, "Narrow them to a search of the history", [letter("/")], in: [.statistics], hint: "search",
      does: changeStatistics { $0.beginSearch() }),
  ]

  private static func changeStatistics(
    _ body: @escaping @Sendable (inout StatisticsScreen) -> Void
  ) -> Action.Doing {
    { app in
      app.on(StatisticsScreen.self) { screen, _ in
        body(&screen)
        return []
      } ?? []
    }
  }
}

extension AppState {
  /// Opens the statistics; names of models are what they are about.
  mutating func openStatistics(query: String = "") -> [Effect] {
    guard !world.hidesNames else {
      world.refuseNames()
      return []
    }
    if !(top is StatisticsScreen) { open(StatisticsScreen()) }
    return on(StatisticsScreen.self) { $0.begin(query, &$1) } ?? []
  }
}
