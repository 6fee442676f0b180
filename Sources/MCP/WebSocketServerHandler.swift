import NIOCore
import NIOWebSocket

/// A server's end of one WebSocket connection (RFC 6455): frames to messages, answers to frames, and the limits.
final class WebSocketServerHandler: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private enum Phase {
    case open
    /// Answers what it has taken, then closes with the code.
    case draining(WebSocketErrorCode)
    /// The close frame is sent; what comes is thrown away until the client closes too.
    case closing
  }

  /// A request that is not answered, or whose answer waits for those before it.
  private struct Slot {
    let size: Int
    var answer: MessageAnswer?
  }

  private let limits: ServerLimits
  private let server: ServerState
  private let connection: ServerConnection
  private var context: ChannelHandlerContext?
  private var phase = Phase.open
  /// The client has closed its end: it sends nothing more.
  private var clientHasClosed = false

  private var fragments: ByteBuffer?
  private var fragmentsAreText = false
  /// Messages that came in one read with others and wait until the window has room for them.
  private var waiting = CircularBuffer<ByteBuffer>()
  private var waitingBytes = 0
  private var slots = CircularBuffer<Slot>()
  private var firstNumber = 0

  /// Bytes of frames that are not complete, as far as they have come.
  private var partialBytes = 0
  private var requestBytes = 0
  private var unwrittenBytes = 0
  private var heldBytes = 0
  /// The last frame of a flush waits here, to carry the flush's promise.
  private var lastFrame: WebSocketFrame?
  private var flushBytes = 0

  private var isReading = true
  private var hasHeard = false
  private var ticking: RepeatedTask?
  private var pongCheck: Scheduled<Void>?
  private var unreadCheck: Scheduled<Void>?
  private var cut: Scheduled<Void>?

  init(server: ServerState, connection: ServerConnection) {
    self.server = server
    self.connection = connection
    limits = server.limits
  }

  // MARK: - Life

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    connection.attach(self)
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    let interval = TimeAmount(limits.pingEvery)
    ticking = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bound.value.tick()
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { end() }

  private func end() {
    guard context != nil else { return }
    context = nil
    ticking?.cancel()
    for task in [pongCheck, unreadCheck, cut] { task?.cancel() }
    server.hold(-heldBytes)
    heldBytes = 0
    // What arrived is handled, even if nobody is there to hear of it.
    deliver(all: true)
    slots = []
    connection.end()
  }

  private func schedule(_ delay: Duration, _ action: @escaping (WebSocketServerHandler) -> Void) -> Scheduled<Void>? {
    guard let context else { return nil }
    let bound = NIOLoopBound((self, action), eventLoop: context.eventLoop)
    return context.eventLoop.scheduleTask(in: TimeAmount(delay)) { bound.value.1(bound.value.0) }
  }

  // MARK: - Reading

  /// Bytes came, whether or not they complete a frame.
  func heard(_ count: Int) {
    hasHeard = true
    partialBytes = min(partialBytes + count, limits.message + Self.largestHeader)
  }

  private static let largestHeader = 14

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = Self.unwrapInboundIn(data)
    let header = frame.length < 126 ? 6 : frame.length < 65536 ? 8 : 14
    partialBytes = max(0, partialBytes - frame.length - header)
    if case .closing = phase {
      if frame.opcode == .connectionClose { context.close(promise: nil) }
      return
    }
    guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return breach() }
    switch frame.opcode {
    case .text, .binary:
      guard fragments == nil else { return breach() }
      guard !frame.fin else { return message(frame.unmaskedData, isText: frame.opcode == .text) }
      fragments = frame.unmaskedData
      fragmentsAreText = frame.opcode == .text
    case .continuation:
      guard var whole = fragments.take() else { return breach() }
      guard whole.readableBytes + frame.length <= limits.message else { return tooBig() }
      whole.writeImmutableBuffer(frame.unmaskedData)
      frame.fin ? message(whole, isText: fragmentsAreText) : (fragments = whole)
    case .ping:
      write(.pong, frame.unmaskedData)
    case .pong: break
    case .connectionClose:
      guard let isSound = CloseFrame(frame.unmaskedData)?.hasTextReason else { return breach() }
      guard isSound else { return notText() }
      clientHasClosed = true
      drain(code: .normalClosure)
    default: breach()
    }
  }

  private func message(_ buffer: ByteBuffer, isText: Bool) {
    guard case .open = phase else { return }
    guard !isText || buffer.withUnsafeReadableBytes(UTF8Check.isValid) else { return notText() }
    waiting.append(buffer)
    waitingBytes += buffer.readableBytes
  }

  /// Hands over what the window has room for.
  private func deliver(all: Bool = false) {
    var messages: [ServerMessage] = []
    while all || hasRoom, let buffer = waiting.popFirst() {
      messages.append(ServerMessage(number: firstNumber + slots.count, buffer: buffer))
      slots.append(Slot(size: buffer.readableBytes))
      waitingBytes -= buffer.readableBytes
      requestBytes += buffer.readableBytes
    }
    if !messages.isEmpty { connection.receive(messages) }
  }

  private var isFull: Bool { unwrittenBytes > limits.unwrittenBytes }

  private var hasRoom: Bool { !isFull && slots.count < limits.requests && requestBytes < limits.requestBytes }

  func channelReadComplete(context: ChannelHandlerContext) {
    flush()
    settle()
    context.fireChannelReadComplete()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case NIOWebSocketError.invalidFrameLength: tooBig()
    case is NIOWebSocketError: breach()
    case is ByteToMessageDecoderError: break  // What follows a broken frame; the connection is closing.
    default: context.close(promise: nil)
    }
  }

  // MARK: - Answering

  func sendAnswers() {
    for answer in connection.takeAnswers() {
      let index = answer.number - firstNumber
      guard slots.indices.count > index, index >= 0 else { continue }
      slots[slots.index(slots.startIndex, offsetBy: index)].answer = answer
    }
    while let answer = slots.first?.answer, let slot = slots.popFirst() {
      firstNumber += 1
      requestBytes -= slot.size
      if let text = answer.text { write(.text, ByteBuffer(bytes: text)) }
    }
    finishDraining()
    flush()
    settle()
  }

  private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer) {
    guard let context else { return }
    guard !isClosing || opcode == .connectionClose else { return }
    if let lastFrame { context.write(Self.wrapOutboundOut(lastFrame), promise: nil) }
    lastFrame = WebSocketFrame(fin: true, opcode: opcode, data: data)
    flushBytes += data.readableBytes + 2
  }

  private func flush() {
    guard let context, let frame = lastFrame.take() else { return }
    let count = flushBytes
    flushBytes = 0
    unwrittenBytes += count
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenComplete { _ in
      self.unwrittenBytes -= count
      // Nothing is unread that could make the system take back what was written; and clients wait for the end.
      if self.isClosing, self.clientHasClosed, self.unwrittenBytes == 0, self.lastFrame == nil { return self.drop() }
      self.settle()
    }
    context.writeAndFlush(Self.wrapOutboundOut(frame), promise: written)
  }

  // MARK: - Limits

  /// Brings reading, the room for answers and the count of held bytes into line with what is under way.
  private func settle() {
    guard let context else { return }
    deliver()
    let held = partialBytes + (fragments?.readableBytes ?? 0) + waitingBytes + requestBytes + unwrittenBytes
    let total = server.hold(held - heldBytes)
    heldBytes = held
    if total > limits.heldBytes, held > limits.heldFreely, !isClosing { return close(.unknown(1013), .overloaded) }

    connection.setRoom(!isFull)
    if isFull, unreadCheck == nil {
      unreadCheck = schedule(limits.unwrittenFor) { handler in
        handler.server.report(.unread)
        handler.drop()
      }
    } else if !isFull, let check = unreadCheck.take() {
      check.cancel()
    }

    let wanted: Bool
    switch phase {
    case .open where isReading: wanted = hasRoom
    case .open:
      // Half of the window at a time, so that reading does not start and stop with each message.
      wanted =
        waiting.isEmpty && hasRoom && slots.count <= limits.requests / 2
        && requestBytes <= limits.requestBytes / 2
    case .draining: wanted = false
    case .closing: wanted = true
    }
    guard wanted != isReading else { return }
    isReading = wanted
    hasHeard = true  // Nobody can be heard while nothing is read.
    // Fails only on a channel that is closed.
    try? context.channel.syncOptions?.setOption(.autoRead, value: wanted)
  }

  private func tick() {
    guard case .open = phase else { return }
    settle()
    hasHeard = false
    write(.ping, ByteBuffer())
    flush()
    pongCheck?.cancel()
    pongCheck = schedule(limits.pongWithin) { handler in
      guard !handler.hasHeard, handler.isReading, case .open = handler.phase else { return }
      handler.close(.unexpectedServerError, .silent)
    }
  }

  // MARK: - Closing

  /// The server goes away.
  func leave() { drain(code: .goingAway) }

  /// Takes nothing more, answers what it has taken, then closes with the code.
  private func drain(code: WebSocketErrorCode) {
    guard case .open = phase else { return }
    phase = .draining(code)
    // A storage or a client that does not come back must not keep the connection for ever.
    cut = schedule(limits.unwrittenFor) { $0.drop() }
    finishDraining()
    flush()
    settle()
  }

  private func finishDraining() {
    guard case .draining(let code) = phase, slots.isEmpty, waiting.isEmpty else { return }
    sendClose(code)
  }

  private var isClosing: Bool { if case .closing = phase { true } else { false } }

  private func breach() { close(.protocolError, .protocolError) }
  private func notText() { close(.dataInconsistentWithMessage, .notText) }
  private func tooBig() { close(.messageTooLarge, .messageTooBig) }

  private func close(_ code: WebSocketErrorCode, _ incident: ServerIncident) {
    guard !isClosing else { return }
    server.report(incident)
    sendClose(code)
    flush()
    settle()
  }

  private func sendClose(_ code: WebSocketErrorCode) {
    phase = .closing
    throwAway()
    var payload = ByteBuffer()
    payload.write(webSocketErrorCode: code)
    write(.connectionClose, payload)
    // Closing at once could make the system take back what the client has not read yet.
    cut?.cancel()
    cut = schedule(.seconds(1)) { $0.drop() }
  }

  private func drop() {
    throwAway()
    context?.close(promise: nil)
  }

  private func throwAway() {
    fragments = nil
    waiting = []
    waitingBytes = 0
  }
}

/// Tells the WebSocket handler of all bytes, before they are frames.
final class ByteCounter: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let handler: WebSocketServerHandler

  init(_ handler: WebSocketServerHandler) { self.handler = handler }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    handler.heard(Self.unwrapInboundIn(data).readableBytes)
    context.fireChannelRead(data)
  }
}
