import Conversations
import JSON

/// A model as its provider's own list tells of it.
public struct ListedModel: Hashable, Sendable {
  /// The name its API knows it by.
  public var name: String
  /// In tokens, the prompt included.
  public var contextWindow: Int?
  public var maxCompletionTokens: Int?
  public var price: Price?
  /// What it can be shown, in the words of ``ConfiguredModel/capabilities``; empty where the list does not tell.
  public var capabilities: [String] = []

  public init(name: String, contextWindow: Int? = nil, maxCompletionTokens: Int? = nil, price: Price? = nil) {
    self.name = name
    self.contextWindow = contextWindow
    self.maxCompletionTokens = maxCompletionTokens
    self.price = price
  }
}

extension ListedModel {
  /// Those of a provider's answer, by name, each once; `nil` if that is no list.
  ///
  /// `{"data": [{"id"}]}` (OpenAI and whoever speaks its API, Anthropic), a list alone (Together), `{"models":
  /// [{"name": "models/..."}]}` (Gemini), `{"models": [{"name"}]}` (Ollama). What cannot answer in text is left out,
  /// where the list tells.
  static func read(_ json: JSON) -> [ListedModel]? {
    guard let items = json.array ?? json["data"]?.array ?? json["models"]?.array else { return nil }
    var seen: Set<String> = []
    return items.compactMap(ListedModel.init).filter { seen.insert($0.name).inserted }.sorted { $0.name < $1.name }
  }

  private init?(_ json: JSON) {
    guard let full = json["id"]?.string ?? json["name"]?.string, !full.isEmpty, Self.writesText(json) else {
      return nil
    }
    name = full.hasPrefix("models/") ? String(full.dropFirst("models/".count)) : full
    func tokens(_ names: String..., in places: JSON?...) -> Int? {
      for place in [json] + places.compactMap(\.self) {
        for name in names { if let count = place[name]?.int, (1...1_000_000_000).contains(count) { return count } }
      }
      return nil
    }
    let provider = json["top_provider"]
    contextWindow = tokens(
      "context_length", "context_window", "max_context_length", "max_model_len", "inputTokenLimit", "max_input_tokens",
      "n_ctx_train", in: provider, json["meta"])
    maxCompletionTokens = tokens(
      "max_completion_tokens", "max_output_tokens", "outputTokenLimit", "max_output_length", in: provider)
    price = Self.price(json["pricing"])
    capabilities = Self.capabilities(json)
  }

  /// OpenRouter's dollars a token, as text; Together's dollars a million tokens, as numbers.
  private static func price(_ json: JSON?) -> Price? {
    func amount(_ name: String) -> Double? {
      guard let text = json?[name]?.string, let dollars = Double(text), dollars.isFinite, dollars >= 0 else {
        return nil
      }
      // Rounded, so that 0.0000003 a token is 0.3 a million and not 0.29999999999999998.
      return (dollars * 1e12).rounded() / 1e6
    }
    if let input = amount("prompt"), let output = amount("completion") {
      return Price(
        input: input, output: output, cached: amount("input_cache_read"), cacheWrite: amount("input_cache_write"))
    }
    guard let input = json?["input"]?.double, let output = json?["output"]?.double, input >= 0, output >= 0 else {
      return nil
    }
    return Price(input: input, output: output, cached: json?["cached_input"]?.double)
  }

  /// OpenRouter's modalities and Mistral's, both of whom read PDFs for any model; Anthropic's.
  private static func capabilities(_ json: JSON) -> [String] {
    if let inputs = json["architecture"]?["input_modalities"]?.array?.compactMap(\.string) {
      return inputs.filter { $0 != "file" } + ["pdf"]
    }
    guard let told = json["capabilities"] else { return [] }
    if let sees = told["vision"]?.bool { return sees ? ["text", "image", "pdf"] : ["text", "pdf"] }
    guard let image = told["image_input"]?["supported"]?.bool, let pdf = told["pdf_input"]?["supported"]?.bool else {
      return []
    }
    return ["text"] + (image ? ["image"] : []) + (pdf ? ["pdf"] : [])
  }

  private static func writesText(_ json: JSON) -> Bool {
    // Gemini, OpenRouter and others, Together, Mistral: each in its own field.
    if let methods = json["supportedGenerationMethods"]?.array { return methods.contains("generateContent") }
    if let outputs = json["architecture"]?["output_modalities"]?.array { return outputs.contains("text") }
    if let chats = json["capabilities"]?["completion_chat"]?.bool { return chats }
    if let type = json["type"]?.string { return ["chat", "language", "code", "model"].contains(type) }
    return true
  }
}
