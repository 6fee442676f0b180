import JSON

/// Why a JSON Schema cannot be checked; the words name the keyword and its place.
public struct JSONSchemaProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public var place: String
  public var words: String
  public var description: String { "\(place): \(words)" }
}

/// The usual part of JSON Schema 2020-12. What it does not know it refuses, rather than pass over what was asked for.
///
/// Known are `type`, `enum`, `const`, `properties`, `required`, `additionalProperties`, `items`, `minItems`,
/// `maxItems`, `uniqueItems`, `minLength`, `maxLength`, `pattern`, `minimum`, `maximum`, `exclusiveMinimum`,
/// `exclusiveMaximum`, `multipleOf`, `anyOf`, `oneOf`, `allOf`, `not` and `$ref` within the document. `format` says
/// something to readers only, as the specification has it, like `title`, `description`, `default` and `examples`.
public struct JSONSchema: Sendable {
  private let root: JSON

  /// Deeper references are taken for a circle.
  private static let deepest = 64

  private static let remarks: Set<String> = [
    "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "format",
    "deprecated", "readOnly", "writeOnly",
  ]
  private static let keywords: Set<String> = [
    "type", "enum", "const", "properties", "required", "additionalProperties", "items", "minItems", "maxItems",
    "uniqueItems", "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "anyOf", "oneOf", "allOf", "not", "$ref",
  ]
  private static let types: Set<String> = ["null", "boolean", "object", "array", "number", "integer", "string"]

  /// Throws for what is no schema, or has a keyword that is not known.
  public init(_ schema: JSON) throws(JSONSchemaProblem) {
    root = schema
    try check(schema, at: "#")
  }

  /// What is wrong with a value, with its place in it; `nil` where it fits.
  public func problem(with value: JSON) -> String? { problem(root, value, "the answer", 0) }

  // MARK: The schema itself

  private func check(_ schema: JSON, at place: String) throws(JSONSchemaProblem) {
    if schema.bool != nil { return }
    guard let members = schema.object else {
      throw JSONSchemaProblem(place: place, words: "a schema is an object, true or false")
    }
    for (key, value) in members.sorted(by: { $0.key < $1.key }) {
      let inner = "\(place)/\(key)"
      switch key {
      case "properties", "$defs", "definitions":
        guard let schemas = value.object else { throw JSONSchemaProblem(place: inner, words: "it must be an object") }
        for (name, schema) in schemas.sorted(by: { $0.key < $1.key }) { try check(schema, at: "\(inner)/\(name)") }
      case "anyOf", "oneOf", "allOf":
        guard let schemas = value.array, !schemas.isEmpty else {
          throw JSONSchemaProblem(place: inner, words: "it must be a list of schemas")
        }
        for (index, schema) in schemas.enumerated() { try check(schema, at: "\(inner)/\(index)") }
      case "additionalProperties", "items", "not": try check(value, at: inner)
      case "type":
        let names = value.array ?? [value]
        guard !names.isEmpty, names.allSatisfy({ $0.string.map(Self.types.contains) ?? false }) else {
          throw JSONSchemaProblem(
            place: inner, words: "it must be one of \(Self.types.sorted().joined(separator: ", "))")
        }
      case "pattern":
        // What is wrong with it would be told in the words of another syntax.
        guard let pattern = value.string, (try? Regex(pattern)) != nil else {
          throw JSONSchemaProblem(place: inner, words: "it is no regular expression")
        }
      case "$ref":
        guard let reference = value.string, target(reference) != nil else {
          throw JSONSchemaProblem(place: inner, words: "it must lead to a place in this schema: #/$defs/…")
        }
      default: try check(keyword: key, value, at: inner)
      }
    }
  }

  private func check(keyword key: String, _ value: JSON, at place: String) throws(JSONSchemaProblem) {
    if Self.remarks.contains(key) { return }
    guard Self.keywords.contains(key) else {
      throw JSONSchemaProblem(
        place: place,
        words: "this keyword is not known here; known are \(Self.keywords.sorted().joined(separator: ", "))")
    }
    let isRight =
      switch key {
      case "enum": value.array != nil
      case "required": value.array?.allSatisfy { $0.string != nil } ?? false
      case "uniqueItems": value.bool != nil
      case "const": true
      case "minItems", "maxItems", "minLength", "maxLength": value.int.map { $0 >= 0 } ?? false
      case "multipleOf": value.double.map { $0 > 0 } ?? false
      default: value.double != nil
      }
    if !isRight { throw JSONSchemaProblem(place: place, words: "its value is of the wrong kind") }
  }

  /// The schema at `#/…`.
  private func target(_ reference: String) -> JSON? {
    guard reference == "#" || reference.hasPrefix("#/") else { return nil }
    return reference.dropFirst(2).split(separator: "/").reduce(root as JSON?) { found, part in
      let name = part.replacing("~1", with: "/").replacing("~0", with: "~")
      return found?[String(name)] ?? Int(name).flatMap { found?[$0] }
    }
  }

  // MARK: Values

  private func problem(_ schema: JSON, _ value: JSON, _ place: String, _ depth: Int) -> String? {
    guard depth < Self.deepest else { return "\(place): the schema refers to itself without end" }
    guard let members = schema.object else {
      return schema.bool == false ? "\(place) must not be there" : nil
    }
    if let reference = members["$ref"]?.string, let found = target(reference),
      let problem = problem(found, value, place, depth + 1)
    {
      return problem
    }
    return Self.kindProblem(members, value, place) ?? Self.sizeProblem(members, value, place)
      ?? memberProblem(members, value, place, depth) ?? combinationProblem(members, value, place, depth)
  }

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

  private static func sizeProblem(_ schema: [String: JSON], _ value: JSON, _ place: String) -> String? {
    if let number = value.double {
      if let bound = schema["minimum"]?.double, number < bound {
        return "\(place) is \(value.text), less than \(bound)"
      }
      if let bound = schema["maximum"]?.double, number > bound {
        return "\(place) is \(value.text), more than \(bound)"
      }
      if let bound = schema["exclusiveMinimum"]?.double, number <= bound {
        return "\(place) is \(value.text), not more than \(bound)"
      }
      if let bound = schema["exclusiveMaximum"]?.double, number >= bound {
        return "\(place) is \(value.text), not less than \(bound)"
      }
      if let step = schema["multipleOf"]?.double, abs((number / step).rounded() - number / step) > 1e-9 {
        return "\(place) is \(value.text), no multiple of \(step)"
      }
    }
    if let text = value.string {
      // The specification counts code points.
      let length = text.unicodeScalars.count
      if let bound = schema["minLength"]?.int, length < bound {
        return "\(place) has \(length) characters, fewer than \(bound)"
      }
      if let bound = schema["maxLength"]?.int, length > bound {
        return "\(place) has \(length) characters, more than \(bound)"
      }
      // Whether it is one was checked at the beginning.
      if let pattern = schema["pattern"]?.string, let regex = try? Regex(pattern), text.firstMatch(of: regex) == nil {
        return "\(place) does not match \(pattern)"
      }
    }
    return nil
  }

  private func memberProblem(_ schema: [String: JSON], _ value: JSON, _ place: String, _ depth: Int) -> String? {
    if let members = value.object {
      for name in schema["required"]?.array?.compactMap(\.string) ?? [] where members[name] == nil {
        return "\(place) lacks \(name)"
      }
      let known = schema["properties"]?.object ?? [:]
      for (name, member) in members.sorted(by: { $0.key < $1.key }) {
        let inner = place == "the answer" ? name : "\(place).\(name)"
        guard let expected = known[name] ?? schema["additionalProperties"] else { continue }
        if let problem = problem(expected, member, inner, depth + 1) { return problem }
      }
    }
    if let elements = value.array {
      if let bound = schema["minItems"]?.int, elements.count < bound {
        return "\(place) has \(elements.count) elements, fewer than \(bound)"
      }
      if let bound = schema["maxItems"]?.int, elements.count > bound {
        return "\(place) has \(elements.count) elements, more than \(bound)"
      }
      if schema["uniqueItems"]?.bool == true, Set(elements).count < elements.count {
        return "\(place) has an element twice"
      }
      if let expected = schema["items"] {
        for (index, element) in elements.enumerated() {
          if let problem = problem(expected, element, "\(place)[\(index)]", depth + 1) { return problem }
        }
      }
    }
    return nil
  }

  private func combinationProblem(_ schema: [String: JSON], _ value: JSON, _ place: String, _ depth: Int) -> String? {
    for part in schema["allOf"]?.array ?? [] {
      if let problem = problem(part, value, place, depth + 1) { return problem }
    }
    if let parts = schema["anyOf"]?.array {
      let problems = parts.map { problem($0, value, place, depth + 1) }
      if let first = problems.first ?? nil, problems.allSatisfy({ $0 != nil }) {
        return "\(place) fits none of anyOf: \(first)"
      }
    }
    if let parts = schema["oneOf"]?.array {
      let count = parts.count { problem($0, value, place, depth + 1) == nil }
      if count != 1 { return "\(place) fits \(count == 0 ? "none" : "\(count)") of oneOf" }
    }
    if let part = schema["not"], problem(part, value, place, depth + 1) == nil {
      return "\(place) is what it must not be"
    }
    return nil
  }
}

extension JSON {
  fileprivate var schemaType: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .int: "integer"
    case .double: int == nil ? "number" : "integer"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  fileprivate func isSchemaType(_ name: String) -> Bool {
    schemaType == name || (name == "number" && schemaType == "integer")
  }

  /// `1` and `1.0` are the same number.
  fileprivate func isSame(as other: JSON) -> Bool {
    if let own = double, let others = other.double { return own == others }
    return self == other
  }
}
