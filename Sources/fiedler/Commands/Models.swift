import ArgumentParser
import Conversations
import FiedlerApp
import Foundation
import JSON
import SendEngine
import Settings

struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "List the models that can be asked; have providers list theirs.",
    subcommands: [ModelsList.self, ModelsRefresh.self, ModelsShow.self, ModelsSchema.self],
    defaultSubcommand: ModelsList.self)
}

struct ModelsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the models that can be asked. The default.",
    discussion: """
      Any other model that a provider has listed (fiedler models refresh) can be asked by its name, too; --all lists them.

      A provider without base_url in models.yaml is where the environment says (OPENAI_BASE_URL, ANTHROPIC_BASE_URL, \
      GOOGLE_GEMINI_BASE_URL, OLLAMA_HOST, NAME_BASE_URL ...). HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY hold, and \
      SSL_CERT_FILE and SSL_CERT_DIR; proxy and ca_file below a provider's name come before them. `fiedler doctor` tells \
      what is in effect.
      """)

  @Flag(help: "Those, too, that providers have listed when they were last asked.")
  var all = false

  @Flag(help: "Print one JSON array instead.")
  var json = false

  func run() throws {
    let environment = Startup.environment()
    let paths = Paths(environment: environment.variables)
    let registry = try Startup.usage {
      try ModelRegistry.load(
        path: paths.modelsFile, listings: paths.listedModelsFile, environment: environment.variables)
    }
    for warning in registry.warnings { Output.error("warning: \(warning)") }
    if json { return Output.json(ListingText.json(registry, withListed: all)) }
    let defaults = Set(registry.defaults.map(\.reference))
    for model in registry.models + (all ? registry.listed : []) {
      var line = "\(defaults.contains(model.reference) ? "*" : " ") \(model.reference)"
      if !model.aliases.isEmpty { line += "  (\(model.aliases.joined(separator: ", ")))" }
      if let window = model.contextWindow { line += "  \(window) tokens" }
      if let price = model.price { line += "  \(price.input)/\(price.output) per million tokens in/out" }
      Output.list(ListingText.oneLine(line) + "\n")
    }
    Output.error("* asked unless -m names others")
  }
}

struct ModelsShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print models.yaml as it is, or an example with every key and its meaning.")

  @Flag(help: "Print the example instead.")
  var defaults = false

  func run() throws {
    if defaults { return Output.write(ModelRegistry.example) }
    let environment = Startup.environment()
    let path = Paths(environment: environment.variables).modelsFile
    let registry = try Startup.usage { try ModelRegistry.load(path: path, environment: environment.variables) }
    for warning in registry.warnings { Output.error("warning: \(warning)") }
    guard case .file = registry.source, let data = FileManager.default.contents(atPath: path) else {
      return Output.error("there is no \(path); `fiedler setup` writes one, --defaults shows every key")
    }
    Output.write(String(decoding: data, as: UTF8.self))
  }
}

struct ModelsSchema: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print a JSON Schema of models.yaml, so that editors complete and check it.",
    discussion: "In models.yaml's first line:  # yaml-language-server: $schema=PATH")

  func run() { Output.json(ModelRegistry.schema) }
}
