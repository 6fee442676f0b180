import ArgumentParser
import Conversations
import FiedlerApp

struct Stats: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Figures of each model over all of the history, or over a search of it, and the ranking by verdicts.",
    discussion: """
      Sends, failures by kind, retries, time to the first token and tokens a second (p50 and p95), length, share of \
      reasoning, cost at the prices of models.yaml, and verdicts. The ranking is that of Bradley and Terry over all that was \
      compared, with 95 % intervals; where there is too little for one, it says so.

      A search is that of `fiedler history`: all answers of the conversations it finds are counted; before: and after: hold \
      of the answers themselves, and model: and provider: choose what is told of.
      """)

  enum Group: String, ExpressibleByArgument, CaseIterable { case model, provider }

  @Option(help: "model or provider.")
  var by = Group.model

  @Flag(help: "Print one JSON object instead.")
  var json = false

  @Flag(help: "Print comma-separated values instead.")
  var csv = false

  @Argument(help: "What to look for, as in `fiedler history`.")
  var search: [String] = []

  func validate() throws {
    if json, csv { throw ValidationError("--json and --csv cannot both be had.") }
  }

  func run() async throws {
    let services = try await Startup.settledServices()
    let text = HistoryList.query(search)
    let report = try await Startup.usage { try await services.statistics(text) }
    let isByProvider = by == .provider
    if json { return Output.json(StatisticsText.json(report, byProvider: isByProvider)) }
    if csv { return Output.list(StatisticsText.csv(report, byProvider: isByProvider)) }
    Output.list(StatisticsText.text(report, byProvider: isByProvider))
    if report.models.models.isEmpty {
      Output.error(text.isEmpty ? "No answers yet." : "No answers are found for \u{201C}\(text)\u{201D}.")
    }
  }
}
