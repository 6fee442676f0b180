import Conversations
import FiedlerUI
import FoundationEssentials
import JSON

/// Statistics as `fiedler stats` prints them.
public enum StatisticsText {
  /// A table of the figures, the most used first, and under it the ranking with what makes it doubtful.
  public static func text(_ report: StatisticsReport, byProvider: Bool) -> String {
    let (statistics, ranking) = part(report, byProvider)
    guard !statistics.models.isEmpty else { return "" }
    let columns = StatisticsColumn.allCases
    var head = [byProvider ? "provider" : "model"]
    for column in columns {
      head.append(column == .firstSlow ? "first p95" : column == .rateSlow ? "tok/s p95" : column.title)
    }
    let rows = sorted(statistics).map { figures in
      [byProvider ? figures.model.provider : figures.model.description] + columns.map { $0.text(figures) }
    }
    let reasons = sorted(statistics).filter { !$0.failures.isEmpty }.map { figures in
      let kinds = figures.failures.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
      return "\(name(figures.model)) failed: \(kinds.joined(separator: ", "))\n"
    }
    let places = ranking.places.enumerated().map { index, place in
      [
        "\(index + 1)\(ranking.isUnsure(index) ? "~" : "")", name(place.model), RankingText.points(place),
        RankingText.record(place),
      ]
    }
    let doubt = RankingText.doubt(ranking).map { "\($0)\n" } ?? ""
    let list = places.isEmpty ? "" : "\nRanking by verdicts, with 95 % intervals\n" + ListingText.columns(places)
    return ListingText.columns([head] + rows) + (reasons.isEmpty ? "" : "\n" + reasons.joined()) + list
      + (places.isEmpty ? "" : doubt)
  }

  /// One object: `by`; `models`, an array of figures (seconds, tokens, `null` where nothing is known); `ranking`, an
  /// array of places with `points` and their `interval`; `comparisons`; and `doubt`, why the ranking says little.
  public static func json(_ report: StatisticsReport, byProvider: Bool) -> JSON {
    let (statistics, ranking) = part(report, byProvider)
    return [
      "by": .string(byProvider ? "provider" : "model"),
      "models": .array(
        sorted(statistics).map { figures in
          var members = names(figures.model)
          for (key, value) in values(figures) { members[key] = value }
          members["failures"] = .object(figures.failures.mapValues(JSON.int))
          return .object(members)
        }),
      "ranking": .array(
        ranking.places.map { place in
          var members = names(place.model)
          members["points"] = .double(place.points)
          members["interval"] = [.double(place.interval.lowerBound), .double(place.interval.upperBound)]
          members["wins"] = .int(place.wins)
          members["losses"] = .int(place.losses)
          members["ties"] = .int(place.ties)
          return .object(members)
        }),
      "comparisons": .int(ranking.comparisons),
      "doubt": JSON(RankingText.doubt(ranking)),
    ]
  }

  /// A line a model under one of names (RFC 4180); empty where nothing is known.
  public static func csv(_ report: StatisticsReport, byProvider: Bool) -> String {
    let (statistics, ranking) = part(report, byProvider)
    let points = Dictionary(ranking.places.map { ($0.model, $0) }, uniquingKeysWith: { first, _ in first })
    let figures = ModelFigures(model: ModelReference(provider: "", name: ""))
    let head = ["provider", "model"] + values(figures).map(\.0) + ["points", "points_low", "points_high"]
    let rows = sorted(statistics).map { figures -> [String] in
      let place = points[figures.model]
      let ranks = [place?.points, place?.interval.lowerBound, place?.interval.upperBound]
      return [figures.model.provider, figures.model.name]
        + (values(figures).map(\.1) + ranks.map { JSON($0) }).map { $0.isNull ? "" : $0.text }
    }
    return ([head] + rows).map { CSVText.line($0.map(cell)) }.joined()
  }

  /// What a spreadsheet would take for a formula stays text.
  private static func cell(_ text: String) -> String {
    text.unicodeScalars.first == "=" || text.unicodeScalars.first == "@" ? "'" + text : text
  }

  private static func part(_ report: StatisticsReport, _ byProvider: Bool) -> (Statistics, ModelRanking) {
    byProvider ? (report.providers, report.providerRanking) : (report.models, report.modelRanking)
  }

  private static func sorted(_ statistics: Statistics) -> [ModelFigures] {
    statistics.models.sorted {
      ($1.all.sends, $0.model.description) < ($0.all.sends, $1.model.description)
    }
  }

  private static func name(_ model: ModelReference) -> String {
    model.name.isEmpty ? model.provider : model.description
  }

  private static func names(_ model: ModelReference) -> [String: JSON] {
    model.name.isEmpty
      ? ["provider": .string(model.provider)] : ["provider": .string(model.provider), "model": .string(model.name)]
  }

  private static func values(_ figures: ModelFigures) -> [(String, JSON)] {
    let all = figures.all
    func seconds(_ share: Double) -> JSON { JSON(figures.firstToken.quantile(share).map { $0 / 1_000_000 }) }
    func rate(_ share: Double) -> JSON { JSON(figures.rate.quantile(share).map { $0 / 1000 }) }
    return [
      ("sends", .int(all.sends)), ("successes", .int(all.successes)), ("failed", .int(all.failed)),
      ("partial", .int(all.partial)), ("interrupted", .int(all.interrupted)), ("cancelled", .int(all.cancelled)),
      ("retries", .int(all.retries)), ("ttft_p50", seconds(0.5)), ("ttft_p95", seconds(0.95)),
      ("tokens_per_second_p50", rate(0.5)), ("tokens_per_second_p95", rate(0.95)),
      ("tokens_p50", JSON(figures.length.quantile(0.5))), ("tokens_p95", JSON(figures.length.quantile(0.95))),
      ("tokens", .int(all.written)), ("reasoning_share", JSON(figures.reasoningShare)), ("cost", JSON(figures.cost)),
    ] + VerdictWord.allCases.map { ("verdicts_\($0.rawValue)", .int(figures.verdicts[$0] ?? 0)) }
  }
}
