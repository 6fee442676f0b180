import ArgumentParser
import FiedlerApp
import Foundation
import Settings

struct PathsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "paths", abstract: "Print where Fiedler's files are.")

  func run() throws {
    let environment = Startup.environment()
    let paths = Paths(environment: environment.variables)
    let rows = [
      ("settings", paths.settingsFile), ("models", paths.modelsFile), ("keys", paths.keysFile),
      ("database", paths.databaseFile), ("log", paths.logFile), ("templates", paths.templatesDirectory),
      ("listed", paths.listedModelsFile),
    ]
    for (name, path) in rows { Output.list(name.padding(toLength: 10, withPad: " ", startingAt: 0) + path + "\n") }
    for directory in paths.themeDirectories { Output.list("themes    \(directory)\n") }
  }
}
