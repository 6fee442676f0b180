import AsyncHTTPClient
import Conversations
import FoundationEssentials
import JSON
import NIOCore
import NIOHTTP1

/// Asks providers which models they have. Usable from any thread; ``shutdown()`` must be called at the end.
public final class ModelLister: Sendable {
  private let transport = HTTPTransport()
  private let network: NetworkEnvironment
  private let keys: KeyStore
  private let version: String
  private let timeLimit: TimeAmount

  /// OpenRouter's list has a few megabytes.
  private static let maximumBytes = 64 << 20

  /// `timeLimit` is for each answer.
  public init(keys: KeyStore, network: NetworkEnvironment, version: String, timeLimit: Duration = .seconds(30)) {
    self.keys = keys
    self.network = network
    self.version = version
    self.timeLimit = .nanoseconds(Int64(timeLimit / .nanoseconds(1)))
  }

  public func shutdown() async { await transport.shutdown() }

  /// The provider's own list. Throws what is wrong in words that name the provider and the way out.
  ///
  /// `given` is sent in place of the key that is found. `checksKey`: what anybody may read proves no key, so that a
  /// provider with such a list is asked about the key first.
  public func models(
    of provider: ConfiguredProvider, key given: APIKey? = nil, checksKey: Bool = false
  ) async throws -> [ListedModel] {
    let model = ConfiguredModel(ListedModel(name: "models"), of: provider)
    let key: APIKey?
    do throws(KeyError) {
      if let given { key = given } else { key = try await keys.requestKey(for: model) }
    } catch { throw FailureWords(model: model, key: nil).missingKey(because: error) }
    let url = try ProviderURL(model)
    // OpenRouter's reference, "Get current API key".
    if checksKey, ChatDialect(model) == .openRouter {
      _ = try await body(at: ChatDialect(model).url("/key", of: model, at: url), url, model, key)
    }
    let (status, body) = try await body(at: Self.address(url, model), url, model, key)
    // The words tell what came in place of a list.
    guard let json = try? JSON(bytes: body), let models = ListedModel.read(json) else {
      throw FailureWords(model: model, key: key).notAnAnswer(body, status: status)
    }
    return models
  }

  /// What a good answer holds, with its status.
  private func body(
    at address: String, _ url: ProviderURL, _ model: ConfiguredModel, _ key: APIKey?
  ) async throws -> (Int, [UInt8]) {
    let words = FailureWords(model: model, key: key)
    let route = try Route(to: url, model.network, network)
    let (client, _) = try transport.client(for: route, connectTimeout: .seconds(10))
    var request = ProviderRequest(
      url: address, headers: Self.headers(model, key), body: .null)
    if route.isForwarded, let proxy = route.proxy { request.forward(to: proxy) }
    var call = HTTPClientRequest(url: request.url)
    for header in request.headers + model.options.headers.map({ (name: $0.key, value: $0.value) }) {
      call.headers.replaceOrAdd(name: header.name, value: header.value)
    }
    call.headers.replaceOrAdd(name: "User-Agent", value: "fiedler/\(version)")
    let (status, body) = try await answer(to: call, client, words)
    guard (200..<300).contains(status) else { throw words.http(ResponseReader.Head(status: status), body: body) }
    return (status, body)
  }

  private func answer(
    to call: HTTPClientRequest, _ client: HTTPClient, _ words: FailureWords
  ) async throws -> (Int, [UInt8]) {
    do {
      let response = try await client.execute(call, timeout: timeLimit)
      return (Int(response.status.code), Array(buffer: try await response.body.collect(upTo: Self.maximumBytes)))
    } catch let error as CancellationError {
      throw error
    } catch {
      throw words.connection(TransportFailure(error))
    }
  }

  private static func address(_ url: ProviderURL, _ model: ConfiguredModel) -> String {
    switch model.kind {
    // A page of the most there can be: both have fewer models than that.
    case .gemini: url.geminiRoot + "/models?pageSize=1000"
    case .anthropic: url.versioned("v1") + "/models?limit=1000"
    case .openai, .responses, .demo: ChatDialect(model).url("/models", of: model, at: url)
    }
  }

  private static func headers(_ model: ConfiguredModel, _ key: APIKey?) -> [(name: String, value: String)] {
    switch model.kind {
    case .gemini: key.map { [("x-goog-api-key", $0.value)] } ?? []
    case .anthropic: [("anthropic-version", "2023-06-01")] + (key.map { [("x-api-key", $0.value)] } ?? [])
    case .openai, .responses, .demo: ChatDialect(model).authorization(key)
    }
  }
}
