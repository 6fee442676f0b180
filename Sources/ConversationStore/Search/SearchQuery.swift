import Conversations
import FoundationEssentials

/// What a user types to search, understood. The words must all be in one turn; the filters must hold of one turn,
/// which may be another one of the same conversation: `status:failed retry` finds those where something failed and
/// retries were spoken of.
///
/// ```
/// retry back         the words; the last one, while nothing stands behind it, is the beginning of one
/// retr*              the beginning of a word, of two letters or more
/// "back off"         these words in a row
/// -word -"a b" -status:failed
/// model:gpt provider:openai file:sender.swift status:failed tag:"to read" is:pinned
/// verdict:best verdict:bad verdict:better verdict:worse verdict:tie verdict:any
/// before:2026-11 after:2026-11-22 after:yesterday after:7d      h, w, m and y are hours, weeks, months, years
/// after:2026-11-22T09:30 before:"2026-11-22 18:00"               local times; Z or +02:00 behind them says which
/// retry OR "back off"    (a OR b) model:gpt    -(a b)
/// ```
///
/// `OR` parts alternatives and binds less than the blank: `a b OR c` is `(a b) OR c`. `AND` is what a blank is. Both
/// are words where they stand alone or in quotes. A parenthesis is one at the beginning of a word and at the end of
/// one: that of `f(x)` is text. `before:` and `after:` hold of a whole query and stand in no alternative.
///
/// What is not one of these is text: `std::vector`, `http://x`, `c++`. A filter without a value does not count, as it
/// is being typed.
struct SearchQuery: Hashable {
  indirect enum Part: Hashable, Sendable {
    /// Words in a row; the last one may go on where `isPrefix`.
    case text(String, isPrefix: Bool)
    case model(String)
    case provider(String)
    case file(String)
    case status(ReplyState)
    /// What the user thinks of an answer; `nil` for anything.
    case verdict(VerdictWord?)
    case tag(String)
    case pinned
    /// Before this time.
    case before(Date)
    /// At this time or later.
    case after(Date)
    /// One of these must hold, all clauses of it.
    case any([[Clause]])
  }

  struct Clause: Hashable, Sendable {
    var part: Part
    var isNegated: Bool
  }

  /// Characters that count of what was typed.
  static let longest = 1000

  var clauses: [Clause] = []

  /// - Throws: ``StoreError/notUnderstood(part:advice:)``.
  init(_ text: String, zone: LocalZone = .utc, now: Date = Date()) throws(StoreError) {
    var scanner = SearchScanner(text.prefix(Self.longest))
    clauses = try Self.group(&scanner, SearchDates(zone: zone, now: now), depth: 0)
  }

  /// Words are looked for, not only what filters know.
  var hasText: Bool { clauses.contains(where: \.looksForText) }

  /// Parentheses in each other.
  private static let deepest = 20

  /// Reads up to the parenthesis that closes the group, or to the end.
  private static func group(
    _ scanner: inout SearchScanner, _ dates: SearchDates, depth: Int
  ) throws(StoreError) -> [Clause] {
    var alternatives: [[Clause]] = [[]]
    loop: while let token = scanner.next(isInGroup: depth > 0) {
      switch token {
      case .close: break loop
      case .or: alternatives.append([])
      case .open(let isNegated):
        guard depth < deepest else {
          throw .notUnderstood(part: "(", advice: "there are more than \(deepest) parentheses in each other")
        }
        let inner = try group(&scanner, dates, depth: depth + 1)
        if inner.isEmpty { continue }
        // What is only put in parentheses is the same without; what is excluded is excluded as a whole.
        if isNegated {
          alternatives[alternatives.count - 1].append(Clause(part: try alternative([inner]), isNegated: true))
        } else {
          alternatives[alternatives.count - 1] += inner
        }
      case .word(let word):
        guard let part = try part(word, dates) else { continue }
        let clause =
          switch (part, word.isNegated) {
          case (.before(let date), true): Clause(part: .after(date), isNegated: false)
          case (.after(let date), true): Clause(part: .before(date), isNegated: false)
          default: Clause(part: part, isNegated: word.isNegated)
          }
        alternatives[alternatives.count - 1].append(clause)
      }
    }
    // An OR with nothing beside it is being typed.
    alternatives.removeAll(where: \.isEmpty)
    guard alternatives.count > 1 else { return alternatives.first ?? [] }
    return [Clause(part: try alternative(alternatives), isNegated: false)]
  }

  private static func alternative(_ alternatives: [[Clause]]) throws(StoreError) -> Part {
    for clause in alternatives.joined() {
      switch clause.part {
      case .before, .after:
        throw .notUnderstood(
          part: "before: or after: within OR or -( )",
          advice: "dates hold of the whole search; put them outside, as in after:2026 (this OR that)")
      default: continue
      }
    }
    return .any(alternatives)
  }

  private static let filters = ["model", "provider", "before", "after", "file", "status", "verdict", "tag", "is"]

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
    case "verdict": return .verdict(try verdict(word))
    case "is":
      guard "pinned".hasPrefix(word.value.lowercased()) else {
        throw .notUnderstood(part: word.typed, advice: "is: knows only is:pinned")
      }
      return .pinned
    default:
      guard let date = dates.start(of: word.value.lowercased()) else {
        throw .notUnderstood(
          part: word.typed,
          advice:
            "\(word.value) is no date; write 2026, 2026-11, 2026-11-22, 2026-11-22T09:30, today, yesterday, 3h, 7d, 2w, 3m or 1y"
        )
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

  private static func verdict(_ word: SearchScanner.Word) throws(StoreError) -> VerdictWord? {
    let value = word.value.lowercased()
    if let found = VerdictWord.allCases.first(where: { $0.rawValue.hasPrefix(value) }) { return found }
    guard "any".hasPrefix(value) else {
      throw .notUnderstood(
        part: word.typed,
        advice: "verdict: is one of \(VerdictWord.allCases.map(\.rawValue).joined(separator: ", ")), any")
    }
    return nil
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

extension SearchQuery.Clause {
  /// Some of it is words.
  var looksForText: Bool {
    switch part {
    case .text: !isNegated
    case .any(let alternatives): !isNegated && alternatives.joined().contains(where: \.looksForText)
    default: false
    }
  }
}
