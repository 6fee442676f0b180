import Conversations
import JSON

/// An API that chat models are reached by: how to ask, and how to read what streams back.
protocol Provider: Sendable {
  /// Builds the request. `messages` starts with the system prompt, if there is one. Throws `.invalidRequest`.
  func request(
    for model: ConfiguredModel, key: APIKey?, messages: [ChatMessage]
  ) throws(SendFailure) -> ProviderRequest

  /// Why an option cannot be asked for, with the way out; `nil` where it can.
  func refusal(of option: GenerationOptions.Name, for model: ConfiguredModel) -> String?

  /// A decoder for one answer.
  func makeDecoder() -> any StreamDecoder
}

/// A POST of JSON, ready to send.
struct ProviderRequest: Sendable {
  var url: String
  /// Without those that every request carries.
  var headers: [(name: String, value: String)]
  var body: JSON

  /// Goes to a proxy instead, which is told by the `Host` header where the request is meant to go.
  mutating func forward(to proxy: ProxyAddress) {
    let scheme = "http://"
    let rest = url.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    headers.append(("Host", String(authority)))
    url = scheme + proxy.authority + rest.dropFirst(authority.count)
  }
}

/// Reads one answer's chunks, in order. Pure: it knows nothing of networks or time.
///
/// What all providers share is read before: `[DONE]`, errors in whatever shape, what is no JSON.
protocol StreamDecoder: Sendable {
  /// Reads a chunk of the commonest shape, one more bit of text, without building the tree around it.
  /// False for every other; the output is then as it was.
  mutating func decodePlain(_ data: UnsafeRawBufferPointer, into output: inout StreamOutput) -> Bool

  mutating func decode(_ chunk: WireChunk, into output: inout StreamOutput)
}

extension StreamDecoder {
  mutating func decodePlain(_ data: UnsafeRawBufferPointer, into output: inout StreamOutput) -> Bool { false }
}

/// One JSON value of a stream, with its text. The bytes are valid only while it is being handed over.
struct WireChunk {
  let json: JSON
  let bytes: UnsafeRawBufferPointer
  /// Where in ``bytes`` the value stands.
  var root: [JSONScanner.Step] = []

  /// A value inside this one.
  func inside(_ json: JSON, at step: JSONScanner.Step) -> WireChunk {
    WireChunk(json: json, bytes: bytes, root: root + [step])
  }

  /// Appends `text`, which stands at `path`. What a `String` cannot hold of it, a character cut in two, is read from
  /// the chunk's bytes.
  func append(
    _ text: String, at path: @autoclosure () -> [JSONScanner.Step], isReasoning: Bool, to output: inout StreamOutput
  ) {
    if text.unicodeScalars.contains("\u{FFFD}") {
      var scanner = JSONScanner(bytes)
      if scanner.descend(root + path()), let raw = scanner.string(), output.append(raw, isReasoning: isReasoning) {
        return
      }
    }
    output.append(text, isReasoning: isReasoning)
  }
}

extension ConfiguredModel.Kind {
  /// The provider of this kind; `nil` for demo models, which need no wire.
  var provider: (any Provider)? {
    switch self {
    case .openai: OpenAICompatibleProvider()
    case .responses: OpenAIResponsesProvider()
    case .anthropic: AnthropicProvider()
    case .gemini: GeminiProvider()
    case .demo: nil
    }
  }
}

extension ChatMessage {
  /// What goes back with it over a wire; what another one's model left is not understood there.
  func carried(by wire: Continuation.Wire) -> [JSON] { continuation?.wire == wire ? continuation?.items ?? [] : [] }
}
