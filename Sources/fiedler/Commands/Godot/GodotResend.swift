import ArgumentParser
import Basics
import Conversations
import FiedlerApp
import Foundation
import GodotLog

struct GodotResend: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resend",
    abstract: "Send again what the log server has lost.",
    discussion: """
      Compares first, as `fiedler godot verify` does, and sends only what is not there: in order, under its own numbers, \
      so that nothing is there twice. Without ids or --all it is what the server has lost. What a server gives no means \
      to check is not sent, unless --unchecked says so: such a server may then have it twice.

      Exits with 0 if all of it has arrived or nothing was missing, with 1 if something waits or could not be checked, \
      with 2 if the server cannot be asked.
      """)

  @Flag(help: "What the server has lost (the default).")
  var lost = false

  @Flag(help: "What it has lost or refused, and what another server has.")
  var all = false

  @Flag(help: "Send also what this server gives no means to check.")
  var unchecked = false

  @Option(help: "How long to wait at most, in seconds.")
  var timeout = 30

  @Argument(help: "Ids of conversations (or the start of them): what the server has lost or refused of them.")
  var ids: [String] = []

  func validate() throws {
    guard (lost ? 1 : 0) + (all ? 1 : 0) + (ids.isEmpty ? 0 : 1) <= 1 else {
      throw ValidationError("--lost, --all and ids exclude each other.")
    }
    guard (1...86_400).contains(timeout) else { throw ValidationError("--timeout takes seconds from 1 to 86400.") }
  }

  func run() async throws {
    let services = try Startup.services()
    await Startup.settle(services)
    var choice = all ? ResendChoice.all : .lost
    if !ids.isEmpty {
      var conversations: [UUID] = []
      for id in ids {
        let conversation = try await Startup.usage { try await services.conversation(matching: id) }
        if !conversations.contains(conversation.id) { conversations.append(conversation.id) }
      }
      choice = .conversations(conversations)
    }
    let (queued, found, waiting) = try await Self.resend(
      choice, services, evenUnchecked: unchecked, within: .seconds(timeout))
    let restored = found[.restored].count
    var lines: [String] = []
    if restored > 0 { lines.append("\(turns(restored)) stored by the question whether they are there") }
    if queued > 0 { lines.append("\(turns(queued)) sent again") }
    if lines.isEmpty { lines.append("nothing is missing that could be sent again") }
    if let waiting { lines.append(waiting) }
    let unknown = unchecked ? 0 : found[.unchecked].count
    if unknown > 0 {
      let reason = found.obstacle ?? found[.unchecked].examples.first?.reason ?? "the server does not tell"
      lines.append("\(turns(unknown)) not to be checked, so not sent: \(reason); --unchecked sends them all the same")
    }
    Output.list(lines.joined(separator: "\n") + "\n")
    _ = await services.close()
    if waiting != nil || unknown > 0 { throw ExitCode(1) }
  }

  private func turns(_ count: Int) -> String { Plural.text(count, "turn") }

  /// Queues what is missing and waits until it has gone. `waiting` says what has not, in words.
  static func resend(
    _ choice: ResendChoice, _ services: Services, evenUnchecked: Bool = false, within limit: Duration
  ) async throws -> (queued: Int, found: GodotVerification, waiting: String?) {
    var progress = VerifyProgress(total: try await Startup.usage { try await services.turnsToVerify(choice) })
    let (queued, found) = try await Startup.usage {
      try await services.resend(choice, evenUnchecked: evenUnchecked) { progress.show($0) }
    }
    ProgressLine.clear()
    guard queued > 0 else { return (queued, found, nil) }
    let health = await services.drain(within: limit)
    let isDone = health.pending == 0 && health.parked == 0
    return (queued, found, isDone ? nil : LogHealthText.line(health))
  }
}
