import ArgumentParser
import FiedlerApp
import GodotLog
import JSON

struct GodotVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compare every turn on this machine with the log server.",
    discussion: """
      Compares text, role, model, tokens, status, level and order, and names what differs. Exits with 0 only if every \
      turn was checked and is there once, the same; with 1 if not; with 2 if the server cannot be asked. What is still \
      queued, refused, unconfirmed, on another server or not to be checked is counted, named and explained.

      A server that keeps conversations and has no tool to read them is asked to store each turn once more, with its \
      own text and number: it refuses the repeat, which shows that the turn is there, not what it says; a turn that was \
      lost is stored by this. With --allow-uncompared that is enough for 0.

      Programs may go on sending meanwhile.
      """)

  @Flag(help: "Print one JSON object instead, with every finding.")
  var json = false

  @Flag(help: "First send again what the server has lost, wait for it, then check.")
  var repair = false

  @Flag(name: .customLong("allow-uncompared"), help: "Be content where turns are there and cannot be read.")
  var allowsUncompared = false

  @Option(help: "With --repair: how long to wait at most for what is sent again, in seconds.")
  var timeout = 30

  func validate() throws {
    guard (1...86_400).contains(timeout) else { throw ValidationError("--timeout takes seconds from 1 to 86400.") }
  }

  func run() async throws {
    let services = try Startup.services(delivers: repair)
    await Startup.settle(services)
    var resent = 0
    if repair { resent = try await GodotResend.resend(.lost, services, within: .seconds(timeout)).queued }
    var progress = VerifyProgress(total: try await Startup.usage { try await services.turnsToVerify() })
    // Each is written as it comes: there may be as many as there are turns.
    var isFirst = true
    if json { Output.write("{\"findings\":[") }
    var found = try await Startup.usage {
      try await services.verify(onProgress: { progress.show($0) }) { finding in
        guard json else { return }
        Output.write((isFirst ? "\n" : ",\n") + LogVerification.json(finding).text)
        isFirst = false
      }
    }
    ProgressLine.clear()
    found.resent = resent
    if json {
      let rest = JSON.object(found.json).text
      Output.write((isFirst ? "]," : "\n],") + rest.dropFirst() + "\n")
    } else {
      Output.list(found.report)
    }
    _ = await services.close()
    guard found.godot.isClean || (allowsUncompared && found.godot.isCleanButForText) else { throw ExitCode(1) }
  }
}
