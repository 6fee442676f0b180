import NIOCore
import NIOPosix
import Synchronization

/// A port of 127.0.0.1 that takes connections and never says a word: a handshake with it never ends.
public final class MuteListener: Sendable {
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let listener: any Channel
  private let accepted: Counter

  public init() async throws {
    let accepted = Counter()
    self.accepted = accepted
    listener = try await ServerBootstrap(group: group)
      .childChannelInitializer { channel in
        accepted.value.withLock { $0 += 1 }
        return channel.eventLoop.makeSucceededVoidFuture()
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  public var port: Int { listener.localAddress?.port ?? 0 }
  /// Connections taken so far.
  public var connections: Int { accepted.value.withLock { $0 } }

  public func shutdown() async throws {
    try await listener.close().get()
    try await group.shutdownGracefully()
  }

  private final class Counter: Sendable {
    let value = Mutex(0)
  }
}
