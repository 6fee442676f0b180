import Basics
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization

/// Whose certificates a `wss://` connection trusts.
public enum TLSTrust: Hashable, Sendable {
  /// The system's roots.
  case system
  /// The certificates in this PEM file alone.
  case file(String)
}

extension WebSocketConnection {
  /// Opens a connection.
  ///
  /// - `token`: sent as `Authorization: Bearer`.
  /// - `deadline`: for everything from the name's resolution to the upgrade.
  /// - `maximumMessageSize`: bytes; a server that sends more is left.
  /// - `group`: runs the connection; the process-wide group by default.
  /// - Throws: ``ConnectionError``.
  public static func connect(
    to address: WebSocketAddress, token: BearerToken? = nil, trust: TLSTrust = .system, deadline: Duration,
    maximumMessageSize: Int = 200 << 20, on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) async throws(ConnectionError) -> WebSocketConnection {
    // A server name must not be an IP address; NIOSSL then checks the certificate against the peer's address.
    let isAddress = (try? SocketAddress(ipAddress: address.host, port: 0)) != nil
    let greeting = Greeting(
      host: address.authority, target: address.target, token: token, tls: try tlsContext(address, trust),
      serverName: isAddress ? nil : address.host, maximumMessageSize: maximumMessageSize)
    return try await upgrade(greeting, deadline: deadline) { configure in
      try await ClientBootstrap(group: group)
        .connectTimeout(TimeAmount(deadline))
        .channelOption(.socketOption(.tcp_nodelay), value: 1)
        .connect(host: address.host, port: address.port, channelInitializer: configure)
    }
  }

  /// Opens a connection over a stream socket that is connected already, such as one end of a `socketpair`.
  ///
  /// - `descriptor`: is the connection's from now on, which closes it.
  /// - `host`: the `Host` header.
  /// - Throws: ``ConnectionError``.
  public static func adopt(
    descriptor: CInt, host: String, token: BearerToken? = nil, deadline: Duration,
    maximumMessageSize: Int = 200 << 20, on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) async throws(ConnectionError) -> WebSocketConnection {
    let greeting = Greeting(host: host, target: "/", token: token, maximumMessageSize: maximumMessageSize)
    return try await upgrade(greeting, deadline: deadline) { configure in
      try await ClientBootstrap(group: group).withConnectedSocket(descriptor, channelInitializer: configure)
    }
  }

  private typealias Configure =
    @Sendable (any Channel) -> EventLoopFuture<EventLoopFuture<WebSocketConnection>>

  private static func upgrade(
    _ greeting: Greeting, deadline: Duration,
    over open: (@escaping Configure) async throws -> EventLoopFuture<WebSocketConnection>
  ) async throws(ConnectionError) -> WebSocketConnection {
    let limit = NIODeadline.now() + TimeAmount(deadline)
    let lateness = Lateness()
    do {
      let upgraded = try await open { channel in
        channel.eventLoop.makeCompletedFuture {
          let upgraded = try greeting.configure(channel)
          // Called off on the loop that completes the upgrade, so it never hits a connection already given away.
          let cut = channel.eventLoop.scheduleTask(deadline: limit) {
            lateness.isLate.store(true, ordering: .relaxed)
            channel.close(promise: nil)
          }
          upgraded.whenComplete { _ in cut.cancel() }
          return upgraded
        }
      }
      return try await upgraded.get()
    } catch {
      // Whether the deadline cut it off, not whether the deadline has passed by the time this runs.
      throw lateness.isLate.load(ordering: .relaxed) ? .timedOut : ConnectionError(networkError: error)
    }
  }

  private static func tlsContext(
    _ address: WebSocketAddress, _ trust: TLSTrust
  ) throws(ConnectionError) -> NIOSSLContext? {
    guard address.isSecure else { return nil }
    var configuration = TLSConfiguration.makeClientConfiguration()
    do {
      if case .file(let path) = trust {
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
      }
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw .tls("the CA file cannot be read")
    }
  }
}

/// How the client presents itself over HTTP.
private struct Greeting: Sendable {
  var host: String
  var target: String
  var token: BearerToken?
  var tls: NIOSSLContext?
  var serverName: String?
  var maximumMessageSize: Int

  func configure(_ channel: any Channel) throws -> EventLoopFuture<WebSocketConnection> {
    let pipeline = channel.pipeline.syncOperations
    if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName)) }
    var headers: HTTPHeaders = ["Host": host]
    if let token { headers.add(name: "Authorization", value: "Bearer \(token.value)") }
    let maximumMessageSize = maximumMessageSize
    let upgrader = NIOTypedWebSocketClientUpgrader<WebSocketConnection>(
      maxFrameSize: min(maximumMessageSize, Int(UInt32.max)), enableAutomaticErrorHandling: false
    ) { channel, _ in
      channel.eventLoop.makeCompletedFuture {
        try WebSocketConnection(channel: channel, maximumMessageSize: maximumMessageSize)
      }
    }
    let encoder = HTTPRequestEncoder()
    let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes))
    let refusal = RefusalHandler()
    let upgrade = NIOTypedHTTPClientUpgradeHandler(
      httpHandlers: [encoder, decoder, refusal],
      upgradeConfiguration: .init(
        upgradeRequestHead: HTTPRequestHead(version: .http1_1, method: .GET, uri: target, headers: headers),
        upgraders: [upgrader],
        notUpgradingCompletionHandler: { $0.eventLoop.makeFailedFuture(ConnectionError.notWebSocket) }))
    try pipeline.addHandlers([encoder, decoder, refusal, upgrade])
    return upgrade.upgradeResultFuture
  }
}

/// Whether a handshake was cut off at its deadline.
private final class Lateness: Sendable {
  let isLate = Atomic(false)
}

/// Makes an answer that is no upgrade, or no HTTP, the error it is.
private final class RefusalHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias InboundOut = HTTPClientResponsePart

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(let head) = Self.unwrapInboundIn(data), head.status != .switchingProtocols else {
      return context.fireChannelRead(data)
    }
    context.fireErrorCaught(ConnectionError.upgradeRefused(status: Int(head.status.code)))
    context.close(promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.fireErrorCaught(error is HTTPParserError ? ConnectionError.notWebSocket : error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    context.fireErrorCaught(ConnectionError.lost)
    context.fireChannelInactive()
  }
}
