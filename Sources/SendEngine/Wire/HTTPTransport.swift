import AsyncHTTPClient
import Conversations
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import Synchronization

/// The HTTP clients of a ``Sender``, one for each way to a provider, made when the first request needs it, on one
/// event-loop thread.
final class HTTPTransport: Sendable {
  /// What a client is made for.
  private struct Way: Hashable {
    var route: Route
    /// A client's own, for all of its connections.
    var connectTimeout: Duration
  }

  private struct Live {
    let group: MultiThreadedEventLoopGroup
    var clients: [Way: HTTPClient] = [:]
  }

  private let live = Mutex<Live?>(nil)
  /// Of one answer that came packed; what is longer is meant to fill the memory.
  private static let maximumUnpackedBytes = 256 << 20

  /// Throws where the authorities to trust cannot be read. Blocks on the disk if there are other ones than the
  /// system's.
  func client(for route: Route, connectTimeout: Duration) throws(NetworkProblem) -> (HTTPClient, any EventLoop) {
    let way = Way(route: route, connectTimeout: connectTimeout)
    // Read before the lock is taken, and only for the first request of a way.
    let isKnown = live.withLock { $0?.clients[way] != nil }
    let configuration = isKnown ? nil : try Self.configuration(for: way)
    return live.withLock { live in
      var now = live ?? Live(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
      let client =
        now.clients[way]
        ?? HTTPClient(eventLoopGroupProvider: .shared(now.group), configuration: configuration ?? .init())
      now.clients[way] = client
      live = now
      return (client, now.group.any())
    }
  }

  private static func configuration(for way: Way) throws(NetworkProblem) -> HTTPClient.Configuration {
    let route = way.route
    var configuration = HTTPClient.Configuration()
    configuration.tlsConfiguration = try route.trust.configuration()
    let forwarding = route.isForwarded ? route.proxy : nil
    if let proxy = route.proxy, !route.isForwarded { configuration.proxy = proxy.tunnel }
    // A redirect could carry the key to another host, or turn the POST into a GET.
    configuration.redirectConfiguration = .disallow
    // Over HTTP/2, back-pressure does not reach the server, and one lost connection would take all streams with it.
    configuration.httpVersion = .http1Only
    // Requests ask for plain text; some gateways pack it all the same.
    configuration.decompression = .enabled(limit: .size(maximumUnpackedBytes))
    // Every stream has a connection of its own; none may wait for another to end.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
    // A refused connection is an answer; when to ask again is decided by RetryPolicy alone.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.connectionPool.idleTimeout = .seconds(60)
    // The client (AsyncHTTPClient 1.37) has no other place to add channel handlers, and needs three: its unpacker knows
    // few names, it forgets what it has read of a body when an error comes in the same read, and it makes a tunnel
    // through every HTTP proxy, where some only forward requests.
    configuration.http1_1ConnectionDebugInitializer = { channel in
      channel.eventLoop.makeCompletedFuture {
        let pipeline = channel.pipeline.syncOperations
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try pipeline.addHandler(CodingNames(), position: .after(decoder))
        let unpacker = try pipeline.handler(type: NIOHTTPResponseDecompressor.self)
        try pipeline.addHandler(BodyBeforeError(), position: .after(unpacker))
        if let forwarding { try pipeline.addHandler(AbsoluteForm(forwarding), position: .after(decoder)) }
      }
    }
    // Were this longer than the attempt's own limit, the next attempt would be given the connection that hangs.
    configuration.timeout.connect = .nanoseconds(Int64(way.connectTimeout.inSeconds * 1e9))
    return configuration
  }

  func shutdown() async {
    guard let live = live.withLock({ $0.take() }) else { return }
    do {
      for client in live.clients.values { let _: Void = try await client.shutdown() }
      try await live.group.shutdownGracefully()
    } catch {
      // Nothing is left to be done with a client that was already shut down.
    }
  }

  deinit {
    // The client insists on being shut down; nobody is left to wait for it.
    guard let live = live.withLock({ $0.take() }) else { return }
    let ended = EventLoopFuture.andAllComplete(live.clients.values.map { $0.shutdown() }, on: live.group.any())
    ended.whenComplete { _ in live.group.shutdownGracefully { _ in } }
  }
}

/// Names how a body is packed as the unpacker behind it does.
private final class CodingNames: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias InboundOut = HTTPClientResponsePart

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(var head) = unwrapInboundIn(data), let coding = head.headers.first(name: "content-encoding") else {
      return context.fireChannelRead(data)
    }
    // RFC 9110, section 8.4.1: names of codings are case-insensitive, and x-gzip is gzip. The unpacker knows one.
    let name = coding.lowercased().filter { $0 != " " }
    head.headers.replaceOrAdd(name: "content-encoding", value: name == "x-gzip" ? "gzip" : name)
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }
}

/// Has the client hand over what it has of a body before it hears of an error.
///
/// It collects the parts of a body until the read is complete, and an error makes it forget them: what came in the
/// same read as a broken chunk would be lost. It stands last, where it hears of the decoder's errors and of the
/// unpacker's.
private final class BodyBeforeError: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.fireChannelReadComplete()
    context.fireErrorCaught(error)
  }
}

extension ProxyAddress {
  /// As the client has it, for a tunnel to the provider.
  var tunnel: HTTPClient.Configuration.Proxy {
    switch kind {
    case .socks5: .socksServer(host: host, port: port)
    case .http:
      .server(
        host: host, port: port, authorization: user.map { .basic(username: $0, password: password ?? "") })
    }
  }
}

/// Makes requests to a proxy such that it forwards them (RFC 9112, section 3.2.2): the whole address stands in the
/// first line, made of the `Host` header.
private final class AbsoluteForm: ChannelOutboundHandler {
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart

  private let authorization: String?

  init(_ proxy: ProxyAddress) { authorization = proxy.authorization }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .head(var head) = unwrapOutboundIn(data), let host = head.headers.first(name: "host") else {
      return context.write(data, promise: promise)
    }
    head.uri = "http://\(host)\(head.uri)"
    if let authorization { head.headers.replaceOrAdd(name: "Proxy-Authorization", value: authorization) }
    context.write(wrapOutboundOut(.head(head)), promise: promise)
  }
}
