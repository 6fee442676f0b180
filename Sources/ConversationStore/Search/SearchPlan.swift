import Conversations
import FoundationEssentials
import GRDB

/// A query as the index is asked.
///
/// The words must hold of one turn, and so must the filters; where both are asked for, it may be another turn of the
/// same conversation, for the prompt has the words and the answer has failed. What a query leaves out (`-word`)
/// concerns the turns too where it asks for something of a turn: `retry -model:gpt` finds what others said of it. Where
/// it does not, it concerns conversations: `-word` and `is:pinned -word` find those that do not have the word anywhere.
struct SearchPlan {
  /// What the documents must match; `nil` where all do.
  var match: SearchExpression?
  /// Conversations without a document that matches this are left out: the filters beside words.
  var within: SearchExpression?
  /// Conversations with a document that matches this are left out.
  var without: SearchExpression?
  /// The documents' ids.
  var ids: ClosedRange<Int64>? = Int64.min...Int64.max
  var hasText: Bool
  /// - `query`: at least one clause.
  /// - `window`: the documents to look in. Makes it narrower where the words are too many.
  init(_ query: SearchQuery, within window: SearchWindow? = nil, _ db: Database) throws {
    hasText = query.hasText
    let compiler = try Compiler(db)
    let concernsTurns = query.clauses.contains { !$0.isNegated && $0.part.isOfTurn }
    let narrows = query.hasText
    var wanted: [SearchExpression] = []
    var filters: [SearchExpression] = []
    var unwanted: [SearchExpression] = []
    var wantsWords = false
    for clause in query.clauses {
      switch clause.part {
      case .before(let date): limit(to: Int64.min...SearchIndex.place(of: date) - 1)
      case .after(let date): limit(to: SearchIndex.place(of: date)...Int64.max)
      default: break
      }
    }
    if let ids { window?.limit(to: ids) }
    for clause in query.clauses {
      switch (clause.part, clause.isNegated) {
      case (.before, _), (.after, _): break
      case (.status(let state), true) where concernsTurns:
        // Other turns than replies have no state, and are not what is asked for.
        wanted.append(.any(ReplyState.allCases.filter { $0.isFinal && $0 != state }.map { .facet($0.rawValue) }))
      case (.verdict, true) where concernsTurns:
        // Only answers are judged.
        wanted.append(.any(ReplyState.allCases.filter(\.isFinal).map { .facet($0.rawValue) }))
        if let expression = try compiler.expression(clause.part) { unwanted.append(expression) }
      case (let part, false):
        // What nothing is left out for holds of documents, and so is exact within the window.
        compiler.window = part.isPlainText ? window : nil
        defer { compiler.window = nil }
        switch try compiler.expression(part) {
        case .none: wantsWords = true
        case .some(let expression):
          if narrows, part.isOfTurn, !clause.looksForText {
            filters.append(expression)
          } else {
            wanted.append(expression)
          }
        }
      case (let part, true):
        if let expression = try compiler.expression(part) { unwanted.append(expression) }
        // A title has no model, and is not what is asked for.
        if concernsTurns, part.isOfTurn, !part.isText { wanted.append(.facet("turn")) }
      }
    }
    if let window {
      if let ids = window.ids { limit(to: ids) } else { ids = nil }
    }
    // What has no letter or digit in it is found nowhere, but hides nothing that is found by other words or by filters.
    if wanted.isEmpty { swap(&wanted, &filters) }
    if wantsWords, wanted.isEmpty { ids = nil }
    if (wanted + filters).contains(where: \.isEmpty) { ids = nil }
    within = filters.isEmpty ? nil : .all(filters, without: [])
    unwanted.removeAll(where: \.isEmpty)
    if concernsTurns, !wanted.isEmpty {
      match = .all(wanted, without: unwanted)
    } else {
      match = wanted.isEmpty ? nil : .all(wanted, without: [])
      without = unwanted.isEmpty ? nil : .any(unwanted)
    }
  }

  private mutating func limit(to range: ClosedRange<Int64>) {
    guard let ids, ids.overlaps(range) else {
      self.ids = nil
      return
    }
    self.ids = ids.clamped(to: range)
  }
}

extension SearchQuery.Part {
  /// It holds of a turn, not of whole conversations.
  fileprivate var isOfTurn: Bool {
    switch self {
    case .text, .model, .provider, .file, .status, .verdict: true
    case .any(let alternatives): alternatives.joined().contains(where: \.part.isOfTurn)
    case .tag, .pinned, .before, .after: false
    }
  }

  fileprivate var isPlainText: Bool {
    if case .text = self { true } else { false }
  }

  fileprivate var isText: Bool {
    switch self {
    case .text, .any: true
    default: false
    }
  }
}

private final class Compiler {
  private let db: Database
  private let tokenizer: SearchTokenizer
  /// Where the words are to be found; `nil` for the whole index.
  var window: SearchWindow?

  init(_ db: Database) throws {
    self.db = db
    tokenizer = try SearchTokenizer()
  }

  /// `nil` for words that have nothing that is indexed; empty for a filter that nothing matches.
  func expression(_ part: SearchQuery.Part) throws -> SearchExpression? {
    switch part {
    case .text(let text, let isPrefix): return try phrase(text, isPrefix: isPrefix)
    case .file(let name): return try phrase(name, isPrefix: true, in: .files)
    case .model(let name): return try model(name)
    case .provider(let name): return try facets(.provider) { $0.contains(name.lowercased()) }
    case .tag(let tag):
      let key = Tags.key(tag)
      let exact = try facets(.tag) { $0 == key }
      return exact.isEmpty ? try facets(.tag) { $0.hasPrefix(key) } : exact
    case .status(let state): return .facet(state.rawValue)
    case .verdict(let word):
      return .any((word.map { [$0] } ?? VerdictWord.allCases).map { .facet(StoredVerdicts.facet($0)) })
    case .pinned: return .facet("pinned")
    case .any(let alternatives):
      let found = try alternatives.compactMap(expression)
      // Where none of the alternatives has a letter or digit, there is nothing to look for.
      return found.isEmpty ? nil : .any(found.filter { !$0.isEmpty })
    case .before, .after: return nil
    }
  }

  /// All of these; `nil` where there is nothing to look for, empty where nothing can match.
  private func expression(_ clauses: [SearchQuery.Clause]) throws -> SearchExpression? {
    let wanted = try clauses.filter { !$0.isNegated }.compactMap { try expression($0.part) }
    let unwanted = try clauses.filter(\.isNegated).compactMap { try expression($0.part) }.filter { !$0.isEmpty }
    if wanted.contains(where: \.isEmpty) { return .any([]) }
    if wanted.isEmpty {
      // What nothing matches excludes nothing.
      guard clauses.contains(where: \.isNegated) else { return nil }
      let all = SearchExpression.any([.facet("turn"), .facet("title")])
      return unwanted.isEmpty ? all : .all([all], without: unwanted)
    }
    return .all(wanted, without: unwanted)
  }

  private func phrase(_ text: String, isPrefix: Bool, in column: SearchColumn? = nil) throws -> SearchExpression? {
    let words = try tokenizer.tokenize(query: text).map(\.token)
    guard let word = words.last, let last = word.unicodeScalars.last, let end = text.unicodeScalars.last else {
      return nil
    }
    // A sign behind the word ends it, nothing follows within a character that stands alone, and one letter begins too
    // many words.
    let goesOn = end.properties.isAlphabetic || end.properties.numericType != nil
    let letters = word.unicodeScalars.count
    guard isPrefix, goesOn, letters > 1, !SearchTokenizer.standsAlone(last) else {
      return .phrase(text, isPrefix: false, in: column)
    }
    // For a beginning that `prefix` does not index, SQLite gathers the places of all its words before the first row;
    // the words themselves, or the longer beginnings that are indexed, read one after another, are there at once.
    let isShort = letters < SearchIndex.prefix
    if isShort || words.count == 1 && letters > SearchIndex.prefix, let found = try known(beginningWith: word) {
      return .any(
        (found.isEmpty ? [word] : found).map { found in
          .phrase(
            (words.dropLast() + [found]).joined(separator: " "),
            isPrefix: isShort && found.unicodeScalars.count == SearchIndex.prefix, in: column)
        })
    }
    return .phrase(text, isPrefix: true, in: column)
  }

  /// The words to ask for instead of a beginning; `nil` where SQLite had better gather all that begin so.
  private func known(beginningWith beginning: String) throws -> [String]? {
    if let few = try words(beginningWith: beginning, atMost: Self.fewWords) { return few }
    let isLong = beginning.unicodeScalars.count > SearchIndex.prefix
    if isLong, let window { return try window.words(beginningWith: beginning, tokenizer, db) }
    if isLong, try areRare(beginningWith: beginning) { return nil }
    return try words(beginningWith: beginning, atMost: Self.mostWords)
  }

  /// To look up a word costs as much as to gather hundreds of places.
  private static let (fewWords, mostWords, mostPlaces) = (64, 256, 20_000)

  /// Whether the places of all words that begin so are gathered in some milliseconds.
  private func areRare(beginningWith beginning: String) throws -> Bool {
    let count = try Int.fetchOne(
      db.cachedStatement(
        sql: "SELECT count(*) FROM (SELECT 1 FROM search_words WHERE term >= ? AND term < ? LIMIT ?)"),
      arguments: [beginning, beginning + "\u{10FFFF}", Self.mostPlaces])
    return count ?? 0 < Self.mostPlaces
  }

  /// The words of the index that begin so, or of a shorter beginning than those that are indexed the indexed ones that
  /// begin so; `nil` if there are more.
  private func words(beginningWith beginning: String, atMost most: Int) throws -> [String]? {
    let next = try db.cachedStatement(sql: "SELECT term FROM search_words WHERE term >= ? AND term < ? LIMIT 1")
    let isShort = beginning.unicodeScalars.count < SearchIndex.prefix
    var words: [String] = []
    var start = beginning
    while let word = try String.fetchOne(next, arguments: [start, beginning + "\u{10FFFF}"]) {
      if words.count == most { return nil }
      if isShort, word.unicodeScalars.count >= SearchIndex.prefix {
        let longer = String(word.unicodeScalars.prefix(SearchIndex.prefix))
        words.append(longer)
        start = longer + "\u{10FFFF}"
      } else {
        words.append(word)
        // Before whatever follows: no word has this character.
        start = word + "\u{1}"
      }
    }
    return words
  }

  /// By a part of its name, or of the name of its provider and its own: `openai/gpt`.
  private func model(_ name: String) throws -> SearchExpression {
    let name = name.lowercased()
    let models = try facets(.model) { $0.contains(name) }
    guard models.isEmpty, let slash = name.firstIndex(of: "/") else { return models }
    let provider = try facets(.provider) { $0.contains(name[..<slash]) }
    let model = try facets(.model) { $0.contains(name[slash...].dropFirst()) }
    return provider.isEmpty || model.isEmpty ? .any([]) : .all([provider, model], without: [])
  }

  private func facets(_ kind: Facet, where matches: (String) -> Bool) throws -> SearchExpression {
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT id, name FROM facets WHERE kind = ? ORDER BY id"), arguments: [kind.rawValue])
    return .any(rows.filter { matches(($0["name"] as String).lowercased()) }.map { .facet("\($0["id"] as Int64)") })
  }
}
