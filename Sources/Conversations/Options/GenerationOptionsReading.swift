import Basics
import JSON

/// An option that cannot be set so.
public enum InvalidOption: Error, Hashable, Sendable, CustomStringConvertible {
  case unknown(name: String)
  case invalid(name: String, found: String, expected: String)

  /// One line with the way out.
  public var description: String {
    switch self {
    case .unknown(let name):
      "no option is called “\(name.prefix(40))”; there are "
        + GenerationOptions.Name.allCases.dropLast().map(\.rawValue).joined(separator: ", ")
        + ", and body.NAME for a field of the provider's own"
    case .invalid(let name, let found, let expected): "option \(name) is \(found); it must be \(expected)"
    }
  }
}

extension GenerationOptions {
  /// Takes one `name=value`, as `fiedler send -o` has it. A value that is JSON counts as that, any other as text;
  /// `stop` may come several times, `body.NAME` is a field of the provider's own.
  public mutating func set(assignment: String) throws(InvalidOption) {
    guard let (before, after) = assignment.split(atFirst: "="), !before.isEmpty else {
      throw .invalid(name: "“\(assignment.prefix(40))”", found: "no assignment", expected: "name=value")
    }
    let (name, text) = (String(before), String(after))
    // What is no JSON is meant as it stands.
    let value = (try? JSON(text)) ?? .string(text)
    if name == Name.stop.rawValue {
      let earlier = stop
      // A number or `true` is a text here like any other.
      try set(name, to: value.array == nil ? .string(value.string ?? text) : value)
      stop = earlier + stop
    } else {
      try set(name, to: value)
    }
  }

  /// Sets one option by its name.
  public mutating func set(_ name: String, to value: JSON) throws(InvalidOption) {
    if name.hasPrefix("body."), name.utf8.count > "body.".utf8.count {
      return try set(Name.body.rawValue, to: .object([String(name.dropFirst("body.".count)): value]))
    }
    guard let option = Name(rawValue: name) else { throw .unknown(name: name) }
    switch option {
    case .temperature: temperature = try Self.number(value, option, in: 0...2)
    case .topP: topP = try Self.number(value, option, in: 0...1)
    case .maxTokens: maxTokens = try Self.integer(value, option, in: 1...1_000_000_000)
    case .stop: stop = try Self.stops(value)
    case .seed: seed = try Self.integer(value, option, in: Int.min...Int.max)
    case .reasoningEffort: reasoningEffort = try Self.word(value, option)
    case .thinkingBudget:
      thinkingBudget =
        value.string == "auto"
        ? .auto : .tokens(try Self.integer(value, option, in: 0...1_000_000, besides: "auto or "))
    case .verbosity: verbosity = try Self.word(value, option)
    case .responseFormat: responseFormat = try Self.format(value)
    case .cache: cache = try Self.word(value, option)
    case .body:
      guard let members = value.object else {
        throw .invalid(name: name, found: Self.found(value), expected: "an object, or body.NAME=value")
      }
      if let taken = members.keys.sorted().first(where: Self.own.contains) {
        throw .invalid(name: "body.\(taken)", found: "set", expected: "left to Fiedler, which writes that field itself")
      }
      body.merge(members) { _, newer in newer }
    }
  }

  /// Leaves an option to whoever has a say besides.
  public mutating func remove(_ name: Name) {
    var members = json.object ?? [:]
    members[name.rawValue] = nil
    self = GenerationOptions(stored: .object(members))
  }

  /// What ``json`` wrote. What this version does not know, or could not have written, is left out: it is no reason to
  /// refuse an answer that is kept.
  public init(stored json: JSON) {
    for (name, value) in json.object ?? [:] {
      // As said: left out.
      try? set(name, to: value)
    }
  }

  /// What the request says of its own accord.
  private static let own = ["model", "messages", "contents", "input", "stream"]

  private static func number(
    _ value: JSON, _ name: Name, in range: ClosedRange<Double>
  ) throws(InvalidOption) -> Double {
    guard let number = value.double, range.contains(number) else {
      let bounds = "\(JSON.double(range.lowerBound).text) to \(JSON.double(range.upperBound).text)"
      throw .invalid(name: name.rawValue, found: found(value), expected: "a number from \(bounds)")
    }
    return number
  }

  private static func integer(
    _ value: JSON, _ name: Name, in range: ClosedRange<Int>, besides: String = ""
  ) throws(InvalidOption) -> Int {
    guard let number = value.int, range.contains(number) else {
      let bounds = range.lowerBound == .min ? "" : " from \(range.lowerBound) to \(range.upperBound)"
      throw .invalid(name: name.rawValue, found: found(value), expected: "\(besides)a whole number\(bounds)")
    }
    return number
  }

  private static func word<Word: RawRepresentable<String> & CaseIterable>(
    _ value: JSON, _ name: Name
  ) throws(InvalidOption) -> Word {
    guard let word = value.string.flatMap(Word.init(rawValue:)) else {
      let words = Word.allCases.map(\.rawValue)
      throw .invalid(
        name: name.rawValue, found: found(value),
        expected: words.dropLast().joined(separator: ", ") + " or " + (words.last ?? ""))
    }
    return word
  }

  private static func stops(_ value: JSON) throws(InvalidOption) -> [String] {
    let texts = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
    guard !texts.isEmpty, texts.count == value.array?.count ?? 1, texts.allSatisfy({ !$0.isEmpty }) else {
      throw .invalid(name: Name.stop.rawValue, found: found(value), expected: "a text or a list of texts, none empty")
    }
    return texts
  }

  /// A word, a JSON Schema, or what OpenAI's API has in its place.
  private static func format(_ value: JSON) throws(InvalidOption) -> ResponseFormat {
    switch value["type"]?.string ?? value.string {
    case "text": return .text
    case "json", "json_object": return .json
    case "json_schema":
      if let schema = value["json_schema"]?["schema"] ?? value["schema"], schema.object != nil {
        return .schema(schema)
      }
    default:
      if value.object?.isEmpty == false { return .schema(value) }
    }
    throw .invalid(name: Name.responseFormat.rawValue, found: found(value), expected: "text, json or a JSON Schema")
  }

  private static func found(_ value: JSON) -> String {
    switch value {
    case .object: "an object"
    case .array: "a list"
    case .null: "nothing"
    case .string(let text): "“\(text.prefix(40))”"
    default: value.text
    }
  }
}
