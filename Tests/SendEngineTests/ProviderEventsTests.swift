import Conversations
import JSON
import TestSupport
import Testing

@testable import SendEngine

/// Streams as each provider documents them, byte for byte where its documentation shows them.
@Suite("What is special to each provider")
struct ProviderEventsTests {
  struct Stream: Sendable, CustomTestStringConvertible {
    var provider: String
    var events: [String]
    var reasoning = ""
    var text = "Hello!"
    var usage: Usage

    var testDescription: String { provider }
  }

  static let streams = [
    Stream(
      provider: "deepseek",
      events: [
        #"{"id":"1","object":"chat.completion.chunk","model":"deepseek-reasoner","choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":"Hm."},"logprobs":null,"finish_reason":null}]}"#,
        #"{"id":"1","choices":[{"index":0,"delta":{"content":"Hello!","reasoning_content":null},"finish_reason":null}]}"#,
        #"{"id":"1","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":16,"completion_tokens":10,"total_tokens":26,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":6},"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":8}}"#,
      ], reasoning: "Hm.",
      usage: Usage(promptTokens: 16, completionTokens: 10, reasoningTokens: 6, cachedTokens: 8)),
    Stream(
      provider: "mistral",
      events: [
        #"{"id":"2","choices":[{"index":0,"delta":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]}]},"finish_reason":null}]}"#,
        #"{"id":"2","choices":[{"index":0,"delta":{"content":[{"type":"text","text":"Hello!"}]},"finish_reason":null}]}"#,
        #"{"id":"2","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":16,"total_tokens":20,"completion_tokens":4}}"#,
      ], reasoning: "Hm.", usage: Usage(promptTokens: 16, completionTokens: 4)),
    Stream(
      provider: "xai",
      events: [
        #"{"id":"3","choices":[{"index":0,"delta":{"reasoning_content":"Hm.","role":"assistant"}}]}"#,
        #"{"id":"3","choices":[{"index":0,"delta":{"content":"Hello!"}}]}"#,
        #"{"id":"3","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        #"{"id":"3","choices":[],"usage":{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"prompt_tokens_details":{"text_tokens":32,"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":94},"num_sources_used":0}}"#,
      ], reasoning: "Hm.",
      usage: Usage(promptTokens: 32, completionTokens: 103, reasoningTokens: 94, cachedTokens: 6)),
    Stream(
      provider: "openrouter",
      events: [
        #"{"id":"gen-4","provider":"Groq","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"Hm.","reasoning_details":[{"type":"reasoning.text","text":"Hm.","format":"unknown","index":0}]},"finish_reason":null,"native_finish_reason":null}]}"#,
        #"{"id":"gen-4","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello!"},"finish_reason":"stop","native_finish_reason":"STOP"}]}"#,
        #"{"id":"gen-4","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":{"prompt_tokens":194,"completion_tokens":2,"total_tokens":196,"cost":0.95,"cost_details":{"upstream_inference_cost":19},"prompt_tokens_details":{"cached_tokens":100,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}"#,
      ], reasoning: "Hm.", usage: Usage(promptTokens: 194, completionTokens: 2, reasoningTokens: 0, cachedTokens: 100)),
    Stream(
      provider: "groq",
      events: [
        #"{"id":"5","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"x_groq":{"id":"req_1"}}"#,
        #"{"id":"5","choices":[{"index":0,"delta":{"reasoning":"Hm.","channel":"analysis"},"finish_reason":null}]}"#,
        #"{"id":"5","choices":[{"index":0,"delta":{"content":"Hello!"},"finish_reason":null}]}"#,
        #"{"id":"5","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"req_1","usage":{"queue_time":0.01,"prompt_tokens":18,"completion_tokens":7,"total_tokens":25,"completion_tokens_details":{"reasoning_tokens":3}}}}"#,
      ], reasoning: "Hm.", usage: Usage(promptTokens: 18, completionTokens: 7, reasoningTokens: 3)),
    Stream(
      provider: "together",
      events: [
        #"{"id":"6","object":"chat.completion.chunk","choices":[{"index":0,"text":"","logprobs":null,"finish_reason":null,"seed":null,"delta":{"token_id":1,"role":"assistant","content":"","reasoning":"Hm.","tool_calls":null}}],"usage":null}"#,
        #"{"id":"6","choices":[{"index":0,"text":"Hello!","finish_reason":null,"delta":{"token_id":2,"role":"assistant","content":"Hello!","tool_calls":null}}],"usage":null}"#,
        #"{"id":"6","choices":[{"index":0,"text":"","finish_reason":"stop","seed":12345,"delta":{"token_id":3,"role":"assistant","content":"","tool_calls":null}}],"usage":{"prompt_tokens":13,"completion_tokens":5,"total_tokens":18,"cached_tokens":4}}"#,
      ], reasoning: "Hm.", usage: Usage(promptTokens: 13, completionTokens: 5, cachedTokens: 4)),
    Stream(
      provider: "cerebras",
      events: [
        #"{"id":"7","choices":[{"delta":{"role":"assistant"},"index":0}],"system_fingerprint":"fp_1"}"#,
        #"{"id":"7","choices":[{"delta":{"reasoning":"Hm."},"index":0}]}"#,
        #"{"id":"7","choices":[{"delta":{"content":"Hello!"},"index":0}]}"#,
        #"{"id":"7","choices":[{"delta":{},"finish_reason":"stop","index":0}],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17,"prompt_tokens_details":{"cached_tokens":0}},"time_info":{"queue_time":0.0001,"total_time":0.02}}"#,
      ], reasoning: "Hm.", usage: Usage(promptTokens: 12, completionTokens: 5, cachedTokens: 0)),
    Stream(
      provider: "azure",
      events: [
        #"{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}"#,
        #"{"id":"8","choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}]}"#,
        #"{"id":"8","choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"delta":{"content":"Hello!"},"finish_reason":null,"index":0}]}"#,
        #"{"id":"8","choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0}]}"#,
        #"{"id":"8","choices":[],"usage":{"completion_tokens":4,"prompt_tokens":11,"total_tokens":15}}"#,
      ], usage: Usage(promptTokens: 11, completionTokens: 4)),
    Stream(
      provider: "ollama",
      events: [
        #"{"id":"chatcmpl-9","object":"chat.completion.chunk","model":"qwen3","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"Hm."},"finish_reason":null}]}"#,
        #"{"id":"chatcmpl-9","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello!"},"finish_reason":null}]}"#,
        #"{"id":"chatcmpl-9","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}"#,
        #"{"id":"chatcmpl-9","choices":[],"usage":{"prompt_tokens":20,"completion_tokens":8,"total_tokens":28}}"#,
      ], reasoning: "Hm.", usage: Usage(promptTokens: 20, completionTokens: 8)),
    Stream(
      provider: "vllm",
      events: [
        #"{"id":"10","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"prompt_token_ids":null}"#,
        #"{"id":"10","choices":[{"index":0,"delta":{"reasoning":"Hm.","reasoning_content":"Hm."},"finish_reason":null,"token_ids":null}]}"#,
        #"{"id":"10","choices":[{"index":0,"delta":{"content":"Hello!"},"finish_reason":null}]}"#,
        #"{"id":"10","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop","stop_reason":null}]}"#,
        #"{"id":"10","choices":[],"usage":{"prompt_tokens":9,"total_tokens":15,"completion_tokens":6}}"#,
      ], reasoning: "Hm.", usage: Usage(promptTokens: 9, completionTokens: 6)),
    Stream(
      provider: "llamacpp",
      events: [
        #"{"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"id":"11","model":"m","object":"chat.completion.chunk"}"#,
        #"{"choices":[{"finish_reason":null,"index":0,"delta":{"reasoning_content":"Hm."}}],"id":"11"}"#,
        #"{"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Hello!"}}],"id":"11"}"#,
        #"{"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"id":"11"}"#,
        #"{"choices":[],"id":"11","usage":{"completion_tokens":6,"prompt_tokens":9,"total_tokens":15},"timings":{"cache_n":0,"prompt_n":9,"predicted_n":6,"predicted_per_second":50.1}}"#,
      ], reasoning: "Hm.", usage: Usage(promptTokens: 9, completionTokens: 6)),
    Stream(
      provider: "lmstudio",
      events: [
        #"{"id":"chatcmpl-12","object":"chat.completion.chunk","model":"gpt-oss","system_fingerprint":"gpt-oss","choices":[{"index":0,"delta":{"role":"assistant","reasoning":"Hm."},"logprobs":null,"finish_reason":null}]}"#,
        #"{"id":"chatcmpl-12","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello!"},"finish_reason":null}]}"#,
        #"{"id":"chatcmpl-12","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        #"{"id":"chatcmpl-12","choices":[],"usage":{"prompt_tokens":70,"completion_tokens":30,"total_tokens":100,"completion_tokens_details":{"reasoning_tokens":12}}}"#,
      ], reasoning: "Hm.", usage: Usage(promptTokens: 70, completionTokens: 30, reasoningTokens: 12)),
  ]

  @Test("Its stream is understood: reasoning apart from text, nothing twice, all that it counts", arguments: streams)
  func understood(_ stream: Stream) throws {
    for split in [Int.max, 7] {
      let events = [WireEvent.comment("OPENROUTER PROCESSING")] + stream.events.map(WireEvent.data) + [OpenAI.done]
      let said = try understand(.openai, events, split: split)
      #expect(said.reasoning == stream.reasoning)
      #expect(said.text == stream.text)
      #expect(said.usage == stream.usage)
      #expect(said.end == .finished(.stop))
    }
  }

  @Test(
    "Azure: deployments with their API version, or the v1 API; the key in a header of its own",
    arguments: [
      (
        "https://r.openai.azure.com", "2024-10-21", ConfiguredModel.Kind.openai,
        "https://r.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21"
      ),
      ("https://r.openai.azure.com/openai", nil, .openai, "https://r.openai.azure.com/openai/v1/chat/completions"),
      ("https://r.openai.azure.com/openai/v1", nil, .responses, "https://r.openai.azure.com/openai/v1/responses"),
      (
        "https://r.openai.azure.com", "2025-03-01-preview", .responses,
        "https://r.openai.azure.com/openai/responses?api-version=2025-03-01-preview"
      ),
      (
        "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=1", nil, .openai,
        "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=1"
      ),
    ] as [(String, String?, ConfiguredModel.Kind, String)])
  func azure(_ base: String, _ version: String?, _ kind: ConfiguredModel.Kind, _ url: String) throws {
    let more = version.map { ", api_version: \"\($0)\"" } ?? ""
    let registry = try ModelRegistry.parse(
      "providers:\n  azure: {base_url: \"\(base)\", api: \(kind.rawValue)\(more), models: {my gpt: {}}}\n")
    let model = registry.models[0]
    #expect(model.apiKeyVariable == "AZURE_OPENAI_API_KEY")
    let request = try #require(kind.provider).request(
      for: model, key: APIKey("k"), messages: [ChatMessage(role: .user, content: "?")])
    #expect(request.url == url)
    #expect(request.headers.map(\.name) == ["api-key"] && request.headers.map(\.value) == ["k"])
  }

  @Test("Each is known by its name: where it is, and which variable has its key")
  func known() {
    for stream in Self.streams {
      let provider = ConfiguredProvider.known[stream.provider]
      #expect(provider?.apiKeyVariables.isEmpty == false, "\(stream.provider)")
      #expect(provider?.baseURL.isEmpty == (stream.provider == "azure"), "\(stream.provider)")
    }
  }
}
