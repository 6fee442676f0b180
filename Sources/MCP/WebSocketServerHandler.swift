import NIOCore
import NIOWebSocket

/// Carries out on a channel what a ``ServerWindow`` decides, and tells it what happens there.
final class WebSocketServerHandler: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private let limits: ServerLimits
  private let server: ServerState
  private let connection: ServerConnection
  private var window: ServerWindow
  /// `nil` once the channel is closed.
  private var context: ChannelHandlerContext?

  /// The last frame of a flush waits here, to carry the flush's promise.
  private var lastFrame: WebSocketFrame?
  private var flushBytes = 0

  private var isSettling = false

  private var ticking: RepeatedTask?
  private var pongCheck: Scheduled<Void>?
  private var unreadCheck: Scheduled<Void>?
  private var cut: Scheduled<Void>?

  init(server: ServerState, connection: ServerConnection) {
    self.server = server
    self.connection = connection
    limits = server.limits
    window = ServerWindow(limits: server.limits)
  }

  // MARK: - What happens on the channel

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
    window.end(server.hold)
    for case .deliver(let messages) in window.takeDecisions() { connection.receive(messages) }
    connection.end()
  }

  /// Bytes came, whether or not they complete a frame. Whether these are to be looked at.
  func hears(_ count: Int) -> Bool {
    window.heard(count)
    return !window.isDeaf
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // What the decoder leaves behind when it is taken out is no frame.
    guard !window.isDeaf else { return }
    window.take(Self.unwrapInboundIn(data))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    settle()
    context.fireChannelReadComplete()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case NIOWebSocketError.invalidFrameLength: window.isTooBig()
    case is NIOWebSocketError: window.breach()
    case is ByteToMessageDecoderError: break  // What follows a broken frame; the connection is closing.
    default: context.close(promise: nil)
    }
    settle()
  }

  func sendAnswers() {
    let taken = connection.takeAnswers()
    window.push(taken.pushed)
    window.take(taken.answers)
    settle()
  }

  /// The server goes away.
  func leave() {
    window.leave()
    settle()
  }

  private func tick() {
    settle()
    window.tick()
    settle()
  }

  // MARK: - What is done about it

  /// Carries out what has been decided, and what that leads to.
  private func settle() {
    // What happens while something is carried out, as a write that is done at once, waits for its turn.
    guard !isSettling else { return }
    isSettling = true
    defer { isSettling = false }
    repeat {
      carryOut()
      flush()
      window.settle(server.hold)
      if context != nil { connection.setRoom(!window.isFull) }
    } while context != nil && (window.hasDecided || lastFrame != nil)
  }

  private func carryOut() {
    for decision in window.takeDecisions() {
      guard let context else { return }
      switch decision {
      case .deliver(let messages): connection.receive(messages)
      case .write(let opcode, let data): write(opcode, data)
      case .flush: flush()
      case .report(let incident): server.report(incident)
      case .read(let isWanted):
        // Fails only on a channel that is closed.
        try? context.channel.syncOptions?.setOption(.autoRead, value: isWanted)
      case .watchUnread(let isWatched):
        unreadCheck?.cancel()
        unreadCheck = isWatched ? schedule(limits.unwrittenFor) { $0.window.unreadIsDue() } : nil
      case .watchPong:
        pongCheck?.cancel()
        pongCheck = schedule(limits.pongWithin) { $0.window.pongIsDue() }
      case .cut(let delay):
        cut?.cancel()
        cut = schedule(delay) { $0.context?.close(promise: nil) }
      case .deafen: removeDecoder(context)
      case .drop: context.close(promise: nil)
      }
    }
  }

  private func schedule(_ delay: Duration, _ action: @escaping (WebSocketServerHandler) -> Void) -> Scheduled<Void>? {
    guard let context else { return nil }
    let bound = NIOLoopBound((self, action), eventLoop: context.eventLoop)
    return context.eventLoop.scheduleTask(in: TimeAmount(delay)) {
      let (handler, action) = bound.value
      action(handler)
      handler.settle()
    }
  }

  private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer) {
    guard let context else { return }
    if let lastFrame { context.write(Self.wrapOutboundOut(lastFrame), promise: nil) }
    lastFrame = WebSocketFrame(fin: true, opcode: opcode, data: data)
    flushBytes += data.readableBytes + 2
  }

  private func flush() {
    guard let context, let frame = lastFrame.take() else { return }
    let count = flushBytes
    flushBytes = 0
    window.began(writing: count)
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenComplete { _ in
      self.window.wrote(count, isAll: self.lastFrame == nil)
      self.settle()
    }
    context.writeAndFlush(Self.wrapOutboundOut(frame), promise: written)
  }

  /// With it go the bytes that it has gathered.
  private func removeDecoder(_ context: ChannelHandlerContext) {
    let pipeline = context.pipeline.syncOperations
    // It is not there in a channel that is being closed.
    guard let decoder = try? pipeline.context(handlerType: ByteToMessageHandler<WebSocketFrameDecoder>.self) else {
      return
    }
    pipeline.removeHandler(context: decoder, promise: nil)
  }
}

/// Tells the WebSocket handler of all bytes, before they are frames.
final class ByteCounter: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let handler: WebSocketServerHandler

  init(_ handler: WebSocketServerHandler) { self.handler = handler }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if handler.hears(Self.unwrapInboundIn(data).readableBytes) { context.fireChannelRead(data) }
  }
}
