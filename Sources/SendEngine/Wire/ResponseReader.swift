import Conversations
import JSON

/// How an attempt ended.
enum AttemptEnd: Hashable, Sendable {
  case finished(FinishReason)
  case failed(SendFailure)
  case cancelled

  /// Nothing follows it: the counts that came are the reply's.
  var isDefinite: Bool {
    switch self {
    case .finished: true
    case .failed(let failure): failure.repetition == .useless
    case .cancelled: false
    }
  }
}

/// Turns one HTTP response into what the model said, whatever form the response takes: a stream of events,
/// one JSON text from a server that does not stream, an error body or a page of HTML. Its first byte tells, not what
/// its head announces. Pure: bytes in, output out.
struct ResponseReader: Sendable {
  struct Head: Hashable, Sendable {
    var status: Int
    var location: String?
    /// In seconds.
    var retryAfter: Double?
    /// When a rate limit is over, in seconds from now.
    var reset: Double?
    /// What the provider says of asking again (`x-should-retry`).
    var shouldRetry: Bool?
  }

  private enum Form {
    /// A success of which no telling byte has come yet.
    case undecided
    case stream
    /// Kept until it is whole, up to a limit.
    case kept
  }

  private let words: FailureWords
  private let maximumEventBytes: Int
  private var parser: EventStreamParser
  private var decoding: EventDecoding
  private var head: Head?
  private var form = Form.undecided
  /// What of a body that is no stream has not been read; of a stream its beginning.
  private var kept: [UInt8] = []
  /// How a body began that has been read.
  private var beginning: [UInt8] = []
  private var looks = 0
  private var hasEvents = false

  /// An error is told in its first few thousand bytes; a page of megabytes is not worth holding.
  private static let maximumErrorBytes = 64 << 10
  /// Of a stream that holds no events, enough to say what it holds.
  private static let previewBytes = 512
  /// How often, and up to what size, a body is looked at before its end, to see whether it is whole.
  private static let (maximumLooks, maximumLookBytes) = (64, 1 << 20)

  init(
    words: FailureWords, decoder: any StreamDecoder, maximumEventBytes: Int,
    tags: RequestOptions.ReasoningTagging = .auto
  ) {
    self.words = words
    self.maximumEventBytes = maximumEventBytes
    parser = EventStreamParser(maximumEventBytes: maximumEventBytes)
    decoding = EventDecoding(decoder: decoder, words: words, tags: tags)
  }

  /// Some text or reasoning has come.
  var hasContent: Bool { decoding.output.hasContent }

  /// The model has said why it stopped: at most some counts may still come.
  var hasEnding: Bool { decoding.output.ending != nil }

  /// Nothing that may still come can change the end.
  var isOver: Bool { decoding.isOver }

  /// The events since the last time, and forgets them.
  mutating func drain(isFinished: Bool = false) -> [SendEvent] { decoding.output.drain(isFinished: isFinished) }

  mutating func receive(_ head: Head) {
    self.head = head
    if !head.isSuccess { form = .kept }
  }

  mutating func receive(_ bytes: UnsafeRawBufferPointer) {
    guard !isOver else { return }
    if case .undecided = form { decide(bytes) }
    switch form {
    case .stream:
      if !hasEvents { kept.append(contentsOf: bytes.prefix(Self.previewBytes - kept.count)) }
      parse(bytes)
    case .kept, .undecided:
      keep(bytes)
      readWhole()
    }
  }

  /// The text of an error with which the request itself was refused.
  var refusal: String? {
    if let head, !head.isSuccess {
      return [400, 422, 500, 501].contains(head.status) ? String(decoding: kept.prefix(8192), as: UTF8.self) : nil
    }
    return hasContent ? nil : decoding.output.failure?.message
  }

  /// Nothing that comes can be of use.
  mutating func fail(_ failure: SendFailure) { if head?.isSuccess == true { decoding.fail(failure) } }

  /// The response is over. `broken` says how, if it did not end as HTTP wants it to; `expired` is the
  /// limit that it broke, if that is why.
  mutating func end(broken: TransportFailure? = nil, expired: SendFailure? = nil) -> AttemptEnd {
    if let head, !head.isSuccess, expired == nil { return .failed(words.http(head, body: kept)) }
    let isCut = broken != nil || expired != nil
    if !isOver, !isCut || form == .kept { readLast(isCut: isCut) }
    decoding.output.finish()
    let output = decoding.output
    if let failure = output.failure { return .failed(failure) }
    if output.isComplete || output.ending != nil { return finish(output) }
    if let expired { return .failed(expired) }
    let spoilt = decoding.spoilt
    if spoilt.count > 0 { return .failed(words.unreadable(spoilt.excerpt, hasContent: output.hasContent)) }
    if output.hasContent { return .failed(words.truncated(broken)) }
    if let broken { return .failed(words.connection(broken)) }
    if let stray { return .failed(words.notAnAnswer(stray, status: head?.status ?? 200)) }
    return .failed(words.empty())
  }

  private mutating func finish(_ output: StreamOutput) -> AttemptEnd {
    let ending = output.ending ?? Ending(reason: .stop, word: "stop")
    if ending.isFailure { return .failed(words.stopped(ending, hasContent: output.hasContent)) }
    guard output.hasText else { return .failed(words.nothingSaid(ending, output)) }
    let spoilt = decoding.spoilt
    if spoilt.count > 0 { decoding.output.spoilt(words.damaged(spoilt.count, spoilt.excerpt)) }
    return .finished(ending.reason)
  }

  // MARK: Forms

  private mutating func decide(_ bytes: UnsafeRawBufferPointer) {
    // The mark that Windows tools put before UTF-8 is passed over, by the stream's parser as well.
    let mark = [0xEF, 0xBB, 0xBF] as [UInt8]
    let seen = kept.prefix(8) + bytes
    guard let first = seen.first(where: { $0 > 0x20 && !mark.contains($0) }) else { return }
    switch first {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "<"), UInt8(ascii: "\""): form = .kept
    default:
      form = .stream
      let before = kept
      kept = Array(before.prefix(Self.previewBytes))
      before.withUnsafeBytes { parse($0) }
    }
  }

  private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
    if head?.isSuccess == false {
      kept.append(contentsOf: bytes.prefix(Self.maximumErrorBytes - kept.count))
    } else if kept.count + bytes.count <= maximumEventBytes {
      kept.append(contentsOf: bytes)
    } else {
      decoding.fail(words.tooLarge(maximumEventBytes))
    }
  }

  /// Reads JSON that is whole before the response is over: not every server closes the connection, and some send a
  /// chunk a line.
  private mutating func readWhole() {
    guard form == .kept, head?.isSuccess == true, looks < Self.maximumLooks, kept.count <= Self.maximumLookBytes,
      let last = kept.last(where: { !$0.isBlank }), last == UInt8(ascii: "}") || last == UInt8(ascii: "]")
    else { return }
    looks += 1
    let isWhole = kept.withUnsafeBytes { bytes in
      var rest = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(Self.mark(bytes))).trimmed
      while !rest.isEmpty {
        // What is no value yet may become one with what follows.
        guard let (_, end) = try? JSON.prefix(of: rest) else { return false }
        rest = UnsafeRawBufferPointer(rebasing: rest[end...]).trimmed
      }
      return true
    }
    if isWhole { readKept() }
  }

  private mutating func readKept() {
    let body = kept
    body.withUnsafeBytes { bytes in
      let data = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(Self.mark(bytes)))
      decoding.decode(ServerSentEvent(name: UnsafeRawBufferPointer(start: nil, count: 0), data: data))
    }
    beginning += kept.prefix(Self.previewBytes - beginning.count)
    kept = []
  }

  /// The length of the mark that Windows tools put before UTF-8.
  private static func mark(_ bytes: UnsafeRawBufferPointer) -> Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }

  /// The response is over: reads what could not be read before.
  private mutating func readLast(isCut: Bool) {
    switch form {
    case .undecided: break
    case .stream: parse(nil)
    case .kept:
      let body = beginning + kept
      if !FailureWords.isHTML(kept) { readKept() }
      let output = decoding.output
      if !isCut, !output.hasContent, output.ending == nil, output.toolCalls.isEmpty {
        decoding.fail(words.notAnAnswer(body, status: head?.status ?? 200))
      }
    }
  }

  /// What a stream without any event began with, unless it was nothing but fields and comments.
  private var stray: [UInt8]? {
    guard !hasEvents, let first = kept.first(where: { !$0.isBlank }), first != UInt8(ascii: ":") else { return nil }
    let line = String(decoding: kept, as: UTF8.self).drop { $0.isWhitespace }
    return ["data:", "event:", "id:", "retry:"].contains { line.hasPrefix($0) } ? nil : kept
  }

  /// Parses and decodes the next bytes of the stream, or, for `nil`, its end.
  private mutating func parse(_ bytes: UnsafeRawBufferPointer?) {
    do throws(EventTooLarge) {
      try Self.parse(bytes, &parser, &decoding, &hasEvents)
    } catch {
      decoding.fail(words.tooLarge(error.limit))
    }
  }

  private static func parse(
    _ bytes: UnsafeRawBufferPointer?, _ parser: inout EventStreamParser, _ decoding: inout EventDecoding,
    _ hasEvents: inout Bool
  ) throws(EventTooLarge) {
    func take(_ event: ServerSentEvent) {
      hasEvents = true
      decoding.decode(event)
    }
    if let bytes {
      try parser.consume(bytes, take)
    } else {
      try parser.finish(take)
    }
  }
}

extension ResponseReader.Head {
  var isSuccess: Bool { (200..<300).contains(status) }
}
