import ArgumentParser
import FiedlerApp

extension VerdictRequest.Word: ExpressibleByArgument {}

struct VerdictCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict",
    abstract:
      "Say which answers of a conversation are the best, bad, better than another, or as good; or list what was said.",
    discussion: """
      fiedler verdict 1f3a8d60                          lists the verdicts
      fiedler verdict 1f3a8d60 best gpt-5.1 --note "names its sources"
      fiedler verdict 1f3a8d60 bad 4                    the answer that is turn 4
      fiedler verdict 1f3a8d60 better gpt-5.1 sonnet    the first is better than the second
      fiedler verdict 1f3a8d60 tie 3 4
      fiedler verdict 1f3a8d60 none gpt-5.1 sonnet      takes that back

      A new verdict on the same answer, or the same two, replaces the one before. `fiedler history verdict:best` finds them.
      """)

  @Option(help: "The exchange that has this turn. Default: the newest that is no reading of answers.")
  var turn: Int?

  @Option(name: .shortAndLong, help: "Why.")
  var note = ""

  @Flag(help: "Print all verdicts of the conversation as one JSON array.")
  var json = false

  @Argument(help: "The conversation's id, or the start of it as `fiedler history` lists it.")
  var id: String

  @Argument(help: "best, bad, better, tie, or none to take one back.")
  var word: VerdictRequest.Word?

  @Argument(help: "The answer, or two: turn numbers, or models' names.")
  var answers: [String] = []

  func run() async throws {
    let services = try await Startup.settledServices()
    let conversation = try await Startup.usage {
      guard let word else { return try await services.conversation(matching: id) }
      return try await services.judge(VerdictRequest(word, answers, turn: turn, note: note), in: id)
    }
    if json { return Output.json(VerdictListing.json(conversation)) }
    let lines = VerdictListing.lines(conversation)
    if lines.isEmpty { Output.error("No verdicts.") }
    Output.list(lines)
  }
}
