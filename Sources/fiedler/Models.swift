import ArgumentParser
import Conversations
import FiedlerApp
import SendEngine

struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List the models that can be asked.")

  func run() throws {
    let registry = try Startup.usage { try Startup.services().registry() }
    for warning in registry.warnings { Output.error("warning: \(warning)") }
    let defaults = Set(registry.defaults.map(\.reference))
    for model in registry.models {
      var line = "\(defaults.contains(model.reference) ? "*" : " ") \(model.reference)"
      if !model.aliases.isEmpty { line += "  (\(model.aliases.joined(separator: ", ")))" }
      if let window = model.contextWindow { line += "  \(window) tokens" }
      if let price = model.price { line += "  \(price.input)/\(price.output) per million tokens in/out" }
      Output.write(line + "\n")
    }
    Output.error("* asked unless -m names others")
  }
}
