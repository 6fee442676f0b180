import AsyncHTTPClient
import Conversations
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The one HTTP client of a ``Sender``, made when the first request needs it, on one event-loop thread.
final class HTTPTransport: Sendable {
  private struct Live {
    let group: MultiThreadedEventLoopGroup
    let client: HTTPClient
  }

  private let live = Mutex<Live?>(nil)
  private let connectTimeout: Duration

  init(connectTimeout: Duration) { self.connectTimeout = connectTimeout }

  func client() -> (HTTPClient, any EventLoop) {
    let live = live.withLock { live -> Live in
      if let live { return live }
      let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
      let new = Live(
        group: group, client: HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration))
      live = new
      return new
    }
    return (live.client, live.group.any())
  }

  private var configuration: HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    // A redirect could carry the key to another host, or turn the POST into a GET.
    configuration.redirectConfiguration = .disallow
    // Over HTTP/2, back-pressure does not reach the server, and one lost connection would take all streams with it.
    configuration.httpVersion = .http1Only
    configuration.decompression = .disabled
    // Every stream has a connection of its own; none may wait for another to end.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
    // A refused connection is an answer; when to ask again is decided by RetryPolicy alone.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.connectionPool.idleTimeout = .seconds(60)
    // Were this longer than the attempt's own limit, the next attempt would be given the connection that hangs.
    configuration.http1_1ConnectionDebugInitializer = { channel in
      channel.eventLoop.makeCompletedFuture {
        let pipeline = channel.pipeline.syncOperations
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
        try pipeline.addHandler(BodyBeforeError(), position: .after(decoder))
      }
    }
    configuration.timeout.connect = .nanoseconds(Int64(connectTimeout.inSeconds * 1e9))
    return configuration
  }

  func shutdown() async {
    guard let live = live.withLock({ $0.take() }) else { return }
    do {
      let _: Void = try await live.client.shutdown()
      try await live.group.shutdownGracefully()
    } catch {
      // Nothing is left to be done with a client that was already shut down.
    }
  }

  deinit {
    // The client insists on being shut down; nobody is left to wait for it.
    if let live = live.withLock({ $0.take() }) {
      live.client.shutdown { _ in live.group.shutdownGracefully { _ in } }
    }
  }
}

/// Has the client hand over what it has of a body before it hears of an error.
///
/// It collects the parts of a body until the read is complete, and an error makes it forget them: what came in the
/// same read as a broken chunk would be lost.
private final class BodyBeforeError: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.fireChannelReadComplete()
    context.fireErrorCaught(error)
  }
}
