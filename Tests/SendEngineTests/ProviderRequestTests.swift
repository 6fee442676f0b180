import Conversations
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("Requests to providers")
struct ProviderRequestTests {
  private let key = APIKey("sk-secret-0123456789")
  private let chat = [
    ChatMessage(role: .system, content: "Be brief."), ChatMessage(role: .user, content: "One?"),
    ChatMessage(role: .assistant, content: "One."), ChatMessage(role: .user, content: "Two?"),
  ]

  private func request(
    _ kind: ConfiguredModel.Kind, _ name: String = "m", base: String = "https://api.example.com/v1",
    limit: Int? = nil, key: APIKey? = nil
  ) throws -> ProviderRequest {
    let model = ConfiguredModel.scripted(name, kind: kind, baseURL: base, maxCompletionTokens: limit)
    guard let provider = kind.provider else { throw SendFailure(.invalidRequest, "no wire") }
    return try provider.request(for: model, key: key ?? self.key, messages: chat)
  }

  @Test("OpenAI-compatible: the whole chat, streaming, with usage")
  func openAI() throws {
    let request = try request(.openai, "deepseek-ai/DeepSeek-R1")
    #expect(request.url == "https://api.example.com/v1/chat/completions")
    #expect(request.headers.map(\.name) == ["Authorization"])
    #expect(request.headers.first?.value == "Bearer sk-secret-0123456789")
    #expect(
      request.body == [
        "model": "deepseek-ai/DeepSeek-R1", "stream": true, "stream_options": ["include_usage": true],
        "messages": [
          ["role": "system", "content": "Be brief."], ["role": "user", "content": "One?"],
          ["role": "assistant", "content": "One."], ["role": "user", "content": "Two?"],
        ],
      ])
  }

  @Test(
    "The token limit goes by the name that the model wants",
    arguments: [
      ("https://api.openai.com/v1", "gpt-4o-mini", true), ("https://api.OpenAI.com/v1/", "anything", true),
      ("https://openrouter.ai/api/v1", "openai/o3-mini", true),
      ("https://openrouter.ai/api/v1", "openai/gpt-5.1", true),
      ("https://api.together.xyz/v1", "deepseek-ai/DeepSeek-R1", false), ("http://localhost:8080/v1", "olmo-2", false),
      ("https://evil.example/api.openai.com", "gpt-4o", false),
    ])
  func tokenLimitName(_ base: String, _ name: String, _ isNew: Bool) throws {
    let body = try request(.openai, name, base: base, limit: 500).body
    #expect(body["max_completion_tokens"]?.int == (isNew ? 500 : nil))
    #expect(body["max_tokens"]?.int == (isNew ? nil : 500))
  }

  @Test("Mistral, which refuses stream_options, is not sent any")
  func mistral() throws {
    let body = try request(.openai, "mistral-large-latest", base: "https://api.mistral.ai/v1").body
    #expect(body["stream_options"] == nil)
    #expect(body["stream"] == true)
  }

  @Test("Anthropic: key and version in headers, the system prompt apart, a limit always")
  func anthropic() throws {
    let request = try request(.anthropic, "claude-sonnet-4-5", base: "https://api.anthropic.com")
    #expect(request.url == "https://api.anthropic.com/v1/messages")
    #expect(
      Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
        == ["anthropic-version": "2023-06-01", "x-api-key": "sk-secret-0123456789"])
    #expect(
      request.body == [
        "model": "claude-sonnet-4-5", "stream": true, "max_tokens": 8192, "system": "Be brief.",
        "messages": [
          ["role": "user", "content": "One?"], ["role": "assistant", "content": "One."],
          ["role": "user", "content": "Two?"],
        ],
      ])
    #expect(try self.request(.anthropic, limit: 64_000).body["max_tokens"] == 64_000)
  }

  @Test("Gemini: the key in a header and never in the URL, the roles by their names there")
  func gemini() throws {
    let request = try request(
      .gemini, "gemini-2.5-pro", base: "https://generativelanguage.googleapis.com/v1beta", limit: 900)
    #expect(
      request.url
        == "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse")
    #expect(request.headers.map(\.name) == ["x-goog-api-key"])
    #expect(!request.url.contains("sk-secret"))
    #expect(
      request.body == [
        "systemInstruction": ["parts": [["text": "Be brief."]]],
        "contents": [
          ["role": "user", "parts": [["text": "One?"]]], ["role": "model", "parts": [["text": "One."]]],
          ["role": "user", "parts": [["text": "Two?"]]],
        ],
        "generationConfig": ["maxOutputTokens": 900, "thinkingConfig": ["includeThoughts": true]],
      ])
  }

  @Test(
    "Thoughts are asked for only where the model can show them",
    arguments: [
      ("gemini-2.5-flash", true), ("gemini-3-pro-preview", true), ("gemini-2.0-flash", false),
      ("gemini-1.5-pro", false), ("gemini-2.5-flash-image", false), ("gemma-3-27b-it", false),
    ])
  func thoughts(_ name: String, _ asked: Bool) throws {
    #expect((try request(.gemini, name).body["generationConfig"] != nil) == asked)
  }

  @Test(
    "A base_url is taken as people write it",
    arguments: [
      (ConfiguredModel.Kind.openai, "http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1/chat/completions"),
      (.openai, "https://x.example/v1/chat/completions", "https://x.example/v1/chat/completions"),
      (.anthropic, "https://api.anthropic.com/v1", "https://api.anthropic.com/v1/messages"),
      (.anthropic, "https://v1.example", "https://v1.example/v1/messages"),
      (.gemini, "https://g.example", "https://g.example/v1beta/models/m:streamGenerateContent?alt=sse"),
      (.gemini, "https://g.example/v1/", "https://g.example/v1/models/m:streamGenerateContent?alt=sse"),
    ])
  func baseURLs(_ kind: ConfiguredModel.Kind, _ base: String, _ url: String) throws {
    #expect(try request(kind, base: base).url == url)
  }

  @Test(
    "A base_url that is none is refused before anything is sent",
    arguments: [
      "", "api.example.com/v1", "ftp://x.example", "https://", "https:///v1", "https://a b.example/v1",
      "https://user:password@x.example/v1", "https://x.example/v1?key=1",
    ])
  func wrongBaseURLs(_ base: String) {
    let failure = #expect(throws: SendFailure.self) { try request(.openai, base: base) }
    #expect(failure?.kind == .invalidRequest)
    #expect(failure?.message.contains("acme") == true)
    #expect(failure?.message.contains("password@") == false)
  }

  @Test("A Gemini name cannot reach another path")
  func geminiNameEscapes() throws {
    #expect(
      try request(.gemini, "a?b#c:d e", base: "https://g.example/v1").url
        == "https://g.example/v1/models/a%3Fb%23c%3Ad%20e:streamGenerateContent?alt=sse")
    #expect(
      try request(.gemini, "tunedModels/mine", base: "https://g.example/v1").url
        == "https://g.example/v1/tunedModels/mine:streamGenerateContent?alt=sse")
  }

  @Test("A server that wants no key gets none")
  func noKey() throws {
    let model = ConfiguredModel.scripted()
    #expect(try OpenAICompatibleProvider().request(for: model, key: nil, messages: chat).headers.isEmpty)
    #expect(try GeminiProvider().request(for: model, key: nil, messages: chat).headers.isEmpty)
  }
}
