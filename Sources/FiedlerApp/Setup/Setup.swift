import Basics
import ConfigurationReading
import Conversations
import FoundationEssentials
import SendEngine
import Settings

/// The way from nothing to a first real model: what could be used, what a provider lists, and what is written for it.
///
/// Nothing is written before ``write(_:_:listed:key:)`` and ``save(_:)``. Safe to use from any thread.
public struct Setup: Sendable {
  /// A provider that could be used, and what it still wants.
  public struct Offer: Sendable, Identifiable {
    public enum State: Sendable {
      /// A server of this machine that answers, with what it has.
      case runs([ListedModel])
      /// Its key is there already, in this place.
      case hasKey(KeySource)
      case wantsKey
    }

    public var provider: ConfiguredProvider
    public var state: State
    public var id: String { provider.name }

    /// What is known of it, in few words.
    public var words: String {
      switch state {
      case .runs(let models): "runs here, \(Plural.text(models.count, "model"))"
      case .hasKey(let source): "key in \(source)"
      case .wantsKey: "needs a key"
      }
    }
  }

  /// What stops it; the words say what can be done.
  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case noSuchProvider(String, nearest: [String])
    /// `models.yaml` is written in a way that only an editor can add to; the text is what to add.
    case cannotAdd(path: String, why: String, block: String)
    /// The file that setup wrote has been changed since; what stood there before is in `copy`.
    case changedSince(path: String, copy: String)
    case nothingToUndo
    /// A set is written into this file, and it is not there yet.
    case noModelsFile(path: String)
    /// What setup did cannot be read back.
    case unreadableRecord(path: String)
    case noModels(provider: String)
    /// A key that is typed would never be used.
    case keyFromCommand(provider: String, path: String)
    case noSuchModel(String, provider: String, nearest: [String])

    public var description: String {
      switch self {
      case .noSuchProvider(let name, let nearest):
        "no provider is called \(name.quoted)"
          + (nearest.isEmpty
            ? "; one of your own needs --base-url" : "; did you mean \(nearest.joined(separator: ", "))?")
      case .cannotAdd(let path, let why, let block):
        "\(path) stays as it is: \(why). Add this to it by hand:\n\(block)"
      case .changedSince(let path, let copy):
        "\(path) has been changed since setup wrote it and stays as it is; \(copy) has what stood there before. Take out "
          + "what you do not want, or put that file in its place."
      case .noModelsFile(let path):
        "\(path) is not there yet, and a set has its place in it; /setup or `fiedler setup` writes one"
      case .nothingToUndo: "setup has written nothing that could be taken back"
      case .unreadableRecord(let path): "\(path) cannot be read as the record of what setup wrote; undo it by hand"
      case .keyFromCommand(let provider, let path):
        "the key of \(provider) comes from api_key_command in \(path), which goes before one that is typed"
      case .noModels(let provider): "\(provider) answers, but lists no model that writes text"
      case .noSuchModel(let name, let provider, let nearest):
        "\(provider) lists no model \(name.quoted)"
          + (nearest.isEmpty ? "" : "; did you mean \(nearest.joined(separator: ", "))?")
      }
    }
  }

  let environment: LaunchEnvironment
  public let paths: Paths
  private let timeLimit: Duration

  /// `timeLimit` is for each answer of a provider.
  public init(_ environment: LaunchEnvironment, timeLimit: Duration = .seconds(30)) {
    self.environment = environment
    self.timeLimit = timeLimit
    paths = Paths(environment: environment.variables)
  }

  private func keys(of providers: [ConfiguredProvider]) -> KeyStore {
    KeyStore(providers: providers, file: paths.keysFile, environment: environment.variables)
  }

  /// Whom one could ask, what is there first: servers of this machine that answer, then providers that have a key, then
  /// the others that are well known.
  public func offers() async -> [Offer] {
    async let running = LocalServers(environment).running()
    var found = await running
    var others: [Offer] = []
    let known = ConfiguredProvider.wellKnown(in: environment.variables)
    let keys = keys(of: known)
    for provider in known {
      switch await keys.report(for: provider.name).outcome {
      case .found(let source): found.append(Offer(provider: provider, state: .hasKey(source)))
      case .notNeeded, .missing, .failed: others.append(Offer(provider: provider, state: .wantsKey))
      }
    }
    return found + others
  }

  /// The provider of a name, configured or known; with `baseURL`, at that address. Throws ``Failure``, or a
  /// `ConfigurationError` for an address that is none.
  public func provider(_ name: String, baseURL: String? = nil) throws -> ConfiguredProvider {
    if baseURL == nil {
      if let own = try registry()?.providers.first(where: { $0.name == name }) { return own }
      guard ConfiguredProvider.knownNames.contains(name) else {
        throw Failure.noSuchProvider(name, nearest: Suggestions.nearest(to: name, in: ConfiguredProvider.knownNames))
      }
    }
    // Read by who will read it later: what is refused there is refused here.
    let text = "providers: {\(YAMLText.scalar(name)): {\(baseURL.map { "base_url: \(YAMLText.scalar($0))" } ?? "")}}"
    let read = try ModelRegistry.parse(text, file: "setup", environment: environment.variables)
    guard let provider = read.providers.first(where: { $0.name == name }) else {
      throw Failure.noSuchProvider(name, nearest: [])
    }
    return provider
  }

  /// Whether a key of this provider is there, and what is wrong with it.
  public func key(of provider: ConfiguredProvider) async -> KeyReport {
    await keys(of: [provider]).report(for: provider.name)
  }

  /// What the provider lists, with the models first that are probably meant; that it answers proves the key. Throws
  /// ``Failure``, `KeyKeeping.NoKey`, or what is wrong in the words of a failed send.
  public func models(of provider: ConfiguredProvider, key: String? = nil) async throws -> [ListedModel] {
    let key = try key.map(KeyKeeping.key)
    let lister = ModelLister(
      keys: keys(of: [provider]), network: NetworkEnvironment(environment.variables), version: Version.text,
      timeLimit: timeLimit)
    let listing: Result<[ListedModel], any Error>
    do {
      listing = .success(
        try await lister.models(of: provider, key: key.map { APIKey($0, from: .typed) }, checksKey: true))
    } catch { listing = .failure(error) }
    await lister.shutdown()
    let models = try listing.get()
    guard !models.isEmpty else { throw Failure.noModels(provider: provider.name) }
    return provider.byInterest(models)
  }

  /// The models of a list that a user means: by their number in it, from 1, or by name.
  public static func chosen(
    _ words: [String], from models: [ListedModel], of provider: String
  ) throws(Failure) -> [ListedModel] {
    var chosen: [ListedModel] = []
    for word in words {
      let byName = models.first { $0.name == word }
      let byNumber = Int(word).flatMap { models.indices.contains($0 - 1) ? models[$0 - 1] : nil }
      guard let model = byName ?? byNumber else {
        throw .noSuchModel(word, provider: provider, nearest: Suggestions.nearest(to: word, in: models.map(\.name)))
      }
      if !chosen.contains(model) { chosen.append(model) }
    }
    return chosen
  }

  /// The models of models.yaml; `nil` without one. Throws what is wrong with it.
  func registry() throws(ConfigurationError) -> ModelRegistry? {
    let registry = try ModelRegistry.load(path: paths.modelsFile, environment: environment.variables)
    if case .file = registry.source { return registry }
    return nil
  }
}
