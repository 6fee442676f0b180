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

  /// Why a file cannot be added to by program.
  struct Refusal: Error {
    var reason: String
  }

  /// `text` with the provider as the last one below `providers`; every other line stays as it is.
  func added(to text: String) throws(Refusal) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    guard let start = lines.firstIndex(where: { $0.hasPrefix("providers:") }) else {
      // A file in braces, or with a mark at its end, takes no lines behind it.
      guard !lines.contains(where: { $0.hasPrefix("{") || $0.hasPrefix("...") || $0.hasPrefix("---") }) else {
        throw Refusal(reason: "it is not written with a key a line")
      }
      return (lines + ["providers:", block(indent: 2), ""]).joined(separator: "\n")
    }
    let rest = lines[start].dropFirst("providers:".count).drop { $0 == " " || $0 == "\t" }
    guard rest.isEmpty || rest.hasPrefix("#") else { throw Refusal(reason: "its providers stand in braces") }
    func isContent(_ line: String) -> Bool {
      line.contains { $0 != " " && $0 != "\t" && $0 != "\r" } && line.drop { $0 == " " }.first != "#"
    }
    let body = lines[(start + 1)...]
    let indent = body.first(where: isContent).map { $0.prefix { $0 == " " }.count } ?? 2
    guard indent > 0 || body.first(where: isContent) == nil else {
      throw Refusal(reason: "its providers have no indent")
    }
    let end = body.firstIndex { isContent($0) && !$0.hasPrefix(" ") } ?? lines.endIndex
    // What stands before the next key belongs to that one.
    let last = lines[..<end].lastIndex(where: isContent) ?? start
    lines.insert(block(indent: indent), at: last + 1)
    return lines.joined(separator: "\n") + "\n"
  }
}
