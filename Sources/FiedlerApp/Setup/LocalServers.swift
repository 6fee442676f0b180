import SendEngine

/// Language models that run on this machine, where their servers listen by default or where the environment says.
struct LocalServers: Sendable {
  private let environment: LaunchEnvironment

  init(_ environment: LaunchEnvironment) { self.environment = environment }

  /// Those that answer with a list of models, asked side by side; whoever is silent for two seconds is not there.
  func running() async -> [Setup.Offer] {
    let providers = ConfiguredProvider.localServers(in: environment.variables)
    let lister = ModelLister(
      keys: KeyStore(providers: providers, file: nil, environment: environment.variables),
      network: NetworkEnvironment(environment.variables), version: Version.text, timeLimit: .seconds(2))
    let found = await withTaskGroup(of: (Int, Setup.Offer)?.self) { group in
      for (index, provider) in providers.enumerated() {
        group.addTask {
          // Nothing listens there, or something else does.
          guard let models = try? await lister.models(of: provider), !models.isEmpty else { return nil }
          return (index, Setup.Offer(provider: provider, state: .runs(models)))
        }
      }
      var found: [(Int, Setup.Offer)] = []
      for await offer in group { if let offer { found.append(offer) } }
      return found.sorted { $0.0 < $1.0 }.map(\.1)
    }
    await lister.shutdown()
    return found
  }
}
