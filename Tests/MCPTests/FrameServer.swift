import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

/// A WebSocket server that answers a client's first text message with frames given beforehand, and keeps every frame
/// that it gets.
final class FrameServer: Sendable {
  struct Received: Sendable {
    var opcode: WebSocketOpcode
    var data: [UInt8]
    var isMasked: Bool
  }

  private let log: Log
  private let listener: any Channel

  init(answering frames: [WebSocketFrame]) async throws {
    let frames = frames.map { ($0.fin, $0.opcode, Array($0.data.readableBytesView)) }
    let log = Log()
    self.log = log
    listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in
              channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(FramePlayer(frames: frames, log: log))
              }
            })
          _ = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
            configuration: .init(
              upgradeConfiguration: .init(
                upgraders: [upgrader],
                notUpgradingCompletionHandler: { $0.eventLoop.makeSucceededVoidFuture() })))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  var port: Int { listener.localAddress?.port ?? 0 }
  var frames: [Received] { log.frames.withLock { $0 } }
  func stop() async throws { try await listener.close() }

  final class Log: Sendable {
    let frames = Mutex<[Received]>([])
  }
}

private final class FramePlayer: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private let frames: [(Bool, WebSocketOpcode, [UInt8])]
  private let log: FrameServer.Log

  init(frames: [(Bool, WebSocketOpcode, [UInt8])], log: FrameServer.Log) {
    self.frames = frames
    self.log = log
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = Self.unwrapInboundIn(data)
    let received = FrameServer.Received(
      opcode: frame.opcode, data: Array(frame.unmaskedData.readableBytesView), isMasked: frame.maskKey != nil)
    log.frames.withLock { $0.append(received) }
    guard frame.opcode == .text else { return }
    for (fin, opcode, bytes) in frames {
      let frame = WebSocketFrame(fin: fin, opcode: opcode, data: ByteBuffer(bytes: bytes))
      context.write(Self.wrapOutboundOut(frame), promise: nil)
    }
    context.flush()
  }
}
