import Conversations
import FoundationEssentials
import JSON

/// What providers listed when they were last asked. A cache: it can be asked for anew, so what cannot be read of it is
/// left out.
public struct ModelListings: Hashable, Sendable {
  /// By provider.
  public var models: [String: [ListedModel]] = [:]

  public init() {}

  /// Reads a file that ``text`` was written to. Blocks on the disk.
  public init(path: String) {
    guard let data = FileManager.default.contents(atPath: path), let json = try? JSON(bytes: Array(data)),
      json["version"]?.int == 1
    else { return }
    for (provider, list) in json["providers"]?.object ?? [:] {
      models[provider] = (list.array ?? []).compactMap(Self.model)
    }
  }

  /// The content of a file.
  public var text: String {
    let providers = models.mapValues { JSON.array($0.map(Self.json)) }
    return JSON.object(["version": 1, "providers": .object(providers)]).text + "\n"
  }

  private static func json(_ model: ListedModel) -> JSON {
    var members: [String: JSON] = ["name": .string(model.name)]
    members["context_window"] = model.contextWindow.map(JSON.int)
    members["max_completion_tokens"] = model.maxCompletionTokens.map(JSON.int)
    if !model.capabilities.isEmpty { members["capabilities"] = .array(model.capabilities.map(JSON.string)) }
    if let price = model.price {
      members["price"] = [
        "input": .double(price.input), "output": .double(price.output), "cached": JSON(price.cached),
        "cache_write": JSON(price.cacheWrite),
      ]
    }
    return .object(members)
  }

  private static func model(_ json: JSON) -> ListedModel? {
    guard let name = json["name"]?.string, !name.isEmpty else { return nil }
    var model = ListedModel(
      name: name, contextWindow: json["context_window"]?.int, maxCompletionTokens: json["max_completion_tokens"]?.int)
    model.capabilities = (json["capabilities"]?.array ?? []).compactMap(\.string)
    if let input = json["price"]?["input"]?.double, let output = json["price"]?["output"]?.double {
      model.price = Price(
        input: input, output: output, cached: json["price"]?["cached"]?.double,
        cacheWrite: json["price"]?["cache_write"]?.double)
    }
    return model
  }
}

extension ConfiguredModel {
  /// The same model with what its provider's list tells besides.
  func knowing(_ listings: ModelListings) -> ConfiguredModel {
    guard let listed = listings.models[reference.provider]?.first(where: { $0.name == reference.name }) else {
      return self
    }
    var model = self
    model.contextWindow = contextWindow ?? listed.contextWindow
    model.price = price ?? listed.price
    if capabilities.isEmpty { model.capabilities = listed.capabilities }
    return model
  }

  /// A model that a provider lists.
  init(_ listed: ListedModel, of provider: ConfiguredProvider) {
    self.init(
      reference: ModelReference(provider: provider.name, name: listed.name), kind: provider.kind,
      baseURL: provider.baseURL, contextWindow: listed.contextWindow, capabilities: listed.capabilities,
      price: listed.price)
    self = served(by: provider)
  }
}
