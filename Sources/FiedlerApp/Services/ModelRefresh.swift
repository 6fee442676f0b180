import Basics
import FoundationEssentials
import Interchange
import SendEngine
import Settings

/// Has providers list their models, and keeps what they tell for the next start.
public struct ModelRefresh: Sendable {
  /// How it went with one provider.
  public struct Outcome: Sendable {
    public var provider: String
    public var models: Result<[ListedModel], any Error>
  }

  private let paths: Paths
  private let variables: [String: String]
  private let timeLimit: Duration

  /// `timeLimit` is for each provider.
  public init(_ environment: LaunchEnvironment, timeLimit: Duration = .seconds(30)) {
    paths = Paths(environment: environment.variables)
    variables = environment.variables
    self.timeLimit = timeLimit
  }

  /// Asks providers side by side, and keeps the lists of those that answer. Returns them in their order. Throws where
  /// the file for the lists cannot be written.
  public func refresh(_ providers: [ConfiguredProvider]) async throws -> [Outcome] {
    let keys = KeyStore(providers: providers, file: paths.keysFile, environment: variables)
    let lister = ModelLister(
      keys: keys, network: NetworkEnvironment(variables), version: Version.text, timeLimit: timeLimit)
    let outcomes = await withTaskGroup(of: (Int, Outcome).self) { group in
      for (index, provider) in providers.enumerated() {
        group.addTask {
          do {
            return (index, Outcome(provider: provider.name, models: .success(try await lister.models(of: provider))))
          } catch { return (index, Outcome(provider: provider.name, models: .failure(error))) }
        }
      }
      var outcomes: [(Int, Outcome)] = []
      for await outcome in group { outcomes.append(outcome) }
      return outcomes.sorted { $0.0 < $1.0 }.map(\.1)
    }
    await lister.shutdown()
    var lists: [String: [ListedModel]] = [:]
    for outcome in outcomes { if case .success(let models) = outcome.models { lists[outcome.provider] = models } }
    try keep(lists)
    return outcomes
  }

  /// Puts lists in place of those that were kept of the same providers.
  func keep(_ lists: [String: [ListedModel]]) throws {
    guard !lists.isEmpty else { return }
    try paths.createCacheDirectory()
    try FileLock.held(at: paths.listedModelsFile + ".lock") {
      var listings = ModelListings(path: paths.listedModelsFile)
      listings.models.merge(lists) { $1 }
      let file = try ReplacementFile(path: paths.listedModelsFile)
      try file.write(listings.text)
      try file.finish()
    }
  }

  /// The providers whose lists a start without models.yaml should ask for: those with a key in the environment, once
  /// the lists kept of them are more than a day old.
  func outdated(_ registry: ModelRegistry, now: Date = Date()) -> [ConfiguredProvider] {
    guard case .environment = registry.source else { return [] }
    // A file that is not there, or does not tell its age, is old.
    let attributes = try? FileManager.default.attributesOfItem(atPath: paths.listedModelsFile)
    let written = attributes?[.modificationDate] as? Date
    let isFresh = written.map { now.timeIntervalSince($0) < Self.lastsFor } ?? false
    let kept = isFresh ? Set(ModelListings(path: paths.listedModelsFile).models.keys) : []
    return registry.providers.filter { $0.kind != .demo && !kept.contains($0.name) }
  }

  /// Seconds.
  private static let lastsFor: TimeInterval = 24 * 3600
}

extension Services {
  /// Without a models.yaml, has the models that the providers list today: their lists are asked for once a day, each
  /// for at most `limit`. Returns whether there are other models now. Throws where the lists cannot be kept.
  @discardableResult
  public func takeCurrentModels(within limit: Duration) async throws -> Bool {
    let refresh = ModelRefresh(environment, timeLimit: limit)
    guard let registry = try? registry() else { return false }  // what is wrong with it is told by who needs it
    let outdated = refresh.outdated(registry)
    guard !outdated.isEmpty else { return false }
    let outcomes = try await refresh.refresh(outdated)
    // A provider that does not answer now is asked again the next time; whoever asks its models is told why.
    guard outcomes.contains(where: { (try? $0.models.get()) != nil }) else { return false }
    await reloadModels()
    return true
  }
}
