import JSON

/// Events as OpenAI-compatible servers send them.
public enum OpenAI {
  public static func text(_ text: String) -> WireEvent { chunk(delta: ["content": .string(text)]) }
  public static func reasoning(_ text: String) -> WireEvent { chunk(delta: ["reasoning_content": .string(text)]) }
  public static func refusal(_ text: String) -> WireEvent { chunk(delta: ["refusal": .string(text)]) }
  public static var role: WireEvent { chunk(delta: ["role": "assistant", "content": ""]) }
  public static func finish(_ reason: String = "stop") -> WireEvent { chunk(delta: [:], finish: .string(reason)) }
  public static let done = WireEvent.data("[DONE]")

  public static func usage(prompt: Int, completion: Int, reasoning: Int? = nil) -> WireEvent {
    var usage: [String: JSON] = [
      "prompt_tokens": .int(prompt), "completion_tokens": .int(completion), "total_tokens": .int(prompt + completion),
    ]
    if let reasoning { usage["completion_tokens_details"] = ["reasoning_tokens": .int(reasoning)] }
    return .data(JSON.object(["choices": [], "usage": .object(usage)]).text)
  }

  public static func error(_ message: String, code: JSON = nil) -> WireEvent {
    .data(JSON.object(["error": ["message": .string(message), "code": code]]).text)
  }

  public static func chunk(delta: JSON, finish: JSON = nil) -> WireEvent {
    let choice: JSON = ["index": 0, "delta": delta, "finish_reason": finish, "logprobs": nil]
    let head: [String: JSON] = [
      "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "scripted",
      "choices": [choice],
    ]
    return .data(JSON.object(head).text)
  }

  /// A whole answer, as a script: text in pieces, why it stopped, what it cost.
  public static func answer(_ pieces: String..., prompt: Int = 7, completion: Int = 3) -> Script {
    [.sse([role] + pieces.map(text) + [finish(), usage(prompt: prompt, completion: completion), done])]
  }
}

/// Events as Anthropic's messages API sends them.
public enum Anthropic {
  public static func start(inputTokens: Int) -> WireEvent {
    event(
      "message_start",
      [
        "message": [
          "role": "assistant", "content": [], "usage": ["input_tokens": .int(inputTokens), "output_tokens": 1],
        ]
      ])
  }
  public static func blockStart(_ type: String) -> WireEvent {
    let field = type == "thinking" ? "thinking" : "text"
    return event("content_block_start", ["index": 0, "content_block": .object(["type": .string(type), field: ""])])
  }
  public static func text(_ text: String) -> WireEvent { delta(["type": "text_delta", "text": .string(text)]) }
  public static func thinking(_ text: String) -> WireEvent {
    delta(["type": "thinking_delta", "thinking": .string(text)])
  }
  public static func signature(_ text: String) -> WireEvent {
    delta(["type": "signature_delta", "signature": .string(text)])
  }
  public static let blockStop = event("content_block_stop", ["index": 0])
  public static let ping = event("ping", [:])
  public static func finish(_ reason: String = "end_turn", outputTokens: Int) -> WireEvent {
    event(
      "message_delta", ["delta": ["stop_reason": .string(reason)], "usage": ["output_tokens": .int(outputTokens)]])
  }
  public static let stop = event("message_stop", [:])
  public static func error(_ type: String, _ message: String) -> WireEvent {
    event("error", ["error": ["type": .string(type), "message": .string(message)]])
  }

  private static func delta(_ delta: JSON) -> WireEvent { event("content_block_delta", ["index": 0, "delta": delta]) }

  private static func event(_ type: String, _ fields: [String: JSON]) -> WireEvent {
    .event(type, JSON.object(fields.merging(["type": .string(type)]) { $1 }).text)
  }
}

/// Chunks as Gemini's streamGenerateContent sends them.
public enum Gemini {
  public static func text(_ texts: String...) -> WireEvent { chunk(parts: texts.map { ["text": .string($0)] }) }
  public static func thought(_ text: String) -> WireEvent { chunk(parts: [["text": .string(text), "thought": true]]) }

  public static func finish(_ reason: String = "STOP", prompt: Int, candidates: Int, thoughts: Int? = nil) -> WireEvent
  {
    var usage: [String: JSON] = ["promptTokenCount": .int(prompt), "candidatesTokenCount": .int(candidates)]
    if let thoughts { usage["thoughtsTokenCount"] = .int(thoughts) }
    return .data(
      JSON.object([
        "candidates": [["content": ["role": "model"], "finishReason": .string(reason), "index": 0]],
        "usageMetadata": .object(usage),
      ]).text)
  }

  public static func promptBlocked(_ reason: String) -> WireEvent {
    .data(JSON.object(["promptFeedback": ["blockReason": .string(reason)]]).text)
  }

  public static func error(_ code: Int, _ status: String, _ message: String) -> WireEvent {
    .data(
      JSON.object(["error": ["code": .int(code), "status": .string(status), "message": .string(message)]]).text)
  }

  public static func chunk(parts: [JSON]) -> WireEvent {
    .data(
      JSON.object(["candidates": [["content": ["role": "model", "parts": .array(parts)], "index": 0]]]).text)
  }
}
