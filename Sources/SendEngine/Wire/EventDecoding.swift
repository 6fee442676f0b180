import Conversations
import JSON

/// Makes output of a stream's events: what all providers share of reading one. Pure.
///
/// A part that is broken costs itself and no more: what came before and after is kept, and the loss is told.
struct EventDecoding: Sendable {
  var output: StreamOutput
  /// How many parts could not be read, and how the first began.
  private(set) var spoilt: (count: Int, excerpt: String) = (0, "")
  private var decoder: any StreamDecoder
  private let words: FailureWords

  init(decoder: any StreamDecoder, words: FailureWords, tags: RequestOptions.ReasoningTagging = .auto) {
    self.decoder = decoder
    self.words = words
    output = StreamOutput(tags: ReasoningTags(tags))
  }

  var isOver: Bool { output.isComplete || output.failure != nil }

  mutating func fail(_ failure: SendFailure) {
    if !isOver { output.failure = failure }
  }

  mutating func decode(_ event: ServerSentEvent) {
    guard !isOver else { return }
    let isError = !event.name.isEmpty && event.name.elementsEqual("error".utf8)
    if !isError, decoder.decodePlain(event.data, into: &output) { return }
    decode(event.data.trimmed, isError: isError)
  }

  /// Data should be one JSON value, and may be several, or hold what is none.
  private mutating func decode(_ data: UnsafeRawBufferPointer, isError: Bool) {
    var rest = data
    while !rest.isEmpty, !isOver {
      if rest.isDone {
        output.isComplete = true
        return
      }
      do throws(JSONError) {
        let (json, end) = try JSON.prefix(of: rest)
        decode(WireChunk(json: json, bytes: UnsafeRawBufferPointer(rebasing: rest[..<end])), isError: isError)
        rest = UnsafeRawBufferPointer(rebasing: rest[end...]).trimmed
      } catch {
        let next = rest.nextChunk
        passOver(UnsafeRawBufferPointer(rebasing: rest[..<(next ?? rest.count)]), isError: isError)
        guard let next else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[next...])
      }
    }
  }

  private mutating func decode(_ chunk: WireChunk, isError: Bool) {
    switch chunk.json {
    case .object: break
    case .array(let items):
      // Gemini without alt=sse, as some gateways ignore it: one array of the same chunks.
      for (index, item) in items.enumerated() where !isOver {
        decode(chunk.inside(item, at: .element(index)), isError: isError)
      }
      return
    case .string(let text) where isError || !Heartbeat.isOne(text):
      if isError { fail(words.inStream(chunk.json, isErrorEvent: true)) } else { spoil(text) }
      return
    default: return
    }
    if chunk.json.isOllama { return fail(words.ollama()) }
    decoder.decode(chunk, into: &output)
    if ErrorBody.failureInStream(chunk.json, isErrorEvent: isError) != nil {
      fail(words.inStream(chunk.json, isErrorEvent: isError))
    }
  }

  /// Something that is no JSON: words of an error, a sign of life, or a chunk that is broken.
  private mutating func passOver(_ bytes: UnsafeRawBufferPointer, isError: Bool) {
    let text = String(decoding: bytes.prefix(1024), as: UTF8.self)
    if isError { return fail(words.inStream(.string(text), isErrorEvent: true)) }
    if !Heartbeat.isOne(text) { spoil(text) }
  }

  private mutating func spoil(_ text: String) {
    spoilt = (spoilt.count + 1, spoilt.count == 0 ? PlainWords.line(text, limit: 80) : spoilt.excerpt)
  }
}

/// Data that only says that the server is there: a comment put into a `data` field, or one word.
private enum Heartbeat {
  static func isOne(_ text: String) -> Bool {
    let text = text.drop { $0.isWhitespace }
    if text.first == ":" || text.isEmpty { return true }
    guard text.count <= 24 else { return false }
    let word = text.lowercased().filter { $0.isLetter }
    return ["ping", "pong", "heartbeat", "keepalive", "alive", "hb", "ok", "processing", "waiting", "open", "start"]
      .contains(word)
  }
}

extension JSON {
  /// A chunk or an answer of Ollama's own API (`/api/chat`, `/api/generate`), which is not OpenAI's.
  fileprivate var isOllama: Bool {
    self["done"]?.bool != nil && self["choices"] == nil
      && (self["message"]?["content"]?.string != nil || self["response"]?.string != nil)
  }
}

extension UnsafeRawBufferPointer {
  /// Where behind a broken beginning the next chunk may begin: an object behind a line end or behind another `data:`.
  fileprivate var nextChunk: Int? {
    let field = Array("data:".utf8)
    for index in indices.dropFirst() where self[index] == UInt8(ascii: "{") {
      var before = index
      while before > 0, self[before - 1] == 0x20 || self[before - 1] == 0x09 { before -= 1 }
      guard before > 0 else { continue }
      if self[before - 1] == 0x0A || self[before - 1] == 0x0D { return index }
      if before >= field.count, self[(before - field.count)..<before].elementsEqual(field) { return index }
    }
    return nil
  }
}
