import NIOCore
import NIOHTTP1
import NIOSSL
import NIOWebSocket

/// Takes a new connection from its first byte to a WebSocket, or to an HTTP answer and its end.
struct ServerHandshake: Sendable {
  let state: ServerState
  let token: BearerToken?
  /// Served at ``StreamableRequest/path``, if there are any.
  var streamable: StreamableSessions?
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

    let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
      maxFrameSize: min(state.limits.message, Int(UInt32.max)), enableAutomaticErrorHandling: false,
      shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
      upgradePipelineHandler: { channel, _ in
        channel.eventLoop.makeCompletedFuture { try upgrade(channel) }
      })
    _ = try pipeline.configureUpgradableHTTPServerPipeline(
      configuration: .init(
        upgradeConfiguration: .init(
          upgraders: [upgrader],
          // What does not become a WebSocket never comes so far.
          notUpgradingCompletionHandler: { $0.eventLoop.makeFailedFuture(ServerError.stopped) })))
    let upgradeHandler = try pipeline.handler(type: NIOTypedHTTPServerUpgradeHandler<Void>.self)
    try pipeline.addHandler(DoorHandler(handshake: self), position: .before(upgradeHandler))
    try pipeline.addHandler(HandshakeWatch(state: state, eventLoop: channel.eventLoop))
  }

  private func upgrade(_ channel: any Channel) throws {
    let pipeline = channel.pipeline.syncOperations
    let watch = try pipeline.handler(type: HandshakeWatch.self)
    watch.isDone()
    pipeline.removeHandler(watch, promise: nil)
    pipeline.removeHandler(try pipeline.handler(type: DoorHandler.self), promise: nil)
    let connection = ServerConnection(session: state.service.makeSession(), eventLoop: channel.eventLoop)
    let handler = WebSocketServerHandler(server: state, connection: connection)
    try pipeline.addHandler(handler)
    let decoder = try pipeline.handler(type: ByteToMessageHandler<WebSocketFrameDecoder>.self)
    try pipeline.addHandler(ByteCounter(handler), position: .before(decoder))
    state.upgraded(channel, connection)
  }

  /// The status with which a request is turned away; `nil` if it becomes a WebSocket (RFC 6455, section 4.2.1).
  fileprivate func refusal(of head: HTTPRequestHead) -> HTTPResponseStatus? {
    if let status = refusalByWhoAsks(head) { return status }
    guard head.method == .GET else { return .notFound }
    func says(_ name: String, _ word: String) -> Bool {
      head.headers[canonicalForm: name].contains { $0.lowercased() == word }
    }
    guard says("Upgrade", "websocket"), says("Connection", "upgrade"), says("Sec-WebSocket-Version", "13"),
      head.headers["Sec-WebSocket-Key"].count == 1
    else { return .upgradeRequired }
    guard !head.headers.contains(name: "Transfer-Encoding"), head.headers["Content-Length"].allSatisfy({ $0 == "0" })
    else { return .badRequest }
    return nil
  }

  func refusalByWhoAsks(_ head: HTTPRequestHead) -> HTTPResponseStatus? {
    if head.headers.contains(name: "Origin") {
      state.report(.browserOrigin)
      return .forbidden
    }
    guard let token else { return nil }
    let given = head.headers["Authorization"]
    guard given.count == 1, Self.bearer(given[0]).map({ Self.isEqual(token.value, $0) }) ?? false else {
      state.report(.wrongToken)
      return .unauthorized
    }
    return nil
  }

  /// The credentials behind the scheme's name, which is read in any case (RFC 9110, section 11.1); `nil` for another
  /// scheme.
  private static func bearer(_ header: String) -> String? {
    let words = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
    return String(words[1].drop { $0 == " " })
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
  private var isOver = false

  init(state: ServerState, eventLoop: any EventLoop) {
    self.state = state
    self.eventLoop = eventLoop
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: eventLoop)
    cut = eventLoop.scheduleTask(in: TimeAmount(state.limits.handshake)) {
      bound.value.0.fail(.handshakeTimedOut, bound.value.1)
    }
  }

  func isDone() { cut?.cancel() }

  func channelInactive(context: ChannelHandlerContext) {
    isDone()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(.handshakeFailed, context)
  }

  private func fail(_ incident: ServerIncident, _ context: ChannelHandlerContext) {
    guard !isOver else { return }
    isOver = true
    state.report(incident)
    context.close(promise: nil)
  }
}

/// Lets requests for a WebSocket pass, answers all others, and closes.
private final class DoorHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    case shut, open, answered
  }

  private let handshake: ServerHandshake
  private var state = State.shut

  init(handshake: ServerHandshake) { self.handshake = handshake }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch state {
    // Not looked at: behind the request come bytes of the WebSocket.
    case .open: context.fireChannelRead(data)
    case .answered: break
    case .shut:
      guard case .head(let head) = Self.unwrapInboundIn(data) else { return }
      state = .answered
      let path = head.uri.prefix { $0 != "?" }
      if path == "/healthz", head.method == .GET || head.method == .HEAD, !head.headers.contains(name: "Origin") {
        answerHealth(context)
      } else if path == "/metrics", head.method == .GET, let metrics = handshake.state.metrics {
        // How much is logged is for those who may log.
        if let status = handshake.refusalByWhoAsks(head) { return answer(context, status) }
        answer(context, .ok, type: "text/plain; version=0.0.4", body: metrics(handshake.state.usage))
      } else if let sessions = handshake.streamable, path == StreamableRequest.path,
        !head.headers.contains(name: "Upgrade")
      {
        serve(sessions, context)
        context.fireChannelRead(data)
      } else if let status = handshake.refusal(of: head) {
        answer(context, status)
      } else {
        state = .open
        context.fireChannelRead(data)
      }
    }
  }

  /// From here on the connection speaks streamable HTTP, with a handler that lets nothing past it.
  private func serve(_ sessions: StreamableSessions, _ context: ChannelHandlerContext) {
    state = .open
    let pipeline = context.pipeline.syncOperations
    do {
      let watch = try pipeline.handler(type: HandshakeWatch.self)
      watch.isDone()
      pipeline.removeHandler(watch, promise: nil)
      try pipeline.addHandler(
        StreamableHandler(handshake: handshake, sessions: sessions), position: .after(self))
    } catch {
      // A pipeline lacks its handlers only once its channel is closed.
      context.close(promise: nil)
    }
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

  private func answer(
    _ context: ChannelHandlerContext, _ status: HTTPResponseStatus, type: String = "application/json", body: String = ""
  ) {
    var headers: HTTPHeaders = ["Content-Length": "\(body.utf8.count)", "Connection": "close"]
    if !body.isEmpty { headers.add(name: "Content-Type", value: type) }
    if status == .upgradeRequired { headers.add(contentsOf: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"]) }
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
