import Conversations
import SendEngine
import Settings

extension Setup {
  /// Keeps a key that was typed for a provider whose models are there already, once the provider has taken it. Where it
  /// could not be tested (it cannot be reached, or lists no models) the key is kept, which is said. Returns what was
  /// done, in words. Throws ``Failure``, a `SendFailure` for a key that is refused, or what the disk or the keyring
  /// says.
  func give(_ text: String, to name: String) async throws -> String {
    let provider = try provider(name)
    guard provider.apiKeyCommand == nil else { throw Failure.keyFromCommand(provider: name, path: paths.modelsFile) }
    let key = try KeyKeeping.key(in: text)
    var untested = ""
    do {
      _ = try await models(of: provider, key: key)
    } catch Failure.noModels {
      // A provider that lists nothing has taken the key all the same.
    } catch let failure as SendFailure where failure.kind != .unauthorized && failure.kind != .missingKey {
      untested = ", untested: \(failure.message)"
    }
    try paths.createDirectories()
    let place = try KeyKeeping(file: paths.keysFile, environment: environment.variables).set(key, of: name)
    let words =
      switch place {
      case .keyring: "the desktop's keyring"
      case .file(let path, _): path
      }
    return "The key of \(name) is kept in \(words)\(untested)"
  }
}
