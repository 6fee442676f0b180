import JSON

/// Events as OpenAI's Responses API sends them.
public enum Responses {
  public static let created = event("response.created", ["response": ["id": "resp_1", "status": "in_progress"]])
  public static func text(_ text: String) -> WireEvent {
    event("response.output_text.delta", ["item_id": "msg_1", "output_index": 1, "delta": .string(text)])
  }
  public static func refusal(_ text: String) -> WireEvent {
    event("response.refusal.delta", ["item_id": "msg_1", "delta": .string(text)])
  }
  public static let summaryPart = event(
    "response.reasoning_summary_part.added", ["item_id": "rs_1", "part": ["type": "summary_text", "text": ""]])
  public static func summary(_ text: String) -> WireEvent {
    event("response.reasoning_summary_text.delta", ["item_id": "rs_1", "delta": .string(text)])
  }
  /// The whole texts and items that are sent once their deltas are over.
  public static func textDone(_ text: String) -> WireEvent {
    event("response.output_text.done", ["item_id": "msg_1", "text": .string(text)])
  }
  public static func thoughts(_ summary: String, encrypted: String) -> WireEvent {
    event("response.output_item.done", ["output_index": 0, "item": item(summary, encrypted: encrypted)])
  }
  public static func item(_ summary: String, encrypted: String) -> JSON {
    [
      "type": "reasoning", "id": "rs_1", "summary": [["type": "summary_text", "text": .string(summary)]],
      "encrypted_content": .string(encrypted), "status": nil,
    ]
  }

  public static func end(
    _ status: String = "completed", input: Int = 7, cached: Int = 0, output: Int = 3, reasoning: Int = 0,
    _ fields: [String: JSON] = [:]
  ) -> WireEvent {
    let response: [String: JSON] = [
      "object": "response", "status": .string(status), "error": nil, "incomplete_details": nil, "output": [],
      "usage": [
        "input_tokens": .int(input), "input_tokens_details": ["cached_tokens": .int(cached)],
        "output_tokens": .int(output), "output_tokens_details": ["reasoning_tokens": .int(reasoning)],
        "total_tokens": .int(input + output),
      ],
    ]
    return event("response.\(status)", ["response": .object(response.merging(fields) { $1 })])
  }

  public static func event(_ type: String, _ fields: [String: JSON]) -> WireEvent {
    .event(type, JSON.object(fields.merging(["type": .string(type), "sequence_number": 1]) { $1 }).text)
  }
}
