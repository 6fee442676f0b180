import Basics
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Where a server listens and whom it lets in.
public struct WebSocketListener: Hashable, Sendable {
  /// PEM files.
  public struct Certificate: Hashable, Sendable {
    /// The server's certificate first, then those that vouch for it.
    public var chain: String
    public var key: String

    public init(chain: String, key: String) {
      self.chain = chain
      self.key = key
    }
  }

  public var host: String
  /// 0 for any free one.
  public var port: Int
  /// Asked for as `Authorization: Bearer`, if there is one.
  public var token: BearerToken?
  /// With one, only TLS is spoken.
  public var certificate: Certificate?

  public init(host: String = "127.0.0.1", port: Int, token: BearerToken? = nil, certificate: Certificate? = nil) {
    self.host = host
    self.port = port
    self.token = token
    self.certificate = certificate
  }
}

/// Serves WebSocket clients, over the network and within the process.
///
/// Any path upgrades and no subprotocol is needed. A request with an `Origin` is refused, so that no web page can reach
/// the server by its visitor's browser. Tools can also be served by streamable HTTP, at `/mcp`. `GET /healthz` tells by
/// its status, 200 or 503, whether the server can work.
public final class WebSocketServer: Sendable {
  private let state: ServerState
  private let group: any EventLoopGroup
  private let listener: (any Channel)?

  /// - `listener`: `nil` to serve only ``connect()``.
  /// - `streamable`: sessions that are served at `/mcp` by streamable HTTP, beside WebSocket.
  /// - `health`: throws if the server cannot work.
  /// - `metrics`: what `GET /metrics` answers, in Prometheus's text form; asked for with the token.
  /// - `onIncident`: called from any thread, often when a client is hostile.
  public static func start(
    _ listener: WebSocketListener?, limits: ServerLimits = .init(), service: any MessageService,
    streamable: StreamableSessions? = nil,
    health: @escaping @Sendable () async throws -> Void = {},
    metrics: (@Sendable (ServerUsage) -> String)? = nil,
    onIncident: @escaping @Sendable (ServerIncident) -> Void = { _ in },
    on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) async throws(ServerError) -> WebSocketServer {
    let state = ServerState(
      limits: limits, service: service, health: health, metrics: metrics, onIncident: onIncident)
    guard let listener else { return WebSocketServer(state: state, group: group, listener: nil) }
    let tls = try tlsContext(listener.certificate)
    let token = listener.token
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 512)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try ServerHandshake(state: state, token: token, streamable: streamable, tls: tls).configure(channel)
        }
      }
    do {
      let channel = try await bootstrap.bind(host: listener.host, port: listener.port).get()
      return WebSocketServer(state: state, group: group, listener: channel)
    } catch {
      throw .cannotListen(host: listener.host, port: listener.port, reason: reason(error))
    }
  }

  private init(state: ServerState, group: any EventLoopGroup, listener: (any Channel)?) {
    self.state = state
    self.group = group
    self.listener = listener
  }

  /// The port it listens on.
  public var port: Int? { listener?.localAddress?.port }

  /// Open connections.
  public var connections: Int { state.connections }

  /// Whether much was held for clients since this was last asked, and is no longer.
  public func hasEased() -> Bool { state.hasEased() }

  /// A connection within the process, which needs no token: the descriptor of a stream socket whose other end is
  /// served. The caller owns it, and makes the same HTTP upgrade on it as on any other.
  public func connect() throws(ServerError) -> CInt {
    guard !state.isStopping else { throw .stopped }
    var ends: [CInt] = [-1, -1]
    guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw .noSocket(Self.words(errno))
    }
    let state = state
    let served = ends[0]
    _ = ClientBootstrap(group: group)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try ServerHandshake(state: state, token: nil, tls: nil, isLimited: false).configure(channel)
        }
      }
      // A failure closes this end, which the other end sees.
      .withConnectedSocket(served)
    return ends[1]
  }

  /// Takes no more connections and requests, answers those it has, and closes; at the deadline it drops what is left.
  public func shutdown(within limit: Duration) async {
    // It may be closed already.
    try? await listener?.close()
    await state.stop(within: limit, on: group.any())
  }

  private static func tlsContext(
    _ certificate: WebSocketListener.Certificate?
  ) throws(ServerError) -> NIOSSLContext? {
    guard let certificate else { return nil }
    let chain: [NIOSSLCertificateSource]
    do {
      chain = try NIOSSLCertificate.fromPEMFile(certificate.chain).map { .certificate($0) }
    } catch {
      throw .certificate("the certificate \(certificate.chain) is no readable PEM file")
    }
    let key: NIOSSLPrivateKey
    do {
      key = try NIOSSLPrivateKey(file: certificate.key, format: .pem)
    } catch {
      throw .certificate("the key \(certificate.key) is no readable PEM file without a passphrase")
    }
    do {
      return try NIOSSLContext(
        configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
    } catch {
      throw .certificate("the certificate and the key do not belong together")
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as IOError: words(error.errnoCode)
    case is SocketAddressError: "no such address"
    default: "the address cannot be used"
    }
  }

  private static func words(_ code: CInt) -> String {
    switch code {
    case EADDRINUSE: "another program uses the port"
    case EADDRNOTAVAIL: "the address is not this machine's"
    case EACCES: "the system does not allow that port"
    case EMFILE, ENFILE: "too many open files"
    default: "\(SystemError(code))"
    }
  }
}
