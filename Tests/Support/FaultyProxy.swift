import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Stands between a client and a server on 127.0.0.1, and passes on what they say as badly as a network can.
public final class FaultyProxy: Sendable {
  public enum Mode: Sendable {
    /// Everything, at once.
    case open
    /// Every byte in a packet of its own, both ways.
    case byteByByte
    /// New connections are taken, and what is said on any is read and never passed on.
    case halfOpen
    /// Connections are reset, new ones as soon as they are made.
    case reset
  }

  private struct State {
    var mode = Mode.open
    var channels: [ObjectIdentifier: any Channel] = [:]
    var connections = 0
    var packets = 0
  }

  private let state = Mutex(State())
  private let target: Int
  private let listener = Mutex<(any Channel)?>(nil)

  /// - Parameter target: the server's port.
  public init(to target: Int) async throws {
    self.target = target
    let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelOption(.autoRead, value: false)
      .childChannelInitializer { self.accepted($0) }
      .bind(host: "127.0.0.1", port: 0).get()
    listener.withLock { $0 = channel }
  }

  public var port: Int { listener.withLock { $0?.localAddress?.port } ?? 0 }
  /// Connections taken so far.
  public var connections: Int { state.withLock { $0.connections } }
  /// Packets passed on so far.
  public var packets: Int { state.withLock { $0.packets } }

  /// From now on; `.reset` ends the connections there are too.
  public func become(_ mode: Mode) {
    let channels = state.withLock { state in
      state.mode = mode
      return Array(state.channels.values)
    }
    if case .reset = mode { for channel in channels { Self.reset(channel) } }
  }

  /// Ends all connections and takes no more.
  public func shutdown() async throws {
    try await listener.withLock { $0 }?.close()
    become(.reset)
  }

  private func accepted(_ client: any Channel) -> EventLoopFuture<Void> {
    let isReset = state.withLock { state in
      state.connections += 1
      if case .reset = state.mode { return true }
      return false
    }
    // After the accept; within it there is no connection yet that could be reset.
    if isReset {
      client.eventLoop.execute { Self.reset(client) }
      return client.eventLoop.makeSucceededVoidFuture()
    }
    return ClientBootstrap(group: client.eventLoop)
      .channelOption(.autoRead, value: false)
      .connect(host: "127.0.0.1", port: target)
      .flatMap { server in
        self.keep(client)
        self.keep(server)
        // Both are served by one event loop, which runs this.
        return client.eventLoop.makeCompletedFuture {
          try client.pipeline.syncOperations.addHandler(Passing(self, to: server))
          try server.pipeline.syncOperations.addHandler(Passing(self, to: client))
        }
        .flatMap { client.setOption(.autoRead, value: true).and(server.setOption(.autoRead, value: true)) }
        .map { _ in }
      }
  }

  private func keep(_ channel: any Channel) {
    let id = ObjectIdentifier(channel)
    state.withLock { $0.channels[id] = channel }
    channel.closeFuture.whenComplete { _ in self.state.withLock { $0.channels[id] = nil } }
  }

  /// Closes with RST in place of FIN: what the kernel still holds is thrown away.
  private static func reset(_ channel: any Channel) {
    let linger = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    (linger ?? channel.eventLoop.makeSucceededVoidFuture()).whenComplete { _ in channel.close(promise: nil) }
  }

  /// Passes on what one side says to the other.
  private final class Passing: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let proxy: FaultyProxy
    private let other: any Channel

    init(_ proxy: FaultyProxy, to other: any Channel) {
      self.proxy = proxy
      self.other = other
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      var buffer = unwrapInboundIn(data)
      switch proxy.state.withLock({ $0.mode }) {
      case .open: pass(buffer)
      case .byteByByte: while let byte = buffer.readSlice(length: 1) { pass(byte) }
      case .halfOpen, .reset: break
      }
    }

    private func pass(_ buffer: ByteBuffer) {
      proxy.state.withLock { $0.packets += 1 }
      other.writeAndFlush(buffer, promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
