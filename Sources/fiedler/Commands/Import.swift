import ArgumentParser
import FiedlerApp
import Glibc
import Foundation
import Interchange
import Synchronization

struct Import: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Bring conversations from elsewhere into the history.",
    discussion: """
      A PATH is what `fiedler export` has written (a JSON file of one conversation, of several, or one a line; a \
      conversation's folder), the data export of ChatGPT or Claude (conversations.json, or the ZIP file as it came), the \
      chats of Open WebUI, a session of Claude Code or Codex (.jsonl, or all of ~/.claude/projects or ~/.codex/sessions), the \
      output folders of an earlier Fiedler (with summary.json), the log of the llm tool (logs.db), any of these as .gz or in a \
      .zip, or a folder with such at any depth. - reads standard input.

      Branches, models and times stay. What cannot be read is named and skipped; what an import leaves out (images, tool \
      calls) is counted. What is in the history already stays as it is, and nothing goes in twice: an import that was stopped \
      with Ctrl+C, or whose source has grown or been mended, is simply done again.

      Exit status: 0 if everything is in the history now, 3 if something was skipped or left, 1 if nothing could be \
      imported, 2 if the call is wrong.
      """)

  @Flag(help: "Only say what would be added.")
  var dryRun = false

  @Option(help: "The zone of times that name none: UTC, local, +02:00 or a name such as Europe/Berlin.")
  var timezone = "UTC"

  @Argument(help: "Files and folders; - is standard input.")
  var paths: [String]

  func run() async throws {
    guard let zone = ImportZone.named(timezone) else {
      throw UsageError(
        "--timezone \(timezone) is no time zone; write UTC, local, +02:00 or a name such as Europe/Berlin")
    }
    let services = try await Startup.settledServices()
    let progress = Mutex(ProgressLine())
    let running = Mutex<Task<ImportReport, Never>?>(nil)
    let signals = Interruption.watch {
      if let task = running.withLock(\.self) { return task.cancel() }
      // A pipe is waited for, or a large export unpacked: whoever ends that finds nothing of it left.
      UnpackedFolder.removeAll()
      Glibc.exit(128 + SIGINT)
    }
    defer { signals.cancel() }
    let importer = try Startup.usage {
      try Importer(
        paths: paths, into: services, isTrial: dryRun, zone: zone, zoneName: timezone,
        onProblem: { problem in
          ProgressLine.clear()
          Output.error("\(problem)")
        }, onProgress: { report in progress.withLock { $0.show(report.progress) } })
    }
    let importing = Task { await importer.run() }
    running.withLock { $0 = importing }
    let report = await importing.value
    ProgressLine.clear()
    Output.error(report.summary(isTrial: dryRun))
    throw ExitCode(report.exitCode)
  }
}
