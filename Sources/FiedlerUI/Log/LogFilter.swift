import Basics
import Conversations
import FoundationEssentials

/// A filter as it is typed: `component:fiedler-conversations level:warn trace:1f0c9a2e since:1h`.
struct LogFilter: Sendable {
  /// What is wrong, naming the word.
  struct Problem: Error, Hashable {
    var message: String
    init(_ message: String) { self.message = message }
  }

  enum Name: String, CaseIterable, Sendable { case component, level, trace, since, until, limit }

  /// In the order they were typed, each name once.
  private(set) var words: [(name: Name, value: String)] = []
  private(set) var query = LogQuery()

  /// As it is typed, traces in full.
  var text: String { words.map { "\($0.name.rawValue):\($0.value)" }.joined(separator: " ") }

  /// Times count from `when`; the beginning of a trace stands for the one of `traces` that begins so.
  init(_ text: String, _ when: When, traces: Set<UUID> = []) throws(Problem) {
    for word in text.split(whereSeparator: \.isWhitespace).map(String.init) {
      let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, let name = Name(rawValue: parts[0].lowercased()) else {
        throw Problem("“\(word)” is no filter. There are \(Self.names).")
      }
      guard !parts[1].isEmpty else { throw Problem("“\(word)” has nothing behind the colon: \(Self.example(name)).") }
      guard !words.contains(where: { $0.name == name }) else {
        throw Problem("“\(name.rawValue):” stands there twice.")
      }
      words.append((name, try take(name, parts[1], when, traces)))
    }
    if let from = query.from, let to = query.to, from >= to {
      throw Problem("“since:” is not before “until:”, so nothing can match.")
    }
  }

  private static let names = Name.allCases.map { $0.rawValue + ":" }.joined(separator: " ")

  private static func example(_ name: Name) -> String {
    switch name {
    case .component: "component:fiedler-conversations"
    case .level: "level:warn"
    case .trace: "trace:1f0c9a2e-…"
    case .since: "since:1h or since:2024-03-14"
    case .until: "until:30m or until:14:05"
    case .limit: "limit:500"
    }
  }

  /// Sets what a word asks for, and returns its value in its lasting form.
  private mutating func take(_ name: Name, _ value: String, _ when: When, _ traces: Set<UUID>) throws(Problem)
    -> String
  {
    switch name {
    case .component: query.component = value
    case .level:
      guard let level = LogLevel(name: value) else {
        throw Problem("“level:\(value)” is no level. There are trace debug info warn error.")
      }
      query.level = level
      return level.rawValue.lowercased()
    case .trace:
      let trace = try Self.trace(value, traces)
      query.trace = trace
      return trace.lowercased
    case .since: query.from = try Self.date(name, value, when)
    case .until: query.to = try Self.date(name, value, when)
    case .limit:
      guard let limit = Int(value), (1...10_000).contains(limit) else {
        throw Problem("“limit:\(value)” is not a number from 1 to 10000.")
      }
      query.limit = limit
    }
    return value
  }

  private static func trace(_ value: String, _ known: Set<UUID>) throws(Problem) -> UUID {
    if let trace = UUID(canonical: value) { return trace }
    let start = value.lowercased()
    let matches = known.filter { $0.lowercased.hasPrefix(start) }
    if let only = matches.first, matches.count == 1 { return only }
    guard matches.isEmpty else {
      throw Problem("“trace:\(value)” begins \(matches.count) of the traces shown. Type more of it.")
    }
    throw Problem("“trace:\(value)” begins none of the traces shown. Type all 36 characters of it.")
  }

  private static func date(_ name: Name, _ value: String, _ when: When) throws(Problem) -> Date {
    guard let date = age(value).map({ when.now.addingTimeInterval(-$0) }) ?? when.date(value) else {
      throw Problem("“\(name.rawValue):\(value)” is no time: 30m, 1h, 2d, 14:05, 2024-03-14 or 2024-03-14T14:05.")
    }
    return date
  }

  /// Seconds of `90s`, `30m`, `1h`, `2d`, `1w`.
  private static func age(_ value: String) -> Double? {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    guard let unit = value.last.flatMap({ units[$0] }), let number = Int(value.dropLast()),
      (0...100_000).contains(number)
    else { return nil }
    return Double(number) * unit
  }

  // MARK: Changing one word

  /// `text` with a word set, or taken off for `nil`; other words stay as they are.
  static func setting(_ name: Name, _ value: String?, in text: String) -> String {
    var words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    let word = value.map { "\(name.rawValue):\($0)" }
    if let index = words.firstIndex(where: { $0.lowercased().hasPrefix(name.rawValue + ":") }) {
      words.replaceSubrange(index...index, with: [word].compactMap(\.self))
    } else if let word {
      words.append(word)
    }
    return words.joined(separator: " ")
  }
}
