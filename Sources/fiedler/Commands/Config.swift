import ArgumentParser
import FiedlerApp
import Foundation
import Settings

struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Show the settings.", subcommands: [Show.self, ConfigSchema.self],
    defaultSubcommand: Show.self)

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Print the settings in effect as a commented config.yaml.",
      discussion: "What is printed can be kept:  fiedler config show --defaults > ~/.config/fiedler/config.yaml")

    @Flag(help: "Print the defaults instead.")
    var defaults = false

    func run() throws {
      let environment = Startup.environment()
      let path = Paths(environment: environment.variables).settingsFile
      if defaults { return Output.write("# The defaults; \(path) changes them.\n\n\(Settings().yaml)") }
      let loaded = try Startup.usage { try Settings.load(path: path) }
      for warning in loaded.warnings { Output.error("warning: \(warning)") }
      var problems = loaded.settings.keyMap().problems.map { "\($0)" }
      if let theme = loaded.settings.theme {
        let themes = Paths(environment: environment.variables).themeDirectories
        do { _ = try ThemeLoader(directories: themes).load(theme) } catch { problems.append("theme: \(error)") }
      }
      for problem in problems { Output.error("error: \(problem)") }
      let isThere = FileManager.default.fileExists(atPath: path)
      Output.write("# \(isThere ? "Read from" : "The defaults; there is no") \(path)\n\n\(loaded.settings.yaml)")
      if !problems.isEmpty { throw UsageError("the defaults are used in place of what is wrong, until that is mended") }
    }
  }
}

struct ConfigSchema: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print a JSON Schema of config.yaml, so that editors complete and check it.",
    discussion: "In config.yaml's first line:  # yaml-language-server: $schema=PATH")

  func run() { Output.json(Settings.schema) }
}
