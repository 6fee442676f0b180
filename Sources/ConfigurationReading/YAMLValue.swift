import JSON
import Yams

/// A value in a YAML document that knows its line and key. What is wrong with it goes to the document's problems.
public struct YAMLValue {
  private let node: Node
  /// The path of keys to it, joined with dots.
  public let key: String
  /// Where it begins, from 1.
  public let line: Int
  private let problems: ProblemCollector

  init(node: Node, key: String, line: Int, problems: ProblemCollector) {
    self.node = node
    self.key = key
    self.line = node.mark?.line ?? line
    self.problems = problems
  }

  public func error(_ cause: ConfigurationProblem.Cause) { problems.add(.error, line: line, key: key, cause) }
  public func warn(_ cause: ConfigurationProblem.Cause) { problems.add(.warning, line: line, key: key, cause) }

  /// Nothing was written, or `~` or `null`.
  public var isNull: Bool {
    guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  /// Lists are told from text without complaint, for keys that take either.
  public var isList: Bool { node.sequence != nil }

  /// Mappings likewise.
  public var isMapping: Bool { node.mapping != nil }

  /// One line of what stands here, for messages.
  public var found: String {
    switch node {
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .scalar(let scalar): isNull ? "nothing" : scalar.string.quoted
    case .alias: "an alias"
    }
  }

  /// Its keys. With `known`, every other key gets a warning.
  public func mapping(known: [String]? = nil, expected: String = "a mapping (key: value)") -> YAMLMapping? {
    guard case .mapping(let mapping) = node else {
      error(.wrongType(found: found, expected: expected))
      return nil
    }
    let entries = YAMLMapping.entries(of: mapping, below: self, problems: problems)
    if let known {
      for entry in entries where !known.contains(entry.name) {
        let nearest = Suggestions.nearest(to: entry.name, in: known, limit: 1).first
        problems.add(.warning, line: entry.line, key: entry.value.key, .unknownKey(nearest: nearest))
      }
    }
    return YAMLMapping(line: line, key: key, entries: entries, problems: problems)
  }

  /// The text of a scalar, quoted or not.
  public func string(expected: String = "text") -> String? {
    guard case .scalar(let scalar) = node, !isNull else {
      error(.wrongType(found: found, expected: expected))
      return nil
    }
    return scalar.string
  }

  /// `true` or `false` (or YAML 1.1's `yes`, `no`, `on` and `off`), unquoted.
  public func boolean() -> Bool? {
    switch plainText?.lowercased() {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default:
      error(.wrongType(found: found, expected: "true or false"))
      return nil
    }
  }

  /// A whole number. `unit` completes the sentence "a whole number ... from 1 to 10".
  public func integer(in range: ClosedRange<Int>, unit: String = "") -> Int? {
    let expected = "a whole number\(unit.isEmpty ? "" : " of \(unit)") from \(range.lowerBound) to \(range.upperBound)"
    guard let text = plainText, let value = Int(text) else {
      error(.wrongType(found: found, expected: expected))
      return nil
    }
    guard range.contains(value) else {
      error(.invalidValue(found: text, expected: expected))
      return nil
    }
    return value
  }

  /// A number, whole or not. `unit` completes the sentence "a number ... from 1 to 10".
  public func number(in range: ClosedRange<Double>, unit: String = "") -> Double? {
    let bounds = "from \(range.lowerBound.plain) to \(range.upperBound.plain)"
    let expected = "a number\(unit.isEmpty ? "" : " of \(unit)") \(bounds)"
    guard let text = plainText, text.utf8.allSatisfy({ $0 < 0x80 && !"xXnN".utf8.contains($0) }),
      let value = Double(text), value.isFinite
    else {
      error(.wrongType(found: found, expected: expected))
      return nil
    }
    guard range.contains(value) else {
      error(.invalidValue(found: text, expected: expected))
      return nil
    }
    return value
  }

  /// The elements of a list, whatever they are.
  public func elements(expected: String = "a list") -> [YAMLValue]? {
    guard case .sequence(let sequence) = node else {
      error(.wrongType(found: found, expected: expected))
      return nil
    }
    return sequence.enumerated().map { index, element in
      YAMLValue(node: element, key: "\(key)[\(index)]", line: line, problems: problems)
    }
  }

  /// A list of texts; an element that is none is reported and left out.
  public func strings(expected: String = "a list of texts, such as [one, two]") -> [(text: String, value: YAMLValue)]? {
    guard case .sequence(let sequence) = node else {
      error(.wrongType(found: found, expected: expected))
      return nil
    }
    return sequence.enumerated().compactMap { index, element in
      let value = YAMLValue(node: element, key: "\(key)[\(index)]", line: line, problems: problems)
      return value.string().map { ($0, value) }
    }
  }

  /// All that stands here as JSON, whatever it is: unquoted scalars are numbers, `true`, `false` or nothing where they
  /// look so, and text otherwise.
  public var json: JSON {
    switch node {
    case .mapping:
      let entries = mapping()?.entries ?? []
      return .object(Dictionary(entries.map { ($0.name, $0.value.json) }, uniquingKeysWith: { first, _ in first }))
    case .sequence(let sequence):
      return .array(
        sequence.map { YAMLValue(node: $0, key: key, line: line, problems: problems).json })
    case .scalar(let scalar):
      if isNull { return .null }
      guard let text = plainText else { return .string(scalar.string) }
      if ["true", "false"].contains(text.lowercased()) { return .bool(text.lowercased() == "true") }
      // A word is no number, and JSON has none of YAML's other ways to write one.
      if let number = try? JSON(text), number.double != nil { return number }
      return .string(scalar.string)
    case .alias: return .null
    }
  }

  /// An unquoted scalar's text; for numbers, `_` between digits and a leading `+` left out.
  private var plainText: String? {
    guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any, !isNull else { return nil }
    let text = scalar.string.filter { $0 != "_" }
    return text.hasPrefix("+") ? String(text.dropFirst()) : text
  }
}

/// The keys of a mapping, in the order they were written.
public struct YAMLMapping {
  public struct Entry {
    public let name: String
    /// Where the key stands, from 1.
    public let line: Int
    public let value: YAMLValue
  }

  public let line: Int
  public let key: String
  public let entries: [Entry]
  fileprivate let problems: ProblemCollector

  /// `nil` if the key is not there or has no value.
  public subscript(name: String) -> YAMLValue? {
    entries.first { $0.name == name && !$0.value.isNull }?.value
  }

  /// As the subscript, but its absence is an error.
  public func require(_ name: String, expected: String) -> YAMLValue? {
    if let value = self[name] { return value }
    let path = key.isEmpty ? name : "\(key).\(name)"
    problems.add(.error, line: line, key: path, .missing(expected: expected))
    return nil
  }

  fileprivate init(line: Int, key: String, entries: [Entry], problems: ProblemCollector) {
    self.line = line
    self.key = key
    self.entries = entries
    self.problems = problems
  }

  fileprivate static func entries(
    of mapping: Node.Mapping, below parent: YAMLValue, problems: ProblemCollector
  ) -> [Entry] {
    var entries: [Entry] = []
    var merged: [Entry] = []
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else {
        problems.add(
          .error, line: key.mark?.line ?? parent.line, key: parent.key,
          .wrongType(found: "a list or mapping as a key", expected: "text as a key"))
        continue
      }
      let name = scalar.string
      // The second of two equal keys, reported when the document was parsed.
      if name.first == RepeatedKey.mark { continue }
      if name == "<<", scalar.style == .plain {
        // YAML 1.1 merge: what the mapping has itself counts more.
        for source in value.sequence.map(Array.init) ?? [value] {
          guard case .mapping(let source) = source else { continue }
          merged += Self.entries(of: source, below: parent, problems: problems)
        }
        continue
      }
      let line = scalar.mark?.line ?? parent.line
      let path = parent.key.isEmpty ? name : "\(parent.key).\(name)"
      let child = YAMLValue(node: value, key: path, line: line, problems: problems)
      entries.append(Entry(name: name, line: line, value: child))
    }
    for entry in merged where !entries.contains(where: { $0.name == entry.name }) { entries.append(entry) }
    return entries
  }
}

extension Double {
  /// Without a needless `.0`.
  fileprivate var plain: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
