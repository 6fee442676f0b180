import Basics
import FoundationEssentials
import JSON

/// Why a JSON Schema cannot be checked; the words name the keyword and its place.
public struct JSONSchemaProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public var place: String
  public var words: String
  public var description: String { "\(place): \(words)" }
}

/// JSON Schema 2020-12 but for references to other documents. What it does not know it refuses, rather than pass over
/// what was asked for.
///
/// Not known are `$dynamicRef`, `$anchor`, `unevaluatedItems`, `unevaluatedProperties` and what earlier drafts had
/// instead of today's keywords. `format` says something to readers only, as the specification has it, like `title`,
/// `description`, `default` and `examples`. A `pattern` is read as JavaScript reads it: by code points, with digits
/// and letters of ASCII in `\d` and `\w`.
public struct JSONSchema: Sendable {
  let root: JSON
  /// Every schema within, by its place: the names and numbers that a JSON Pointer has.
  private var places: [[String]: JSON] = [:]

  private static let remarks: Set<String> = [
    "$schema", "$id", "$comment", "title", "description", "default", "examples", "format", "deprecated", "readOnly",
    "writeOnly", "contentEncoding", "contentMediaType", "contentSchema", "discriminator",
  ]
  /// Keywords whose value is a schema, is a list of schemas, and has schemas by name.
  private static let schemas: Set<String> = [
    "additionalProperties", "items", "contains", "propertyNames", "not", "if", "then", "else",
  ]
  private static let lists: Set<String> = ["anyOf", "oneOf", "allOf", "prefixItems"]
  private static let named: Set<String> = [
    "properties", "patternProperties", "dependentSchemas", "$defs", "definitions",
  ]
  /// Those of the value itself, not of its members or elements.
  private static let ofSameValue: Set<String> = [
    "not", "if", "then", "else", "anyOf", "oneOf", "allOf", "dependentSchemas",
  ]
  private static let counts: Set<String> = [
    "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties", "minContains", "maxContains",
  ]
  private static let numbers: Set<String> = [
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
  ]
  private static let others: Set<String> = [
    "type", "enum", "const", "required", "dependentRequired", "uniqueItems", "pattern", "$ref",
  ]
  private static let types: Set<String> = ["null", "boolean", "object", "array", "number", "integer", "string"]

  /// Throws for what is no schema, has a keyword that is not known, or leads back to itself without end.
  public init(_ schema: JSON) throws(JSONSchemaProblem) {
    root = schema
    try check(schema, at: [])
    var finished: Set<[String]> = []
    for (place, schema) in places.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      try checkEnds(schema, at: place, &finished)
    }
  }

  /// The expression of a `pattern`; nil where it is none.
  static func expression(_ pattern: String) -> Regex<AnyRegexOutput>? {
    // What is wrong with it would be told in the words of another syntax.
    (try? Regex(pattern))?.asciiOnlyDigits().asciiOnlyWordCharacters().matchingSemantics(.unicodeScalar)
  }

  /// The schemas that a keyword holds, each with its place in the schema around it.
  private static func parts(_ key: String, _ value: JSON) -> [(place: [String], schema: JSON)] {
    if schemas.contains(key) { return [([key], value)] }
    if lists.contains(key) { return (value.array ?? []).enumerated().map { ([key, String($0)], $1) } }
    guard named.contains(key) else { return [] }
    return (value.object ?? [:]).sorted { $0.key < $1.key }.map { ([key, $0], $1) }
  }

  private static func words(_ place: [String]) -> String { (["#"] + place).joined(separator: "/") }

  private mutating func check(_ schema: JSON, at place: [String]) throws(JSONSchemaProblem) {
    places[place] = schema
    if schema.bool != nil { return }
    guard let members = schema.object else {
      throw JSONSchemaProblem(place: Self.words(place), words: "a schema is an object, true or false")
    }
    for (key, value) in members.sorted(by: { $0.key < $1.key }) where !Self.remarks.contains(key) {
      let inner = Self.words(place + [key])
      if Self.lists.contains(key) {
        guard value.array?.isEmpty == false else {
          throw JSONSchemaProblem(place: inner, words: "it must be a list of schemas")
        }
      } else if Self.named.contains(key) {
        guard let named = value.object else { throw JSONSchemaProblem(place: inner, words: "it must be an object") }
        if key == "patternProperties" {
          for pattern in named.keys.sorted() { try check(pattern: .string(pattern), at: "\(inner)/\(pattern)") }
        }
      } else if !Self.schemas.contains(key) {
        try check(keyword: key, value, at: inner)
      }
      for part in Self.parts(key, value) { try check(part.schema, at: place + part.place) }
    }
  }

  private func check(keyword key: String, _ value: JSON, at place: String) throws(JSONSchemaProblem) {
    let isRight: Bool
    switch key {
    case "type":
      let names = value.array ?? [value]
      guard !names.isEmpty, names.allSatisfy({ $0.string.map(Self.types.contains) ?? false }) else {
        throw JSONSchemaProblem(
          place: place, words: "it must be one of \(Self.types.sorted().joined(separator: ", "))")
      }
      isRight = true
    case "pattern":
      try check(pattern: value, at: place)
      isRight = true
    case "$ref": isRight = value.string != nil
    case "enum": isRight = value.array != nil
    case "const": isRight = true
    case "required": isRight = Self.isNames(value)
    case "dependentRequired": isRight = value.object?.values.allSatisfy(Self.isNames) ?? false
    case "uniqueItems": isRight = value.bool != nil
    case "multipleOf": isRight = value.double.map { $0 > 0 } ?? false
    case _ where Self.counts.contains(key): isRight = value.int.map { $0 >= 0 } ?? false
    case _ where Self.numbers.contains(key): isRight = value.double != nil
    default:
      let known = Self.schemas.union(Self.lists).union(Self.named).union(Self.counts).union(Self.numbers)
        .union(Self.others)
      throw JSONSchemaProblem(
        place: place, words: "this keyword is not known here; known are \(known.sorted().joined(separator: ", "))")
    }
    if !isRight { throw JSONSchemaProblem(place: place, words: "its value is of the wrong kind") }
  }

  private func check(pattern: JSON, at place: String) throws(JSONSchemaProblem) {
    guard let pattern = pattern.string, Self.expression(pattern) != nil else {
      throw JSONSchemaProblem(place: place, words: "it is no regular expression")
    }
  }

  private static func isNames(_ value: JSON) -> Bool { value.array?.allSatisfy { $0.string != nil } ?? false }

  // MARK: References

  /// The schema at `#/…`.
  func target(_ reference: String) -> JSON? { Self.place(reference).flatMap { places[$0] } }

  /// A JSON Pointer (RFC 6901) in a URI's fragment.
  private static func place(_ reference: String) -> [String]? {
    guard reference.utf8.first == UInt8(ascii: "#"), let pointer = URLComponents(string: reference)?.fragment,
      pointer.isEmpty || pointer.isAbsolutePath
    else { return nil }
    return pointer.pathParts(omittingEmpty: false).dropFirst().map {
      $0.replacingScalars("~1", with: "/").replacingScalars("~0", with: "~")
    }
  }

  /// Throws where a schema asks for itself of the same value, over whatever others, or for what is none.
  ///
  /// What is asked of members or elements may lead back: a value has an end.
  /// - `through`: the places that references led to on the way here.
  /// - `finished`: those that are known to end.
  private func checkEnds(
    _ schema: JSON, at place: [String], through: Set<[String]> = [], _ finished: inout Set<[String]>
  ) throws(JSONSchemaProblem) {
    for (key, value) in (schema.object ?? [:]).sorted(by: { $0.key < $1.key }) where Self.ofSameValue.contains(key) {
      for part in Self.parts(key, value) {
        try checkEnds(part.schema, at: place + part.place, through: through, &finished)
      }
    }
    guard let reference = schema["$ref"]?.string else { return }
    let words = Self.words(place + ["$ref"])
    guard let goal = Self.place(reference), let found = places[goal] else {
      throw JSONSchemaProblem(place: words, words: "it must lead to a schema within this one: #/$defs/…")
    }
    guard !through.contains(goal) else {
      throw JSONSchemaProblem(place: words, words: "the schema refers to itself without end")
    }
    guard !finished.contains(goal) else { return }
    try checkEnds(found, at: goal, through: through.union([goal]), &finished)
    finished.insert(goal)
  }
}
