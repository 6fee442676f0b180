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
  /// - Parameters:
  ///   - token: sent as `Authorization: Bearer`.
  ///   - deadline: for everything from the name's resolution to the upgrade.
  ///   - maximumMessageSize: bytes; a server that sends more is left.
  ///   - group: runs the connection; the process-wide group by default.
  /// - Throws: ``ConnectionError``.
  public static func connect(
    to address: WebSocketAddress, token: BearerToken? = nil, trust: TLSTrust = .system, deadline: Duration,
    maximumMessageSize: Int = 200 << 20, on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) async throws(ConnectionError) -> WebSocketConnection {
    let limit = NIODeadline.now() + TimeAmount(deadline)
    let tls = try tlsContext(address, trust)
    let lateness = Lateness()
    do {
      let upgraded = try await ClientBootstrap(group: group)
        .connectTimeout(TimeAmount(deadline))
        .channelOption(.socketOption(.tcp_nodelay), value: 1)
        .connect(host: address.host, port: address.port) { channel in
          channel.eventLoop.makeCompletedFuture {
            let upgraded = try Self.configure(
              channel, address: address, token: token, tls: tls, maximumMessageSize: maximumMessageSize)
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

  private static func configure(
    _ channel: any Channel, address: WebSocketAddress, token: BearerToken?, tls: NIOSSLContext?, maximumMessageSize: Int
  ) throws -> EventLoopFuture<WebSocketConnection> {
    let pipeline = channel.pipeline.syncOperations
    if let tls {
      // A server name must not be an IP address; NIOSSL then checks the certificate against the peer's address.
      let isAddress = (try? SocketAddress(ipAddress: address.host, port: 0)) != nil
      try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : address.host))
    }
    var headers: HTTPHeaders = ["Host": address.authority]
    if let token { headers.add(name: "Authorization", value: "Bearer \(token.value)") }
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
        upgradeRequestHead: HTTPRequestHead(version: .http1_1, method: .GET, uri: address.target, headers: headers),
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
