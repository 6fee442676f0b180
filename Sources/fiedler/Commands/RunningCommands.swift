import ArgumentParser
import Conversations
import FiedlerApp
import Foundation

struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "List the conversations whose answers come just now, in any process of this machine.",
    discussion: "`fiedler watch` shows them as they come. Exits with 0 whether anything runs or not.")

  @Flag(help: "Print one JSON array instead.")
  var json = false

  func run() async throws {
    let services = try await Startup.settledServices()
    let running = try await Startup.usage { try await services.running() }
    if json { return Output.json(RunningText.json(running, now: Date())) }
    for conversation in running { Output.list(RunningText.lines(conversation, now: Date())) }
    if running.isEmpty { Output.error("Nothing runs.") }
  }
}

/// Opens the terminal user interface at what runs; ``Main`` gives it the main thread.
struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Watch the answers that another process is being sent: a script, an agent, another Fiedler.",
    discussion: """
      Opens the terminal user interface at the conversation of this id, or at the list of all that runs. In its panes all \
      keys work; stopping an answer there stops it in the process that sends.
      """)

  @Argument(
    help: "The conversation's id, or the start of it. Default: the one that runs, or the list if there are more.",
    completion: Completions.conversations)
  var id: String?

  @Flag(help: "Draw for screen readers and consoles.")
  var plain = false
}
