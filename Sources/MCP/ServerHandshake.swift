import NIOCore
import NIOHTTP1
import NIOSSL
import NIOWebSocket

/// Takes a new connection from its first byte to a WebSocket, or to an HTTP answer and its end.
struct ServerHandshake: Sendable {
  let state: ServerState
  let token: BearerToken?
  let tls: NIOSSLContext?
  var isLimited = true

  /// Sets up a channel's pipeline. On its event loop.
  func configure(_ channel: any Channel) throws {
    let pipeline = channel.pipeline.syncOperations
    let options = channel.syncOptions
    // Idle connections keep no large buffers, and one busy connection does not keep the loop to itself.
    try options?.setOption(.maxMessagesPerRead, value: 2)
    try options?.setOption(
      .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 65536))
    let admission = state.admit(channel, isLimited: isLimited)
    if case .drop = admission { throw ServerError.stopped }
    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
    if case .refuse = admission { return try pipeline.addHandler(FullHouseHandler()) }

    let watch = HandshakeWatch(state: state, eventLoop: channel.eventLoop)
    let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
      maxFrameSize: min(state.limits.message, Int(UInt32.max)), enableAutomaticErrorHandling: false,
      shouldUpgrade: { channel, head in
        channel.eventLoop.makeSucceededFuture(refusal(of: head) == nil ? [:] : nil)
      },
      upgradePipelineHandler: { channel, _ in
        channel.eventLoop.makeCompletedFuture { try upgrade(channel) }
      })
    _ = try pipeline.configureUpgradableHTTPServerPipeline(
      configuration: .init(
        upgradeConfiguration: .init(
          upgraders: [upgrader],
          notUpgradingCompletionHandler: { channel in
            channel.eventLoop.makeCompletedFuture {
              try channel.pipeline.syncOperations.addHandler(PlainHTTPHandler(handshake: self))
            }
          })))
    try pipeline.addHandler(watch)
  }

  private func upgrade(_ channel: any Channel) throws {
    let pipeline = channel.pipeline.syncOperations
    let watch = try pipeline.handler(type: HandshakeWatch.self)
    watch.isDone()
    pipeline.removeHandler(watch, promise: nil)
    let connection = ServerConnection(session: state.service.makeSession(), eventLoop: channel.eventLoop)
    let handler = WebSocketServerHandler(server: state, connection: connection)
    try pipeline.addHandler(handler)
    let decoder = try pipeline.handler(type: ByteToMessageHandler<WebSocketFrameDecoder>.self)
    try pipeline.addHandler(ByteCounter(handler), position: .before(decoder))
    state.upgraded(channel, connection)
  }

  /// The status with which a request for an upgrade is turned away; `nil` if it is welcome.
  fileprivate func refusal(of head: HTTPRequestHead) -> HTTPResponseStatus? {
    if head.headers.contains(name: "Origin") {
      state.report(.browserOrigin)
      return .forbidden
    }
    guard let token else { return nil }
    let given = head.headers["Authorization"]
    guard given.count == 1, Self.isEqual("Bearer " + token.value, given[0]) else {
      state.report(.wrongToken)
      return .unauthorized
    }
    return nil
  }

  /// Takes as long whether the first or the last byte differs.
  private static func isEqual(_ secret: String, _ given: String) -> Bool {
    let secret = Array(secret.utf8)
    let given = Array(given.utf8)
    var difference = secret.count ^ given.count
    for index in given.indices { difference |= Int(given[index] ^ secret[index % secret.count]) }
    return difference == 0
  }
}

/// Ends a handshake that takes too long or breaks.
private final class HandshakeWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  private let state: ServerState
  private let eventLoop: any EventLoop
  private var cut: Scheduled<Void>?

  init(state: ServerState, eventLoop: any EventLoop) {
    self.state = state
    self.eventLoop = eventLoop
  }

  func handlerAdded(context: ChannelHandlerContext) {
    cut = eventLoop.scheduleTask(in: TimeAmount(state.limits.handshake)) { [state, channel = context.channel] in
      state.report(.handshakeTimedOut)
      channel.close(promise: nil)
    }
  }

  func isDone() { cut?.cancel() }

  func channelInactive(context: ChannelHandlerContext) {
    isDone()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // A malformed request for an upgrade gets an HTTP answer.
    guard !(error is NIOWebSocketUpgradeError) else { return }
    state.report(.handshakeFailed)
    context.close(promise: nil)
  }
}

/// Answers a request that does not become a WebSocket, and closes.
private final class PlainHTTPHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let handshake: ServerHandshake
  private var isAnswered = false

  init(handshake: ServerHandshake) { self.handshake = handshake }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(let head) = Self.unwrapInboundIn(data), !isAnswered else { return }
    isAnswered = true
    let path = head.uri.prefix { $0 != "?" }
    if path == "/healthz", head.method == .GET || head.method == .HEAD, !head.headers.contains(name: "Origin") {
      return answerHealth(context)
    }
    answer(context, handshake.refusal(of: head) ?? (head.method == .GET ? .upgradeRequired : .notFound))
  }

  private func answerHealth(_ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let eventLoop = context.eventLoop
    let health = handshake.state.health
    Task {
      let isWell: Bool
      do {
        try await health()
        isWell = true
      } catch {
        // Why is for the server's log; here anybody may ask.
        isWell = false
      }
      eventLoop.execute {
        let (handler, context) = bound.value
        guard context.channel.isActive else { return }
        handler.answer(
          context, isWell ? .ok : .serviceUnavailable, body: isWell ? #"{"status":"ok"}"# : #"{"status":"unavailable"}"#
        )
      }
    }
  }

  private func answer(_ context: ChannelHandlerContext, _ status: HTTPResponseStatus, body: String = "") {
    var headers: HTTPHeaders = ["Content-Length": "\(body.utf8.count)", "Connection": "close"]
    if !body.isEmpty { headers.add(name: "Content-Type", value: "application/json") }
    if status == .upgradeRequired { headers.add(name: "Upgrade", value: "websocket") }
    if status == .unauthorized { headers.add(name: "WWW-Authenticate", value: "Bearer") }
    let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
    let closing = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in closing.value.close(promise: nil) }
  }
}

/// Turns away a connection too many.
private final class FullHouseHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private static let answer =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\nRetry-After: 30\r\n\r\n"

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: Self.answer)), promise: nil)
    context.eventLoop.scheduleTask(in: .seconds(2)) { [channel = context.channel] in channel.close(promise: nil) }
    context.fireChannelActive()
  }

  /// The request is not looked at; closing before it came could take the answer back.
  func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.close(promise: nil) }
}
