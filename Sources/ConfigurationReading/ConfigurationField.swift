import JSON

/// A key of a configuration file: what it is called, what it means, what may stand there. The readers know their keys
/// from tables of these, and schemas and examples are made from the same tables.
package struct ConfigurationField: Sendable {
  /// What may stand at a key.
  package indirect enum Shape: Sendable {
    case text
    /// `true` and `false`, and YAML 1.1's `on`, `off`, `yes` and `no`.
    case boolean
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case choice([String])
    case texts
    /// A list of texts, or a text alone.
    case textOrTexts
    /// These keys and no others.
    case mapping([ConfigurationField])
    /// Any names, each with this; nothing at a name counts as an empty mapping.
    case named(Shape)
    /// Whatever YAML can say.
    case anything
  }

  package let name: String
  /// One line.
  package let meaning: String
  package let shape: Shape
  /// What an example file has there, as YAML on one line; of a mapping's keys each has its own.
  package let example: String

  package init(_ name: String, _ meaning: String, _ shape: Shape, example: String = "") {
    self.name = name
    self.meaning = meaning
    self.shape = shape
    self.example = example
  }
}

extension [ConfigurationField] {
  /// The keys that a reader knows.
  package var names: [String] { map(\.name) }

  /// A JSON Schema (draft 7, which editors' YAML servers read) of a file with these keys.
  package func schema(title: String) -> JSON {
    var schema = ConfigurationField.Shape.mapping(self).schema
    schema["$schema"] = "http://json-schema.org/draft-07/schema#"
    schema["title"] = .string(title)
    return .object(schema)
  }
}

extension ConfigurationField.Shape {
  fileprivate var schema: [String: JSON] {
    switch self {
    case .text: ["type": ["string", "number", "boolean"]]
    case .boolean: ["enum": .array([true, false] + ["on", "off", "yes", "no"].map(JSON.string))]
    case .integer(let range):
      ["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)]
    case .number(let range):
      ["type": "number", "minimum": .double(range.lowerBound), "maximum": .double(range.upperBound)]
    case .choice(let words):
      // Where a word is a truth value to some readers of YAML, theirs are taken, too.
      ["enum": .array(words.map(JSON.string) + (words.contains { ["on", "off"].contains($0) } ? [true, false] : []))]
    case .texts: ["type": "array", "items": .object(Self.text.schema)]
    case .textOrTexts: ["anyOf": [.object(Self.text.schema), .object(Self.texts.schema)]]
    case .mapping(let fields):
      [
        "type": ["object", "null"], "additionalProperties": false,
        "properties": .object(
          Dictionary(fields.map { ($0.name, $0.schema) }, uniquingKeysWith: { first, _ in first })),
      ]
    case .named(let shape): ["type": ["object", "null"], "additionalProperties": .object(shape.schema)]
    case .anything: [:]
    }
  }
}

extension ConfigurationField {
  fileprivate var schema: JSON {
    var schema = shape.schema
    schema["description"] = .string(meaning)
    return .object(schema)
  }
}
