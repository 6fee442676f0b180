import NIOCore
import NIOPosix
import Synchronization

/// A client that says exactly the bytes it is told to, right or wrong, and keeps what it gets.
public final class RawClient: Sendable {
  /// A frame from a server.
  public struct Frame: Hashable, Sendable {
    public var opcode: UInt8
    public var payload: [UInt8]

    public var text: String { String(decoding: payload, as: UTF8.self) }
    /// Of a close frame.
    public var code: Int? { payload.count < 2 ? nil : Int(payload[0]) << 8 | Int(payload[1]) }
  }

  private struct State {
    var bytes: [UInt8] = []
    var isClosed = false
  }

  private let channel: any Channel
  private let inbox: Inbox

  public static func connect(port: Int) async throws -> RawClient {
    let inbox = Inbox()
    let channel = try await bootstrap(inbox).connect(host: "127.0.0.1", port: port).get()
    return RawClient(channel: channel, inbox: inbox)
  }

  /// Speaks on a socket that is connected already, and owns it.
  public static func adopt(descriptor: CInt) async throws -> RawClient {
    let inbox = Inbox()
    let channel = try await bootstrap(inbox).withConnectedSocket(descriptor).get()
    return RawClient(channel: channel, inbox: inbox)
  }

  private static func bootstrap(_ inbox: Inbox) -> ClientBootstrap {
    ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).channelInitializer { channel in
      channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector(inbox)) }
    }
  }

  private init(channel: any Channel, inbox: Inbox) {
    self.channel = channel
    self.inbox = inbox
  }

  public var isClosed: Bool { inbox.state.withLock { $0.isClosed } }
  public var received: [UInt8] { inbox.state.withLock { $0.bytes } }
  public var text: String { String(decoding: received, as: UTF8.self) }

  public func send(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
  public func send(_ text: String) { send(Array(text.utf8)) }

  /// What comes stays in the network.
  public func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

  public func close() { channel.close(promise: nil) }

  // MARK: - HTTP and WebSocket

  public static func handshake(_ headers: [String] = [], target: String = "/") -> String {
    let lines =
      [
        "GET \(target) HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ] + headers
    return lines.joined(separator: "\r\n") + "\r\n\r\n"
  }

  /// The first line of the server's answer.
  public func statusLine() async throws -> String {
    try await eventually("a status line") { self.text.contains("\r\n") || self.isClosed }
    return String(text.prefix { $0 != "\r\n" })
  }

  /// Makes a WebSocket of it.
  public func upgrade(_ headers: [String] = []) async throws {
    send(Self.handshake(headers))
    try await eventually("the upgrade") { self.text.contains("\r\n\r\n") }
    try await eventually("status 101, not \(text)") { self.text.hasPrefix("HTTP/1.1 101 ") }
  }

  public static func frame(
    _ payload: [UInt8], opcode: UInt8 = 1, fin: Bool = true, isMasked: Bool = true, length: Int? = nil
  ) -> [UInt8] {
    let count = length ?? payload.count
    let mask: UInt8 = isMasked ? 0x80 : 0
    var bytes = [opcode | (fin ? 0x80 : 0)]
    if count < 126 {
      bytes.append(mask | UInt8(count))
    } else if count < 65536 {
      bytes += [mask | 126, UInt8(count >> 8), UInt8(count & 0xFF)]
    } else {
      bytes.append(mask | 127)
      bytes += (0..<8).reversed().map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    }
    guard isMasked else { return bytes + payload }
    let key: [UInt8] = [1, 2, 3, 4]
    return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
  }

  public func sendFrame(_ text: String, opcode: UInt8 = 1, fin: Bool = true, isMasked: Bool = true) {
    send(Self.frame(Array(text.utf8), opcode: opcode, fin: fin, isMasked: isMasked))
  }

  /// The frames after the upgrade, as far as they are complete.
  public var frames: [Frame] {
    let bytes = received
    guard let head = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return [] }
    var frames: [Frame] = []
    var index = head.upperBound
    while index + 2 <= bytes.count {
      let opcode = bytes[index] & 0x0F
      var count = Int(bytes[index + 1] & 0x7F)
      index += 2
      let width = count == 126 ? 2 : count == 127 ? 8 : 0
      guard index + width <= bytes.count else { break }
      if width > 0 { count = bytes[index..<(index + width)].reduce(0) { $0 << 8 | Int($1) } }
      index += width
      guard index + count <= bytes.count else { break }
      frames.append(Frame(opcode: opcode, payload: Array(bytes[index..<(index + count)])))
      index += count
    }
    return frames
  }

  /// Text frames.
  public var messages: [String] { frames.filter { $0.opcode == 1 }.map(\.text) }

  /// The code of the server's close frame, once the connection is over.
  public func closeCode() async throws -> Int? {
    try await eventually("the connection ends") { self.isClosed || self.frames.contains { $0.opcode == 8 } }
    return frames.last { $0.opcode == 8 }?.code
  }

  private final class Inbox: Sendable {
    let state = Mutex(State())
  }

  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let inbox: Inbox

    init(_ inbox: Inbox) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let buffer = Self.unwrapInboundIn(data)
      inbox.state.withLock { $0.bytes.append(contentsOf: buffer.readableBytesView) }
    }

    func channelInactive(context: ChannelHandlerContext) { inbox.state.withLock { $0.isClosed = true } }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
