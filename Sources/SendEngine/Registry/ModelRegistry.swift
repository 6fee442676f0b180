import ConfigurationReading
import Conversations

/// The models that can be asked, and how they are called.
///
/// Whatever its source, a registry also finds the demo models (`demo/...`) and the well-known models of the known
/// providers, unless its own models have the name.
public struct ModelRegistry: Sendable {
  public enum Source: Hashable, Sendable {
    /// This `models.yaml`.
    case file(String)
    /// No file, but keys in the environment: the well-known models of these providers, then the demo models.
    case environment(providers: [String])
    /// Neither file nor key: the demo models.
    case demo
  }

  public let source: Source
  /// In the order of the file.
  public private(set) var models: [ConfiguredModel]
  /// Every provider of ``models`` and ``defaults``.
  public let providers: [ConfiguredProvider]
  /// What is asked when nothing is chosen.
  public private(set) var defaults: [ConfiguredModel]
  /// The file's sets of models, in its order.
  public let sets: [ModelSet]
  /// What in the file is probably not meant.
  public let warnings: [ConfigurationProblem]
  private var names: NameTable
  /// The well-known models, served by the file's providers where it configures them.
  private var fallback: [ConfiguredModel]
  private let fallbackNames: NameTable
  /// What providers have listed besides, found where nothing else has the name.
  public private(set) var listed: [ConfiguredModel] = []
  private var listedNames = NameTable([])

  init(
    source: Source, models: [ConfiguredModel], providers: [ConfiguredProvider], defaults: [ConfiguredModel],
    sets: [ModelSet] = [], warnings: [ConfigurationProblem] = [], environment: [String: String] = [:]
  ) {
    self.source = source
    self.models = models
    self.defaults = defaults
    self.sets = sets
    self.warnings = warnings
    names = NameTable(models)
    fallback = Self.fallback(servedBy: providers, environment)
    fallbackNames = NameTable(fallback)
    var all = providers
    for model in models + defaults where !all.contains(where: { $0.name == model.reference.provider }) {
      let name = model.reference.provider
      all.append(ConfiguredProvider.known[name] ?? .demo)
    }
    self.providers = all
  }

  /// The same registry with what providers have listed: models it did not know, and what it did not know of those it
  /// has.
  public func knowing(_ listings: ModelListings, environment: [String: String]) -> ModelRegistry {
    guard !listings.models.isEmpty else { return self }
    var registry = self
    registry.models = models.map { $0.knowing(listings) }
    registry.defaults = defaults.map { $0.knowing(listings) }
    if case .environment = source { registry.modernize(listings) }
    registry.fallback = fallback.map { $0.knowing(listings) }
    let known = Set((registry.models + fallback).map(\.reference))
    registry.listed = listings.models.sorted { $0.key < $1.key }.flatMap { name, models -> [ConfiguredModel] in
      // An address in the environment that is none is told when its provider is asked.
      let other = (try? ConfiguredProvider.known(name, in: environment)) ?? nil
      guard let provider = providers.first(where: { $0.name == name }) ?? other else { return [] }
      return models.map { ConfiguredModel($0, of: provider) }.filter { !known.contains($0.reference) }
    }
    registry.listedNames = NameTable(registry.listed, referencesFirst: true)
    return registry
  }

  /// Has the models that the providers list today in place of those that were well known when this program was made.
  private mutating func modernize(_ listings: ModelListings) {
    let usable = providers.filter { $0.kind != .demo }
    let current = usable.flatMap { provider in
      let known = models.filter { $0.reference.provider == provider.name }
      guard let listed = listings.models[provider.name], !listed.isEmpty else { return known }
      return KnownModels.current(known, listed, of: provider)
    }
    models = current + models.filter { $0.kind == .demo }
    names = NameTable(models)
    defaults = Self.defaults(of: models, usable)
  }

  /// One of each provider; of a lone provider two, for there is nothing to compare with one.
  private static func defaults(of models: [ConfiguredModel], _ usable: [ConfiguredProvider]) -> [ConfiguredModel] {
    usable.count == 1
      ? Array(models.filter { $0.kind != .demo }.prefix(2))
      : usable.prefix(4).compactMap { provider in models.first { $0.reference.provider == provider.name } }
  }

  /// Providers that are not configured are where the environment says; a variable that names no address keeps the key
  /// from being sent (``KeyStore``).
  static func fallback(
    servedBy providers: [ConfiguredProvider], _ environment: [String: String]
  ) -> [ConfiguredModel] {
    var served: [String: ConfiguredProvider] = [:]
    for name in Set(KnownModels.all.map(\.reference.provider)) {
      // An address in the environment that is none is told when its provider is asked.
      served[name] =
        providers.first { $0.name == name } ?? (try? ConfiguredProvider.known(name, in: environment)) ?? nil
    }
    return KnownModels.all.map { model in served[model.reference.provider].map(model.served) ?? model }
  }

  /// The demo models alone.
  public static let demo = ModelRegistry(
    source: .demo, models: DemoModels.all, providers: [.demo], defaults: DemoModels.defaults)

  /// Reads `models.yaml` at `path`, or at `FIEDLER_CONFIG` where `environment` has it. Blocks on the disk.
  ///
  /// A file that `FIEDLER_CONFIG` names must exist; otherwise a missing file means the well-known models of the
  /// providers that have a key in `environment`, or, with no key at all, the demo models. Throws every error of the
  /// file at once.
  ///
  /// - `listings`: the path of a file with ``ModelListings``, if there is one.
  public static func load(
    path: String, listings: String? = nil, environment: [String: String]
  ) throws(ConfigurationError) -> ModelRegistry {
    let registry = try load(path: path, environment)
    return listings.map { registry.knowing(ModelListings(path: $0), environment: environment) } ?? registry
  }

  private static func load(
    path: String, _ environment: [String: String]
  ) throws(ConfigurationError) -> ModelRegistry {
    let named = environment["FIEDLER_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    let path = named ?? path
    do {
      return try ModelsFile.registry(from: YAMLDocument(path: path), environment: environment)
    } catch let failure as RegularFile.Failure {
      if failure == .missing, named == nil { return try builtIn(environment: environment) }
      let reason = named == nil ? failure.description : "\(failure) (named by FIEDLER_CONFIG)"
      throw ConfigurationError([ConfigurationProblem(.error, file: path, line: 0, key: "", .unreadable(reason))])
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw ConfigurationError([ConfigurationProblem(.error, file: path, line: 0, key: "", .unreadable("\(error)"))])
    }
  }

  /// Reads the content of a `models.yaml`; `file` stands for it in messages.
  public static func parse(
    _ text: String, file: String = "models.yaml", environment: [String: String] = [:]
  ) throws(ConfigurationError) -> ModelRegistry {
    try ModelsFile.registry(from: YAMLDocument(text: text, file: file), environment: environment)
  }

  /// What there is without a file.
  static func builtIn(environment: [String: String]) throws(ConfigurationError) -> ModelRegistry {
    var usable: [ConfiguredProvider] = []
    for provider in KnownModels.providers
    where provider.apiKeyVariables.contains(where: { environment[$0]?.isEmpty == false }) {
      do throws(ProviderURL.Invalid) {
        usable.append(try ConfiguredProvider.known(provider.name, in: environment) ?? provider)
      } catch {
        let cause = ConfigurationProblem.Cause.invalidValue(found: error.found, expected: error.expected)
        throw ConfigurationError([.init(.error, file: "environment", line: 0, key: provider.name, cause)])
      }
    }
    guard !usable.isEmpty else { return demo }
    let models = KnownModels.all.compactMap { model in
      usable.first { $0.name == model.reference.provider }.map(model.served)
    }
    return ModelRegistry(
      source: .environment(providers: usable.map(\.name)), models: models + DemoModels.all,
      providers: usable + [.demo], defaults: defaults(of: models, usable), environment: environment)
  }
}

extension ModelRegistry {
  /// Several names resolved.
  public struct Resolution: Hashable, Sendable {
    /// Each model once, in the order first named.
    public var models: [ConfiguredModel]
    /// The names that meant a model already there, each with that model.
    public var repeated: [Repetition]

    public struct Repetition: Hashable, Sendable, CustomStringConvertible {
      public var name: String
      public var model: ModelReference
      public var description: String { "\(name.quoted) is \(model), which is asked already" }
    }
  }

  /// The model of a stored conversation, if it can still be asked.
  public func model(_ reference: ModelReference) -> ConfiguredModel? {
    if let index = names.references[reference] { return models[index] }
    if let model = DemoModels.named(reference.description) { return model }
    return fallbackNames.references[reference].map { fallback[$0] }
      ?? listedNames.references[reference].map { listed[$0] }
  }

  /// The model that `name` means: its API name, an alias or `provider/name`, in that order, case counting only where it
  /// must; then a demo model, then a well-known one.
  public func resolve(_ name: String) throws(ModelResolutionError) -> ConfiguredModel {
    switch find(name) {
    case .success(let model): return model
    case .failure(let error): throw error
    }
  }

  /// All the models that `names` mean, `@NAME` being those of a set. Throws every name that means none, or more than
  /// one.
  public func resolve(_ names: [String]) throws(ModelResolutionError) -> Resolution {
    var resolution = Resolution(models: [], repeated: [])
    var failures: [ModelResolutionError.Failure] = []
    for name in names.flatMap(expanded) {
      switch find(name) {
      case .success(let model) where resolution.models.contains { $0.reference == model.reference }:
        resolution.repeated.append(.init(name: name, model: model.reference))
      case .success(let model): resolution.models.append(model)
      case .failure(let error): failures += error.failures
      }
    }
    guard failures.isEmpty else { throw ModelResolutionError(failures) }
    return resolution
  }

  /// The models of a set where `name` is `@` and a set's name, in full.
  private func expanded(_ name: String) -> [String] {
    guard name.hasPrefix("@"), let set = sets.first(where: { "@" + $0.name == name }) else { return [name] }
    return set.models.map(\.description)
  }

  private func find(_ name: String) -> Result<ConfiguredModel, ModelResolutionError> {
    guard !name.hasPrefix("@") else {
      let known = sets.map { "@" + $0.name }
      return .failure(.init([.unknownSet(name: name, suggestions: Suggestions.nearest(to: name, in: known))]))
    }
    return ModelFinder(
      models: models, names: names, fallback: fallback, fallbackNames: fallbackNames, listed: listed,
      listedNames: listedNames
    ).find(name)
  }
}

/// How a name becomes a model.
struct ModelFinder {
  let models: [ConfiguredModel]
  let names: NameTable
  let fallback: [ConfiguredModel]
  let fallbackNames: NameTable
  var listed: [ConfiguredModel] = []
  var listedNames = NameTable([])

  func find(_ name: String) -> Result<ConfiguredModel, ModelResolutionError> {
    let own = names.indices(of: name)
    if own.count == 1 { return .success(models[own[0]]) }
    if own.count > 1 { return ambiguous(name, own.map { models[$0] }) }
    if let demo = DemoModels.named(name) { return .success(demo) }
    let known = fallbackNames.indices(of: name)
    if known.count == 1 { return .success(fallback[known[0]]) }
    if known.count > 1 { return ambiguous(name, known.map { fallback[$0] }) }
    let others = listedNames.indices(of: name)
    if others.count == 1 { return .success(listed[others[0]]) }
    if others.count > 1 { return ambiguous(name, others.map { listed[$0] }) }
    // A demo model is found by its whole name alone.
    let candidates = (models + fallback + listed).flatMap(\.names) + DemoModels.all.map(\.reference.description)
    return .failure(.init([.unknown(name: name, suggestions: Suggestions.nearest(to: name, in: candidates))]))
  }

  private func ambiguous(
    _ name: String, _ models: [ConfiguredModel]
  ) -> Result<ConfiguredModel, ModelResolutionError> {
    .failure(.init([.ambiguous(name: name, candidates: models.map(\.reference))]))
  }
}
