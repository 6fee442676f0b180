import ArgumentParser
import FiedlerApp
import Foundation
import Interchange
import Synchronization

struct Import: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Bring conversations from elsewhere into the history.",
    discussion: """
      A PATH is what `fiedler export` has written (a JSON file of one conversation, of several, or one a line; a \
      conversation's folder; a folder of such), the output folders of an earlier Fiedler (with summary.json), or the log \
      of the llm tool (logs.db). What cannot be read is named and skipped. What is in the history already stays as it is, \
      and nothing goes in twice: an import that was stopped with Ctrl+C is simply done again.

      Exit status: 0 if everything is in the history now, 3 if something was skipped or left, 1 if nothing could be \
      imported, 2 if the call is wrong.
      """)

  @Flag(help: "Only say what would be added.")
  var dryRun = false

  @Argument(help: "Files and folders.")
  var paths: [String]

  func run() async throws {
    let services = try await Startup.settledServices()
    let progress = Mutex(ProgressLine())
    let importer = try Startup.usage {
      try Importer(
        paths: paths, into: services, isTrial: dryRun,
        onProblem: { problem in
          ProgressLine.clear()
          Output.error("\(problem)")
        }, onProgress: { report in progress.withLock { $0.show(report.progress) } })
    }
    let importing = Task { await importer.run() }
    let signals = Interruption.watch { importing.cancel() }
    defer { signals.cancel() }
    let report = await importing.value
    ProgressLine.clear()
    Output.error(report.summary(isTrial: dryRun))
    throw ExitCode(report.exitCode)
  }
}
