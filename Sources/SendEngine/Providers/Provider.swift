import Conversations
import JSON

/// An API that chat models are reached by: how to ask, and how to read what streams back.
protocol Provider: Sendable {
  /// Builds the request. `messages` starts with the system prompt, if there is one. Throws `.invalidRequest`.
  func request(
    for model: ConfiguredModel, key: APIKey?, messages: [ChatMessage]
  ) throws(SendFailure) -> ProviderRequest

  /// A decoder for one answer.
  func makeDecoder() -> any StreamDecoder
}

/// A POST of JSON, ready to send.
struct ProviderRequest: Sendable {
  var url: String
  /// Without those that every request carries.
  var headers: [(name: String, value: String)]
  var body: JSON
}

/// Reads one answer's events, in order. Pure: it knows nothing of networks or time.
protocol StreamDecoder: Sendable {
  mutating func decode(_ event: ServerSentEvent, into output: inout StreamOutput)
}

extension ConfiguredModel.Kind {
  /// The provider of this kind; `nil` for demo models, which need no wire.
  var provider: (any Provider)? {
    switch self {
    case .openai: OpenAICompatibleProvider()
    case .anthropic: AnthropicProvider()
    case .gemini: GeminiProvider()
    case .demo: nil
    }
  }
}

/// What has been understood of an answer so far, with text that arrived together joined together.
struct StreamOutput: Sendable {
  /// Why the model stopped, once it has said so.
  var finishReason: FinishReason?
  /// The provider said that nothing follows.
  var isComplete = false
  /// The provider reported an error, or sent what its API does not know.
  var failure: SendFailure?
  /// Some text or reasoning has come, since the start.
  private(set) var hasContent = false

  private var events: [SendEvent] = []
  /// The UTF-8 of adjacent deltas of one kind, not yet an event.
  private var run: [UInt8] = []
  private var runIsReasoning = false
  private var usage = Usage()
  private var reportedUsage = Usage()

  mutating func text(_ delta: String) { append(delta, isReasoning: false) }
  mutating func reasoning(_ delta: String) { append(delta, isReasoning: true) }

  /// Appends a string as it stands in its JSON text. False if an escape in it is wrong.
  mutating func append(_ delta: JSONScanner.RawString, isReasoning: Bool) -> Bool {
    guard !delta.isEmpty else { return true }
    begin(isReasoning: isReasoning)
    return delta.append(to: &run)
  }

  mutating func usage(_ newer: Usage) { usage.merge(newer) }

  /// The events since the last time, and forgets them. Counts wait for the first token, or for the answer's end
  /// (`isFinished`): an attempt that fails before has nothing to report.
  mutating func drain(isFinished: Bool = false) -> [SendEvent] {
    closeRun()
    if usage != reportedUsage, hasContent || isFinished {
      reportedUsage = usage
      events.append(.usage(usage))
    }
    defer { events = [] }
    return events
  }

  private mutating func append(_ delta: String, isReasoning: Bool) {
    guard !delta.isEmpty else { return }
    begin(isReasoning: isReasoning)
    run.append(contentsOf: delta.utf8)
  }

  private mutating func begin(isReasoning: Bool) {
    if isReasoning != runIsReasoning { closeRun() }
    runIsReasoning = isReasoning
    if !hasContent {
      hasContent = true
      events.append(.firstToken)
    }
  }

  private mutating func closeRun() {
    guard !run.isEmpty else { return }
    let text = String(decoding: run, as: UTF8.self)
    events.append(runIsReasoning ? .reasoning(text) : .text(text))
    run.removeAll(keepingCapacity: true)
  }
}

extension ServerSentEvent {
  /// The event's data as JSON; where it is none, the output fails and `nil` is returned.
  func json(orFail output: inout StreamOutput) -> JSON? {
    do {
      return try JSON(data)
    } catch {
      let start = PlainWords.line(String(decoding: data.prefix(200), as: UTF8.self), limit: 60)
      output.failure = SendFailure(.malformed, "the stream holds something that is \(error): “\(start)”")
      return nil
    }
  }

  var isBlank: Bool { data.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 } }
}
