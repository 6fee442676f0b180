import Conversations

/// Finds models by what people call them.
struct NameTable: Sendable {
  /// API name, alias, `provider/name`, or the other way round: the first table that knows a name decides.
  private var exact: [[String: [Int]]] = [[:], [:], [:]]
  /// All of them in lower case, for names that no table has exactly.
  private var folded: [String: [Int]] = [:]
  private(set) var references: [ModelReference: Int] = [:]

  /// With `referencesFirst`, `provider/name` comes before an API name that looks like one.
  init(_ models: [ConfiguredModel], referencesFirst: Bool = false) {
    for (index, model) in models.enumerated() {
      references[model.reference] = index
      insert(model.reference.name, referencesFirst ? 2 : 0, index)
      for alias in model.aliases { insert(alias, 1, index) }
      insert(model.reference.description, referencesFirst ? 0 : 2, index)
    }
  }

  private mutating func insert(_ name: String, _ table: Int, _ index: Int) {
    exact[table][name, default: []].append(index)
    if folded[name.lowercased()]?.contains(index) != true { folded[name.lowercased(), default: []].append(index) }
  }

  /// The models a name may mean: none, one, or several where the name alone does not tell.
  func indices(of name: String) -> [Int] {
    for table in exact { if let indices = table[name] { return indices } }
    return folded[name.lowercased()] ?? []
  }
}

extension ConfiguredModel {
  /// Everything it can be chosen by.
  var names: [String] { [reference.name] + aliases + [reference.description] }
}
