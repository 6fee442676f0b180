import FoundationEssentials

/// A piece of FTS5's query language, all that was typed in quotes. Bytes, because facets begin with one that no text
/// has.
struct SearchExpression: Hashable {
  private(set) var bytes: [UInt8]
  /// The same asked of a document's facets, which costs less than to ask the index for one document; `nil` where words
  /// are looked for.
  private(set) var test: FacetTest?

  var isEmpty: Bool { bytes.isEmpty }
  /// As SQL binds it, for `CAST(? AS TEXT)`.
  var data: Data { Data(bytes) }

  private init(_ bytes: [UInt8], _ test: FacetTest?) {
    self.bytes = bytes
    self.test = test
  }

  static func phrase(_ text: String, isPrefix: Bool, in column: SearchColumn? = nil) -> SearchExpression {
    // SQLite reads an expression up to its first U+0000.
    let quoted = text.map { $0 == "\"" ? "\"\"" : $0 == "\0" ? " " : String($0) }.joined()
    let name = column.map { "\($0) : " } ?? ""
    return SearchExpression(Array("\(name)\"\(quoted)\"\(isPrefix ? " *" : "")".utf8), nil)
  }

  static func facet(_ name: String) -> SearchExpression {
    SearchExpression(
      [UInt8(ascii: "\"")] + [SearchTokenizer.facets] + Array(name.utf8) + [UInt8(ascii: "\"")], .has(name))
  }

  /// Empty, which nothing matches, if there are none.
  static func any(_ expressions: [SearchExpression]) -> SearchExpression {
    SearchExpression(joined(expressions, " OR "), tests(expressions).map(FacetTest.any))
  }

  static func all(_ expressions: [SearchExpression], without unwanted: [SearchExpression]) -> SearchExpression {
    let all = joined(expressions, " AND ")
    var test: FacetTest?
    if let wanted = tests(expressions), let unwanted = tests(unwanted) { test = .all(wanted, without: unwanted) }
    guard !unwanted.isEmpty else { return SearchExpression(all, test) }
    return SearchExpression(
      [UInt8(ascii: "(")] + all + Array(" NOT ".utf8) + any(unwanted).bytes + [UInt8(ascii: ")")], test)
  }

  private static func joined(_ expressions: [SearchExpression], _ word: String) -> [UInt8] {
    guard let first = expressions.first else { return [] }
    let rest = expressions.dropFirst().flatMap { Array(word.utf8) + $0.bytes }
    return [UInt8(ascii: "(")] + first.bytes + rest + [UInt8(ascii: ")")]
  }

  private static func tests(_ expressions: [SearchExpression]) -> [FacetTest]? {
    let tests = expressions.compactMap(\.test)
    return tests.count == expressions.count ? tests : nil
  }
}

/// What filters ask of a document's facets.
indirect enum FacetTest: Hashable {
  case has(String)
  case any([FacetTest])
  case all([FacetTest], without: [FacetTest])

  func holds(of facets: [Substring]) -> Bool {
    switch self {
    case .has(let name): facets.contains { $0 == name }
    case .any(let tests): tests.contains { $0.holds(of: facets) }
    case .all(let tests, let unwanted):
      tests.allSatisfy { $0.holds(of: facets) } && !unwanted.contains { $0.holds(of: facets) }
    }
  }
}
