import ArgumentParser
import ConfigurationReading
import FiedlerApp
import SendEngine
import Settings

struct ModelsRefresh: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refresh", abstract: "Have providers list their models, with context lengths and prices.",
    discussion: """
      What they list is kept in a cache file until the next time. Exit status: 0 if every provider answered, 3 if some \
      did, 1 if none did.
      """)

  @Argument(
    help: "The provider. Default: all of models.yaml, or those that there is a key for.",
    completion: Completions.providers)
  var provider: String?

  func run() async throws {
    let environment = Startup.environment()
    let paths = Paths(environment: environment.variables)
    let registry = try Startup.usage {
      try ModelRegistry.load(path: paths.modelsFile, environment: environment.variables)
    }
    let known = registry.providers.filter { $0.kind != .demo }
    let chosen = try provider.map { try [Self.named($0, known)] } ?? known
    guard !chosen.isEmpty else {
      throw UsageError("no provider is configured; name one, or give one a key (fiedler keys set PROVIDER)")
    }
    let outcomes = try await Startup.usage { try await ModelRefresh(environment).refresh(chosen) }
    var failures = 0
    for outcome in outcomes {
      switch outcome.models {
      case .success(let models): Output.list("● \(outcome.provider): \(models.count) models\n")
      case .failure(let error):
        failures += 1
        Output.list(ListingText.oneLine("✕ \(error)") + "\n")
      }
    }
    if failures > 0 { throw ExitCode(failures < chosen.count ? 3 : 1) }
  }

  private static func named(_ name: String, _ configured: [ConfiguredProvider]) throws -> ConfiguredProvider {
    let all = configured + ConfiguredProvider.knownProviders
    if let provider = all.first(where: { $0.name == name }) { return provider }
    let near = Suggestions.nearest(to: name, in: all.map(\.name)).joined(separator: ", ")
    throw UsageError("no provider is called \(name.quoted)" + (near.isEmpty ? "" : "; did you mean \(near)?"))
  }
}
