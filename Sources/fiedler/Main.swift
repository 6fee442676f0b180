import ArgumentParser
import CSQLite
import Canvas
import ConfigurationReading
import FiedlerApp
import Foundation
import Settings
import TerminalDriver

/// The program's entry: parses arguments, runs one command, and turns every error into one clear line and an exit code.
@main
enum Main {
  static func main() async {
    // A reader that goes away (`fiedler ... | head`) is an answer of write(2), not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    // So is a file that would grow beyond `ulimit -f`.
    signal(SIGXFSZ, SIG_IGN)
    Output.guardDescriptors()
    sqlite_keep_no_account()
    if let shortage = Descriptors.shortage() {
      Output.error("fiedler: \(shortage)")
      exit(2)
    }
    let paths = Paths(environment: Startup.variables)
    CrashReport.watch(report: paths.crashReportFile, marker: paths.crashMarkerFile, version: Version.text)
    // Bare `fiedler` is the interactive program; it takes the main thread for itself.
    if CommandLine.arguments.count == 1 { exit(Interactive.run()) }
    let arguments = CommandLine.arguments.enumerated().dropFirst().map { index, text in
      // What is not UTF-8 has been repaired, and a file of that name would not be found.
      guard text.contains("\u{FFFD}"), let raw = CommandLine.unsafeArgv[index] else { return text }
      return FileName.text((0..<strlen(raw)).map { UInt8(bitPattern: raw[$0]) })
    }
    // The parser has no short name for it.
    if arguments == ["-V"] {
      Output.write(Version.text + "\n")
      exit(Output.finished(0))
    }
    do {
      if let words = Call.misspelt(arguments) { throw UsageError(words) }
      var command = try Fiedler.parseAsRoot(arguments)
      if let root = command as? Fiedler { exit(Interactive.run(plain: root.plain)) }
      if let watch = command as? Watch { exit(Interactive.run(plain: watch.plain, watching: .some(watch.id))) }
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      exit(Output.finished(0))
    } catch {
      exit(Output.finished(report(error, arguments)))
    }
  }

  /// Prints an error where it belongs and says what to exit with: 2 for anything the user can mend in the call or the
  /// configuration, 0 where the "error" is a request for help.
  private static func report(_ error: any Error, _ arguments: [String]) -> Int32 {
    // First of all: this is how a call that went well ends, and the parser would make its help for the others' codes.
    if let exit = error as? ExitCode { return exit.rawValue }
    let code = Fiedler.exitCode(for: error)
    if let usage = error as? UsageError {
      Output.error("fiedler: \(usage.message)")
      return 2
    }
    guard code != .failure else {
      Output.error("fiedler: \(ErrorWords.text(for: error))")
      return 2
    }
    if let words = Call.notAnOption(arguments, because: Fiedler.message(for: error), isHelp: code == .success) {
      Output.error("fiedler: \(words)")
      return 2
    }
    let text = Fiedler.fullMessage(for: error)
    if code == .success {
      Output.write(text + "\n")
      return 0
    }
    Output.error(text)
    return code == .validationFailure ? 2 : code.rawValue
  }
}

/// Something in the call or the configuration that the user can mend.
struct UsageError: Error {
  var message: String
  init(_ message: String) { self.message = message }
}

struct Fiedler: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fiedler",
    abstract: "One prompt to several language models at once, every answer watched, kept and logged.",
    discussion: """
      Without a subcommand, opens the terminal user interface; --plain, or FIEDLER_PLAIN=1 in the environment, makes it one \
      for screen readers and consoles. Every command exits with 4 if what it had to print could not \
      be written.
      """,
    version: Version.text,
    subcommands: [
      Send.self, Synthesize.self, VerdictCommand.self, Stats.self, BatchCommand.self, Status.self, Watch.self,
      History.self,
      Show.self, Replay.self, Export.self, Import.self, SetupCommand.self, Models.self, Keys.self,
      Config.self, Themes.self, TemplatesCommand.self, PathsCommand.self, Doctor.self, MCPCommand.self, Godot.self,
    ])

  @Flag(
    help: "Draw for screen readers and consoles: ASCII, no boxes, one answer at a time, nothing that moves by itself.")
  var plain = false
}
