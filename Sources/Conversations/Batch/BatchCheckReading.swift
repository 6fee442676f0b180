import JSON

/// Why something is no check.
public enum BatchCheckProblem: Error, Hashable, Sendable, CustomStringConvertible {
  case unknown(type: String)
  /// `expected` is what it must be.
  case invalid(type: String, expected: String)

  /// One line with the way out.
  public var description: String {
    switch self {
    case .unknown(let type):
      "no check is called “\(type.prefix(40))”; there are \(BatchCheck.types.joined(separator: ", ")), each also with not- before it"
    case .invalid(let type, let expected): "\(type) needs \(expected)"
    }
  }
}

extension BatchCheck {
  /// All words a check begins with.
  public static let types = [
    "contains", "icontains", "contains-any", "contains-all", "icontains-any", "icontains-all", "starts-with", "regex",
    "equals", "is-json", "length", "latency", "cost", "judge",
  ]

  /// Reads `{"type": "contains", "value": "Paris"}`, or a text as ``init(text:)`` does.
  public init(_ json: JSON) throws(BatchCheckProblem) {
    if let text = json.string {
      try self.init(text: text)
      return
    }
    guard let type = json["type"]?.string else {
      throw .invalid(type: "a check", expected: "a type, such as {\"type\": \"contains\", \"value\": \"Paris\"}")
    }
    try self.init(
      type: type, value: json["value"] ?? .null, threshold: json["threshold"]?.double,
      model: json["model"]?.string ?? json["provider"]?.string)
  }

  /// Reads `contains: Paris`, `judge(0.8): says why` or `is-json`.
  public init(text: String) throws(BatchCheckProblem) {
    let colon = text.firstIndex(of: ":") ?? text.endIndex
    var type = String(text[..<colon].filter { !$0.isWhitespace })
    var threshold: Double?
    if let open = type.firstIndex(of: "("), type.last == ")" {
      let figure = type[type.index(after: open)...].dropLast()
      type = String(type[..<open])
      guard let number = Double(figure) else { throw .invalid(type: type, expected: "a number in its parentheses") }
      threshold = number
    }
    let rest = text[colon...].dropFirst().drop { $0 == " " }
    try self.init(type: type, value: rest.isEmpty ? .null : .string(String(rest)), threshold: threshold, model: nil)
  }

  private init(type word: String, value: JSON, threshold: Double?, model: String?) throws(BatchCheckProblem) {
    let isNegated = word.hasPrefix("not-")
    let type = isNegated ? String(word.dropFirst(4)) : word
    let test: Test
    switch type {
    case "contains", "icontains":
      test = .contains([try Self.text(value, type)], all: true, ignoringCase: type == "icontains")
    case "contains-any", "icontains-any", "contains-all", "icontains-all":
      test = .contains(
        try Self.texts(value, type), all: type.hasSuffix("all"), ignoringCase: type.hasPrefix("i"))
    case "starts-with": test = .startsWith(try Self.text(value, type))
    case "regex":
      let pattern = try Self.text(value, type)
      do { _ = try Regex(pattern) } catch {
        throw .invalid(type: type, expected: "a regular expression, and “\(pattern.prefix(40))” is none: \(error)")
      }
      test = .regex(pattern)
    case "equals": test = .equals(value.string ?? (value.isNull ? "" : value.text))
    case "is-json": test = .json(schema: try Self.schema(value, type))
    case "length": test = try Self.length(value, threshold)
    case "latency", "cost":
      guard let most = threshold ?? value.double ?? value.string.flatMap(Double.init), most >= 0 else {
        throw .invalid(
          type: type,
          expected: "the most there may be: \(type == "cost" ? "cost(0.01)" : "latency(2000), in milliseconds")")
      }
      test = type == "cost" ? .cost(most) : .latency(most)
    case "judge", "llm-rubric":
      let mark = threshold ?? Self.usualThreshold
      guard (0...1).contains(mark) else { throw .invalid(type: type, expected: "a threshold from 0 to 1") }
      test = .judge(rubric: try Self.text(value, type), threshold: mark, model: model)
    default: throw .unknown(type: word)
    }
    self.init(test, isNegated: isNegated)
  }

  /// As ``init(_:)`` reads it back.
  public var json: JSON {
    var members: [String: JSON] = ["type": .string(type)]
    switch test {
    case .contains(let texts, _, _):
      members["value"] = texts.count == 1 ? .string(texts[0]) : .array(texts.map(JSON.string))
    case .startsWith(let text), .regex(let text), .equals(let text): members["value"] = .string(text)
    case .json(let schema): members["value"] = schema
    case .length(let minimum, let maximum):
      members["value"] = .string("\(minimum)..\(maximum.map(String.init) ?? "")")
    case .latency(let most), .cost(let most): members["threshold"] = .double(most)
    case .judge(let rubric, let threshold, let model):
      members["value"] = .string(rubric)
      members["threshold"] = .double(threshold)
      members["model"] = JSON(model)
    }
    return .object(members)
  }

  /// The same check with its texts filled in, as a prompt's are.
  public func filled(with values: [String: String]) -> BatchCheck {
    func fill(_ text: String) -> String { PromptTemplate(title: "", body: text).filled(in: values) }
    var check = self
    switch test {
    case .contains(let texts, let all, let ignoringCase):
      check.test = .contains(texts.map(fill), all: all, ignoringCase: ignoringCase)
    case .startsWith(let text): check.test = .startsWith(fill(text))
    case .regex(let pattern): check.test = .regex(fill(pattern))
    case .equals(let text): check.test = .equals(fill(text))
    case .judge(let rubric, let threshold, let model):
      check.test = .judge(rubric: fill(rubric), threshold: threshold, model: model)
    case .json, .length, .latency, .cost: break
    }
    return check
  }

  private static func text(_ value: JSON, _ type: String) throws(BatchCheckProblem) -> String {
    let text = value.string ?? (value.double == nil && value.bool == nil ? "" : value.text)
    guard !text.isEmpty else { throw .invalid(type: type, expected: "a text: \(type): …") }
    return text
  }

  private static func texts(_ value: JSON, _ type: String) throws(BatchCheckProblem) -> [String] {
    let written = value.string?.split(separator: ",") ?? []
    let parts: [String] =
      value.array?.map { $0.string ?? $0.text } ?? written.map { String($0.drop(while: \.isWhitespace)) }
    guard !parts.isEmpty, parts.allSatisfy({ !$0.isEmpty }) else {
      throw .invalid(type: type, expected: "a list of texts, or texts with commas between")
    }
    return parts
  }

  private static func schema(_ value: JSON, _ type: String) throws(BatchCheckProblem) -> JSON? {
    if value.isNull { return nil }
    // A text in a table is a schema written out; what is no JSON is no schema either, and refused as such.
    let schema = value.string.map { (try? JSON($0)) ?? .null } ?? value
    do throws(JSONSchemaProblem) { _ = try JSONSchema(schema) } catch {
      throw .invalid(type: type, expected: "a JSON Schema that can be checked: \(error)")
    }
    return schema
  }

  private static func length(_ value: JSON, _ threshold: Double?) throws(BatchCheckProblem) -> Test {
    let expected = "from and to, in characters: length: 10..200, or length(200) for at most so many"
    if let most = value.int ?? threshold.flatMap(Int.init(exactly:)), most >= 0 {
      return .length(minimum: 0, maximum: most)
    }
    let minimum: Int?
    let maximum: Int?
    if let text = value.string, let dots = text.firstRange(of: "..") {
      let ends = [text[..<dots.lowerBound], text[dots.upperBound...]].map { $0.filter { !$0.isWhitespace } }
      (minimum, maximum) = (ends[0].isEmpty ? 0 : Int(ends[0]), ends[1].isEmpty ? .max : Int(ends[1]))
    } else if value.object != nil {
      (minimum, maximum) = (value["min"]?.int ?? 0, value["max"]?.int ?? .max)
    } else {
      let most = value.string.flatMap { Int($0) }
      (minimum, maximum) = (most.map { _ in 0 }, most)
    }
    guard let minimum, let maximum, minimum >= 0, maximum >= minimum else {
      throw .invalid(type: "length", expected: expected)
    }
    return .length(minimum: minimum, maximum: maximum == .max ? nil : maximum)
  }
}

extension PromptTemplate {
  /// The body with these values; what has none stays as it is written.
  fileprivate func filled(in values: [String: String]) -> String {
    var values = values
    // Behind a check there is nothing to put input that it has no place for.
    if !takesInput { values[Self.input] = nil }
    return filled(with: values).text
  }
}
