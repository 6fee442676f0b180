import NIOCore

/// What a ``ScriptedProviderServer`` does with one request, step by step.
public typealias Script = [ScriptStep]

public enum ScriptStep: Sendable {
  /// A whole response that is no stream.
  case status(Int, headers: [(String, String)] = [], body: String = "")
  /// The head of a streaming response; it comes by itself before the first bytes of the body.
  case head(Int = 200, headers: [(String, String)] = [("content-type", "text/event-stream")])
  /// Events, each in a chunk of its own.
  case sse([WireEvent])
  /// Events cut into chunks of `split` bytes, wherever that falls.
  case chunkedBytes([WireEvent], split: Int)
  /// Bytes put on the connection as they are, without any HTTP framing.
  case raw(String)
  /// The same, of bytes that need not be text.
  case bytes([UInt8])
  /// Waits until the test opens the gate.
  case waitForRelease(Gate)
  /// Waits this long by the real clock; for journeys, where a person would watch.
  case pause(Duration)
  /// Sends nothing more and waits until the client goes away.
  case stall
  /// Breaks the connection off, in the middle of the response.
  case close
}

/// One thing a stream can hold.
public enum WireEvent: Sendable, Hashable {
  case data(String)
  case event(String, String)
  case comment(String = "")
  /// Bytes that need not be an event.
  case bytes(String)

  public var text: String {
    switch self {
    case .data(let data): "data: \(data)\n\n"
    case .event(let name, let data): "event: \(name)\ndata: \(data)\n\n"
    case .comment(let words): ": \(words)\n\n"
    case .bytes(let text): text
    }
  }
}

/// Plays one script on one connection, by hand, so that it can also break the rules.
struct ScriptPlayer {
  let channel: any Channel
  private var hasHead = false

  init(channel: any Channel) { self.channel = channel }

  /// False if the client went away first.
  mutating func play(_ script: Script) async -> Bool {
    do {
      for step in script {
        guard try await play(step) else { return true }
      }
      if hasHead { try await write("0\r\n\r\n") }
      return !Task.isCancelled
    } catch {
      // A write failed or the wait was cancelled: the client is gone, which is what false says.
      return false
    }
  }

  /// False if the response is over with this step.
  private mutating func play(_ step: ScriptStep) async throws -> Bool {
    switch step {
    case .status(let code, let headers, let body):
      let lines = headers + [("content-length", "\(body.utf8.count)")]
      try await write(Self.headText(code, lines) + body)
      return false
    case .head(let code, let headers):
      try await sendHead(code, headers)
    case .sse(let events):
      if !hasHead { try await sendHead(200, Self.streamHeaders) }
      for event in events { try await sendChunk(Array(event.text.utf8)) }
    case .chunkedBytes(let events, let split):
      let bytes = Array(events.map(\.text).joined().utf8)
      for start in stride(from: 0, to: bytes.count, by: split) {
        try await sendChunk(Array(bytes[start..<min(start + split, bytes.count)]))
      }
    case .raw(let text):
      try await write(text)
    case .bytes(let bytes):
      try await write(bytes)
    case .waitForRelease(let gate):
      await gate.wait()
      try Task.checkCancellation()
    case .pause(let duration):
      try await Task.sleep(for: duration)
    case .stall:
      try await channel.closeFuture.get()
      throw CancellationError()
    case .close:
      try await channel.close().get()
      return false
    }
    return true
  }

  private mutating func sendHead(_ code: Int, _ headers: [(String, String)]) async throws {
    hasHead = true
    try await write(Self.headText(code, headers + [("transfer-encoding", "chunked")]))
  }

  private mutating func sendChunk(_ bytes: [UInt8]) async throws {
    if !hasHead { try await sendHead(200, Self.streamHeaders) }
    try await write(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
  }

  private static let streamHeaders = [("content-type", "text/event-stream")]

  private static func headText(_ code: Int, _ headers: [(String, String)]) -> String {
    "HTTP/1.1 \(code) Scripted\r\n" + headers.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
  }

  private func write(_ text: String) async throws { try await write(Array(text.utf8)) }

  private func write(_ bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
  }
}
