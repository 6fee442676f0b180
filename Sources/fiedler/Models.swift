import ArgumentParser
import Conversations
import FiedlerApp
import JSON
import SendEngine
import Settings

struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List the models that can be asked.")

  @Flag(help: "Print one JSON array instead.")
  var json = false

  func run() throws {
    let environment = Startup.environment()
    let paths = Paths(environment: environment.variables)
    let registry = try Startup.usage {
      try ModelRegistry.load(path: paths.modelsFile, environment: environment.variables)
    }
    for warning in registry.warnings { Output.error("warning: \(warning)") }
    if json { return Output.json(ListingText.json(registry)) }
    let defaults = Set(registry.defaults.map(\.reference))
    for model in registry.models {
      var line = "\(defaults.contains(model.reference) ? "*" : " ") \(model.reference)"
      if !model.aliases.isEmpty { line += "  (\(model.aliases.joined(separator: ", ")))" }
      if let window = model.contextWindow { line += "  \(window) tokens" }
      if let price = model.price { line += "  \(price.input)/\(price.output) per million tokens in/out" }
      Output.list(ListingText.oneLine(line) + "\n")
    }
    Output.error("* asked unless -m names others")
  }
}
