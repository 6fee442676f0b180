import ArgumentParser
import ConfigurationReading
import FiedlerApp
import Foundation
import SendEngine
import Settings

struct KeysSet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Keep the API key of a provider; it is typed unseen, or read from standard input.",
    discussion: """
      The key goes into the desktop's keyring where there is one (secret-tool), else into keys.yaml, which only you may \
      read. It is never an argument: those are seen by everybody on the machine.
      """)

  @Argument(help: "The provider, as models.yaml or `fiedler models` calls it.", completion: Completions.providers)
  var provider: String

  func run() throws {
    let known = try KnownProviders()
    try known.check(provider)
    let typed = try Question.secret("API key of \(provider) (not shown): ")
    let key = try Startup.usage { try KeyKeeping.key(in: typed) }
    let place = try Startup.usage {
      try known.paths.createDirectories()
      return try known.keeping.set(key, of: provider)
    }
    let fingerprint = KeyKeeping.fingerprint(of: key)
    switch place {
    case .keyring:
      Output.error("kept in the desktop's keyring: the key of \(provider) with the fingerprint \(fingerprint)")
    case .file(let path, let reason):
      Output.error("kept in \(path) (\(reason)): the key of \(provider) with the fingerprint \(fingerprint)")
    }
    if known.hasCommand(provider) {
      Output.error("warning: api_key_command in models.yaml comes first; the key that is kept is not used")
    }
  }
}

struct KeysList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List where the providers' API keys are from, each by its fingerprint.")

  func run() async throws {
    let known = try KnownProviders()
    let keys = KeyStore(
      providers: try known.withKeys(), file: known.paths.keysFile, environment: known.environment.variables)
    let reports = await keys.reports().filter { $0.provider != "demo" }
    if reports.isEmpty {
      Output.error("no provider is configured that has a key: `fiedler setup` leads to one")
    }
    for report in reports {
      Output.list(ListingText.oneLine((report.fingerprint ?? "-       ") + "  \(report)") + "\n")
    }
  }
}

struct KeysDelete: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Forget the API key of a provider that `fiedler keys set` has kept.")

  @Argument(help: "The provider.", completion: Completions.providers)
  var provider: String

  func run() throws {
    let known = try KnownProviders()
    guard try Startup.usage({ try known.keeping.delete(provider) }) else {
      throw UsageError("no key of \(provider.quoted) is kept; `fiedler keys list` tells where keys are from")
    }
    Output.error("forgotten: the key of \(provider)")
  }
}

/// The providers that can have a key.
private struct KnownProviders {
  let environment = Startup.environment()
  let paths: Paths
  private let registry: ModelRegistry

  init() throws {
    let (environment, paths) = (environment, Paths(environment: environment.variables))
    self.paths = paths
    registry = try Startup.usage {
      try ModelRegistry.load(
        path: paths.modelsFile, listings: paths.listedModelsFile, environment: environment.variables)
    }
  }

  var keeping: KeyKeeping { KeyKeeping(file: paths.keysFile, environment: environment.variables) }

  /// A key under a name that nothing asks for would never be found.
  func check(_ provider: String) throws {
    let names = registry.providers.map(\.name) + ConfiguredProvider.knownNames
    guard !names.contains(provider) else { return }
    let near = Suggestions.nearest(to: provider, in: names)
    let hint = near.isEmpty ? "" : "; did you mean \(near.joined(separator: ", "))?"
    throw UsageError(
      "no provider is called \(provider.quoted)\(hint) Those of models.yaml and known ones can have a key.")
  }

  func hasCommand(_ provider: String) -> Bool {
    registry.providers.contains { $0.name == provider && $0.apiKeyCommand != nil }
  }

  /// Those of models.yaml, and any other that a key is kept of or that the environment has one for.
  func withKeys() throws -> [ConfiguredProvider] {
    let kept = try Startup.usage { try KeyFile.providers(path: paths.keysFile) }
    let mine = registry.providers
    let others = ConfiguredProvider.knownProviders.filter { provider in
      !mine.contains { $0.name == provider.name }
        && (kept.contains(provider.name)
          || provider.apiKeyVariables.contains { environment.variables[$0]?.isEmpty == false })
    }
    return mine + others
  }
}
