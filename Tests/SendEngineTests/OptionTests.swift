import ConfigurationReading
import Conversations
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("Options on the wire")
struct OptionTests {
  private func model(
    _ kind: ConfiguredModel.Kind, _ name: String, _ assignments: [String], at provider: String = "acme",
    base: String = "https://api.example.com/v1"
  ) throws -> ConfiguredModel {
    var options = GenerationOptions()
    for assignment in assignments { try options.set(assignment: assignment) }
    return ConfiguredModel(
      reference: ModelReference(provider: provider, name: name), kind: kind, baseURL: base
    ).heeding(options)
  }

  /// The fields of a request's body besides those of every request.
  private func fields(_ model: ConfiguredModel) throws -> JSON {
    let provider = try #require(model.kind.provider)
    let body = try provider.request(
      for: model, key: nil, messages: [ChatMessage(role: .user, content: "?")]
    ).body
    let common = ["model", "messages", "contents", "stream", "stream_options"]
    return .object((body.object ?? [:]).filter { !common.contains($0.key) })
  }

  private static let plain = [
    "temperature=0.2", "top_p=0.9", "max_tokens=500", "stop=END", "seed=7", "reasoning_effort=low",
    "response_format=json", "body.top_k=40",
  ]

  @Test("OpenAI-compatible: each by its name there, fields of the server's own beside them")
  func openAI() throws {
    #expect(
      try fields(model(.openai, "m", Self.plain + ["verbosity=high"])) == [
        "temperature": 0.2, "top_p": 0.9, "max_tokens": 500, "stop": ["END"], "seed": 7, "reasoning_effort": "low",
        "verbosity": "high", "response_format": ["type": "json_object"], "top_k": 40,
      ])
    let schema = #"response_format={"title":"A city","type":"object"}"#
    #expect(
      try fields(model(.openai, "m", [schema]))["response_format"] == [
        "type": "json_schema",
        "json_schema": ["name": "A_city", "schema": ["title": "A city", "type": "object"]],
      ])
  }

  @Test(
    "Servers that have words of their own hear those",
    arguments: [
      ("mistral", ["seed=7"], #"{"random_seed":7}"#),
      ("openrouter", ["reasoning_effort=high"], #"{"reasoning":{"effort":"high"}}"#),
      ("openrouter", ["thinking_budget=2000"], #"{"reasoning":{"max_tokens":2000}}"#),
      ("openrouter", [#"body.provider={"order":["groq"]}"#], #"{"provider":{"order":["groq"]}}"#),
      ("deepseek", ["reasoning_effort=none"], #"{"thinking":{"type":"disabled"}}"#),
      ("vllm", ["reasoning_effort=none"], #"{"chat_template_kwargs":{"enable_thinking":false}}"#),
      ("llamacpp", ["reasoning_effort=high"], #"{"chat_template_kwargs":{"reasoning_effort":"high"}}"#),
      ("ollama", ["reasoning_effort=none"], #"{"reasoning_effort":"none"}"#),
      ("xai", ["reasoning_effort=low"], #"{"reasoning_effort":"low"}"#),
    ])
  func dialects(_ provider: String, _ assignments: [String], _ expected: String) throws {
    #expect(try fields(model(.openai, "m", assignments, at: provider)) == JSON(expected))
  }

  @Test("Anthropic: stop sequences, a budget with room for the answer, effort, a form by its schema")
  func anthropic() throws {
    let name = "claude-opus-4-6"
    #expect(
      try fields(model(.anthropic, name, ["temperature=0.2", "top_p=0.9", "max_tokens=500", "stop=END"])) == [
        "temperature": 0.2, "top_p": 0.9, "max_tokens": 500, "stop_sequences": ["END"],
      ])
    #expect(
      try fields(model(.anthropic, "claude-sonnet-4-5", ["thinking_budget=4000"])) == [
        "max_tokens": 12192, "thinking": ["type": "enabled", "budget_tokens": 4000],
      ])
    #expect(
      try fields(model(.anthropic, name, ["reasoning_effort=high"])) == [
        "max_tokens": 8192, "output_config": ["effort": "high"],
        "thinking": ["type": "adaptive", "display": "summarized"],
      ])
    #expect(try fields(model(.anthropic, name, ["thinking_budget=0"]))["thinking"] == ["type": "disabled"])
    #expect(
      try fields(model(.anthropic, name, [#"response_format={"type":"object"}"#]))["output_config"]
        == ["format": ["type": "json_schema", "schema": ["type": "object"]]])
  }

  @Test("Gemini: in generationConfig, thinking by level or by budget, as the model's version has it")
  func gemini() throws {
    let assignments = Self.plain.filter { !$0.hasPrefix("reasoning") && !$0.hasPrefix("body") }
    #expect(
      try fields(model(.gemini, "gemini-2.0-flash", assignments)) == [
        "generationConfig": [
          "temperature": 0.2, "topP": 0.9, "maxOutputTokens": 500, "stopSequences": ["END"], "seed": 7,
          "responseMimeType": "application/json",
        ]
      ])
    func thinking(_ name: String, _ assignment: String) throws -> JSON? {
      try fields(model(.gemini, name, [assignment]))["generationConfig"]?["thinkingConfig"]
    }
    #expect(
      try thinking("gemini-2.5-pro", "reasoning_effort=medium") == ["thinkingBudget": 8192, "includeThoughts": true])
    #expect(
      try thinking("gemini-3-pro-preview", "reasoning_effort=low") == ["thinkingLevel": "low", "includeThoughts": true])
    #expect(
      try thinking("gemini-2.5-flash", "thinking_budget=auto") == ["thinkingBudget": -1, "includeThoughts": true])
    #expect(
      try fields(model(.gemini, "gemini-2.5-pro", [#"body.generationConfig={"topK":9}"#]))["generationConfig"]
        == ["topK": 9, "thinkingConfig": ["includeThoughts": true]])
  }

  @Test(
    "An option that a provider has none of is refused with model, provider, option and the way out",
    arguments: [
      (ConfiguredModel.Kind.anthropic, "claude-opus-4-6", "anthropic", "seed=1", "no seed; leave it out"),
      (.anthropic, "claude-opus-4-6", "anthropic", "verbosity=low", "say in the prompt"),
      (.anthropic, "claude-opus-4-6", "anthropic", "temperature=1.5", "from 0 to 1"),
      (.anthropic, "claude-opus-4-6", "anthropic", "response_format=json", "JSON Schema"),
      (.anthropic, "claude-sonnet-4-5", "anthropic", "reasoning_effort=low", "take thinking_budget"),
      (.anthropic, "claude-sonnet-4-5", "anthropic", "thinking_budget=100", "1024"),
      (.gemini, "gemini-2.5-pro", "google", "verbosity=low", "say in the prompt"),
      (.gemini, "gemini-2.0-flash", "google", "thinking_budget=100", "does not think"),
      (.openai, "mistral-large", "mistral", "verbosity=low", "say in the prompt"),
      (.openai, "deepseek-chat", "deepseek", "seed=1", "leave it out"),
      (.openai, "deepseek-chat", "deepseek", #"response_format={"type":"object"}"#, "response_format=json"),
      (.openai, "gpt-5", "openai", "thinking_budget=100", "take reasoning_effort"),
      (.demo, "quick", "demo", "temperature=1", "leave it out"),
    ])
  func refused(
    _ kind: ConfiguredModel.Kind, _ name: String, _ provider: String, _ assignment: String, _ way: String
  ) throws {
    let refused = try model(kind, name, [assignment], at: provider).refusedOptions
    #expect(refused.count == 1)
    let words = "\(try #require(refused.first))"
    for part in [name, provider, String(assignment.prefix { $0 != "=" }), way] {
      #expect(words.contains(part), "\(words)")
    }
  }

  @Test("A refused option fails before anything is sent")
  func nothingSent() async throws {
    try await withScene(otherwise: OpenAI.answer("Hi")) { scene in
      var options = GenerationOptions()
      options.thinkingBudget = .tokens(5)
      _ = await scene.send(scene.model().heeding(options)).outcome()
      #expect(scene.reply.failure?.kind == .invalidRequest)
      #expect(scene.reply.failure?.message.contains("thinking_budget") == true)
      #expect(scene.server.requests.isEmpty)
    }
  }

  @Test("models.yaml has options and headers for a provider's models, and for one; a send's come first")
  func modelsFile() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Hi"))
    let registry = try ModelRegistry.parse(
      """
      providers:
        acme:
          base_url: \(server.baseURL)
          headers: {X-Title: Fiedler, user-agent: mine}
          options: {temperature: 0.5, seed: 1, stop: [A, "7"], body: {provider: {order: [x]}}}
          models:
            one: {options: {temperature: 0, response_format: {type: object}}}
      """)
    var options = GenerationOptions()
    options.seed = 9
    let model = try registry.resolve("one").heeding(options)
    let sender = Sender { (_) throws(KeyError) in nil }
    #expect(await sender.send(.to([(UUID(), model)]), to: EventRecorder()).outcome() == .success)
    let request = try #require(server.requests.first)
    #expect(request.header("x-title") == "Fiedler" && request.header("user-agent") == "mine")
    let body = try #require(request.json)
    #expect(body["temperature"] == 0.0 || body["temperature"] == 0)
    #expect(body["seed"] == 9 && body["stop"] == ["A", "7"] && body["provider"] == ["order": ["x"]])
    #expect(body["response_format"]?["json_schema"]?["schema"] == ["type": "object"])
    await sender.shutdown()
    try await server.shutdown()
  }

  @Test(
    "What is wrong with options or headers is told with its line and key",
    arguments: [
      ("options: {temperature: 9}", "a.options.temperature", "from 0.0 to 2.0"),
      ("options: {temprature: 1}", "a.options.temprature", "did you mean temperature"),
      ("headers: {Host: x}", "a.headers.Host", "HTTP's own"), ("headers: {X: ä}", "a.headers.X", "printable ASCII"),
      ("options: 7", "a.options", "such as {temperature: 0.2}"),
    ])
  func wrongFile(_ line: String, _ key: String, _ words: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try ModelRegistry.parse(
        "providers:\n  a:\n    base_url: http://127.0.0.1:1/v1\n    \(line)\n    models: {m: {}}\n")
    }
    let problem = error?.problems.first
    #expect(problem?.line == 4 && problem?.key == "providers.\(key)", "\(String(describing: problem))")
    #expect(problem.map { "\($0)".contains(words) } == true, "\(String(describing: problem))")
  }

  @Test("The demo models heed max_tokens and seed")
  func demo() async throws {
    var options = GenerationOptions()
    options.maxTokens = 5
    let sink = EventRecorder()
    let sender = Sender { (_) throws(KeyError) in nil }
    let ids = [UUID(), UUID(), UUID()]
    for (id, seed) in zip(ids, [1, 1, 2]) {
      options.seed = seed
      let model = try #require(DemoModels.named("demo/rate-10000")).heeding(options)
      _ = await sender.send(.to([(id, model)]), to: sink).outcome()
    }
    let replies = ids.map { sink.reply($0) }
    #expect(replies.allSatisfy { $0.usage.completionTokens == 5 && $0.finishReason == .length })
    #expect(replies[0].text == replies[1].text)
    await sender.shutdown()
  }
}
