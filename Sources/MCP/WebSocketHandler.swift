import NIOCore
import NIOWebSocket
import Synchronization

/// What happens on a WebSocket connection.
public enum WebSocketEvent: Sendable {
  /// Whole text (or binary) messages, their fragments joined, that came with one reading of the socket.
  case messages([[UInt8]])
  /// The answer to ``WebSocketConnection/ping()``.
  case pong
  /// The last event.
  case closed(ConnectionError)
}

/// Turns frames into events on the event loop, and answers what the protocol wants answered.
final class WebSocketHandler: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private let maximumMessageSize: Int
  /// While many answers are due, the socket rests for so long after each reading, so that the next one finds several:
  /// each wakes the event loop and two tasks, and a server answers one call after another.
  private static let restingTime: TimeAmount = .milliseconds(4)

  private let rests: @Sendable () -> Bool
  private let pause: @Sendable (Bool) -> Void
  private let deliver: @Sendable (WebSocketEvent, _ size: Int) -> Void
  private var fragments: ByteBuffer?
  /// Not handed over yet.
  private var messages: [[UInt8]] = []
  private var isResting = false
  /// Why it ends, as soon as that is known.
  var ending: ConnectionError?
  private var isOver = false

  /// - `rests`: whether messages may wait for a moment.
  /// - `pause`: stops, or goes on with, the reading of the socket.
  init(
    maximumMessageSize: Int, rests: @escaping @Sendable () -> Bool, pause: @escaping @Sendable (Bool) -> Void,
    deliver: @escaping @Sendable (WebSocketEvent, Int) -> Void
  ) {
    self.maximumMessageSize = maximumMessageSize
    self.rests = rests
    self.pause = pause
    self.deliver = deliver
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = Self.unwrapInboundIn(data)
    switch frame.opcode {
    case .text, .binary:
      guard fragments == nil else { return fail(context, "a new message inside a fragmented one") }
      frame.fin ? message(frame.unmaskedData) : (fragments = frame.unmaskedData)
    case .continuation:
      guard var whole = fragments else { return fail(context, "a continuation of nothing") }
      fragments = nil  // so that appending does not copy
      guard whole.readableBytes + frame.length <= maximumMessageSize else { return tooBig(context) }
      whole.writeImmutableBuffer(frame.unmaskedData)
      frame.fin ? message(whole) : (fragments = whole)
    case .ping:
      send(.pong, frame.unmaskedData, context)
    case .pong:
      flush()
      deliver(.pong, 0)
    case .connectionClose:
      closed(frame.unmaskedData, context)
    default:
      fail(context, "an unknown opcode")
    }
  }

  private func message(_ buffer: ByteBuffer) {
    messages.append(Array(buffer.readableBytesView))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    guard !messages.isEmpty else { return }
    flush()
    guard rests(), !isResting else { return }
    isResting = true
    pause(true)
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: Self.restingTime) {
      handler.value.isResting = false
      handler.value.pause(false)
    }
  }

  private func flush() {
    guard !messages.isEmpty else { return }
    deliver(.messages(messages), messages.reduce(0) { $0 + $1.count })
    messages = []
  }

  private func closed(_ payload: ByteBuffer, _ context: ChannelHandlerContext) {
    var rest = payload
    let code = rest.readInteger(as: UInt16.self)
    ending = ending ?? .closed(code: code.map(Int.init), reason: String(buffer: rest))
    let echo = code.map { ByteBuffer(integer: $0) } ?? ByteBuffer()
    send(.connectionClose, echo, context)
    context.close(promise: nil)
  }

  func tooBig(_ context: ChannelHandlerContext) {
    close(context, code: .messageTooLarge, .protocolViolation("a message over \(maximumMessageSize) bytes"))
  }

  func fail(_ context: ChannelHandlerContext, _ reason: String) {
    close(context, code: .protocolError, .protocolViolation(reason))
  }

  private func close(_ context: ChannelHandlerContext, code: WebSocketErrorCode, _ error: ConnectionError) {
    ending = ending ?? error
    var payload = ByteBuffer()
    payload.write(webSocketErrorCode: code)
    send(.connectionClose, payload, context)
    context.close(promise: nil)
  }

  private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
    let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
    context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { finish() }

  private func finish() {
    guard !isOver else { return }
    isOver = true
    flush()
    deliver(.closed(ending ?? .lost), 0)
  }
}
