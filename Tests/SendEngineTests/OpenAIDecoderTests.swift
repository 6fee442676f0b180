import Conversations
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("OpenAI-compatible answers")
struct OpenAIDecoderTests {
  @Test("A usual answer: role, text, why it stopped, usage, the end")
  func usual() throws {
    let said = try understand(
      .openai,
      [
        OpenAI.role, OpenAI.text("Hel"), OpenAI.text("lo"), OpenAI.finish(), OpenAI.usage(prompt: 9, completion: 2),
        OpenAI.done,
      ])
    #expect(
      said.events == [.firstToken, .text("Hello"), .usage(Usage(promptTokens: 9, completionTokens: 2))])
    #expect(said.end == .finished(.stop))
  }

  @Test("Any split of the bytes gives the same text, also inside a character", arguments: [1, 2, 3, 7, 100])
  func splits(_ split: Int) throws {
    let said = try understand(
      .openai, [OpenAI.role, OpenAI.text("日本語 👩‍💻 "), OpenAI.text("\"é\"\n"), OpenAI.finish(), OpenAI.done],
      split: split)
    #expect(said.text == "日本語 👩‍💻 \"é\"\n")
    #expect(said.end == .finished(.stop))
  }

  @Test("Reasoning comes under either of its names, and once where a server sends both")
  func reasoning() throws {
    let said = try understand(
      .openai,
      [
        OpenAI.reasoning("first "), OpenAI.chunk(delta: ["reasoning": "second "]),
        OpenAI.chunk(delta: ["reasoning": "third", "reasoning_content": "third", "content": nil]),
        OpenAI.chunk(delta: ["reasoning_content": "", "reasoning": nil, "content": "answer"]),
        OpenAI.finish(), OpenAI.usage(prompt: 1, completion: 5, reasoning: 3), OpenAI.done,
      ])
    #expect(said.reasoning == "first second third")
    #expect(said.text == "answer")
    #expect(said.events.first == .firstToken)
    #expect(said.usage == Usage(promptTokens: 1, completionTokens: 5, reasoningTokens: 3))
  }

  @Test("A delta with both reasoning and text gives both, in that order")
  func both() throws {
    let said = try understand(
      .openai, [OpenAI.chunk(delta: ["content": "b", "reasoning": "a"]), OpenAI.finish(), OpenAI.done])
    #expect(said.events == [.firstToken, .reasoning("a"), .text("b")])
  }

  @Test("Reasoning that a provider leaves out of the completion count is put in")
  func separateReasoningCount() throws {
    let usage: JSON = [
      "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 45,
      "completion_tokens_details": ["reasoning_tokens": 30],
    ]
    let chunk = JSON.object(["choices": [], "usage": usage]).text
    let said = try understand(.openai, [OpenAI.text("x"), OpenAI.finish(), .data(chunk)])
    #expect(said.usage == Usage(promptTokens: 10, completionTokens: 35, reasoningTokens: 30))
  }

  @Test("Counts beside a piece of text are counted wherever they stand", arguments: ["usage", "message", "x_groq"])
  func countsBesideText(_ field: String) throws {
    let usage: JSON = ["prompt_tokens": 10, "completion_tokens": 5]
    let chunk: JSON = [
      "choices": [["index": 0, "delta": ["content": "x"]]], field: field == "usage" ? usage : ["usage": usage],
    ]
    let said = try understand(.openai, [.data(chunk.text), OpenAI.finish()])
    #expect(said.usage == Usage(promptTokens: 10, completionTokens: 5))
  }

  @Test("A server that never sends [DONE] is done when it said why it stopped")
  func noDone() throws {
    #expect(try understand(.openai, [OpenAI.text("x"), OpenAI.finish()]).end == .finished(.stop))
  }

  @Test("A server that only sends [DONE] is done")
  func onlyDone() throws {
    #expect(try understand(.openai, [OpenAI.text("x"), OpenAI.done]).end == .finished(.stop))
  }

  @Test("Nothing after [DONE] counts")
  func afterDone() throws {
    let said = try understand(.openai, [OpenAI.text("x"), OpenAI.finish(), OpenAI.done, OpenAI.text("y"), .data("{")])
    #expect(said.text == "x")
    #expect(said.end == .finished(.stop))
  }

  @Test(
    "Each reason to stop is told as what it is",
    arguments: [
      ("stop", FinishReason.stop), ("eos", .stop), ("length", .length), ("content_filter", .blocked("content_filter")),
      ("tool_calls", .toolCall), ("function_call", .toolCall), ("novelty", .other("novelty")),
    ])
  func finishReasons(_ word: String, _ reason: FinishReason) throws {
    #expect(try understand(.openai, [OpenAI.text("x"), OpenAI.finish(word), OpenAI.done]).end == .finished(reason))
  }

  @Test("A refusal is shown as text and told as a block")
  func refusal() throws {
    let said = try understand(.openai, [OpenAI.refusal("I can't help"), OpenAI.finish(), OpenAI.done])
    #expect(said.text == "I can't help")
    #expect(said.end == .finished(.blocked("refusal")))
  }

  @Test("A filter that let nothing through is a block, not an empty answer")
  func filteredAway() throws {
    let said = try understand(.openai, [OpenAI.role, OpenAI.finish("content_filter"), OpenAI.done])
    #expect(said.failure?.kind == .blocked)
    #expect(
      said.failure?.message
        == "acme withheld the answer: content_filter; put it in other words, or ask another model")
  }

  @Test("A stream that ends before the model said it was done is truncated")
  func truncated() throws {
    let said = try understand(.openai, [OpenAI.text("x")])
    #expect(said.text == "x")
    #expect(said.failure?.kind == .truncated)
    #expect(
      said.failure?.message
        == "the answer of acme/scripted-1 ended before the model said it was done; ask again to have it whole")
    #expect(try understand(.openai, [OpenAI.text("x")], broken: .reset).failure?.kind == .truncated)
  }

  @Test("A connection that breaks after the model said it was done does no harm")
  func brokenAfterFinish() throws {
    #expect(try understand(.openai, [OpenAI.text("x"), OpenAI.finish()], broken: .reset).end == .finished(.stop))
  }

  @Test(
    "A 200 without content is empty, whatever form the nothing takes",
    arguments: [
      [], [.comment("keep-alive")], [OpenAI.role], [OpenAI.role, OpenAI.finish(), OpenAI.done], [OpenAI.done],
    ] as [[WireEvent]])
  func empty(_ events: [WireEvent]) throws {
    #expect(try understand(.openai, events).failure?.kind == .empty)
    if events.isEmpty { #expect(try understand(.openai, events).failure?.kind == .empty) }
  }

  @Test("A limit reached before any text is told as that")
  func lengthWithoutText() throws {
    let failure = try understand(.openai, [OpenAI.role, OpenAI.finish("length"), OpenAI.done]).failure
    #expect(failure?.kind == .empty)
    #expect(
      failure?.message
        == "acme/scripted-1 spent all its tokens before it said anything (length); raise max_completion_tokens in models.yaml"
    )
  }

  @Test("An error object in mid-stream keeps the text and ends the answer")
  func midStreamError() throws {
    let said = try understand(
      .openai, [OpenAI.text("x"), OpenAI.error("upstream\nfell over", code: 502), OpenAI.text("y")])
    #expect(said.text == "x")
    #expect(said.failure?.kind == .provider)
    #expect(said.failure?.httpStatus == 502)
    #expect(
      said.failure?.message.hasPrefix(
        "acme/scripted-1 reported an error (502 Bad Gateway): upstream fell over; the trouble is on its side") == true)
  }

  @Test("An error event is an error, whatever its data looks like")
  func errorEvent() throws {
    let said = try understand(.openai, [.event("error", #"{"message":"no more"}"#)])
    #expect(said.failure?.message == "acme/scripted-1 reported an error: no more")
  }

  @Test("Data that is not JSON ends the answer with a failure that shows its start")
  func notJSON() throws {
    let said = try understand(.openai, [OpenAI.text("x"), .data("{\"choices\": [{\"delta\"\u{1B}[31m")])
    #expect(said.text == "x")
    #expect(said.failure?.kind == .malformed)
    #expect(said.failure?.message.contains("not JSON") == true)
    #expect(said.failure?.message.unicodeScalars.contains("\u{1B}") == false)
  }

  @Test("Other choices than the first, and null everywhere, are passed over")
  func oddChunks() throws {
    let said = try understand(
      .openai,
      [
        .data(#"{"choices":[{"index":1,"delta":{"content":"no"}}]}"#),
        .data(#"{"choices":[{"index":1,"delta":{"content":"no"}},{"index":0,"delta":{"content":"a"}}]}"#),
        .data(#"{"choices":[{"delta":{"content":null,"role":null},"finish_reason":null}],"usage":null,"error":null}"#),
        .data(#"{"choices":[],"usage":null}"#), .data(#"{"choices":null}"#), .data("{}"), .data(" "),
        .data(#"{"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}"#),
      ])
    #expect(said.text == "ab")
    #expect(said.usage == Usage(promptTokens: 1))
    #expect(said.end == .finished(.stop))
  }

  @Test("Content in typed parts, as Mistral's reasoning models send it")
  func typedParts() throws {
    let parts: JSON = [
      ["type": "thinking", "thinking": [["type": "text", "text": "hm"]]], ["type": "text", "text": "so"],
    ]
    let said = try understand(.openai, [OpenAI.chunk(delta: ["content": parts]), OpenAI.finish(), OpenAI.done])
    #expect(said.reasoning == "hm")
    #expect(said.text == "so")
  }

  @Test("Escapes in text come out as the characters they stand for")
  func escapes() throws {
    let chunk = #"{"choices":[{"delta":{"content":"tab\tquote\" \ud83d\ude00 \u00e9\n"}}]}"#
    #expect(try understand(.openai, [.data(chunk), OpenAI.finish()]).text == "tab\tquote\" 😀 é\n")
  }

  @Test("A server that does not stream is understood all the same")
  func notStreaming() throws {
    let whole = #"{"choices":[{"message":{"content":"all"},"finish_reason":"stop"}],"usage":{"completion_tokens":1}}"#
    let said = try understand(.openai, [.bytes(whole)])
    #expect(said.events == [.firstToken, .text("all"), .usage(Usage(completionTokens: 1))])
    #expect(said.end == .finished(.stop))
  }

  @Test("A chunk of a megabyte comes through whole", arguments: [1 << 14, .max])
  func hugeChunk(_ split: Int) throws {
    let text = String(repeating: "All work and no play. \n", count: 45_000)
    let said = try understand(.openai, [OpenAI.text(text), OpenAI.finish(), OpenAI.done], split: split)
    #expect(said.text == text)
  }

  @Test("An event beyond all bounds ends the answer with a clear failure")
  func tooLarge() throws {
    let said = try understand(
      .openai, [OpenAI.text("x"), .data(String(repeating: "y", count: 5 << 20))], split: 1 << 16)
    #expect(said.text == "x")
    #expect(
      said.failure?.message.hasPrefix("acme/scripted-1 sent a single event of more than 4 MB; it was given up") == true)
  }
}
