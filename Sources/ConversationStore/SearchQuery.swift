import Conversations
import FoundationEssentials

/// What a user types to search, understood: parts that must all hold of a turn, but for those that must not.
///
/// ```
/// retry back         the words; the last one, while nothing stands behind it, is the beginning of one
/// retr*              the beginning of a word, of two letters or more
/// "back off"         these words in a row
/// -word -"a b" -status:failed
/// model:gpt provider:openai file:sender.swift status:failed tag:"to read" is:pinned
/// before:2026-11 after:2026-11-22 after:yesterday after:7d      w, m and y are weeks, months, years
/// ```
///
/// What is not one of these is text: `std::vector`, `http://x`, `c++`. A filter without a value does not count, as it
/// is being typed.
struct SearchQuery: Hashable {
  enum Part: Hashable {
    /// Words in a row; the last one may go on where `isPrefix`.
    case text(String, isPrefix: Bool)
    case model(String)
    case provider(String)
    case file(String)
    case status(ReplyState)
    case tag(String)
    case pinned
    /// Before this time.
    case before(Date)
    /// At this time or later.
    case after(Date)
  }

  struct Clause: Hashable {
    var part: Part
    var isNegated: Bool
  }

  /// Characters that count of what was typed.
  static let longest = 1000

  var clauses: [Clause] = []

  /// - Throws: ``StoreError/notUnderstood(part:advice:)``.
  init(_ text: String, secondsFromUTC: Int = 0, now: Date = Date()) throws(StoreError) {
    let dates = SearchDates(secondsFromUTC: secondsFromUTC, now: now)
    var scanner = SearchScanner(text.prefix(Self.longest))
    while let word = scanner.next() {
      guard let part = try Self.part(word, dates) else { continue }
      switch (part, word.isNegated) {
      case (.before(let date), true): clauses.append(Clause(part: .after(date), isNegated: false))
      case (.after(let date), true): clauses.append(Clause(part: .before(date), isNegated: false))
      default: clauses.append(Clause(part: part, isNegated: word.isNegated))
      }
    }
  }

  /// Words are looked for, not only what filters know.
  var hasText: Bool {
    clauses.contains { clause in
      if case .text = clause.part { !clause.isNegated } else { false }
    }
  }

  private static let filters = ["model", "provider", "before", "after", "file", "status", "tag", "is"]

  private static func part(_ word: SearchScanner.Word, _ dates: SearchDates) throws(StoreError) -> Part? {
    guard let name = word.name else { return text(word.value, word) }
    let known = name.lowercased()
    guard filters.contains(known) else {
      if let meant = filters.first(where: { isNearMiss(known, $0) }), !word.value.isEmpty {
        let quoted = "\"\(name):\(word.value)\""
        throw .notUnderstood(
          part: word.typed, advice: "did you mean \(meant):\(word.value)? To find it as text, write \(quoted)")
      }
      return text("\(name):\(word.value)", word)
    }
    guard !word.value.isEmpty else { return nil }
    switch known {
    case "model": return .model(word.value)
    case "provider": return .provider(word.value)
    case "file": return .file(word.value)
    case "tag": return .tag(word.value)
    case "status": return .status(try status(word))
    case "is":
      guard "pinned".hasPrefix(word.value.lowercased()) else {
        throw .notUnderstood(part: word.typed, advice: "is: knows only is:pinned")
      }
      return .pinned
    default:
      guard let date = dates.start(of: word.value.lowercased()) else {
        throw .notUnderstood(
          part: word.typed,
          advice: "\(word.value) is no date; write 2026, 2026-11, 2026-11-22, today, yesterday, 7d, 2w, 3m or 1y")
      }
      return known == "before" ? .before(date) : .after(date)
    }
  }

  private static func text(_ value: String, _ word: SearchScanner.Word) -> Part? {
    if word.isQuoted { return .text(value, isPrefix: false) }
    var text = value[...]
    while text.last == "*" { text.removeLast() }
    return text.isEmpty ? nil : .text(String(text), isPrefix: word.isLast || text.count < value.count)
  }

  private static let states: [ReplyState] = [.success, .partial, .failed, .cancelled, .interrupted]

  private static func status(_ word: SearchScanner.Word) throws(StoreError) -> ReplyState {
    let value = word.value.lowercased()
    guard let state = states.first(where: { $0.rawValue.hasPrefix(value) }) else {
      throw .notUnderstood(
        part: word.typed, advice: "status: is one of \(states.map(\.rawValue).joined(separator: ", "))")
    }
    return state
  }

  /// Whether someone who typed `word` may have meant `filter`: one slip away, two for long ones.
  private static func isNearMiss(_ word: String, _ filter: String) -> Bool {
    guard filter.count > 2, word.count > 2 else { return false }
    return slips(Array(word), Array(filter)) <= (filter.count > 5 ? 2 : 1)
  }

  /// Insertions, deletions, replacements and swaps of neighbours between two words.
  private static func slips(_ one: [Character], _ other: [Character]) -> Int {
    guard abs(one.count - other.count) <= 2 else { return .max }
    var rows = [Array(0...other.count)]
    for i in one.indices {
      var row = [i + 1]
      for j in other.indices {
        var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (one[i] == other[j] ? 0 : 1))
        if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] { best = min(best, rows[i - 1][j - 1] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[one.count][other.count]
  }
}

/// Cuts what was typed at its blanks, but not within quotes.
struct SearchScanner {
  struct Word: Hashable {
    /// As it was typed.
    var typed: String
    var isNegated: Bool
    /// What stands before the colon, where it may be a filter.
    var name: String?
    var value: String
    var isQuoted: Bool
    /// Nothing stands behind it, not even a blank: it is being typed.
    var isLast: Bool
  }

  private var rest: Substring

  init(_ text: Substring) { rest = text }

  mutating func next() -> Word? {
    while true {
      rest = rest.drop(while: Self.isBlank)
      guard !rest.isEmpty else { return nil }
      let start = rest
      let isNegated = rest.first == "-"
      if isNegated { rest.removeFirst() }
      let name = name()
      let isQuoted = rest.first == "\""
      let value = isQuoted ? quoted() : bare()
      // A minus or a quote alone is the beginning of something.
      if name == nil, value.isEmpty { continue }
      let typed = start.prefix(upTo: rest.startIndex)
      return Word(
        typed: String(typed), isNegated: isNegated, name: name, value: value, isQuoted: isQuoted, isLast: rest.isEmpty)
    }
  }

  /// Takes the letters before a colon and the colon, unless it is one of code: `std::vector`, `http://x`.
  private mutating func name() -> String? {
    let name = rest.prefix { $0.isASCII && $0.isLetter }
    let after = rest[name.endIndex...]
    guard !name.isEmpty, after.first == ":", !after.hasPrefix("::"), !after.hasPrefix("://") else { return nil }
    rest = after.dropFirst()
    return String(name)
  }

  private mutating func quoted() -> String {
    rest.removeFirst()
    let value = rest.prefix { $0 != "\"" }
    rest = rest[value.endIndex...].dropFirst()
    return String(value.drop(while: Self.isBlank))
  }

  private mutating func bare() -> String {
    let value = rest.prefix { !Self.isBlank($0) }
    rest = rest[value.endIndex...]
    return String(value)
  }

  private static func isBlank(_ character: Character) -> Bool {
    character.isWhitespace || character.unicodeScalars.allSatisfy { $0.value < 0x20 }
  }
}
