import Conversations

/// How an attempt ended.
enum AttemptEnd: Hashable, Sendable {
  case finished(FinishReason)
  case failed(SendFailure)
  case cancelled
}

/// Turns one HTTP response into what the model said, whatever form the response takes: a stream of events,
/// one JSON text from a server that does not stream, an error body or a page of HTML. Pure: bytes in, output out.
struct ResponseReader: Sendable {
  struct Head: Hashable, Sendable {
    var status: Int
    var contentType: String?
    var location: String?
    /// In seconds.
    var retryAfter: Double?
  }

  private enum Form {
    /// A success of which no telling byte has come yet.
    case undecided
    case stream
    /// Kept whole until the end, up to a limit.
    case kept
  }

  private let words: FailureWords
  private let maximumEventBytes: Int
  private var parser: EventStreamParser
  private var decoding: Decoding
  private var head: Head?
  private var form = Form.undecided
  private var kept: [UInt8] = []

  /// An error is told in its first few thousand bytes; a page of megabytes is not worth holding.
  private static let maximumErrorBytes = 64 << 10

  init(words: FailureWords, decoder: any StreamDecoder, maximumEventBytes: Int) {
    self.words = words
    self.maximumEventBytes = maximumEventBytes
    parser = EventStreamParser(maximumEventBytes: maximumEventBytes)
    decoding = Decoding(decoder: decoder, words: words)
  }

  /// Some text or reasoning has come.
  var hasContent: Bool { decoding.output.hasContent }

  /// Nothing that may still come can change the end.
  var isOver: Bool { decoding.isOver }

  /// The events since the last time, and forgets them.
  mutating func drain(isFinished: Bool = false) -> [SendEvent] { decoding.output.drain(isFinished: isFinished) }

  mutating func receive(_ head: Head) {
    self.head = head
    if !head.isSuccess {
      form = .kept
    } else if head.contentType?.lowercased().hasPrefix("text/event-stream") == true {
      form = .stream
    }
  }

  mutating func receive(_ bytes: UnsafeRawBufferPointer) {
    guard !isOver else { return }
    if case .undecided = form {
      guard let first = bytes.first(where: { $0 > 0x20 }) else { return }
      form = [UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "<")].contains(first) ? .kept : .stream
    }
    switch form {
    case .stream:
      do {
        try Self.parse(bytes, &parser, &decoding)
      } catch {
        decoding.fail(words.tooLarge(error.limit))
      }
    case .kept, .undecided: keep(bytes)
    }
  }

  /// The response is over. `broken` says how, in plain words, if it did not end as HTTP wants it to.
  mutating func end(broken: String? = nil) -> AttemptEnd {
    if let head, !head.isSuccess {
      return .failed(words.http(head.status, body: kept, location: head.location, retryAfter: head.retryAfter))
    }
    if broken == nil, !isOver { readLast() }
    let output = decoding.output
    if let failure = output.failure { return .failed(failure) }
    if output.isComplete || output.finishReason != nil { return finish(output.finishReason ?? .stop) }
    if output.hasContent { return .failed(words.truncated(broken)) }
    if let broken { return .failed(words.connection(broken)) }
    return .failed(words.empty())
  }

  private func finish(_ reason: FinishReason) -> AttemptEnd {
    switch reason {
    case .blocked(let word) where !hasContent: .failed(words.blocked(word))
    case .stop where !hasContent: .failed(words.empty())
    default: .finished(reason)
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

  /// The response ended as it should: reads what could not be read before.
  private mutating func readLast() {
    switch form {
    case .undecided: break
    case .stream:
      do {
        try Self.parse(nil, &parser, &decoding)
      } catch {
        decoding.fail(words.tooLarge(error.limit))
      }
    case .kept:
      if !FailureWords.isHTML(kept) {
        kept.withUnsafeBytes {
          decoding.decode(ServerSentEvent(name: UnsafeRawBufferPointer(start: nil, count: 0), data: $0))
        }
      }
      let output = decoding.output
      if !output.hasContent, output.finishReason == nil {
        decoding.fail(words.notAnAnswer(kept, status: head?.status ?? 200))
      }
    }
  }

  /// Parses and decodes the next bytes of the stream, or, for `nil`, its end.
  private static func parse(
    _ bytes: UnsafeRawBufferPointer?, _ parser: inout EventStreamParser, _ decoding: inout Decoding
  ) throws(EventTooLarge) {
    if let bytes {
      try parser.consume(bytes) { decoding.decode($0) }
    } else {
      try parser.finish { decoding.decode($0) }
    }
  }
}

/// The part of a reader that events change: apart from the parser, which is in use while they come.
private struct Decoding: Sendable {
  var output = StreamOutput()
  private var decoder: any StreamDecoder
  private let words: FailureWords

  init(decoder: any StreamDecoder, words: FailureWords) {
    self.decoder = decoder
    self.words = words
  }

  var isOver: Bool { output.isComplete || output.failure != nil }

  mutating func fail(_ failure: SendFailure) {
    if !isOver { output.failure = failure }
  }

  mutating func decode(_ event: ServerSentEvent) {
    guard !isOver else { return }
    decoder.decode(event, into: &output)
    if let failure = output.failure { output.failure = words.inStream(failure) }
  }
}

extension ResponseReader.Head {
  var isSuccess: Bool { (200..<300).contains(status) }
}
