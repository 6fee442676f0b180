import Conversations
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("How an answer ended")
struct EndingTests {
  @Test(
    "A failure in place of the reason to stop is a failure, whoever's word it is",
    arguments: [
      "error", "network_error", "insufficient_system_resource", "abort", "aborted", "cancelled", "model_error",
      "timeout",
      "engine_overloaded", "upstream_failed", "ERROR",
    ])
  func failures(_ word: String) throws {
    let told: [(ConfiguredModel.Kind, [WireEvent])] = [
      (.openai, [OpenAI.text("Hel"), OpenAI.finish(word), OpenAI.done]),
      (.anthropic, [Anthropic.text("Hel"), Anthropic.finish(word, outputTokens: 1), Anthropic.stop]),
      (.gemini, [Gemini.text("Hel"), Gemini.finish(word, prompt: 1, candidates: 1)]),
    ]
    for (kind, events) in told {
      let said = try understand(kind, events)
      #expect(said.text == "Hel")
      #expect(said.failure?.kind == .provider)
      #expect(said.failure?.message == "acme/scripted-1 stopped with “\(word)”; ask again to have it whole")
    }
  }

  @Test(
    "Its words reach the user from wherever they stand",
    arguments: [
      [
        #"{"choices":[{"delta":{"content":""},"finish_reason":"error","error":{"code":502,"message":"Upstream died"}}]}"#
      ],
      [
        #"{"choices":[{"delta":{"content":"lo"},"finish_reason":"error"}],"error":{"code":502,"message":"Upstream died"}}"#
      ],
      [#"{"choices":[{"delta":{},"finish_reason":"error"}]}"#, #"{"error":{"code":502,"message":"Upstream died"}}"#],
      [#"{"choices":[{"finish_reason":"error","native_finish_reason":"Upstream died"}]}"#],
    ])
  func words(_ chunks: [String]) throws {
    let said = try understand(.openai, [OpenAI.text("Hel")] + chunks.map(WireEvent.data) + [OpenAI.done])
    #expect(said.text.hasPrefix("Hel"))
    #expect(said.failure?.kind == .provider)
    #expect(said.failure?.message.contains("Upstream died") == true)
  }

  @Test("Text beside an error is kept")
  func textBesideError() throws {
    let said = try understand(
      .openai, [.data(#"{"choices":[{"delta":{"content":"lo"}}],"error":{"message":"Upstream died"}}"#)])
    #expect(said.text == "lo")
    #expect(said.failure?.message.contains("Upstream died") == true)
  }

  @Test("An unknown reason is kept with its text, and is none without")
  func unknown() throws {
    #expect(try understand(.openai, [OpenAI.text("x"), OpenAI.finish("novelty")]).end == .finished(.other("novelty")))
    let failure = try understand(.openai, [OpenAI.role, OpenAI.finish("novelty")]).failure
    #expect(failure?.message.hasPrefix("acme/scripted-1 stopped with “novelty” before it said anything") == true)
    let paused = try understand(.anthropic, [Anthropic.finish("pause_turn", outputTokens: 1), Anthropic.stop]).failure
    #expect(paused?.message.contains("pause_turn") == true)
  }

  @Test(
    "Nothing said is a failure that names the reason, the provider's words and the way out, and is not asked again",
    arguments: [
      (
        ConfiguredModel.Kind.openai, [OpenAI.finish("length"), OpenAI.usage(prompt: 5, completion: 70)],
        "spent all its 70 tokens", "raise max_completion_tokens"
      ),
      (.openai, [OpenAI.reasoning("hm"), OpenAI.finish("length")], "on reasoning,", "raise max_completion_tokens"),
      (.openai, [OpenAI.reasoning("It is 4."), OpenAI.finish()], "only reasoned", "ask again"),
      (.openai, [OpenAI.text(" \n"), OpenAI.reasoning("hm"), OpenAI.finish()], "only reasoned", "ask again"),
      (
        .openai,
        [
          OpenAI.chunk(delta: ["tool_calls": [["function": ["name": "f", "arguments": "{}"]]]]),
          OpenAI.finish("tool_calls"),
        ], "a tool (“f”)", "other words"
      ),
      (
        .openai, [OpenAI.chunk(delta: ["tool_calls": [["function": ["name": "f"]]]]), OpenAI.finish()], "a tool (“f”)",
        "other words"
      ),
      (.openai, [OpenAI.finish("content_filter")], "content_filter", "other words"),
      (.openai, [OpenAI.finish("sensitive")], "withheld the answer: sensitive", "other words"),
      (
        .anthropic, [Anthropic.finish("max_tokens", outputTokens: 9), Anthropic.stop], "spent all its 9 tokens",
        "raise max_completion_tokens"
      ),
      (
        .anthropic, [Anthropic.finish("model_context_window_exceeded", outputTokens: 0), Anthropic.stop],
        "context window", "fewer files"
      ),
      (.anthropic, [Anthropic.finish("tool_use", outputTokens: 3), Anthropic.stop], "asked for a tool", "other words"),
      (
        .anthropic,
        [
          .data(
            #"{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"explanation":"Too odd."}}}"#)
        ], "refusal: Too odd.", "other words"
      ),
      (
        .gemini, [Gemini.finish("MAX_TOKENS", prompt: 5, candidates: 0, thoughts: 3000)],
        "spent all its 3000 tokens, on reasoning,", "raise max_completion_tokens"
      ),
      (
        .gemini,
        [.data(#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"Malformed: print(x)"}]}"#)],
        "MALFORMED_FUNCTION_CALL” before it said anything: Malformed: print(x)", "ask again"
      ),
      (
        .gemini,
        [.data(#"{"candidates":[{"finishReason":"SAFETY","safetyRatings":[{"category":"HARM_X","blocked":true}]}]}"#)],
        "SAFETY: HARM_X", "other words"
      ),
      (
        .gemini, [.data(#"{"promptFeedback":{"blockReason":"OTHER","blockReasonMessage":"Not that."}}"#)],
        "OTHER: Not that.", "other words"
      ),
      (.gemini, [.data(#"{"candidates":[{"finishReason":"RECITATION"}]}"#)], "RECITATION", "other words"),
      (
        .gemini,
        [.data(#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}]}"#)],
        "a tool (“f”)", "other words"
      ),
    ] as [(ConfiguredModel.Kind, [WireEvent], String, String)])
  func nothing(_ kind: ConfiguredModel.Kind, _ events: [WireEvent], _ reason: String, _ way: String) throws {
    let failure = try understand(kind, events).failure
    #expect(
      failure?.message.contains(reason) == true && failure?.message.contains(way) == true, "\(failure?.message ?? "-")")
    #expect(failure.map(RetryPolicy.mayHelpToRepeat) == false)
  }

  @Test("An empty answer that claims to be whole may be had better another time")
  func emptyStop() throws {
    let failure = try understand(.openai, [OpenAI.role, OpenAI.finish(), OpenAI.done]).failure
    #expect(failure.map(RetryPolicy.mayHelpToRepeat) == true)
  }
}

@Suite("Errors in every shape")
struct ErrorShapeTests {
  @Test(
    "The provider's own words are found in a stream, and in place of one",
    arguments: [
      #"{"error":{"message":"Bad thing"}}"#, #"{"error":"Bad thing"}"#, #"{"error":{"error":{"message":"Bad thing"}}}"#,
      #"{"errors":[{"message":"Bad thing","code":7}]}"#, #"{"code":1234,"msg":"Bad thing"}"#,
      #"{"code":"InvalidParameter","message":"Bad thing"}"#,
      #"{"choices":null,"base_resp":{"status_code":1008,"status_msg":"Bad thing"}}"#,
      #"{"choices":null,"error_type":"BadRequestError","error_message":"Bad thing","error_code":400}"#,
      #"{"error_code":17,"error_msg":"Bad thing"}"#, #"{"detail":"Bad thing"}"#, #"{"detail":{"message":"Bad thing"}}"#,
      #"{"success":false,"message":"Bad thing"}"#,
      #"{"object":"error","message":"Bad thing","type":"BadRequestError"}"#,
      #"{"fault":{"faultstring":"Bad thing"}}"#, #"{"status":400,"title":"Bad thing"}"#,
      #"{"type":"error","error":{"type":"invalid_request_error","message":"Bad thing"}}"#,
      #"{"error":{"message":"{\"error\":{\"message\":\"Bad thing\"}}"}}"#,
      #"{"error":"{\"error\":{\"message\":\"Bad thing\"}}"}"#,
      #"{"error":{"message":"litellm.BadRequestError: {\"error\":{\"message\":\"Bad thing\"}}","code":"400"}}"#,
      #"{"error":{"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"message\":\"Bad thing\"}}","provider_name":"Crucible"}}}"#,
      #"{"error":{"message":"Provider returned error","metadata":{"raw":"Bad thing","provider_name":"Crucible"}}}"#,
      #"{"error":{"message":"Provider returned error","metadata":{"raw":{"detail":"Bad thing"}}}}"#,
      #"[{"error":{"code":400,"message":"Bad thing","status":"INVALID_ARGUMENT"}}]"#,
    ])
  func shapes(_ json: String) throws {
    for events: [WireEvent] in [
      [.data(json)], [.bytes(json)], [.bytes("\n" + json + "\n")], [.event("error", json)],
      [.bytes("error: \(json)\n\n")],
      [OpenAI.role, .bytes(json + "\n")], [OpenAI.role, .data(json), OpenAI.done],
    ] {
      if json.contains(#""title""#), events != [.event("error", json)] { continue }
      if json.hasPrefix("["), events.count == 2, case .bytes = events[1] { continue }
      for split in [3, .max] {
        let failure = try understand(.openai, events, split: split).failure
        #expect(failure?.message.contains("Bad thing") == true, "\(events): \(failure?.message ?? "-")")
        #expect(failure.map(RetryPolicy.mayHelpToRepeat) == false)
      }
    }
    // With a status, as the body of a refusal.
    let refused = FailureWords(model: .scripted(), key: nil)
      .http(400, body: Array(json.utf8), location: nil, retryAfter: nil)
    #expect(refused.message.contains("Bad thing"), "\(refused.message)")
  }

  @Test("Who failed behind a gateway is named")
  func upstream() throws {
    let json =
      #"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"at most 1 image\"}}","provider_name":"Crucible"}}}"#
    #expect(
      try understand(.openai, [.bytes(json)]).failure?.message
        == "acme/scripted-1 reported an error (400 Bad Request): Provider returned error (Crucible: at most 1 image)")
  }

  @Test("An error over many lines behind the events is read")
  func pretty() throws {
    let error = "{\n  \"error\": {\n    \"message\": \"Bad thing\",\n    \"code\": 400\n  }\n}\n"
    let said = try understand(.openai, [OpenAI.text("x"), .bytes(error)])
    #expect(said.text == "x")
    #expect(said.failure?.message.contains("Bad thing") == true)
  }

  @Test(
    "Words that are no JSON are told as they are",
    arguments: [
      [.bytes("upstream connect error")], [.event("error", "upstream connect error")],
      [.bytes("\"upstream connect error\"")],
      [.data("upstream connect error")], [.bytes("error: upstream connect error\n\n")],
    ] as [[WireEvent]])
  func plainWords(_ events: [WireEvent]) throws {
    let failure = try understand(.openai, events).failure
    #expect(failure?.message.contains("upstream connect error") == true)
  }

  @Test(
    "An overload or a time-out inside a stream may pass, whatever it is called",
    arguments: [
      #"{"type":"error","error":{"type":"timeout_error","message":"Request timed out"}}"#,
      #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
      #"{"error":{"code":"timeout","message":"Slow"}}"#, #"{"error":{"type":"ServiceUnavailableError","message":"x"}}"#,
      #"{"error":{"message":"The engine is currently overloaded, please try again later"}}"#,
      #"{"error":"Upstream timed out"}"#,
      #"{"error":{"code":504,"message":"x"}}"#, #"{"error":{"status":"DEADLINE_EXCEEDED","message":"x"}}"#,
      #"{"error":{"type":"server_error","message":"x"}}"#, #"{"error":{"code":"rate_limit_exceeded","message":"x"}}"#,
    ])
  func passing(_ json: String) throws {
    for kind in [ConfiguredModel.Kind.openai, .anthropic, .gemini] {
      let failure = try understand(kind, [.data(json)]).failure
      #expect(failure.map(RetryPolicy.mayHelpToRepeat) == true, "\(failure?.message ?? "-")")
    }
  }

  @Test(
    "An account without money is told once, with the way out",
    arguments: [
      #"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","code":"insufficient_quota"}}"#,
      #"{"error":{"message":"Insufficient Balance","code":"insufficient_balance"}}"#,
      #"{"error":{"message":"Your credit balance is too low","type":"invalid_request_error"}}"#,
      #"{"error":{"message":"user quota is not enough","code":"insufficient_user_quota"}}"#,
      #"{"error":{"message":"x","code":"billing_hard_limit_reached"}}"#,
    ])
  func money(_ body: String) throws {
    let refused = FailureWords(model: .scripted(), key: nil)
      .http(429, body: Array(body.utf8), location: nil, retryAfter: nil)
    #expect(!RetryPolicy.mayHelpToRepeat(refused), "\(refused.message)")
    #expect(refused.message.contains("plan and credit"), "\(refused.message)")
    let inStream = try #require(try understand(.openai, [.data(body)]).failure)
    #expect(!RetryPolicy.mayHelpToRepeat(inStream))
  }

  @Test("A quota that says how long to wait is one to wait for")
  func quota() {
    let body =
      #"{"error":{"message":"You exceeded your current quota. Please retry in 3.2s.","status":"RESOURCE_EXHAUSTED"}}"#
    let refused = FailureWords(model: .scripted(), key: nil)
      .http(429, body: Array(body.utf8), location: nil, retryAfter: nil)
    #expect(RetryPolicy.mayHelpToRepeat(refused))
    #expect(refused.retryAfterSeconds == 3.2)
  }

  @Test(
    "A server that loads its model is known by its words",
    arguments: [
      #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
      #"{"error":"Model acme/x is currently loading","estimated_time":20.0}"#, "Model is still loading, please wait",
      #"{"detail":"Model not ready"}"#, #"{"message":"The server is starting up"}"#,
    ])
  func loading(_ body: String) {
    let words = FailureWords(model: .scripted(), key: nil)
    let refused = words.http(503, body: Array(body.utf8), location: nil, retryAfter: nil)
    #expect(refused.repetition == .untilReady)
    #expect(words.http(400, body: Array(body.utf8), location: nil, retryAfter: nil).repetition == nil)
  }

  @Test(
    "Ollama's own format leads to its OpenAI API",
    arguments: [
      #"{"model":"m","message":{"role":"assistant","content":"Hel"},"done":false}"# + "\n"
        + #"{"model":"m","message":{"content":""},"done":true}"#,
      #"{"model":"m","response":"Hello","done":true}"#,
    ])
  func ollama(_ body: String) throws {
    for split in [1, .max] {
      let failure = try understand(.openai, [.bytes(body)], split: split).failure
      #expect(
        failure?.message.contains("base_url in models.yaml must lead to its OpenAI API, which ends with /v1") == true)
    }
  }

  @Test(
    "What is no answer is told alike in whatever pieces it comes",
    arguments: ["\u{FEFF}\u{FEFF}no API here", "\u{FEFF}data:", "\n\n no API here", "\u{FFFB}\u{FEFB}\u{3EFF}x"])
  func strayInPieces(_ body: String) throws {
    let whole = try understand(.openai, [.bytes(body)]).failure
    #expect(whole != nil)
    for split in 1...8 {
      #expect(try understand(.openai, [.bytes(body)], split: split).failure == whole, "\(split)")
    }
  }
}
