import ArgumentParser
import Conversations
import FiedlerApp
import Foundation
import GodotLog
import SendEngine
import Settings
import TerminalDriver

struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what is configured, which keys were found, whether Godot answers and what the terminal can do.",
    discussion: """
      Tells of the last crash, too. Prints no secret. Exits with 1 if something that a command needs is broken: \
      settings, theme, models, a key, a proxy, a certificate authority, a template, the history, Godot.
      """)

  @Flag(help: "Send one tiny prompt to each configured model, too; it costs what that costs, and is kept nowhere.")
  var live = false

  @Flag(help: "Read every database whole, too: SQLite's own check, and every conversation.")
  var database = false

  func run() async throws {
    var report = DoctorReport()
    let environment = Startup.environment()
    let paths = Paths(environment: environment.variables)
    report.section("Files")
    report.note("settings  \(paths.settingsFile)\(Self.missing(paths.settingsFile))")
    report.note("models    \(paths.modelsFile)\(Self.missing(paths.modelsFile))")
    report.note("database  \(paths.databaseFile)\(Self.missing(paths.databaseFile))")
    if let crash = PastCrash(paths) {
      report.note(crash.line)
      if let frame = crash.frames.first(where: { $0.contains("fiedler") }) { report.note("in        \(frame)") }
    }

    let services: Services
    do {
      services = try Services.open(environment)
    } catch {
      report.problem("\(error)")
      return try report.finish()
    }
    for warning in services.warnings { report.problem(warning) }
    for problem in services.settingsProblems() { report.problem(problem) }

    report.section("Models")
    do {
      let registry = try services.registry()
      report.good(
        "\(registry.models.count) models; asked by default: "
          + registry.defaults.map(\.reference.name).joined(separator: ", "))
    } catch { report.problem("\(error)") }

    report.section("Keys")
    for key in await services.keys.reports() {
      switch key.outcome {
      case .found, .notNeeded: report.good("\(key)")
      case .missing, .failed: report.problem("\(key)")
      }
    }

    if live {
      report.section("Live")
      for probe in await services.probe() {
        if probe.isGood { report.good(probe.line) } else { report.problem(probe.line) }
      }
    }

    // What is wrong with the models is told in their own section.
    let network = NetworkEnvironment(environment.variables).report(on: (try? services.registry())?.providers ?? [])
    if !network.notes.isEmpty || !network.problems.isEmpty { report.section("Network") }
    network.notes.forEach { report.note($0) }
    network.problems.forEach { report.problem($0) }

    let broken = services.templateProblems()
    if !broken.isEmpty { report.section("Templates") }
    broken.forEach { report.problem($0) }

    report.section("History")
    let history = await services.historyProblems()
    history.forEach { report.problem($0) }
    if database {
      let found = await services.databaseProblems()
      found.problems.forEach { report.problem($0) }
      if found.problems.isEmpty {
        report.good("\(found.conversations) conversations, every one read; SQLite finds no fault")
      }
    } else if history.isEmpty {
      report.good("can be read; fiedler doctor --database checks the whole file")
    }

    report.section("Godot")
    let health = await services.settledHealth(within: .seconds(3))
    let line = LogHealthText.line(health)
    switch health.state {
    case .connected where health.parked == 0: report.good(line)
    case .off: report.note("off (set godot.url in \(paths.settingsFile))")
    default: report.problem(line)
    }

    report.section("Terminal")
    for (name, value) in TerminalLoop.capabilities() { report.note("\(name): \(value)") }
    let settings = services.settings
    if settings.mouse == nil, !settings.reportsMouse(in: environment.variables) {
      report.note(
        "mouse: off, for GNU screen keeps a lone Esc back while it is reported; mouse: on has it all the same")
    }
    _ = await services.close()
    try report.finish()
  }

  private static func missing(_ path: String) -> String {
    if FileManager.default.fileExists(atPath: path) { return "" }
    var status = stat()
    return lstat(path, &status) == 0 ? "  (a link to what is not there)" : "  (not there; defaults hold)"
  }
}

/// Lines with a sign each, and whether any of them is bad.
private struct DoctorReport {
  private var problems = 0

  func section(_ title: String) { Output.list("\(title)\n") }
  func good(_ text: String) { Output.list("  ● \(text)\n") }
  func note(_ text: String) { Output.list("  · \(text)\n") }

  mutating func problem(_ text: String) {
    problems += 1
    for line in text.split(separator: "\n") { Output.list("  ✕ \(line)\n") }
  }

  func finish() throws {
    if problems > 0 { throw ExitCode(1) }
  }
}
