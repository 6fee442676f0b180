import ConfigurationReading
import Conversations
import SendEngine

/// The text of a models.yaml that setup writes, and its additions to one that is there.
struct ModelsText {
  let provider: ConfiguredProvider
  let models: [ListedModel]
  /// The provider is not where its name alone says.
  let baseURL: String?
  /// Where the key comes from, for a comment.
  let keyWords: String

  /// A whole file for whoever has none.
  func file(schema: String?) -> String {
    let names = models.prefix(3).map { "\(provider.name)/\($0.name)" }
    return """
      \(schema.map { "# yaml-language-server: $schema=\($0)\n" } ?? "")\
      # Written by `fiedler setup`; `fiedler setup --undo` takes it back, and you may change all of it.
      # Every key with its meaning: fiedler models show --defaults
      providers:
      \(block(indent: 2))

      # Asked unless you choose others: -m on the command line, Ctrl+O on the screen.
      defaults:
        models: \(YAMLText.list(names))

      """
  }

  /// The provider with its models, as it stands below `providers`, without a line end.
  func block(indent: Int) -> String {
    let margin = String(repeating: " ", count: indent)
    var lines = ["\(YAMLText.scalar(provider.name)):  # \(keyWords)"]
    if let baseURL { lines.append("  base_url: \(YAMLText.scalar(baseURL))") }
    lines.append("  models:")
    lines += models.map { model in
      "    \(YAMLText.scalar(model.name)): {}" + (Self.facts(of: model).map { "  # \($0)" } ?? "")
    }
    return lines.map { margin + $0 }.joined(separator: "\n")
  }

  private static func facts(of model: ListedModel) -> String? {
    var facts: [String] = []
    if let window = model.contextWindow { facts.append("\(window) tokens") }
    if let price = model.price { facts.append("\(price.input)/\(price.output) per million tokens in/out") }
    return facts.isEmpty ? nil : facts.joined(separator: ", ")
  }

  /// `text` with the provider as the last one below `providers`; every other line stays as it is.
  func added(to text: String) throws(YAMLAddition.Refusal) -> String {
    try YAMLAddition(key: "providers", block: block).added(to: text)
  }
}
