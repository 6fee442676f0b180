import ArgumentParser
import FiedlerApp
import GodotLog
import JSON

struct GodotVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compare every turn on this machine with the log server.",
    discussion: """
      Exits with 1 unless none is lost, duplicated, unexpected or different, with 2 if the server cannot be asked. What \
      is still queued or refused is counted by itself: `fiedler godot flush` delivers it. On a server that offers no \
      way to read, it says what it could not check.
      """)

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func run() async throws {
    let services = try Startup.services(delivers: false)
    await Startup.settle(services)
    let found = try await Startup.usage { try await services.verify() }
    if json { Output.json(found.json) } else { Output.list(found.report) }
    _ = await services.close()
    if !found.godot.isClean { throw ExitCode(1) }
  }
}
