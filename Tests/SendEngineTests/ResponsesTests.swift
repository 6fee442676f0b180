import Conversations
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("OpenAI's Responses API")
struct ResponsesTests {
  @Test(
    "Summaries of reasoning, then text; cached and reasoning tokens counted; nothing twice", arguments: [1, 9, .max])
  func usual(_ split: Int) throws {
    let said = try understand(
      .responses,
      [
        Responses.created, Responses.summaryPart, Responses.summary("**Look**"), Responses.summary(" first."),
        Responses.summaryPart, Responses.summary("Then think."), Responses.thoughts("x", encrypted: "c2Vj"),
        Responses.text("It is "), Responses.text("42 ✅."), Responses.textDone("It is 42 ✅."),
        Responses.end(input: 100, cached: 64, output: 30, reasoning: 20),
      ], split: split)
    #expect(said.reasoning == "**Look** first.\n\nThen think.")
    #expect(said.text == "It is 42 ✅.")
    #expect(
      said.usage == Usage(promptTokens: 100, completionTokens: 30, reasoningTokens: 20, cachedTokens: 64))
    #expect(said.end == .finished(.stop))
    let thoughts = Responses.item("x", encrypted: "c2Vj").object?.filter { $0.key != "status" }
    #expect(said.continuation == Continuation(wire: .responses, items: [.object(try #require(thoughts))]))
  }

  @Test("A server that does not stream answers with the whole response")
  func whole() throws {
    let body: JSON = [
      "object": "response", "status": "completed", "error": nil,
      "output": [
        ["type": "reasoning", "summary": [["type": "summary_text", "text": "Hm."]]],
        ["type": "message", "content": [["type": "output_text", "text": "Yes."]]],
      ],
      "usage": ["input_tokens": 1, "output_tokens": 2],
    ]
    let said = try understand(.responses, [.bytes(body.text)])
    #expect(said.text == "Yes." && said.reasoning == "Hm." && said.end == .finished(.stop))
  }

  @Test("Each way to end is told as what it is")
  func endings() throws {
    func end(_ events: WireEvent...) throws -> Understood { try understand(.responses, events) }
    let limit = Responses.end("incomplete", ["incomplete_details": ["reason": "max_output_tokens"]])
    #expect(try end(Responses.text("x"), limit).end == .finished(.length))
    let filtered = Responses.end("incomplete", ["incomplete_details": ["reason": "content_filter"]])
    #expect(try end(Responses.text("x"), filtered).end == .finished(.blocked("content_filter")))
    #expect(try end(Responses.refusal("No."), Responses.end()).end == .finished(.blocked("refusal")))
    let error: JSON = ["code": "server_error", "message": "The model went away"]
    let failed = try end(Responses.text("x"), Responses.end("failed", ["error": error]))
    #expect(failed.failure?.message.contains("The model went away") == true && failed.text == "x")
    let inStream = try end(Responses.event("error", ["code": "rate_limit_exceeded", "message": "Slow down"]))
    #expect(inStream.failure?.httpStatus == 429 && inStream.failure?.message.contains("Slow down") == true)
    #expect(try end(Responses.text("x")).failure?.kind == .truncated)
  }

  @Test("The conversation is sent whole and kept by nobody else; options go by their names there")
  func request() throws {
    var model = ConfiguredModel.scripted("gpt-5", kind: .responses, baseURL: "https://api.openai.com/v1")
    for assignment in ["max_tokens=500", "verbosity=low", "reasoning_effort=high", "response_format=json"] {
      try model.options.generation.set(assignment: assignment)
    }
    let thoughts = Responses.item("x", encrypted: "c2Vj")
    let request = try OpenAIResponsesProvider().request(
      for: model, key: APIKey("sk-1"),
      messages: [
        ChatMessage(role: .system, content: "Be brief."), ChatMessage(role: .user, content: "One?"),
        ChatMessage(
          role: .assistant, content: "One.", continuation: Continuation(wire: .responses, items: [thoughts])),
        ChatMessage(role: .user, content: "Two?"),
      ])
    #expect(request.url == "https://api.openai.com/v1/responses")
    #expect(request.headers.map(\.value) == ["Bearer sk-1"])
    #expect(
      request.body == [
        "model": "gpt-5", "stream": true, "store": false, "instructions": "Be brief.", "max_output_tokens": 500,
        "reasoning": ["effort": "high", "summary": "auto"], "include": ["reasoning.encrypted_content"],
        "text": ["verbosity": "low", "format": ["type": "json_object"]],
        "input": [
          ["role": "user", "content": "One?"], thoughts, ["role": "assistant", "content": "One."],
          ["role": "user", "content": "Two?"],
        ],
      ])
    for refused in ["stop=END", "seed=1", "thinking_budget=5"] {
      var other = ConfiguredModel.scripted("gpt-5", kind: .responses)
      try other.options.generation.set(assignment: refused)
      #expect(other.refusedOptions.count == 1, "\(refused)")
    }
  }

  @Test("An account that may not see summaries is asked again without them")
  func unverified() async throws {
    let refusal =
      #"{"error":{"message":"Your organization must be verified to generate reasoning summaries.","#
      + #""param":"reasoning.summary","code":"unsupported_value"}}"#
    try await withScene(
      [.status(400, body: refusal)], [.sse([Responses.text("Yes."), Responses.end()])]
    ) { scene in
      #expect(await scene.send(scene.model(kind: .responses, name: "o3")).outcome() == .success)
      #expect(scene.server.requests.map { $0.json?["reasoning"]?["summary"]?.string } == ["auto", nil])
      #expect(scene.server.requests.allSatisfy { $0.uri == "/v1/responses" })
    }
  }

  @Test("models.yaml chooses it for a provider or for one of its models")
  func configured() throws {
    let registry = try ModelRegistry.parse(
      """
      providers:
        openai: {models: {gpt-4o: {}, gpt-5: {api: responses}}}
        lab: {base_url: "https://lab.example/v1/responses", models: {a: {}}}
        other: {base_url: "https://other.example/v1", api: responses, models: {b: {}}}
      """)
    #expect(registry.models.map(\.kind) == [.openai, .responses, .responses, .responses])
  }
}

@Suite("Thinking that goes back")
struct ContinuationTests {
  @Test("Anthropic's thinking and what it encrypted are sent back as they came, before the answer")
  func anthropic() throws {
    let redacted: JSON = ["type": "redacted_thinking", "data": "eA=="]
    let said = try understand(
      .anthropic,
      [
        Anthropic.start(inputTokens: 5), Anthropic.blockStart("thinking"), Anthropic.thinking("Let me "),
        Anthropic.thinking("see."), Anthropic.signature("c2"), Anthropic.signature("ln"), Anthropic.blockStop,
        .event("content_block_start", JSON.object(["type": "content_block_start", "content_block": redacted]).text),
        Anthropic.blockStop, Anthropic.blockStart("text"), Anthropic.text("42"), Anthropic.blockStop,
        Anthropic.finish(outputTokens: 9), Anthropic.stop,
      ])
    let thought: JSON = ["type": "thinking", "thinking": "Let me see.", "signature": "c2ln"]
    let continuation = try #require(said.continuation)
    #expect(continuation == Continuation(wire: .anthropic, items: [thought, redacted]))

    let chat = [
      ChatMessage(role: .user, content: "?"),
      ChatMessage(role: .assistant, content: "42", continuation: continuation),
      ChatMessage(role: .user, content: "Why?"),
    ]
    let model = ConfiguredModel.scripted("claude-sonnet-4-5", kind: .anthropic, baseURL: "https://a.example/v1")
    let body = try AnthropicProvider().request(for: model, key: nil, messages: chat).body
    #expect(body["messages"]?[1]?["content"] == [thought, redacted, ["type": "text", "text": "42"]])
    let other = ConfiguredModel.scripted("m", kind: .openai, baseURL: "https://a.example/v1")
    #expect(
      try OpenAICompatibleProvider().request(for: other, key: nil, messages: chat).body["messages"]?[1]
        == ["role": "assistant", "content": "42"])
  }

  @Test("Thinking without a signature is not sent back: it would be refused")
  func unsigned() throws {
    let said = try understand(
      .anthropic,
      [
        Anthropic.blockStart("thinking"), Anthropic.thinking("Hm."), Anthropic.blockStop, Anthropic.text("x"),
        Anthropic.stop,
      ]
    )
    #expect(said.continuation == nil && said.reasoning == "Hm.")
  }

  @Test("Gemini's signature goes back with the answer's text; cached tokens are counted")
  func gemini() throws {
    let signed: JSON = ["text": "42", "thoughtSignature": "c2ln"]
    let usage: JSON = [
      "usageMetadata": ["promptTokenCount": 50, "cachedContentTokenCount": 40, "candidatesTokenCount": 2],
      "candidates": [["finishReason": "STOP", "index": 0]],
    ]
    let said = try understand(.gemini, [Gemini.thought("Hm."), Gemini.chunk(parts: [signed]), .data(usage.text)])
    let continuation = try #require(said.continuation)
    #expect(said.usage == Usage(promptTokens: 50, completionTokens: 2, cachedTokens: 40))
    let chat = [
      ChatMessage(role: .user, content: "?"),
      ChatMessage(role: .assistant, content: "42", continuation: continuation),
    ]
    let model = ConfiguredModel.scripted("gemini-3-pro", kind: .gemini, baseURL: "https://g.example")
    let body = try GeminiProvider().request(for: model, key: nil, messages: chat).body
    #expect(body["contents"]?[1] == ["role": "model", "parts": [signed]])
  }

  @Test("With cache: auto Anthropic keeps all up to the last prompt, and says what it kept and read")
  func caching() throws {
    var model = ConfiguredModel.scripted("claude-sonnet-4-5", kind: .anthropic, baseURL: "https://a.example/v1")
    try model.options.generation.set(assignment: "cache=auto")
    let chat = [
      ChatMessage(role: .system, content: "Be brief."), ChatMessage(role: .user, content: "One?"),
      ChatMessage(role: .assistant, content: "One."), ChatMessage(role: .user, content: "Two?"),
    ]
    let body = try AnthropicProvider().request(for: model, key: nil, messages: chat).body
    func kept(_ text: String) -> JSON {
      [["type": "text", "text": .string(text), "cache_control": ["type": "ephemeral"]]]
    }
    #expect(body["system"] == kept("Be brief."))
    #expect(body["messages"]?.array?.map { $0["content"] ?? nil } == ["One?", "One.", kept("Two?")])
    let start: JSON = [
      "type": "message_start",
      "message": ["usage": ["input_tokens": 5, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20]],
    ]
    let usage = try understand(.anthropic, [.event("message_start", start.text), Anthropic.text("x")]).usage
    #expect(usage == Usage(promptTokens: 125, cachedTokens: 100, cacheWriteTokens: 20))
  }

  @Test(
    "What was cached is counted by each server's own name for it",
    arguments: [
      #""prompt_tokens_details":{"cached_tokens":64}"#, #""prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36"#,
      #""cached_tokens":64"#,
    ])
  func cachedTokens(_ field: String) throws {
    let usage = #"{"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":2,\#(field)}}"#
    let said = try understand(.openai, [OpenAI.text("x"), OpenAI.finish(), .data(usage), OpenAI.done])
    #expect(said.usage == Usage(promptTokens: 100, completionTokens: 2, cachedTokens: 64))
  }
}
