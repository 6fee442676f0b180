import ConfigurationReading
import Conversations
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import SendEngine

/// Numbers that a provider or `models.yaml` gives, each at its worst.
@Suite("Hostile numbers in answers and models.yaml") struct BoundsTests {
  /// The fields of one usage object; those with a dot lie one level deeper.
  static let wires: [(kind: ConfiguredModel.Kind, fields: [String])] = [
    (
      .openai,
      ["prompt_tokens", "completion_tokens", "total_tokens", "completion_tokens_details.reasoning_tokens"]
    ),
    (.anthropic, ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens"]),
    (.gemini, ["promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount"]),
  ]

  private func event(_ kind: ConfiguredModel.Kind, _ fields: [(name: String, number: String)]) -> WireEvent {
    let members = fields.map { field in
      let names = field.name.split(separator: ".")
      return names.count == 1
        ? "\"\(field.name)\":\(field.number)" : "\"\(names[0])\":{\"\(names[1])\":\(field.number)}"
    }
    let usage = "{\(members.joined(separator: ","))}"
    switch kind {
    case .anthropic: return .data(#"{"type":"message_delta","usage":\#(usage)}"#)
    case .gemini: return .data(#"{"usageMetadata":\#(usage)}"#)
    default: return .data(#"{"choices":[],"usage":\#(usage)}"#)
    }
  }

  private func answer(_ kind: ConfiguredModel.Kind) -> WireEvent {
    switch kind {
    case .anthropic: .data(#"{"type":"content_block_delta","delta":{"text":"x"}}"#)
    case .gemini: .data(#"{"candidates":[{"content":{"parts":[{"text":"x"}]}}]}"#)
    default: OpenAI.text("x")
    }
  }

  private func end(_ kind: ConfiguredModel.Kind) -> WireEvent {
    switch kind {
    case .anthropic: .data(#"{"type":"message_stop"}"#)
    case .gemini: .data(#"{"candidates":[{"finishReason":"STOP"}]}"#)
    default: OpenAI.done
    }
  }

  private func checkUsage(_ event: WireEvent, _ kind: ConfiguredModel.Kind) throws {
    let usage = try understand(kind, [answer(kind), event, end(kind)]).usage ?? Usage()
    for count in [usage.promptTokens, usage.completionTokens, usage.reasoningTokens].compactMap(\.self) {
      #expect((0...3_000_000_000_000).contains(count), "\(event.text)")
    }
  }

  @Test("A token count out of bounds is none, alone and with every other, and never ends the program")
  func usage() throws {
    for (kind, fields) in Self.wires {
      for number in HostileNumbers.texts {
        try checkUsage(event(kind, fields.map { ($0, number) }), kind)
        for hostile in fields {
          try checkUsage(event(kind, fields.map { ($0, $0 == hostile ? number : "1") }), kind)
        }
      }
    }
    let odd = try understand(
      .openai,
      [answer(.openai), event(.openai, [("prompt_tokens", "3"), ("completion_tokens", "-1")]), end(.openai)])
    #expect(odd.usage == Usage(promptTokens: 3))
  }

  @Test("Counts that are written as texts are counts, whoever sends them")
  func countsAsTexts() throws {
    for (kind, fields) in Self.wires {
      let usages = try ["3", "\"3\""].map { number in
        try understand(kind, [answer(kind), event(kind, fields.map { ($0, number) }), end(kind)]).usage
      }
      #expect(usages[0]?.promptTokens != nil && usages[0] == usages[1], "\(kind)")
    }
  }

  @Test("An index, a code and a status of any number are read or passed over")
  func indexesAndCodes() throws {
    for number in HostileNumbers.texts {
      let events: [(ConfiguredModel.Kind, String)] = [
        (.openai, #"{"choices":[{"index":\#(number),"delta":{"content":"x"}}]}"#),
        (.openai, #"{"error":{"message":"no","code":\#(number),"status":\#(number)}}"#),
        (.anthropic, #"{"type":"content_block_delta","index":\#(number),"delta":{"text":"x"}}"#),
        (.anthropic, #"{"type":"error","error":{"message":"no","code":\#(number)}}"#),
        (.gemini, #"{"candidates":[{"index":\#(number),"content":{"parts":[{"text":"x"}]}}]}"#),
        (.gemini, #"{"error":{"message":"no","code":\#(number)}}"#),
      ]
      for (kind, text) in events {
        guard case .failed(let failure) = try understand(kind, [.data(text)]).end else { continue }
        if let status = failure.httpStatus { #expect((400..<600).contains(status), "\(text)") }
      }
    }
  }

  @Test("A Retry-After of any number gives a wait that can be reckoned with")
  func retryAfter() {
    let policy = RetryPolicy(
      maximumAttempts: 3, base: .milliseconds(500), cap: .seconds(20), longestRetryAfter: .seconds(60),
      total: .seconds(400))
    for name in ["retry-after", "retry-after-ms"] {
      for number in HostileNumbers.texts {
        let seconds = RetryAfter.seconds(now: Date()) { $0 == name ? number : nil }
        #expect(seconds.map { (0...1e9).contains($0) } ?? true, "\(number)")
        let failure = SendFailure(.rateLimited, "no", httpStatus: 429, retryAfterSeconds: seconds)
        _ = policy.decide(failure, attempt: 1, hasContent: false, elapsed: .zero, jitter: 0.5)
      }
    }
    for seconds in [-Double.infinity, -1, .nan, 1e300, .infinity] {
      var failure = SendFailure(.rateLimited, "no", retryAfterSeconds: seconds)
      #expect(failure.retryAfterSeconds == nil)
      failure.retryAfterSeconds = seconds
      _ = policy.decide(failure, attempt: 1, hasContent: false, elapsed: .zero, jitter: 0.5)
    }
  }

  @Test("Numbers of models.yaml out of bounds are errors that name the key")
  func models() {
    let keys = ["max_tokens", "max_completion_tokens", "timeout", "retry_attempts", "input", "output"]
    for key in keys {
      for number in HostileNumbers.texts + ["-.inf", ".nan", "0x7fffffffffffffff"] {
        let isPrice = key == "input" || key == "output"
        let line =
          isPrice ? "price: {\(key == "input" ? "output" : "input"): 1, \(key): \(number)}" : "\(key): \(number)"
        let text = """
          providers:
            together:
              models:
                m:
                  \(line)
          """
        do throws(ConfigurationError) {
          let model = try ModelRegistry.parse(text).models.first
          #expect(model.map { $0.timeout > .zero && $0.timeout <= .seconds(86_400) } ?? true, "\(line)")
        } catch {
          #expect(error.problems.contains { "\($0)".contains(key) }, "\(line): \(error.problems)")
        }
      }
    }
  }
}
