import Conversations

/// What a model's API name says of its line and its age: `claude-sonnet-4-5-20250929` is of the line `claude sonnet`,
/// has version 4.5 and a date.
struct ModelLineage: Hashable {
  /// The words of the name without version and date; models of one line follow each other.
  let line: [String]
  let version: [Int]
  let date: [Int]
  let isPreview: Bool

  private static let previewWords: Set = ["preview", "exp", "experimental"]

  init(_ name: String) {
    var line: [String] = []
    var version: [Int] = []
    var date: [Int] = []
    var isPreview = false
    for part in name.lowercased().split(whereSeparator: { "-_: ".contains($0) }) {
      if Self.previewWords.contains(String(part)) {
        isPreview = true
      } else if part.allSatisfy(\.isNumber), part.count >= 4 || !date.isEmpty, let number = Int(part) {
        // 20250929; 0905; 2024 with its month and day behind it.
        date.append(number)
      } else if let numbers = Self.numbers(part[...]) {
        version += numbers
      } else if let start = part.firstIndex(where: \.isNumber), part[..<start].allSatisfy(\.isLetter),
        let numbers = Self.numbers(part[start...])
      {
        // DeepSeek-V3.1, qwen3.
        line.append(String(part[..<start]))
        version += numbers
      } else {
        line.append(String(part))
      }
    }
    (self.line, self.version, self.date, self.isPreview) = (line, version, date, isPreview)
  }

  private static func numbers(_ text: Substring) -> [Int]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    return numbers.count == parts.count && parts.allSatisfy { $0.count <= 3 } ? numbers : nil
  }

  /// Whether this one is the better choice of two of a line: the newer version, finished, under its lasting name.
  func isBetter(than other: ModelLineage) -> Bool {
    if version != other.version { return other.version.lexicographicallyPrecedes(version) }
    if isPreview != other.isPreview { return !isPreview }
    if date.isEmpty != other.date.isEmpty { return date.isEmpty }
    return other.date.lexicographicallyPrecedes(date)
  }
}

extension KnownModels {
  /// The well-known models of a provider as its own list has them today: each line's newest version under the aliases
  /// of the one that was known. A provider whose list has none of those lines gets the first of what it lists.
  static func current(_ known: [ConfiguredModel], _ listed: [ListedModel], of provider: ConfiguredProvider)
    -> [ConfiguredModel]
  {
    let candidates = listed.map { (model: $0, lineage: ModelLineage($0.name)) }
    var models: [ConfiguredModel] = []
    for model in known {
      let own = ModelLineage(model.reference.name)
      let successors = candidates.filter { candidate in
        candidate.lineage.line == own.line && !candidate.lineage.version.lexicographicallyPrecedes(own.version)
      }
      guard let best = successors.max(by: { $1.lineage.isBetter(than: $0.lineage) })?.model else { continue }
      if models.contains(where: { $0.reference.name == best.name }) { continue }
      var current = ConfiguredModel(best, of: provider)
      current.aliases = model.aliases
      if best.name == model.reference.name {
        current.contextWindow = best.contextWindow ?? model.contextWindow
        current.maxCompletionTokens = best.maxCompletionTokens ?? model.maxCompletionTokens
        if current.capabilities.isEmpty { current.capabilities = model.capabilities }
      }
      models.append(current)
    }
    return models.isEmpty ? listed.prefix(mostOfNoLine).map { ConfiguredModel($0, of: provider) } : models
  }

  private static let mostOfNoLine = 8

}

extension ConfiguredProvider {
  /// A list of this provider's models in the order they are offered in: the current ones of well-known lines, then the
  /// others as they were.
  public func byInterest(_ listed: [ListedModel]) -> [ListedModel] {
    let known = KnownModels.all.filter { $0.reference.provider == name }
    let first = KnownModels.current(known, listed, of: self).compactMap { model in
      listed.first { $0.name == model.reference.name }
    }
    return first + listed.filter { !first.contains($0) }
  }
}
