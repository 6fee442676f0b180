import Conversations
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("Models that providers list")
struct ListingTests {
  @Test(
    "Each provider's list is read: names, context lengths and prices where it tells, what writes no text left out",
    arguments: [
      // OpenAI; vLLM and llama.cpp.
      (
        #"{"object":"list","data":[{"id":"gpt-5","object":"model","created":1,"owned_by":"openai"}]}"#,
        [ListedModel(name: "gpt-5")]
      ),
      (
        #"{"object":"list","data":[{"id":"q","object":"model","max_model_len":32768}]}"#,
        [ListedModel(name: "q", contextWindow: 32768)]
      ),
      (
        #"{"models":[{"name":"x"}],"object":"list","data":[{"id":"l.gguf","meta":{"n_ctx_train":131072}}]}"#,
        [ListedModel(name: "l.gguf", contextWindow: 131_072)]
      ),
      // OpenRouter.
      (
        """
        {"data":[{"id":"a/b","context_length":200000,"architecture":{"output_modalities":["text"]},
        "pricing":{"prompt":"0.0000003","completion":"0.000015","input_cache_read":"0.00000003"},
        "top_provider":{"context_length":200000,"max_completion_tokens":64000}},
        {"id":"a/paint","architecture":{"output_modalities":["image"]}}]}
        """,
        [
          ListedModel(
            name: "a/b", contextWindow: 200_000, maxCompletionTokens: 64_000,
            price: Price(input: 0.3, output: 15, cached: 0.03))
        ]
      ),
      // Together, Groq, Mistral.
      (
        #"[{"id":"t","type":"chat","context_length":131072,"pricing":{"input":0.88,"output":0.9}},{"id":"i","type":"image"}]"#,
        [ListedModel(name: "t", contextWindow: 131_072, price: Price(input: 0.88, output: 0.9))]
      ),
      (
        #"{"data":[{"id":"g","context_window":131072,"max_completion_tokens":32768}]}"#,
        [ListedModel(name: "g", contextWindow: 131_072, maxCompletionTokens: 32_768)]
      ),
      (
        #"{"data":[{"id":"m","capabilities":{"completion_chat":true},"max_context_length":32000},{"id":"e","capabilities":{"completion_chat":false}}]}"#,
        [ListedModel(name: "m", contextWindow: 32_000)]
      ),
      // Gemini, Anthropic, and a name twice.
      (
        #"{"models":[{"name":"models/gemini-2.5-pro","inputTokenLimit":1048576,"outputTokenLimit":65536,"supportedGenerationMethods":["generateContent"]},{"name":"models/embedding","supportedGenerationMethods":["embedContent"]}]}"#,
        [ListedModel(name: "gemini-2.5-pro", contextWindow: 1_048_576, maxCompletionTokens: 65_536)]
      ),
      (
        #"{"data":[{"type":"model","id":"claude-x","display_name":"X"},{"type":"model","id":"claude-x"}],"has_more":false}"#,
        [ListedModel(name: "claude-x")]
      ),
    ])
  func lists(_ text: String, _ models: [ListedModel]) throws {
    #expect(ListedModel.read(try JSON(text)) == models)
  }

  @Test("What is kept of lists is read again the same; a file that is none is as good as none")
  func kept() throws {
    let directory = try TemporaryDirectory()
    var listings = ModelListings()
    listings.models["openrouter"] = [
      ListedModel(name: "a/b", contextWindow: 9, price: Price(input: 0.3, output: 1.5, cached: 0.1)),
      ListedModel(name: "c"),
    ]
    try directory.write("models.json", listings.text)
    #expect(ModelListings(path: directory("models.json")) == listings)
    try directory.write("broken.json", "{")
    #expect(ModelListings(path: directory("broken.json")) == ModelListings())
    #expect(ModelListings(path: directory("none.json")) == ModelListings())
  }

  @Test("A listed model is found by its name where nothing else has it, and what a list knows fills what is not set")
  func registry() throws {
    var listings = ModelListings()
    listings.models["openrouter"] = [ListedModel(name: "openai/gpt-9"), ListedModel(name: "openai/gpt-5")]
    listings.models["openai"] = [ListedModel(name: "gpt-9", contextWindow: 500)]
    listings.models["lab"] = [ListedModel(name: "mine", contextWindow: 42, price: Price(input: 1, output: 2))]
    let registry = try ModelRegistry.parse(
      "providers: {lab: {base_url: 'http://127.0.0.1:1/v1', options: {seed: 3}, models: {mine: {}, set: {max_tokens: 7}}}}\n"
    ).knowing(listings, environment: [:])
    #expect(registry.models[0].contextWindow == 42 && registry.models[0].price == Price(input: 1, output: 2))
    #expect(registry.models[1].contextWindow == 7)
    #expect(try registry.resolve("gpt-9").reference == ModelReference(provider: "openai", name: "gpt-9"))
    #expect(try registry.resolve("openai/gpt-9").reference.provider == "openai")
    #expect(try registry.resolve("openrouter/openai/gpt-9").baseURL == "https://openrouter.ai/api/v1")
    #expect(try registry.resolve("gpt-5").reference.provider == "openai", "the well-known one, as before")
    #expect(registry.model(ModelReference(provider: "openrouter", name: "openai/gpt-9")) != nil)
    #expect(registry.listed.count == 3)
  }

  @Test("A provider is asked at its own address with its own header; a refusal is told with the way out")
  func asked() async throws {
    let list = [ScriptStep.status(200, body: #"{"data":[{"id":"one"}]}"#)]
    let server = try await ScriptedProviderServer(otherwise: list)
    let registry = try ModelRegistry.parse(
      """
      providers:
        chat: {base_url: "\(server.baseURL)", api_key_env: KEY}
        claude: {base_url: "\(server.baseURL)", kind: anthropic, api_key_env: KEY}
        google: {base_url: "\(server.baseURL)", api_key_env: KEY}
        none: {base_url: "\(server.baseURL)", api_key_env: MISSING}
      """)
    let keys = KeyStore(providers: registry.providers, file: nil, environment: ["KEY": "k-123"])
    let lister = ModelLister(keys: keys, network: NetworkEnvironment(), version: "9.9")
    for provider in registry.providers.filter({ ["chat", "claude", "google"].contains($0.name) }) {
      #expect(try await lister.models(of: provider) == [ListedModel(name: "one")])
    }
    let asked = server.requests
    #expect(asked.map(\.method) == ["GET", "GET", "GET"])
    #expect(asked.map(\.uri) == ["/v1/models", "/v1/models?limit=1000", "/v1/models?pageSize=1000"])
    let names = ["authorization", "x-api-key", "x-goog-api-key"]
    #expect(zip(asked, names).map { $0.header($1) } == ["Bearer k-123", "k-123", "k-123"])

    let missing = try #require(registry.providers.first { $0.name == "none" })
    let unset = await #expect(throws: SendFailure.self) { try await lister.models(of: missing) }
    #expect(unset?.message.contains("$MISSING") == true)
    server.enqueue([.status(401, body: #"{"error":{"message":"bad k-123"}}"#)])
    let refused = await #expect(throws: SendFailure.self) { try await lister.models(of: registry.providers[0]) }
    #expect(refused?.kind == .unauthorized && refused?.message.contains("k-123") == false)
    server.enqueue([.status(200, body: "<html>")])
    await #expect(throws: SendFailure.self) { try await lister.models(of: registry.providers[0]) }
    await lister.shutdown()
    try await server.shutdown()
  }
}
