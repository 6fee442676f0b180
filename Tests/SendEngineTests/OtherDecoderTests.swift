import Conversations
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("Anthropic answers")
struct AnthropicDecoderTests {
  @Test("Thinking, then text; usage from the start and the end; pings between", arguments: [1, 5, .max])
  func usual(_ split: Int) throws {
    let said = try understand(
      .anthropic,
      [
        Anthropic.start(inputTokens: 25), Anthropic.blockStart("thinking"), Anthropic.ping,
        Anthropic.thinking("Let me "), Anthropic.thinking("see."), Anthropic.signature("c2ln"), Anthropic.blockStop,
        Anthropic.blockStart("text"), Anthropic.text("It is "), Anthropic.ping, Anthropic.text("42 ✅."),
        Anthropic.blockStop, Anthropic.finish(outputTokens: 17), Anthropic.stop,
      ], split: split)
    #expect(said.reasoning == "Let me see.")
    #expect(said.text == "It is 42 ✅.")
    #expect(said.usage == Usage(promptTokens: 25, completionTokens: 17))
    #expect(said.end == .finished(.stop))
  }

  @Test("Counts that come before the first token wait for it; an attempt that fails before reports none")
  func earlyCounts() throws {
    let start = [Anthropic.start(inputTokens: 25)]
    let said = try understand(.anthropic, start + [Anthropic.text("x"), Anthropic.stop], split: 50)
    #expect(said.events.first == .firstToken)
    #expect(said.usage?.promptTokens == 25)
    #expect(try understand(.anthropic, start + [Anthropic.error("overloaded_error", "x")]).events.isEmpty)
    let nothing = try understand(.anthropic, start + [Anthropic.finish("max_tokens", outputTokens: 9), Anthropic.stop])
    #expect(nothing.events == [.usage(Usage(promptTokens: 25, completionTokens: 9))])
  }

  @Test("Cached input counts as input")
  func cachedInput() throws {
    let start: JSON = [
      "type": "message_start",
      "message": ["usage": ["input_tokens": 5, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20]],
    ]
    let said = try understand(.anthropic, [.event("message_start", start.text), Anthropic.text("x")])
    #expect(said.usage?.promptTokens == 125)
  }

  @Test(
    "Each reason to stop is told as what it is",
    arguments: [
      ("end_turn", FinishReason.stop), ("stop_sequence", .stop), ("max_tokens", .length),
      ("model_context_window_exceeded", .length), ("tool_use", .toolCall), ("refusal", .blocked("refusal")),
      ("pause_turn", .other("pause_turn")),
    ])
  func finishReasons(_ word: String, _ reason: FinishReason) throws {
    let said = try understand(
      .anthropic, [Anthropic.text("x"), Anthropic.finish(word, outputTokens: 1), Anthropic.stop])
    #expect(said.end == .finished(reason))
  }

  @Test("An overload in the stream is told with its status, so that it can be retried before the first token")
  func overloaded() throws {
    let said = try understand(
      .anthropic, [Anthropic.start(inputTokens: 1), Anthropic.error("overloaded_error", "Overloaded")])
    #expect(said.failure?.kind == .provider)
    #expect(said.failure?.httpStatus == 529)
    #expect(said.failure.map(RetryPolicy.mayHelpToRepeat) == true)
    #expect(
      said.failure?.message.hasPrefix(
        "acme/scripted-1 reported an error (529 Overloaded): Overloaded; the trouble is on its side") == true)
  }

  @Test("Unknown events are passed over")
  func unknownEvents() throws {
    let said = try understand(
      .anthropic,
      [
        .event("novelty", #"{"type":"novelty"}"#), Anthropic.text("x"), Anthropic.finish(outputTokens: 1),
        Anthropic.stop,
      ])
    #expect(said.text == "x")
    #expect(said.end == .finished(.stop))
  }

  @Test("A stream cut before message_stop is truncated, unless the model had said why it stopped")
  func truncated() throws {
    #expect(try understand(.anthropic, [Anthropic.text("x"), Anthropic.ping]).failure?.kind == .truncated)
    #expect(
      try understand(.anthropic, [Anthropic.text("x"), Anthropic.finish(outputTokens: 1)]).end == .finished(.stop))
  }
}

@Suite("Gemini answers")
struct GeminiDecoderTests {
  @Test("Thoughts, several parts, usage with thoughts counted in", arguments: [1, 5, .max])
  func usual(_ split: Int) throws {
    let said = try understand(
      .gemini,
      [
        Gemini.thought("Considering… "), Gemini.text("Erst ", "dies, "), Gemini.text("dann das."),
        Gemini.finish(prompt: 11, candidates: 6, thoughts: 30),
      ], split: split)
    #expect(said.reasoning == "Considering… ")
    #expect(said.text == "Erst dies, dann das.")
    #expect(said.usage == Usage(promptTokens: 11, completionTokens: 36, reasoningTokens: 30))
    #expect(said.end == .finished(.stop))
  }

  @Test(
    "Each reason to stop is told as what it is",
    arguments: [
      ("STOP", FinishReason.stop), ("MAX_TOKENS", .length), ("SAFETY", .blocked("SAFETY")),
      ("RECITATION", .blocked("RECITATION")), ("PROHIBITED_CONTENT", .blocked("PROHIBITED_CONTENT")),
      ("MALFORMED_FUNCTION_CALL", .other("MALFORMED_FUNCTION_CALL")),
    ])
  func finishReasons(_ word: String, _ reason: FinishReason) throws {
    #expect(
      try understand(.gemini, [Gemini.text("x"), Gemini.finish(word, prompt: 1, candidates: 1)]).end
        == .finished(reason))
  }

  @Test(
    "A prompt or an answer that was blocked is shown as what it is",
    arguments: [
      ([Gemini.promptBlocked("PROHIBITED_CONTENT")], "PROHIBITED_CONTENT"),
      ([Gemini.finish("SAFETY", prompt: 1, candidates: 0)], "SAFETY"),
    ])
  func blocked(_ events: [WireEvent], _ word: String) throws {
    let failure = try understand(.gemini, events).failure
    #expect(failure?.kind == .blocked)
    #expect(failure?.message == "acme withheld the answer: \(word); put it in other words, or ask another model")
    #expect(failure.map(RetryPolicy.mayHelpToRepeat) == false)
  }

  @Test("An error in the stream is told with its status")
  func error() throws {
    let failure = try understand(.gemini, [Gemini.error(503, "UNAVAILABLE", "The model is overloaded.")]).failure
    #expect(failure?.httpStatus == 503)
    #expect(
      failure?.message.hasPrefix(
        "acme/scripted-1 reported an error (503 Service Unavailable): The model is overloaded; the trouble is") == true)
  }

  @Test("A gateway that answers with one array instead of a stream is understood")
  func array() throws {
    let chunk = #"{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#
    let last = #"{"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"STOP"}]}"#
    let said = try understand(.gemini, [.bytes("[\(chunk),\r\n\(last)]")], split: 10)
    #expect(said.text == "ab")
    #expect(said.end == .finished(.stop))
  }

  @Test("A stream that ends without a finishReason is truncated")
  func truncated() throws {
    #expect(try understand(.gemini, [Gemini.text("x")]).failure?.kind == .truncated)
  }
}
