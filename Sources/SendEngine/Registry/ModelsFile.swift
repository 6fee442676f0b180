import ConfigurationReading
import Conversations

/// The reader of `models.yaml`.
struct ModelsFile {
  private let problems: ProblemCollector
  private let environment: [String: String]
  private var providers: [ConfiguredProvider] = []
  private var models: [Claimed] = []

  /// A model and where it stands.
  private struct Claimed {
    let model: ConfiguredModel
    let line: Int
    let key: String
    /// Alias and line.
    let aliases: [(name: String, line: Int)]
  }

  /// What the file says, or every error in it.
  static func registry(
    from document: YAMLDocument, environment: [String: String]
  ) throws(ConfigurationError) -> ModelRegistry {
    var file = ModelsFile(problems: document.problems, environment: environment)
    let registry = file.read(document.root)
    try document.check()
    return registry
  }

  private init(problems: ProblemCollector, environment: [String: String]) {
    self.problems = problems
    self.environment = environment
  }

  private mutating func read(_ root: YAMLValue?) -> ModelRegistry {
    let top = root.flatMap { $0.isNull ? nil : $0.mapping(known: ModelsFields.file.names) }
    for entry in top?["providers"]?.mapping()?.entries ?? [] { readProvider(entry) }
    checkNames()
    let models = models.map(\.model)
    let defaults = top?["defaults"]?.mapping(known: ModelsFields.defaults.names)
    let chosen = defaults?["models"].map { readModels($0, models) } ?? Array(models.prefix(3))
    let sets = (top?["sets"]?.mapping()?.entries ?? []).compactMap { readSet($0, models) }
    if models.isEmpty, defaults?["models"] == nil, problems.errors.isEmpty {
      problems.add(
        .warning, line: top?.line ?? 1, key: "providers",
        .questionable("no model is defined here; the demo models are used"))
    }
    return ModelRegistry(
      source: .file(problems.file), models: models.isEmpty ? DemoModels.all : models, providers: providers,
      defaults: chosen.isEmpty ? DemoModels.defaults : chosen,
      sets: sets, warnings: problems.warnings, environment: environment)
  }

  /// Models under a name of their own: `fast: [gemini-flash, gpt-5-mini]`.
  private func readSet(_ entry: YAMLMapping.Entry, _ models: [ConfiguredModel]) -> ModelSet? {
    if !ModelSet.canBeCalled(entry.name) {
      let expected = "a set's name without blanks, commas and @"
      problems.add(
        .error, line: entry.line, key: entry.value.key, .invalidValue(found: entry.name.quoted, expected: expected))
    }
    let chosen = readModels(entry.value, models)
    return chosen.isEmpty ? nil : ModelSet(name: entry.name, models: chosen.map(\.reference))
  }

  private mutating func readProvider(_ entry: YAMLMapping.Entry) {
    let name = entry.name
    if name.isEmpty || name == "demo" || name.contains(where: { $0 == "/" || $0.isWhitespace }) {
      let expected = "a provider's name without blanks or slashes (demo is the built-in models' own)"
      problems.add(
        .error, line: entry.line, key: entry.value.key, .invalidValue(found: name.quoted, expected: expected))
    }
    let mapping = entry.value.isNull ? nil : entry.value.mapping(known: ModelsFields.provider.names)
    let provider = ProviderReader.read(
      mapping, name: name, line: entry.line, problems: problems, environment: environment)
    providers.append(provider)
    for model in mapping?["models"]?.mapping()?.entries ?? [] { readModel(model, of: provider) }
  }

  private mutating func readModel(_ entry: YAMLMapping.Entry, of provider: ConfiguredProvider) {
    var model = ConfiguredModel(
      reference: ModelReference(provider: provider.name, name: entry.name), kind: provider.kind,
      baseURL: provider.baseURL)
    model.apiKeyVariable = provider.requiresKey ? provider.apiKeyVariables.first : nil
    model.take(provider.options)
    model.network = provider.network
    model.limits = provider.limits
    var aliases: [(name: String, line: Int)] = []
    if entry.name.isEmpty {
      problems.add(
        .error, line: entry.line, key: entry.value.key, .invalidValue(found: "\"\"", expected: "a model's name"))
    }
    if !entry.value.isNull, let keys = entry.value.mapping(known: ModelsFields.model.names) {
      aliases = ModelReader.read(keys, into: &model)
    }
    model.aliases = aliases.map(\.name)
    models.append(Claimed(model: model, line: entry.line, key: entry.value.key, aliases: aliases))
  }

  private func readModels(_ value: YAMLValue, _ models: [ConfiguredModel]) -> [ConfiguredModel] {
    let fallback = ModelRegistry.fallback(servedBy: providers, environment)
    let finder = ModelFinder(
      models: models, names: NameTable(models), fallback: fallback, fallbackNames: NameTable(fallback))
    var chosen: [ConfiguredModel] = []
    for (name, value) in value.strings(expected: "a list of model names or aliases") ?? [] {
      switch finder.find(name) {
      case .success(let model) where chosen.contains { $0.reference == model.reference }:
        value.warn(.questionable("\(name.quoted) is \(model.reference), which is in the list already"))
      case .success(let model): chosen.append(model)
      case .failure(let error):
        value.error(.unresolved(error.description))
      }
    }
    return chosen
  }

  // MARK: Names

  /// One alias must mean one model. The same API name at two providers is allowed, as comparing hosts is a good use of
  /// this program, but such a model must then be named with its provider.
  private func checkNames() {
    var names: [String: Claimed] = [:]
    for claimed in models {
      let name = claimed.model.reference.name
      if let other = names[name] {
        let both = "\(other.model.reference) on line \(other.line) and \(claimed.model.reference)"
        problems.add(
          .warning, line: claimed.line, key: claimed.key,
          .questionable("\(both) have the same name; choose between them with an alias or the provider's name"))
      } else {
        names[name] = claimed
      }
    }
    let references = Dictionary(
      models.map { ($0.model.reference.description, $0) }, uniquingKeysWith: { first, _ in first })
    var owners: [String: (claimed: Claimed, line: Int)] = [:]
    for claimed in models {
      for alias in claimed.aliases {
        let rivals = [
          owners[alias.name].map { ($0.claimed, $0.line, "an alias of") },
          names[alias.name].map { ($0, $0.line, "the name of") },
          references[alias.name].map { ($0, $0.line, "the full name of") },
        ]
        let rival = rivals.compactMap(\.self).first { $0.0.model.reference != claimed.model.reference }
        if let rival {
          let cause = "alias \(alias.name.quoted) is \(rival.2) \(rival.0.model.reference) on line \(rival.1) already"
          problems.add(.error, line: alias.line, key: "\(claimed.key).aliases", .conflict(cause))
        } else if owners[alias.name] == nil {
          owners[alias.name] = (claimed, alias.line)
        }
      }
    }
    for claimed in models {
      let name = claimed.model.reference.name
      guard let other = references[name], other.model.reference != claimed.model.reference else { continue }
      let full = claimed.model.reference
      let cause = "\(name.quoted) means \(full), not \(other.model.reference.name.quoted) of line \(other.line)"
      problems.add(.warning, line: claimed.line, key: claimed.key, .questionable(cause))
    }
  }
}
