import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization

/// One WebSocket, as a client. Text messages out and in; pings are answered, fragments joined.
///
/// Safe to use from any thread; nothing blocks.
public final class WebSocketConnection: Sendable {
  public enum Event: Sendable {
    case text([UInt8])
    /// A pong, or a ping that was answered: the peer lives.
    case alive
    /// The last event, exactly once.
    case closed(ConnectionError)
  }

  public let events: AsyncStream<Event>
  private let channel: any Channel

  /// The most bytes a message may have.
  public static let maximumMessage = 200 << 20

  private init(channel: any Channel, events: AsyncStream<Event>) {
    self.channel = channel
    self.events = events
  }

  /// Connects and upgrades within `timeout`.
  public static func open(
    _ endpoint: MCPEndpoint, timeout: Duration
  ) async throws(ConnectionError) -> WebSocketConnection {
    let (events, continuation) = AsyncStream.makeStream(of: Event.self)
    let group = MultiThreadedEventLoopGroup.singleton
    let limit = TimeAmount.nanoseconds(Int64(timeout.components.seconds) * 1_000_000_000 + timeout.components.attoseconds / 1_000_000_000)
    do {
      let secure = endpoint.isSecure ? try TLS.context(for: endpoint) : nil
      let upgraded = group.next().makePromise(of: Void.self)
      let channel: any Channel
      do {
        channel = try await ClientBootstrap(group: group)
          .connectTimeout(limit)
          .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
              let pipeline = channel.pipeline.syncOperations
              if let secure {
                try pipeline.addHandler(TLS.handler(secure, host: endpoint.host))
              }
              try Upgrade.configure(channel, endpoint, upgraded: upgraded, events: continuation)
            }
          }
          .connect(host: endpoint.host, port: endpoint.port).get()
      } catch {
        upgraded.fail(error)
        throw error
      }
      let timer = channel.eventLoop.scheduleTask(in: limit) {
        upgraded.fail(ConnectionError.timedOut(timeout))
        channel.close(promise: nil)
      }
      defer { timer.cancel() }
      do {
        try await upgraded.futureResult.get()
      } catch {
        channel.close(promise: nil)
        throw error
      }
      return WebSocketConnection(channel: channel, events: events)
    } catch {
      throw ConnectionError(error, host: endpoint.host, limit: timeout)
    }
  }

  /// Sends one text message. Returns at once; if the connection is gone, ``Event/closed(_:)`` says so.
  public func send(_ text: [UInt8]) {
    write(WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(bytes: text)))
  }

  public func ping() { write(WebSocketFrame(fin: true, opcode: .ping, maskKey: .random(), data: ByteBuffer())) }

  /// Says goodbye, and waits up to a second for the peer to do the same.
  public func close() async {
    var goodbye = ByteBuffer()
    goodbye.write(webSocketErrorCode: .normalClosure)
    write(WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: goodbye))
    let channel = self.channel
    let timer = channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    // However it closes, it is closed.
    try? await channel.closeFuture.get()
    timer.cancel()
  }

  private func write(_ frame: WebSocketFrame) { channel.writeAndFlush(frame, promise: nil) }
}

/// The HTTP request that turns the connection into a WebSocket.
private enum Upgrade {
  static func configure(
    _ channel: any Channel, _ endpoint: MCPEndpoint, upgraded: EventLoopPromise<Void>,
    events: AsyncStream<WebSocketConnection.Event>.Continuation
  ) throws {
    let upgrader = NIOWebSocketClientUpgrader(maxFrameSize: WebSocketConnection.maximumMessage) { channel, _ in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(
          NIOWebSocketFrameAggregator(
            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1 << 20,
            maxAccumulatedFrameSize: WebSocketConnection.maximumMessage))
        try channel.pipeline.syncOperations.addHandler(FrameHandler(events: events))
        upgraded.succeed(())
      }
    }
    try channel.pipeline.syncOperations.addHTTPClientHandlers(
      leftOverBytesStrategy: .forwardBytes,
      withClientUpgrade: (
        upgraders: [upgrader],
        completionHandler: { context in
          let pipeline = context.pipeline.syncOperations
          // It has been added below, and nobody else takes it away.
          if let asking = try? pipeline.context(handlerType: UpgradeRequestHandler.self) {
            pipeline.removeHandler(context: asking, promise: nil)
          }
        }
      ))
    try channel.pipeline.syncOperations.addHandler(UpgradeRequestHandler(endpoint: endpoint, upgraded: upgraded))
  }
}

/// Asks for the upgrade and hears about it if it is refused.
private final class UpgradeRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let endpoint: MCPEndpoint
  private let upgraded: EventLoopPromise<Void>

  init(endpoint: MCPEndpoint, upgraded: EventLoopPromise<Void>) {
    self.endpoint = endpoint
    self.upgraded = upgraded
  }

  func channelActive(context: ChannelHandlerContext) {
    var headers = HTTPHeaders([("Host", endpoint.authority), ("Content-Length", "0")])
    if let token = endpoint.token { headers.add(name: "Authorization", value: "Bearer \(token)") }
    let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: endpoint.path, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(let response) = unwrapInboundIn(data) else { return }
    upgraded.fail(ConnectionError.upgradeRefused(status: Int(response.status.code)))
    context.close(promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    upgraded.fail(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    upgraded.fail(ConnectionError.lost)
    context.fireChannelInactive()
  }
}

/// Turns frames into events.
private final class FrameHandler: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private let events: AsyncStream<WebSocketConnection.Event>.Continuation
  private var end: ConnectionError?

  init(events: AsyncStream<WebSocketConnection.Event>.Continuation) { self.events = events }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = unwrapInboundIn(data)
    switch frame.opcode {
    case .text, .binary:
      events.yield(.text(Array(frame.unmaskedData.readableBytesView)))
    case .ping:
      let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.unmaskedData)
      context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
      events.yield(.alive)
    case .pong:
      events.yield(.alive)
    case .connectionClose:
      var data = frame.unmaskedData
      let code = data.readInteger(as: UInt16.self).map(Int.init) ?? 1005
      end = end ?? .closed(code: code, reason: String(buffer: data))
      let answer = WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: frame.unmaskedData)
      let channel = context.channel
      context.writeAndFlush(wrapOutboundOut(answer)).whenComplete { _ in channel.close(promise: nil) }
    default:
      break
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end = end ?? ConnectionError(error, host: "", limit: .zero)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    events.yield(.closed(end ?? .lost))
    events.finish()
    context.fireChannelInactive()
  }
}

private enum TLS {
  static func context(for endpoint: MCPEndpoint) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    if let file = endpoint.certificateAuthorityFile { configuration.trustRoots = .file(file) }
    return try NIOSSLContext(configuration: configuration)
  }

  static func handler(_ context: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
    // An address has no name to send; the certificate must then hold the address itself.
    let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil  // "no" is an answer here, not an error
    return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
  }
}

extension ConnectionError {
  /// What the network library reports, in our words.
  init(_ error: any Error, host: String, limit: Duration) {
    switch error {
    case let error as ConnectionError: self = error
    case let error as NIOConnectionError:
      if let failure = error.connectionErrors.first {
        self = ConnectionError(failure.error, host: host, limit: limit)
      } else {
        self = .noSuchHost(host)
      }
    case ChannelError.connectTimeout: self = .timedOut(limit)
    case let error as IOError:
      switch error.errnoCode {
      case ECONNREFUSED: self = .refused
      case ECONNRESET, EPIPE: self = .lost
      case ETIMEDOUT: self = .timedOut(limit)
      default: self = .other(String(cString: strerror(error.errnoCode)))
      }
    case let error as NIOSSLError: self = .tls(Self.words(for: error))
    case let error as BoringSSLError: self = .tls("\(error)")
    case is NIOSSLExtraError: self = .tls("the certificate is not for this host")
    case let error as NIOWebSocketError where error == .invalidFrameLength:
      self = .closed(code: 1009, reason: "message too big for us")
    default: self = .other("\(error)")
    }
  }

  private static func words(for error: NIOSSLError) -> String {
    if case .handshakeFailed(let cause) = error {
      return "\(cause)".contains("CERTIFICATE_VERIFY_FAILED") ? "the certificate is not trusted" : "\(cause)"
    }
    return "\(error)"
  }
}
