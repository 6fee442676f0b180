import ArgumentParser
import Conversations
import FiedlerApp
import Foundation
import JSON

struct GodotStatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Say how logging stands: connected or why not, what is queued, parked and dropped.",
    discussion: "Exits with 1 if turns cannot be delivered just now or records are parked.")

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func run() async throws {
    let services = try Startup.services()
    let health = await services.settledHealth(within: .seconds(3))
    if json { Output.json(LogHealthText.json(health)) } else { Output.list(LogHealthText.report(health)) }
    _ = await services.close()
    if !LogHealthText.isGood(health) { throw ExitCode(1) }
  }
}

struct GodotFlush: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flush",
    abstract: "Deliver what is queued, and wait for it.",
    discussion: """
      What a server has only acknowledged as queued counts when it was seen in its store. Exits with 1 if something is
      still queued or unconfirmed when the time is over.
      """)

  @Option(help: "How long to wait at most, in seconds.")
  var timeout = 30

  func validate() throws {
    guard (1...86_400).contains(timeout) else { throw ValidationError("--timeout takes seconds from 1 to 86400.") }
  }

  func run() async throws {
    let services = try Startup.services()
    await Startup.settle(services)
    let health = await services.drain(within: .seconds(timeout))
    Output.list(
      (health.pending + health.unconfirmed + health.parked == 0 ? "nothing is queued" : LogHealthText.line(health))
        + "\n")
    _ = await services.close()
    if health.pending + health.unconfirmed > 0 { throw ExitCode(1) }
  }
}
