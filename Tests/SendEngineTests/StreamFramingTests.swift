import Conversations
import JSON
import TestSupport
import Testing

@testable import SendEngine

/// Streams that are almost right: what is meant is understood, and what is broken costs itself.
@Suite("Framing that is almost right")
struct StreamFramingTests {
  private func hello(_ events: [WireEvent], _ split: Int = .max) throws -> Understood {
    try understand(.openai, events, split: split)
  }

  @Test(
    "What stands around an answer in its stream does not touch it",
    arguments: [
      [OpenAI.text("Hello"), OpenAI.finish(), .bytes("data: [DONE] \n\n")],
      [OpenAI.text("Hello"), OpenAI.finish(), .bytes("data: [DONE]\n")],
      [.data(": OPENROUTER PROCESSING"), OpenAI.text("Hello"), OpenAI.finish(), OpenAI.done],
      [.data("ping"), OpenAI.text("Hel"), .data("keep-alive"), OpenAI.text("lo"), OpenAI.finish(), OpenAI.done],
      [.data("{}"), .data("null"), .data("\"ping\""), OpenAI.text("Hello"), OpenAI.finish(), OpenAI.done],
      [.bytes("\u{FEFF}"), OpenAI.text("Hello"), OpenAI.finish(), OpenAI.done],
      [.bytes("\r\n\r\n"), OpenAI.text("Hello"), OpenAI.finish(), OpenAI.done],
      [.data(#"{"choices":[{"delta":{"content":"Hello"}}],"error":""}"#), OpenAI.finish()],
      [.data(#"{"choices":[{"delta":{"content":"Hello"}}],"error":false}"#), OpenAI.finish()],
      [.data(#"{"choices":[{"delta":{"content":"Hello"}}],"error":{}}"#), OpenAI.finish()],
      [.data(#"{"code":0,"msg":"success","choices":[{"delta":{"content":"Hello"}}]}"#), OpenAI.finish()],
      [
        .data(#"{"base_resp":{"status_code":0,"status_msg":""},"choices":[{"delta":{"content":"Hello"}}]}"#),
        OpenAI.finish(),
      ],
      [OpenAI.text("Hello"), .data(#"{"choices":[{"delta":{},"finish_reason":"stop","logprobs":NaN}]}"#)],
      [
        OpenAI.text("Hello"),
        .data(#"{"choices":[{"delta":{},"finish_reason":"stop"}],"x":[-Infinity,Infinity,1e999]}"#),
      ],
    ] as [[WireEvent]])
  func harmless(_ events: [WireEvent]) throws {
    for split in [1, 7, .max] {
      let said = try hello(events, split)
      #expect(said.text == "Hello")
      #expect(said.end == .finished(.stop))
      #expect(said.damage == nil)
    }
  }

  @Test("Events that one line end parts come one by one, as they arrive", arguments: ["\n", "\r\n", "\r"])
  func oneLineEnd(_ end: String) throws {
    let lines = ["Hel", "lo, ", "you"].map { OpenAI.text($0).text.filter { $0 != "\n" } + end }
    for split in [1, 100, .max] {
      let said = try hello(lines.map(WireEvent.bytes) + [.bytes("data: [DONE]" + end)], split)
      #expect(said.text == "Hello, you")
      #expect(said.end == .finished(.stop))
    }
    // Each is there as soon as the next begins, not only at the end.
    var reader = ResponseReader(
      words: FailureWords(model: .scripted(), key: nil), decoder: OpenAIDecoder(), maximumEventBytes: 1 << 20)
    reader.receive(ResponseReader.Head(status: 200))
    Array(lines.joined().utf8).withUnsafeBytes { reader.receive($0) }
    #expect(reader.drain().contains(.text("Hello, you")))
  }

  @Test("Named events without blank lines keep their names", arguments: [1, .max])
  func namedWithoutBlankLines(_ split: Int) throws {
    let events = [
      Anthropic.start(inputTokens: 3), Anthropic.text("Hel"), Anthropic.text("lo"), Anthropic.finish(outputTokens: 2),
      Anthropic.stop,
    ]
    let said = try understand(.anthropic, events.map { .bytes(String($0.text.dropLast())) }, split: split)
    #expect(said.text == "Hello")
    #expect(said.end == .finished(.stop))
  }

  @Test("JSON over several data lines is one event, as the standard has it")
  func manyDataLines() throws {
    let said = try hello([
      .bytes("data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"Hello\"}\ndata: }]\ndata: }\n\n"), OpenAI.finish(),
    ])
    #expect(said.text == "Hello")
  }

  @Test("A chunk put below its empty data field is read")
  func chunkBelow() throws {
    let below = OpenAI.text("B").text.dropFirst("data:".count)
    let said = try hello([OpenAI.text("A"), .bytes("data:\n" + below), OpenAI.text("C"), OpenAI.finish(), OpenAI.done])
    #expect(said.text == "ABC")
  }

  @Test("A broken event costs itself, what came before and after is kept, and the loss is told")
  func spoilt() throws {
    let cut = #"{"id":"a","object":"chat.completion.cdata: "# + OpenAI.text("B").text.dropFirst(6).dropLast(2)
    let said = try hello([OpenAI.text("A"), .data(cut), OpenAI.text("C"), OpenAI.finish(), OpenAI.done])
    #expect(said.text == "ABC")
    #expect(said.end == .finished(.stop))
    #expect(said.damage?.kind == .malformed)
    #expect(
      said.damage?.message.hasPrefix("acme/scripted-1 sent 1 event that could not be read and is missing") == true)
    let lost = try hello([
      OpenAI.text("A"), .data(#"{"choices":[{"del"#), .data("what\u{1B}[31m is this?"), OpenAI.text("C"),
      OpenAI.finish(),
    ])
    #expect(lost.text == "AC")
    #expect(lost.damage?.message.contains("sent 2 events") == true)
    #expect(lost.damage?.message.unicodeScalars.contains("\u{1B}") == false)
  }

  @Test("So it is with the other kinds", arguments: [ConfiguredModel.Kind.anthropic, .gemini])
  func spoiltElsewhere(_ kind: ConfiguredModel.Kind) throws {
    let events: [WireEvent] =
      kind == .anthropic
      ? [
        Anthropic.text("A"), .data("ping"), .data("{\"type\":"), Anthropic.text("C"), Anthropic.finish(outputTokens: 1),
        .data("[DONE]"),
      ]
      : [
        Gemini.text("A"), .data(": hi"), .data("{\"cand"), Gemini.text("C"),
        .data(#"{"candidates":[{"finishReason":"STOP","avgLogprobs":NaN}]}"#),
      ]
    let said = try understand(kind, events)
    #expect(said.text == "AC")
    #expect(said.end == .finished(.stop))
    #expect(said.damage != nil)
  }

  @Test(
    "An answer in one piece is understood whatever its head announced",
    arguments: [
      (ConfiguredModel.Kind.openai, #"{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}"#),
      (.openai, #"{"choices":[{"delta":null,"message":{"content":"Hello"},"finish_reason":"stop"}]}"#),
      (
        .openai,
        #"{"choices":[{"delta":{},"message":{"content":[{"type":"text","text":"Hello"}]},"finish_reason":"stop"}]}"#
      ),
      (.openai, #"{"choices":[{"text":"Hello","finish_reason":"stop"}]}"#),
      (.openai, "\u{FEFF}\n" + #"{"choices":[{"message":{"content":"Hello"},"finish_reason":"eos"}]}"#),
      (
        .openai,
        #"{"choices":[{"delta":{"content":"Hel"}}]}"# + "\n"
          + #"{"choices":[{"delta":{"content":"lo"},"finish_reason":"stop"}]}"#
      ),
      (.anthropic, #"{"type":"message","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn"}"#),
      (.gemini, #"{"candidates":[{"content":{"parts":[{"text":"Hello"}]},"finishReason":"STOP"}]}"#),
      (.gemini, #"{"response":{"candidates":[{"content":{"parts":[{"text":"Hello"}]},"finishReason":"STOP"}]}}"#),
    ])
  func whole(_ kind: ConfiguredModel.Kind, _ body: String) throws {
    for split in [1, .max] {
      let said = try understand(kind, [.bytes(body)], split: split)
      #expect(said.text == "Hello")
      #expect(said.end == .finished(.stop))
    }
  }

  @Test("A message that repeats the deltas before it is not said twice; one that is a piece each is")
  func repeatedMessage() throws {
    let repeated = try hello([
      OpenAI.text("Hel"), OpenAI.text("lo"),
      .data(#"{"choices":[{"delta":null,"message":{"content":"Hello"},"finish_reason":"stop"}]}"#),
    ])
    #expect(repeated.text == "Hello")
    let pieces = try hello([
      .data(#"{"choices":[{"message":{"content":"Hel"}}]}"#),
      .data(#"{"choices":[{"message":{"content":"lo"},"finish_reason":"stop"}]}"#),
    ])
    #expect(pieces.text == "Hello")
  }

  @Test("A character that two deltas share comes out whole, however the stream is read", arguments: [1, 40, .max])
  func sharedCharacter(_ split: Int) throws {
    func openAI(_ content: String, finish: String = "null") -> WireEvent {
      .data(#"{"choices":[{"index":0,"delta":{"content":"\#(content)"},"finish_reason":\#(finish)}]}"#)
    }
    let high = #"a\ud83d"#
    let low = #"\ude00b"#
    #expect(try understand(.openai, [openAI(high), openAI(low), OpenAI.finish()], split: split).text == "a😀b")
    #expect(try understand(.openai, [openAI(high), openAI(low, finish: "\"stop\"")], split: split).text == "a😀b")
    let claude = [high, low].map {
      WireEvent.data(#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"\#($0)"}}"#)
    }
    #expect(try understand(.anthropic, claude + [Anthropic.finish(outputTokens: 1)], split: split).text == "a😀b")
    let gemini = [high, low].map { WireEvent.data(#"{"candidates":[{"content":{"parts":[{"text":"\#($0)"}]}}]}"#) }
    #expect(try understand(.gemini, gemini + [Gemini.finish(prompt: 1, candidates: 1)], split: split).text == "a😀b")
    // A half that nothing follows is one sign that something is missing, and no more.
    #expect(try understand(.openai, [openAI(high), openAI("b"), OpenAI.finish()], split: split).text == "a\u{FFFD}b")
    #expect(try understand(.openai, [openAI(low), OpenAI.finish()], split: split).text == "\u{FFFD}b")
    #expect(try understand(.openai, [openAI(high), OpenAI.finish()], split: split).text == "a\u{FFFD}")
    #expect(
      try understand(.openai, [openAI(high), OpenAI.reasoning("hm"), openAI(low), OpenAI.finish()], split: split).text
        == "a😀b")
  }

  @Test("UTF-8 bytes of one character in two deltas too")
  func sharedBytes() {
    for name in ["content", "reasoning_content"] {
      for finish in ["null", "\"stop\""] {
        let head = Array(#"data: {"choices":[{"delta":{"\#(name)":""#.utf8)
        let tail = Array("\"},\"finish_reason\":\(finish)}]}\n\n".utf8)
        var reader = ResponseReader(
          words: FailureWords(model: .scripted(), key: nil), decoder: OpenAIDecoder(), maximumEventBytes: 1 << 20)
        reader.receive(ResponseReader.Head(status: 200))
        var events: [SendEvent] = []
        for piece in [Array("x".utf8) + [0xF0, 0x9F], [0x98], [0x80, 0x79]] {
          (head + piece + tail).withUnsafeBytes { reader.receive($0) }
          events += reader.drain()
        }
        _ = reader.end()
        events += reader.drain()
        let text = events.map { event -> String in
          switch event {
          case .text(let text), .reasoning(let text): text
          default: ""
          }
        }.joined()
        #expect(text == "x😀y", "\(name), \(finish)")
      }
    }
  }
}
