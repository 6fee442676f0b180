import Conversations
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("Reasoning in every form")
struct ReasoningTests {
  private func said(_ deltas: [JSON]) throws -> Understood {
    try understand(.openai, deltas.map { OpenAI.chunk(delta: $0) } + [OpenAI.text("so"), OpenAI.finish(), OpenAI.done])
  }

  @Test(
    "Whatever field it comes in, and whatever shape it has there",
    arguments: [
      ["reasoning_content": "hm"], ["reasoning": "hm"], ["thinking": "hm"], ["reasoning": ["content": "hm"]],
      ["thoughts": "hm"], ["thoughts": "hm", "content": ""], ["thinking": "hm", "content": ""],
      ["reasoning": ["text": "hm"]], ["reasoning": [["summary": "h"], ["text": "m"]]],
      ["reasoning_content": [["type": "text", "text": "hm"]]],
      ["reasoning": nil, "reasoning_details": [["type": "reasoning.text", "text": "hm"]], "content": ""],
      ["reasoning_details": [["type": "reasoning.summary", "summary": "hm"]]],
      [
        "reasoning_details": [
          ["type": "reasoning.encrypted", "data": "AAAA"], ["type": "reasoning.text", "text": "hm"],
        ]
      ],
      ["reasoning": "hm", "reasoning_details": [["type": "reasoning.text", "text": "hm"]]],
      ["reasoning": "hm", "reasoning_content": "hm"],
      ["content": [["type": "thinking", "thinking": [["type": "text", "text": "hm"]]]]],
      ["content": [["type": "reasoning", "text": "hm"]]],
    ] as [JSON])
  func forms(_ delta: JSON) throws {
    let said = try said([delta])
    #expect(said.reasoning == "hm")
    #expect(said.text == "so")
  }

  @Test("What is encrypted is not shown")
  func encrypted() throws {
    #expect(try said([["reasoning_details": [["type": "reasoning.encrypted", "data": "AAAA"]]]]).reasoning == "")
  }

  private func tagged(_ text: String, split: Int, tags: RequestOptions.ReasoningTagging = .auto) throws -> Understood {
    var pieces: [WireEvent] = []
    var rest = text[...]
    while !rest.isEmpty {
      pieces.append(OpenAI.text(String(rest.prefix(split))))
      rest = rest.dropFirst(split)
    }
    return try understand(.openai, pieces + [OpenAI.finish(), OpenAI.done], tags: tags)
  }

  @Test(
    "Between tags at the answer's beginning, however the deltas cut them",
    arguments: [
      ("<think>hm</think>so", "hm", "so"), ("\n<think>\nhm\n</think>\n\nso", "hm\n", "so"),
      ("<thinking>a < b</thinking> so </think>", "a < b", "so </think>"), ("<think></think>\n\nso", "", "so"),
      ("<thought>hm</thought>so", "hm", "so"), ("<think>\n\n</think>so <think>x</think>", "", "so <think>x</think>"),
    ], [1, 2, 3, 5, 1000])
  func tags(_ example: (String, String, String), _ split: Int) throws {
    let said = try tagged(example.0, split: split)
    #expect(said.reasoning == example.1)
    #expect(said.text == example.2)
    #expect(said.end == .finished(.stop))
  }

  @Test(
    "An answer about the tag stays whole",
    arguments: [
      "The <think> tag</think>", "`<think>` opens, `</think>` closes", "<thinker>x</thinker>", "<p>hi</p>", "<", "  a",
      "< think >",
    ], [1, 3, 1000])
  func about(_ text: String, _ split: Int) throws {
    let said = try tagged(text, split: split)
    #expect(said.text == text)
    #expect(said.reasoning == "")
  }

  @Test("A model may say that its tag is open already, or that tags are text", arguments: [1, 4, 1000])
  func setting(_ split: Int) throws {
    let open = try tagged("hm\n</think>\n\nso", split: split, tags: .open)
    #expect(open.reasoning == "hm\n")
    #expect(open.text == "so")
    let off = try tagged("<think>hm</think>so", split: split, tags: .off)
    #expect(off.reasoning == "")
    #expect(off.text == "<think>hm</think>so")
  }

  @Test("Where the provider tells the reasoning apart, tags are the answer's own")
  func native() throws {
    let said = try understand(
      .openai, [OpenAI.reasoning("hm"), OpenAI.text("<think>"), OpenAI.text("x</think>"), OpenAI.finish()])
    #expect(said.reasoning == "hm")
    #expect(said.text == "<think>x</think>")
  }

  @Test("A tag that never closes leaves an answer that only reasoned")
  func unclosed() throws {
    let said = try tagged("<think>hm, let me see </thi", split: 4)
    #expect(said.reasoning == "hm, let me see </thi")
    #expect(said.failure?.message.contains("only reasoned") == true)
  }

  @Test("Tags are known with the other kinds too")
  func otherKinds() throws {
    let claude = try understand(
      .anthropic,
      [Anthropic.text("<think>h"), Anthropic.text("m</think>so"), Anthropic.finish(outputTokens: 2), Anthropic.stop])
    #expect(claude.reasoning == "hm" && claude.text == "so")
    let gemini = try understand(
      .gemini, [Gemini.text("<think>hm</th"), Gemini.text("ink>so"), Gemini.finish(prompt: 1, candidates: 1)])
    #expect(gemini.reasoning == "hm" && gemini.text == "so")
  }
}

@Suite("Counts in every place and order")
struct TokenCountTests {
  @Test(
    "OpenAI-compatible: in the choice, beside it, early, late, in other words, field by field",
    arguments: [
      [#"{"choices":[{"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":5,"completion_tokens":2}}]}"#],
      [#"{"choices":[{"delta":{},"usage":{"prompt_tokens":5}}]}"#, #"{"usage":{"completion_tokens":2},"choices":[]}"#],
      [
        #"{"usage":{"prompt_tokens":5,"completion_tokens":0}}"#,
        #"{"usage":{"prompt_tokens":0,"completion_tokens":2}}"#,
      ],
      [
        #"{"usage":{"prompt_tokens":5,"completion_tokens":1}}"#,
        #"{"usage":{"prompt_tokens":5,"completion_tokens":2}}"#,
      ],
      [#"{"usage":{"input_tokens":5,"output_tokens":2}}"#],
      [#"{"x_groq":{"usage":{"prompt_tokens":5,"completion_tokens":2}}}"#],
      [#"{"usage":{"prompt_tokens":5,"completion_tokens":2}}"#, #"{"usage":null}"#, #"{"usage":{}}"#],
    ])
  func openAI(_ chunks: [String]) throws {
    let said = try understand(
      .openai, [OpenAI.text("x")] + chunks.map(WireEvent.data) + [OpenAI.finish(), OpenAI.done])
    #expect(said.usage == Usage(promptTokens: 5, completionTokens: 2))
  }

  @Test(
    "Anthropic: each field keeps its last count, and input is the sum",
    arguments: [
      (#"{"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":2}"#, 3602, 2),
      (#"{"input_tokens":3602,"cache_read_input_tokens":100,"output_tokens":2}"#, 3702, 2),
      (#"{"input_tokens":0,"output_tokens":7}"#, 3602, 7), (#"{"output_tokens":7}"#, 3602, 7),
    ])
  func anthropic(_ late: String, _ prompt: Int, _ completion: Int) throws {
    let said = try understand(
      .anthropic,
      [
        Anthropic.start(inputTokens: 3602), Anthropic.text("x"),
        .data(#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":\#(late)}"#), Anthropic.stop,
      ])
    #expect(said.usage?.promptTokens == prompt && said.usage?.completionTokens == completion)
  }

  @Test("Gemini: counts of several chunks are merged, thoughts added once")
  func gemini() throws {
    let said = try understand(
      .gemini,
      [
        .data(
          #"{"candidates":[{"content":{"parts":[{"text":"x"}]}}],"usageMetadata":{"promptTokenCount":4,"thoughtsTokenCount":30}}"#
        ),
        .data(
          #"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"candidatesTokenCount":6,"toolUsePromptTokenCount":1}}"#
        ),
      ])
    #expect(said.usage == Usage(promptTokens: 5, completionTokens: 36, reasoningTokens: 30))
  }

  @Test("Counts that no model reaches neither trap nor go below nothing")
  func absurd() throws {
    let most = Int.max
    let chunk =
      #"{"usage":{"prompt_tokens":\#(most),"completion_tokens":-3,"total_tokens":\#(most),"completion_tokens_details":{"reasoning_tokens":\#(most)}}}"#
    #expect(try understand(.openai, [OpenAI.text("x"), .data(chunk), OpenAI.finish()]).usage?.promptTokens == nil)
    let claude = #"{"type":"message_delta","usage":{"input_tokens":\#(most),"cache_read_input_tokens":\#(most)}}"#
    #expect(
      try understand(.anthropic, [Anthropic.text("x"), .data(claude), Anthropic.stop]).usage?.promptTokens == nil)
  }
}
