import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization

/// The socket side: listening, handshakes, frames.
extension ScriptedGodot {
  /// Listens on 127.0.0.1.
  public func start() async throws {
    let tls = try certificate.map { files in
      try NIOSSLContext(
        configuration: .makeServerConfiguration(
          certificateChain: NIOSSLCertificate.fromPEMFile(files.chain).map { .certificate($0) },
          privateKey: .privateKey(NIOSSLPrivateKey(file: files.key, format: .pem))))
    }
    let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          self.state.withLock { $0.connections[ObjectIdentifier(channel)] = channel }
          channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.connections[ObjectIdentifier(channel)] = nil }
          }
          if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
          try self.configure(channel)
        }
      }
      .bind(host: "127.0.0.1", port: port).get()
    state.withLock { state in
      state.listener = listener
      state.port = listener.localAddress?.port ?? state.port
    }
    // It ends with the listener; the queue stays, as a queue of its own process does.
    let worker = listener.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(100), delay: .milliseconds(100)) {
      _ in
      self.state.withLock { state in
        if state.faults.worker == .running { Self.work(&state) }
      }
    }
    listener.closeFuture.whenComplete { _ in worker.cancel() }
  }

  /// Dies: every connection ends without a close frame, and new ones are refused.
  public func stop() async throws {
    let (listener, connections) = state.withLock { state in
      defer { (state.listener, state.connections) = (nil, [:]) }
      return (state.listener, state.connections.values.map(\.self))
    }
    try await listener?.close()
    for connection in connections {
      // It may have closed meanwhile, which is what is wanted.
      try? await connection.close()
    }
  }

  private func configure(_ channel: any Channel) throws {
    let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
      maxFrameSize: 200 << 20,
      shouldUpgrade: { channel, head in
        let faults = self.state.withLock { $0.faults }
        // A frozen server accepts, because its kernel does, and says nothing.
        if faults.isFrozen { return channel.eventLoop.makePromise(of: HTTPHeaders?.self, never: channel).futureResult }
        let authorization = head.headers.first(name: "Authorization")
        self.state.withLock { state in
          state.records.handshakes += 1
          state.records.authorizations.append(authorization)
        }
        let isWelcome = faults.token.map { authorization == "Bearer \($0)" } ?? true
        return channel.eventLoop.makeSucceededFuture(isWelcome ? [:] : nil)
      },
      upgradePipelineHandler: { channel, _ in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(GodotConnection(self))
        }
      })
    _ = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
      configuration: .init(
        upgradeConfiguration: .init(
          upgraders: [upgrader],
          notUpgradingCompletionHandler: { channel in
            channel.eventLoop.makeCompletedFuture {
              try channel.pipeline.syncOperations.addHandler(UnauthorizedHandler())
            }
          })))
  }
}

extension EventLoop {
  /// A promise that only the channel's end completes.
  fileprivate func makePromise<Value: Sendable>(of: Value.Type, never channel: any Channel) -> EventLoopPromise<Value> {
    let promise = makePromise(of: Value.self)
    channel.closeFuture.whenComplete { _ in promise.fail(ChannelError.eof) }
    return promise
  }
}

/// One client: frames are answered in order, one at a time.
private final class GodotConnection: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private let godot: ScriptedGodot
  private var waiting: [ByteBuffer] = []
  private var pings: [ByteBuffer] = []
  private var fragments: ByteBuffer?
  private var isChecking = false

  init(_ godot: ScriptedGodot) { self.godot = godot }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = Self.unwrapInboundIn(data)
    switch frame.opcode {
    case .text, .continuation:
      var whole = fragments ?? ByteBuffer()
      whole.writeImmutableBuffer(frame.unmaskedData)
      fragments = frame.fin ? nil : whole
      if frame.fin { received(whole, context) }
    case .ping:
      pings.append(frame.unmaskedData)
      proceed(context)
    case .connectionClose:
      send(.connectionClose, frame.unmaskedData, context)
      context.close(promise: nil)
    default: break
    }
  }

  private func received(_ text: ByteBuffer, _ context: ChannelHandlerContext) {
    let isTooBig = godot.state.withLock { state in
      guard let maximum = state.faults.maximumFrame, text.readableBytes > maximum else { return false }
      state.records.tooBig += 1
      return true
    }
    if isTooBig {
      var payload = ByteBuffer()
      payload.write(webSocketErrorCode: .messageTooLarge)
      send(.connectionClose, payload, context)
      context.close(promise: nil)
    } else {
      waiting.append(text)
      proceed(context)
    }
  }

  private func proceed(_ context: ChannelHandlerContext) {
    while context.channel.isActive, !waiting.isEmpty || !pings.isEmpty {
      if isHeld() { return checkLater(context) }
      for ping in pings { send(.pong, ping, context) }
      pings = []
      guard !waiting.isEmpty else { return }
      answer(waiting.removeFirst(), context)
    }
  }

  private func isHeld() -> Bool {
    godot.state.withLock { state in
      let next = state.records.calls.count + 1
      return state.faults.isFrozen || (!waiting.isEmpty && state.faults.holdFromCall.map { next >= $0 } ?? false)
    }
  }

  private func checkLater(_ context: ChannelHandlerContext) {
    guard !isChecking else { return }
    isChecking = true
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: .milliseconds(5)) {
      let (handler, context) = bound.value
      handler.isChecking = false
      handler.proceed(context)
    }
  }

  private func answer(_ text: ByteBuffer, _ context: ChannelHandlerContext) {
    // Malformed JSON gets no reply.
    guard let message = try? JSON(bytes: Array(text.readableBytesView)) else { return }
    var call: ScriptedGodot.Call?
    var drops = false
    if message["method"]?.string == "tools/call", let tool = message["params"]?["name"]?.string {
      godot.state.withLock { state in
        let this = ScriptedGodot.Call(
          number: state.records.calls.count + 1, tool: tool, arguments: message["params"]?["arguments"] ?? [:],
          frameSize: text.readableBytes, at: .now)
        state.records.calls.append(this)
        drops = state.faults.dropAfterCall == this.number
        call = this
      }
    }
    let answer = godot.answer(to: message, call: call)
    if drops {
      context.close(promise: nil)
    } else if let answer {
      send(.text, ByteBuffer(bytes: answer.bytes), context)
    }
  }

  private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
    context.writeAndFlush(Self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: data)), promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Answers a handshake without the right token.
private final class UnauthorizedHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .end = Self.unwrapInboundIn(data) else { return }
    let head = HTTPResponseHead(version: .http1_1, status: .unauthorized, headers: ["Content-Length": "0"])
    context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    context.close(promise: nil)
  }
}
