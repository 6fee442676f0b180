import JSON
import Testing

@testable import Conversations

@Suite("Options of a send")
struct GenerationOptionsTests {
  private func options(_ assignments: String...) throws -> GenerationOptions {
    var options = GenerationOptions()
    for assignment in assignments { try options.set(assignment: assignment) }
    return options
  }

  @Test("Each is taken as it is typed, and is written and read back the same")
  func roundTrip() throws {
    let all = try options(
      "temperature=0.2", "top_p=1", "max_tokens=500", "stop=END", "stop=7", "seed=-3", "reasoning_effort=high",
      "thinking_budget=auto", "verbosity=low", #"response_format={"type":"object","title":"City"}"#, "cache=auto",
      "body.top_k=40", #"body.provider={"order":["a"]}"#, "body.user=me")
    #expect(all.temperature == 0.2 && all.topP == 1 && all.maxTokens == 500 && all.seed == -3)
    #expect(all.stop == ["END", "7"])
    #expect(try options("stop=\u{301}").stop == ["\u{301}"], "a mark is a text, too")
    #expect(all.reasoningEffort == .high && all.thinkingBudget == .auto && all.verbosity == .low)
    #expect(all.responseFormat == .schema(["type": "object", "title": "City"]))
    #expect(all.body == ["top_k": 40, "provider": ["order": ["a"]], "user": "me"])
    #expect(all.names == GenerationOptions.Name.allCases)
    #expect(GenerationOptions(stored: try JSON(all.json.text)) == all)
    #expect(
      all.assignments == [
        "temperature=0.2", "top_p=1.0", "max_tokens=500", #"stop=["END","7"]"#, "seed=-3", "reasoning_effort=high",
        "thinking_budget=auto", "verbosity=low", "response_format=schema", "cache=auto",
        #"body.provider={"order":["a"]}"#, "body.top_k=40", "body.user=me",
      ])
  }

  @Test(
    "What cannot be is refused by its name, with what it must be",
    arguments: [
      ("temperature=hot", "option temperature is “hot”; it must be a number from 0.0 to 2.0"),
      ("temperature=2.1", "option temperature is 2.1; it must be a number from 0.0 to 2.0"),
      ("max_tokens=0", "option max_tokens is 0; it must be a whole number from 1 to 1000000000"),
      ("seed=1.5", "option seed is 1.5; it must be a whole number"),
      ("reasoning_effort=much", "it must be none, minimal, low, medium, high, xhigh or max"),
      ("thinking_budget=-1", "it must be auto or a whole number from 0 to 1000000"),
      ("response_format=yaml", "it must be text, json or a JSON Schema"), ("stop=", "none empty"),
      ("body=7", "it must be an object, or body.NAME=value"), ("body.stream=false", "left to Fiedler"),
      ("temprature=1", "no option is called “temprature”; there are temperature, "), ("temperature", "name=value"),
      ("=1", "name=value"), ("body.=1", "no option is called"),
    ])
  func refused(_ assignment: String, _ words: String) {
    let error = #expect(throws: InvalidOption.self) { try options(assignment) }
    #expect(error.map { "\($0)".contains(words) } == true, "\(String(describing: error))")
  }

  @Test("A send's options come before a model's, and a model's before its provider's; fields of the body add up")
  func layers() throws {
    let merged = try options("temperature=0", "body.a=1").over(
      options("temperature=1", "seed=2", "body.a=2", "body.b=3"))
    #expect(merged.temperature == 0 && merged.seed == 2 && merged.body == ["a": 1, "b": 3])
    #expect(GenerationOptions().isEmpty && !merged.isEmpty)
  }

  @Test("What OpenAI's API calls a format is understood as well")
  func formats() throws {
    #expect(try options(#"response_format={"type":"json_object"}"#).responseFormat == .json)
    let wrapped = #"response_format={"type":"json_schema","json_schema":{"name":"x","schema":{"type":"array"}}}"#
    #expect(try options(wrapped).responseFormat == .schema(["type": "array"]))
  }

  @Test("Kept options of a later version cost themselves and no more")
  func stored() {
    let options = GenerationOptions(stored: ["temperature": 0.5, "mood": "good", "seed": "none"])
    #expect(options.temperature == 0.5 && options.names == [.temperature])
    #expect(GenerationOptions(stored: 7).isEmpty)
  }
}
