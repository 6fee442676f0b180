import ConfigurationReading
import Conversations
import Synchronization

/// Finds the providers' API keys: from `api_key_command`, then the key file, then the environment.
///
/// A key once found is kept in memory; a failure is not, so that a key store unlocked later is asked again. Several
/// models of a provider that ask at once run its command once. Commands and file reads never run on the caller's
/// thread.
public actor KeyStore {
  private var providers: [String: ConfiguredProvider]
  private var order: [String]
  private let file: String?
  private let environment: [String: String]
  private let timeLimit: Duration
  private var found: [String: Found] = [:]
  private var searches: [String: Task<Result<Found?, KeyError>, Never>] = [:]
  private let secrets: Mutex<Set<String>>

  private struct Found {
    let key: APIKey
    let source: KeySource
  }

  /// `file` is the path of a mapping `provider: key` that only its owner may read; `timeLimit` is for each command.
  public init(
    providers: [ConfiguredProvider], file: String?, environment: [String: String], timeLimit: Duration = .seconds(10)
  ) {
    self.providers = Dictionary(providers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    order = providers.map(\.name)
    self.file = file
    self.environment = environment
    self.timeLimit = timeLimit
    let variables = (providers + ConfiguredProvider.known.values).flatMap(\.apiKeyVariables)
    secrets = Mutex(Set(variables.compactMap { environment[$0] }.map(APIKey.trimmed).filter { !$0.isEmpty }))
  }

  /// Every key known by now, for taking them out of what is written: those in the environment from the beginning, the
  /// others once they were found. Any thread may ask; nothing is read or run for it.
  public nonisolated var knownSecrets: [String] { secrets.withLock { Array($0) } }

  /// The key to send with a request to `model`; `nil` if there is none or it could not be had
  /// (``report(for:)`` says which).
  public func key(for model: ConfiguredModel) async -> APIKey? {
    // The reason is what report(for:) is for.
    try? await requestKey(for: model)
  }

  /// The same for a request about to be made: throws why a key that should be there could not be had.
  ///
  /// Only a provider that needs no key goes without one, where there is none; a place for keys that cannot be read
  /// stops any request, since nobody can say whether its key was in there.
  public func requestKey(for model: ConfiguredModel) async throws(KeyError) -> APIKey? {
    guard model.kind != .demo else { return nil }
    let provider = provider(model.reference.provider, variable: model.apiKeyVariable)
    switch await search(provider) {
    case .success(let found?):
      if let problem = otherHost(found, model.baseURL) { throw problem }
      return found.key
    case .success(nil):
      // A model without a variable is served by a provider that needs no key.
      guard provider.requiresKey, model.apiKeyVariable != nil else { return nil }
      throw .notFound(tried: places(for: provider))
    case .failure(let error): throw error
    }
  }

  /// How the search for the key of a provider goes, the reason of a failure included.
  public func report(for provider: String) async -> KeyReport {
    let provider = self.provider(provider, variable: nil)
    guard provider.kind != .demo else { return KeyReport(provider: provider.name, outcome: .notNeeded) }
    switch await search(provider) {
    case .success(let found?):
      if let problem = otherHost(found, provider.baseURL) {
        return KeyReport(provider: provider.name, outcome: .failed(problem))
      }
      var report = KeyReport(provider: provider.name, outcome: .found(found.source))
      report.fingerprint = KeyKeeping.fingerprint(of: found.key.value)
      return report
    case .success(nil):
      let missing = KeyReport.Outcome.missing(tried: places(for: provider))
      return KeyReport(provider: provider.name, outcome: provider.requiresKey ? missing : .notNeeded)
    case .failure(let error): return KeyReport(provider: provider.name, outcome: .failed(error))
    }
  }

  /// One report a configured provider, in their order. Runs their commands, side by side.
  public func reports() async -> [KeyReport] {
    await withTaskGroup(of: (Int, KeyReport).self) { group in
      for (index, name) in order.enumerated() { group.addTask { (index, await self.report(for: name)) } }
      var reports: [(Int, KeyReport)] = []
      for await report in group { reports.append(report) }
      return reports.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  /// Whether the provider wants a key and there is no place that could have one. Runs no command; a file of keys that
  /// cannot be read may have it.
  public nonisolated func lacksKey(_ provider: ConfiguredProvider) -> Bool {
    guard provider.requiresKey, provider.apiKeyCommand == nil else { return false }
    do throws(KeyError) {
      if let file, try KeyFile.key(of: provider.name, path: file) != nil { return false }
    } catch { return false }
    return provider.apiKeyVariables.allSatisfy { (environment[$0] ?? "").allSatisfy(\.isWhitespace) }
  }

  /// Looks for the key anew when it is next needed, for example after the provider refused it.
  public func forget(_ provider: String) { found[provider] = nil }

  /// Has other providers from now on, and looks for every key anew.
  public func use(_ providers: [ConfiguredProvider]) {
    self.providers = Dictionary(providers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    order = providers.map(\.name)
    found = [:]
  }

  private func provider(_ name: String, variable: String?) -> ConfiguredProvider {
    if let provider = providers[name] ?? ConfiguredProvider.known[name] { return provider }
    if name == ConfiguredProvider.demo.name { return .demo }
    let variable = variable ?? ConfiguredProvider.defaultVariable(for: name)
    return ConfiguredProvider(name: name, kind: .openai, baseURL: "", apiKeyVariables: [variable])
  }

  /// Why a key must not go to an address, though it was found for it.
  private func otherHost(_ found: Found, _ baseURL: String) -> KeyError? {
    guard case .environment(let key) = found.source,
      let (variable, host) = BaseURLVariable.forbidding(key: key, at: baseURL, in: environment)
    else { return nil }
    return .otherHost(key: key, variable: variable, host: host, baseURL: baseURL)
  }

  private func places(for provider: ConfiguredProvider) -> [KeySource] {
    (file.map { [.file($0)] } ?? []) + provider.apiKeyVariables.map { .environment($0) }
  }

  private func search(_ provider: ConfiguredProvider) async -> Result<Found?, KeyError> {
    if let known = found[provider.name] { return .success(known) }
    if let running = searches[provider.name] { return await running.value }
    let (file, environment, timeLimit) = (file, environment, timeLimit)
    let search = Task.detached { await Self.find(provider, file: file, environment: environment, timeLimit: timeLimit) }
    searches[provider.name] = search
    let result = await search.value
    searches[provider.name] = nil
    if case .success(let key?) = result {
      found[provider.name] = key
      secrets.withLock { _ = $0.insert(key.key.value) }
    }
    return result
  }

  private static func find(
    _ provider: ConfiguredProvider, file: String?, environment: [String: String], timeLimit: Duration
  ) async -> Result<Found?, KeyError> {
    do throws(KeyError) {
      if let command = provider.apiKeyCommand {
        let secret = try await SecretCommand(command, environment: environment, timeLimit: timeLimit).run()
        return .success(try checked(secret, from: .command(command.line)))
      }
      if let file, let secret = try KeyFile.key(of: provider.name, path: file) {
        if secret == Keyring.mark {
          let command = SecretCommand(Keyring.lookup(provider.name), environment: environment, timeLimit: timeLimit)
          return .success(try checked(try await command.run(), from: .keyring))
        }
        return .success(try checked(secret, from: .file(file)))
      }
      for variable in provider.apiKeyVariables {
        guard let secret = environment[variable], !secret.allSatisfy(\.isWhitespace) else { continue }
        return .success(try checked(secret, from: .environment(variable)))
      }
      return .success(nil)
    } catch {
      return .failure(error)
    }
  }

  /// Refuses what would break, or split, the header it is sent in.
  private static func checked(_ secret: String, from source: KeySource) throws(KeyError) -> Found {
    let text = APIKey.trimmed(secret)
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .malformedKey(source: source)
    }
    return Found(key: APIKey(text, from: source), source: source)
  }
}
