import Conversations
import FoundationEssentials
import TestSupport

@testable import SendEngine

extension ConfiguredModel {
  static func scripted(
    _ name: String = "scripted-1", kind: Kind = .openai, baseURL: String = "http://127.0.0.1:9/v1",
    apiKeyVariable: String? = nil, maxCompletionTokens: Int? = nil, timeout: Duration = .seconds(300),
    retryAttempts: Int = 3, options: RequestOptions = RequestOptions()
  ) -> ConfiguredModel {
    ConfiguredModel(
      reference: ModelReference(provider: "acme", name: name), kind: kind, baseURL: baseURL,
      apiKeyVariable: apiKeyVariable, maxCompletionTokens: maxCompletionTokens, timeout: timeout,
      retryAttempts: retryAttempts, options: options)
  }
}

/// What a model of this kind is understood to have said, when these bytes come in pieces of `split` bytes.
struct Understood {
  var events: [SendEvent]
  var end: AttemptEnd

  var text: String { events.compactMap { if case .text(let text) = $0 { text } else { nil } }.joined() }
  var reasoning: String { events.compactMap { if case .reasoning(let text) = $0 { text } else { nil } }.joined() }
  var usage: Usage? { events.compactMap { if case .usage(let usage) = $0 { usage } else { nil } }.last }
  var continuation: Continuation? {
    events.compactMap { if case .continuation(let newer) = $0 { newer } else { nil } }.last
  }
  var damage: SendFailure? { events.compactMap { if case .damaged(let remark) = $0 { remark } else { nil } }.last }
  var failure: SendFailure? { if case .failed(let failure) = end { failure } else { nil } }
}

func understand(
  _ kind: ConfiguredModel.Kind, _ events: [WireEvent], split: Int = .max, status: Int = 200,
  broken: TransportFailure? = nil, key: APIKey? = nil, tags: RequestOptions.ReasoningTagging = .auto
) throws -> Understood {
  guard let provider = kind.provider else { throw SendFailure(.invalidRequest, "no wire") }
  var reader = ResponseReader(
    words: FailureWords(model: .scripted(kind: kind), key: key), decoder: provider.makeDecoder(),
    maximumEventBytes: 4 << 20, tags: tags)
  reader.receive(ResponseReader.Head(status: status))
  var said: [SendEvent] = []
  let bytes = Array(events.map(\.text).joined().utf8)
  var start = 0
  while start < bytes.count {
    let end = split < bytes.count - start ? start + split : bytes.count
    bytes[start..<end].withUnsafeBytes { reader.receive($0) }
    said += reader.drain()
    start = end
  }
  let end = reader.end(broken: broken)
  return Understood(events: said + reader.drain(isFinished: end.isDefinite), end: end)
}

extension SenderConfiguration {
  /// Everything by the test's clock, and the whole back-off every time.
  static func testing(clock: any Clock<Duration> = ManualClock(), jitter: Double = 0.999) -> SenderConfiguration {
    var configuration = SenderConfiguration()
    configuration.clock = clock
    configuration.jitter = { jitter }
    configuration.version = "9.9"
    return configuration
  }
}

extension SendRequest {
  static func to(_ models: [(UUID, ConfiguredModel)], prompt: String = "Hello?", system: String? = nil) -> SendRequest {
    SendRequest(
      id: UUID(), system: system, prompt: prompt,
      targets: models.map { Target(reply: $0.0, model: $0.1) })
  }
}
