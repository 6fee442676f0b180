import Conversations
import JSON

extension FinishReason {
  /// What a provider's word means. One table for all of them: gateways put one provider's words into another's format.
  init(providerWord word: String) {
    switch word.lowercased() {
    case "stop", "eos", "eos_token", "end", "end_turn", "stop_sequence", "complete", "completed", "finished":
      self = .stop
    case "length", "max_tokens", "max_length", "max_output_tokens", "model_length", "token_limit",
      "model_context_window_exceeded", "context_length_exceeded":
      self = .length
    case "tool_calls", "tool_call", "tool_use", "function_call":
      self = .toolCall
    case "content_filter", "content_filtered", "refusal", "safety", "recitation", "blocklist", "prohibited_content",
      "spii", "language", "image_safety", "image_prohibited_content", "sensitive", "guardrail_intervened", "blocked",
      "model_armor":
      self = .blocked(word)
    default:
      self = .other(word)
    }
  }
}

extension JSON {
  /// The texts in a value that should be one, with where they stand: a text, an object with one, or a list of such.
  /// What is encrypted is none.
  var texts: [(text: String, path: [JSONScanner.Step])] {
    switch self {
    case .string(let text): return text.isEmpty ? [] : [(text, [])]
    case .array(let items):
      return items.enumerated().flatMap { index, item in
        item.texts.map { ($0.text, [.element(index)] + $0.path) }
      }
    case .object:
      if self["type"]?.string?.contains("encrypted") == true { return [] }
      let fields: [StaticString] = ["text", "thinking", "content", "summary", "reasoning", "value"]
      for field in fields {
        let texts = (self[field.description] ?? .null).texts
        if !texts.isEmpty { return texts.map { ($0.text, [.key(field)] + $0.path) } }
      }
      return []
    default: return []
    }
  }
}
