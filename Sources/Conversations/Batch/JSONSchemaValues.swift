import JSON

/// What a schema says of a value.
extension JSONSchema {
  /// What is wrong with a value, with its place in it; `nil` where it fits.
  public func problem(with value: JSON) -> String? { problem(root, value, "the answer") }

  private func problem(_ schema: JSON, _ value: JSON, _ place: String) -> String? {
    guard let members = schema.object else {
      return schema.bool == false ? "\(place) must not be there" : nil
    }
    if let found = members["$ref"]?.string.flatMap(target), let problem = problem(found, value, place) {
      return problem
    }
    return Self.kindProblem(members, value, place) ?? Self.numberProblem(members, value, place)
      ?? Self.textProblem(members, value, place) ?? memberProblem(members, value, place)
      ?? elementProblem(members, value, place) ?? combinationProblem(members, value, place)
  }

  // MARK: The value itself

  private static func kindProblem(_ schema: [String: JSON], _ value: JSON, _ place: String) -> String? {
    if let type = schema["type"] {
      let names = (type.array ?? [type]).compactMap(\.string)
      if !names.contains(where: { value.isSchemaType($0) }) {
        return "\(place) is \(value.schemaType), not \(names.joined(separator: " or "))"
      }
    }
    if let choices = schema["enum"]?.array, !choices.contains(where: { $0.isSame(as: value) }) {
      return "\(place) is \(value.text.prefix(60)), none of \(JSON.array(choices).text.prefix(200))"
    }
    if let const = schema["const"], !const.isSame(as: value) {
      return "\(place) is \(value.text.prefix(60)), not \(const.text.prefix(60))"
    }
    return nil
  }

  private static func numberProblem(_ schema: [String: JSON], _ value: JSON, _ place: String) -> String? {
    guard let number = value.double else { return nil }
    func breaks(_ key: String, _ isBroken: (Double, Double) -> Bool, _ words: String) -> String? {
      guard let bound = schema[key], let limit = bound.double, isBroken(number, limit) else { return nil }
      return "\(place) is \(value.text), \(words) \(bound.text)"
    }
    return breaks("minimum", <, "less than") ?? breaks("maximum", >, "more than")
      ?? breaks("exclusiveMinimum", <=, "not more than") ?? breaks("exclusiveMaximum", >=, "not less than")
      ?? breaks("multipleOf", { !isMultiple($0, of: $1) }, "no multiple of")
  }

  /// Of a fraction as it is written: 0.0075 is a multiple of 0.0001, though not in binary.
  private static func isMultiple(_ number: Double, of step: Double) -> Bool {
    let ratio = number / step
    return ratio.isFinite
      ? abs(ratio.rounded() - ratio) <= 1e-9 : number.truncatingRemainder(dividingBy: step) == 0
  }

  private static func textProblem(_ schema: [String: JSON], _ value: JSON, _ place: String) -> String? {
    guard let text = value.string else { return nil }
    // The specification counts code points.
    if let problem = countProblem(schema, text.unicodeScalars.count, "Length", "characters", place) { return problem }
    guard let pattern = schema["pattern"]?.string, !matches(pattern, text) else { return nil }
    return "\(place) does not match \(pattern)"
  }

  private static func countProblem(
    _ schema: [String: JSON], _ count: Int, _ keyword: String, _ noun: String, _ place: String
  ) -> String? {
    if let bound = schema["min" + keyword]?.int, count < bound {
      return "\(place) has \(count) \(noun), fewer than \(bound)"
    }
    if let bound = schema["max" + keyword]?.int, count > bound {
      return "\(place) has \(count) \(noun), more than \(bound)"
    }
    return nil
  }

  private static func matches(_ pattern: String, _ text: String) -> Bool {
    // Whether it is an expression was checked at the beginning.
    guard let expression = expression(pattern) else { return true }
    return text.firstMatch(of: expression) != nil
  }

  // MARK: Members and elements

  private func memberProblem(_ schema: [String: JSON], _ value: JSON, _ place: String) -> String? {
    guard let members = value.object else { return nil }
    for name in schema["required"]?.names ?? [] where members[name] == nil { return "\(place) lacks \(name)" }
    if let problem = Self.countProblem(schema, members.count, "Properties", "members", place) { return problem }
    let known = schema["properties"]?.object ?? [:]
    let patterns = schema["patternProperties"]?.object ?? [:]
    for (name, member) in members.sorted(by: { $0.key < $1.key }) {
      let inner = place == "the answer" ? name : "\(place).\(name)"
      if let names = schema["propertyNames"], let problem = problem(names, .string(name), "the name \(inner)") {
        return problem
      }
      let expected = (known[name].map { [$0] } ?? []) + patterns.filter { Self.matches($0.key, name) }.map(\.value)
      for expected in expected.isEmpty ? [schema["additionalProperties"] ?? true] : expected {
        if let problem = problem(expected, member, inner) { return problem }
      }
    }
    for (name, others) in schema["dependentRequired"]?.object ?? [:] where members[name] != nil {
      for other in others.names where members[other] == nil { return "\(place) has \(name) and lacks \(other)" }
    }
    for (name, part) in schema["dependentSchemas"]?.object ?? [:] where members[name] != nil {
      if let problem = problem(part, value, place) { return problem }
    }
    return nil
  }

  private func elementProblem(_ schema: [String: JSON], _ value: JSON, _ place: String) -> String? {
    guard let elements = value.array else { return nil }
    if let problem = Self.countProblem(schema, elements.count, "Items", "elements", place) { return problem }
    if schema["uniqueItems"]?.bool == true, Set(elements.map(\.comparable)).count < elements.count {
      return "\(place) has an element twice"
    }
    let first = schema["prefixItems"]?.array ?? []
    for (index, element) in elements.enumerated() {
      guard let expected = index < first.count ? first[index] : schema["items"] else { continue }
      if let problem = problem(expected, element, "\(place)[\(index)]") { return problem }
    }
    guard let wanted = schema["contains"] else { return nil }
    let count = elements.count { problem(wanted, $0, place) == nil }
    let least = schema["minContains"]?.int ?? 1
    if count < least { return "\(place) has \(count) of what it must contain, fewer than \(least)" }
    if let most = schema["maxContains"]?.int, count > most {
      return "\(place) has \(count) of what it must contain, more than \(most)"
    }
    return nil
  }

  // MARK: Several schemas

  private func combinationProblem(_ schema: [String: JSON], _ value: JSON, _ place: String) -> String? {
    for part in schema["allOf"]?.array ?? [] {
      if let problem = problem(part, value, place) { return problem }
    }
    if let parts = schema["anyOf"]?.array {
      let problems = parts.map { problem($0, value, place) }
      if let first = problems.first ?? nil, problems.allSatisfy({ $0 != nil }) {
        return "\(place) fits none of anyOf: \(first)"
      }
    }
    if let parts = schema["oneOf"]?.array {
      let count = parts.count { problem($0, value, place) == nil }
      if count != 1 { return "\(place) fits \(count == 0 ? "none" : "\(count)") of oneOf" }
    }
    if let part = schema["not"], problem(part, value, place) == nil {
      return "\(place) is what it must not be"
    }
    guard let condition = schema["if"] else { return nil }
    return schema[problem(condition, value, place) == nil ? "then" : "else"].flatMap { problem($0, value, place) }
  }
}

extension JSON {
  fileprivate var schemaType: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .int: "integer"
    case .double(let value): value.rounded() == value ? "integer" : "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  fileprivate func isSchemaType(_ name: String) -> Bool {
    schemaType == name || (name == "number" && schemaType == "integer")
  }

  fileprivate var names: [String] { (array ?? []).compactMap(\.string) }

  /// `1` and `1.0` are the same number, however deep they stand.
  fileprivate func isSame(as other: JSON) -> Bool { comparable == other.comparable }

  fileprivate var comparable: JSON {
    switch self {
    case .double: int.map(JSON.int) ?? self
    case .array(let elements): .array(elements.map(\.comparable))
    case .object(let members): .object(members.mapValues(\.comparable))
    default: self
    }
  }
}
