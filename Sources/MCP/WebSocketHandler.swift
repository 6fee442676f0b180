import NIOCore
import NIOWebSocket
import Synchronization

/// What happens on a WebSocket connection.
public enum WebSocketEvent: Sendable {
  /// A whole text (or binary) message, its fragments joined.
  case message([UInt8])
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
  private let deliver: @Sendable (WebSocketEvent, _ size: Int) -> Void
  private var fragments: ByteBuffer?
  private var ending: ConnectionError?
  private var isOver = false

  init(maximumMessageSize: Int, deliver: @escaping @Sendable (WebSocketEvent, Int) -> Void) {
    self.maximumMessageSize = maximumMessageSize
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
      deliver(.pong, 0)
    case .connectionClose:
      closed(frame.unmaskedData, context)
    default:
      fail(context, "an unknown opcode")
    }
  }

  private func message(_ buffer: ByteBuffer) {
    deliver(.message(Array(buffer.readableBytesView)), buffer.readableBytes)
  }

  private func closed(_ payload: ByteBuffer, _ context: ChannelHandlerContext) {
    var rest = payload
    let code = rest.readInteger(as: UInt16.self)
    ending = ending ?? .closed(code: code.map(Int.init), reason: String(buffer: rest))
    let echo = code.map { ByteBuffer(integer: $0) } ?? ByteBuffer()
    send(.connectionClose, echo, context)
    context.close(promise: nil)
  }

  private func tooBig(_ context: ChannelHandlerContext) {
    close(context, code: .messageTooLarge, .protocolViolation("a message over \(maximumMessageSize) bytes"))
  }

  private func fail(_ context: ChannelHandlerContext, _ reason: String) {
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

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? NIOWebSocketError else {
      ending = ending ?? ConnectionError(networkError: error)
      return context.close(promise: nil)
    }
    if case .invalidFrameLength = error { tooBig(context) } else { fail(context, "a malformed frame") }
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { finish() }

  private func finish() {
    guard !isOver else { return }
    isOver = true
    deliver(.closed(ending ?? .lost), 0)
  }
}
