import Conversations
import JSON
import Testing

@Suite("JSON Schema") struct JSONSchemaTests {
  @Test(
    "What does not fit is named with its place",
    arguments: [
      (#"{"type": "integer"}"#, "1.5", "the answer is number, not integer"),
      (#"{"properties": {"a": {"items": {"maximum": 3}}}}"#, #"{"a": [1, 4]}"#, "a[1] is 4, more than 3"),
      (#"{"required": ["b"]}"#, "{}", "the answer lacks b"),
      (#"{"properties": {"a": {}}, "additionalProperties": false}"#, #"{"a": 1, "c": 2}"#, "c must not be there"),
      (#"{"enum": ["x", "y"]}"#, #""z""#, #"the answer is "z", none of ["x","y"]"#),
      (
        ##"{"$defs": {"n": {"minLength": 2}}, "$ref": "#/$defs/n"}"##, #""a""#,
        "the answer has 1 characters, fewer than 2"
      ),
      (#"{"oneOf": [{"type": "string"}, {"maxLength": 3}]}"#, #""ab""#, "the answer fits 2 of oneOf"),
      (#"{"not": {"const": 1}}"#, "1.0", "the answer is what it must not be"),
      (#"{"not": {"enum": [[1, {"a": 2}]]}}"#, #"[1.0, {"a": 2.0}]"#, "the answer is what it must not be"),
      (#"{"uniqueItems": true}"#, "[[1], [1.0]]", "the answer has an element twice"),
      (#"{"prefixItems": [{}, {"type": "string"}], "items": false}"#, "[1, 2]", "the answer[1] is integer, not string"),
      (#"{"prefixItems": [{}], "items": false}"#, "[1, 2]", "the answer[1] must not be there"),
      (#"{"contains": {"const": 1}}"#, "[2]", "the answer has 0 of what it must contain, fewer than 1"),
      (
        #"{"contains": {"const": 1}, "maxContains": 1}"#, "[1, 1]",
        "the answer has 2 of what it must contain, more than 1"
      ),
      (#"{"patternProperties": {"^a": {"type": "string"}}}"#, #"{"ab": 1}"#, "ab is integer, not string"),
      (
        #"{"patternProperties": {"^a": {}}, "additionalProperties": false}"#, #"{"a": 1, "b": 1}"#,
        "b must not be there"
      ),
      (#"{"propertyNames": {"maxLength": 1}}"#, #"{"ab": 1}"#, "the name ab has 2 characters, more than 1"),
      (#"{"minProperties": 1}"#, "{}", "the answer has 0 members, fewer than 1"),
      (#"{"dependentRequired": {"a": ["b"]}}"#, #"{"a": 1}"#, "the answer has a and lacks b"),
      (#"{"dependentSchemas": {"a": {"required": ["c"]}}}"#, #"{"a": 1}"#, "the answer lacks c"),
      (#"{"if": {"minimum": 5}, "then": {"maximum": 7}, "else": {"minimum": 1}}"#, "9", "the answer is 9, more than 7"),
      (#"{"if": {"minimum": 5}, "then": {"maximum": 7}, "else": {"minimum": 1}}"#, "0", "the answer is 0, less than 1"),
      (#"{"pattern": "^\\d$"}"#, #""৪""#, #"the answer does not match ^\d$"#),
      (
        ##"{"$defs": {"a b/c": {"type": "null"}}, "$ref": "#/$defs/a%20b~1c"}"##, "1", "the answer is integer, not null"
      ),
      (##"{"$defs": {"": {"type": "null"}}, "$ref": "#/$defs/"}"##, "1", "the answer is integer, not null"),
    ])
  func problems(_ schema: String, _ value: String, _ words: String) throws {
    #expect(try JSONSchema(JSON(schema)).problem(with: JSON(value)) == words)
  }

  @Test("What fits has no problem") func fits() throws {
    let text = #"""
      {"type": "object", "title": "City", "anyOf": [{"required": ["name"]}, {"required": ["id"]}],
       "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "tags": {"type": "array", "uniqueItems": true}}}
      """#
    let schema = try JSONSchema(JSON(text))
    #expect(schema.problem(with: ["name": "Paris", "tags": ["a", "b"]]) == nil)
    // A letter and its mark are two code points; a number without a fraction is whole, however large.
    #expect(try JSONSchema(["pattern": "^e.$"]).problem(with: "e\u{301}") == nil)
    #expect(
      try JSONSchema(["type": "integer"]).problem(with: JSON(bytes: Array("123456789012345678901234567890".utf8)))
        == nil)
  }

  @Test(
    "A keyword that is not known is refused by its place, not passed over, and so is one of the wrong kind",
    arguments: [
      (#"{"properties": {"a": {"unevaluatedItems": false}}}"#, "#/properties/a/unevaluatedItems"),
      (#"{"patternProperties": {"(": {}}}"#, "#/patternProperties/("),
      (#"{"prefixItems": []}"#, "#/prefixItems"), (#"{"if": 1}"#, "#/if"),
      (#"{"dependentRequired": {"a": "b"}}"#, "#/dependentRequired"), (#"{"maxContains": -1}"#, "#/maxContains"),
      (##"{"$ref": "#/$defs/none"}"##, "#/$ref"), (##"{"$ref": "other.json#/a"}"##, "#/$ref"),
      (##"{"$defs": {"a": {}}, "$ref": "#$defs/a"}"##, "#/$ref"),
      (##"{"default": {"items": {"$ref": "#/default/items"}}, "$ref": "#/default/items"}"##, "#/$ref"),
    ])
  func unknown(_ schema: String, _ place: String) throws {
    let problem = try #require(throws: JSONSchemaProblem.self) { try JSONSchema(JSON(schema)) }
    #expect(problem.place == place)
  }

  @Test(
    "A schema that asks for itself of the same value is refused",
    arguments: [
      ##"{"$ref": "#"}"##, ##"{"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}"##, ##"{"not": {"$ref": "#"}}"##,
      ##"{"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"if": {"$ref": "#/$defs/a"}}}}"##,
      ##"{"items": {"$ref": "#/items"}}"##,
      ##"""
      {"$ref": "#/definitions/r", "definitions": {
        "r": {"items": {"$ref": "#/definitions/s"}, "not": {"$ref": "#/definitions/s"}},
        "s": {"anyOf": [{"$ref": "#/definitions/r"}]}}}
      """##,
    ])
  func circle(_ schema: String) throws {
    let problem = try #require(throws: JSONSchemaProblem.self) { try JSONSchema(JSON(schema)) }
    #expect(problem.words.contains("without end"))
  }

  @Test("A schema of a tree holds for a tree of any depth")
  func tree() throws {
    let text = ##"{"type": "object", "properties": {"of": {"items": {"$ref": "#"}}}, "required": ["of"]}"##
    let schema = try JSONSchema(JSON(text))
    func tree(_ depth: Int, _ leaf: String) throws -> JSON {
      try JSON(String(repeating: #"{"of":["#, count: depth) + leaf + String(repeating: "]}", count: depth))
    }
    #expect(schema.problem(with: try tree(100, #"{"of": []}"#)) == nil)
    #expect(schema.problem(with: try tree(100, "{}"))?.hasSuffix("lacks of") == true)
  }
}
