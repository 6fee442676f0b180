import NIOCore
import NIOWebSocket
import Synchronization

/// A client's end of a WebSocket connection (RFC 6455). All methods may be called from any thread and none blocks.
public final class WebSocketConnection: Sendable {
  /// Unread messages beyond this stop the reading of the socket until someone takes them.
  static let readAhead = 8 << 20

  /// Everything that happens, in order, ending with ``WebSocketEvent/closed(_:)``. For one reader.
  public let events: Events

  private let channel: any Channel
  private let backlog: Backlog
  private let resting = Switch()

  init(channel: any Channel, maximumMessageSize: Int) throws {
    let (stream, continuation) = AsyncStream.makeStream(of: WebSocketEvent.self)
    let backlog = Backlog(channel: channel)
    self.channel = channel
    self.backlog = backlog
    self.events = Events(stream: stream, backlog: backlog)
    let handler = WebSocketHandler(
      maximumMessageSize: maximumMessageSize, rests: { [resting] in resting.isOn }, pause: backlog.pause
    ) { event, size in
      backlog.add(size)
      continuation.yield(event)
      if case .closed = event { continuation.finish() }
    }
    try channel.pipeline.syncOperations.addHandler(handler)
  }

  /// Whether messages may wait for a few milliseconds, so that many are read and handed over at once.
  func rest(_ isOn: Bool) { resting.isOn = isOn }

  /// Sends one text message. Whether it arrives, only an answer can tell.
  public func send(_ text: [UInt8]) {
    write(.text, ByteBuffer(bytes: text))
  }

  /// Sends text messages in order, with one hop to the event loop and one flush.
  public func send(_ texts: [[UInt8]]) {
    guard !texts.isEmpty else { return }
    channel.eventLoop.execute { [channel] in
      // A failed write ends the connection, and `events` tells of that.
      for text in texts {
        channel.write(
          WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(bytes: text)), promise: nil)
      }
      channel.flush()
    }
  }

  /// Asks the server for a sign of life, which comes as ``WebSocketEvent/pong``.
  public func ping() {
    write(.ping, ByteBuffer())
  }

  /// Closes in the orderly way; a server that does not close its end within a second is left.
  public func close() {
    var payload = ByteBuffer()
    payload.write(webSocketErrorCode: .normalClosure)
    write(.connectionClose, payload)
    channel.eventLoop.scheduleTask(in: .seconds(1)) { [channel] in
      channel.close(promise: nil)
    }
  }

  /// Drops the connection at once: for a server that no longer answers.
  public func abort() {
    channel.close(mode: .all, promise: nil)
  }

  private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer) {
    // A failed write ends the connection, and `events` tells of that.
    channel.writeAndFlush(WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data), promise: nil)
  }

  /// The events of a connection.
  public struct Events: AsyncSequence, Sendable {
    fileprivate let stream: AsyncStream<WebSocketEvent>
    fileprivate let backlog: Backlog

    public struct AsyncIterator: AsyncIteratorProtocol {
      fileprivate var iterator: AsyncStream<WebSocketEvent>.AsyncIterator
      fileprivate let backlog: Backlog

      public mutating func next() async -> WebSocketEvent? {
        let event = await iterator.next()
        if case .messages(let messages) = event { backlog.remove(messages.reduce(0) { $0 + $1.count }) }
        return event
      }
    }

    public func makeAsyncIterator() -> AsyncIterator {
      AsyncIterator(iterator: stream.makeAsyncIterator(), backlog: backlog)
    }
  }
}

/// A switch that the event loop looks at.
private final class Switch: Sendable {
  private let state = Atomic(false)
  var isOn: Bool {
    get { state.load(ordering: .relaxed) }
    set { state.store(newValue, ordering: .relaxed) }
  }
}

/// Counts unread bytes and stops the socket's reading while there are too many, or while they gather there.
private final class Backlog: Sendable {
  private struct State {
    var bytes = 0
    var isPaused = false
    var reads: Bool { bytes <= WebSocketConnection.readAhead && !isPaused }
  }

  private let channel: any Channel
  private let state = Mutex(State())

  init(channel: any Channel) { self.channel = channel }

  func add(_ count: Int) { if count != 0 { change { $0.bytes += count } } }
  func remove(_ count: Int) { if count != 0 { change { $0.bytes -= count } } }
  @Sendable func pause(_ isPaused: Bool) { change { $0.isPaused = isPaused } }

  private func change(_ body: (inout State) -> Void) {
    state.withLock { state in
      let wasReading = state.reads
      body(&state)
      // Inside the lock, so that two changes cannot pass each other on the way to the channel.
      if state.reads != wasReading { _ = channel.setOption(ChannelOptions.autoRead, value: state.reads) }
    }
  }
}
