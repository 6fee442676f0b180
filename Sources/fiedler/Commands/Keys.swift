import ArgumentParser
import FiedlerApp
import Settings

struct Keys: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "List the keys of the keyboard with your settings; set, list and delete the API keys of providers.",
    subcommands: [KeysOfTheKeyboard.self, KeysSet.self, KeysList.self, KeysDelete.self],
    defaultSubcommand: KeysOfTheKeyboard.self)
}

struct KeysOfTheKeyboard: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keyboard",
    abstract: "List the keys as they are with your settings: where, which, for which action. The default.",
    discussion: "Change them in config.yaml:  keys: {send: alt-enter, pane.copy: [X, ctrl-y], suspend: []}")

  @Flag(help: "Print one JSON array instead.")
  var json = false

  func run() throws {
    let environment = Startup.environment()
    let paths = Paths(environment: environment.variables)
    let settings = try Startup.usage { try Settings.load(path: paths.settingsFile).settings }
    let reading = settings.keyMap()
    for problem in reading.problems { Output.error("error: \(problem)") }
    let listing = KeyListing(reading.map)
    Output.write(json ? listing.json : listing.text)
    if !reading.problems.isEmpty { throw UsageError("these are the default keys, used until that is mended") }
  }
}
