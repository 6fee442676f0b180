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
    abstract: "Say what is configured, which keys were found, whether Godot answers and what the terminal can do.",
    discussion: "Tells of the last crash, too. Prints no secret. Exits with 1 if something needs mending.")

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
      case .missing: report.note("\(key)")
      case .failed: report.problem("\(key)")
      }
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
    _ = await services.close()
    try report.finish()
  }

  private static func missing(_ path: String) -> String {
    FileManager.default.fileExists(atPath: path) ? "" : "  (not there; defaults hold)"
  }
}

/// Lines with a sign each, and whether any of them is bad.
private struct DoctorReport {
  private var problems = 0

  func section(_ title: String) { Output.write("\(title)\n") }
  func good(_ text: String) { Output.write("  ● \(text)\n") }
  func note(_ text: String) { Output.write("  · \(text)\n") }

  mutating func problem(_ text: String) {
    problems += 1
    for line in text.split(separator: "\n") { Output.write("  ✕ \(line)\n") }
  }

  func finish() throws {
    if problems > 0 { throw ExitCode(1) }
  }
}
