import Basics
import MCP
import NIOCore
import NIOPosix
import NIOWebSocket
import TestSupport
import Testing

@Suite struct WebSocketTests {
  private func connect(
    _ url: String, token: String? = nil, trust: TLSTrust = .system, deadline: Duration = .seconds(60),
    maximumMessageSize: Int = 1 << 20
  ) async throws -> WebSocketConnection {
    try await .connect(
      to: WebSocketAddress(url, defaultPort: 9060), token: token.map(BearerToken.init), trust: trust,
      deadline: deadline, maximumMessageSize: maximumMessageSize)
  }

  private func frame(_ opcode: WebSocketOpcode, _ text: String, fin: Bool = true) -> WebSocketFrame {
    WebSocketFrame(fin: fin, opcode: opcode, data: ByteBuffer(string: text))
  }

  /// Sends "go" and collects messages until the connection ends.
  private func play(
    _ frames: [WebSocketFrame], maximumMessageSize: Int = 1 << 20
  ) async throws -> (messages: [String], ending: ConnectionError?, server: FrameServer) {
    let server = try await FrameServer(answering: frames)
    let connection = try await connect("ws://127.0.0.1:\(server.port)", maximumMessageSize: maximumMessageSize)
    connection.send(Array("go".utf8))
    var messages: [String] = []
    var ending: ConnectionError?
    for await event in connection.events {
      switch event {
      case .messages(let some): messages += some.map { String(decoding: $0, as: UTF8.self) }
      case .closed(let error): ending = error
      case .pong: break
      }
    }
    try await server.stop()
    return (messages, ending, server)
  }

  private func close(_ code: WebSocketErrorCode, _ reason: String = "") -> WebSocketFrame {
    var data = ByteBuffer()
    data.write(webSocketErrorCode: code)
    data.writeString(reason)
    return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
  }

  @Test("A message in fragments, with a ping between them, arrives whole and the ping is answered")
  func fragments() async throws {
    let result = try await play([
      frame(.text, "Gr", fin: false), frame(.ping, "p"), frame(.continuation, "", fin: false),
      frame(.continuation, "üße"), frame(.text, "next"), close(.normalClosure),
    ])
    #expect(result.messages == ["Grüße", "next"])
    try await eventually("a pong") {
      result.server.frames.contains { $0.opcode == .pong && $0.data == Array("p".utf8) }
    }
    #expect(!result.server.frames.contains { !$0.isMasked })
  }

  @Test("The code and the reason of a close frame are told in plain words")
  func closeFrame() async throws {
    #expect(try await play([close(.messageTooLarge)]).ending?.description == "closed (1009: message too big)")
    #expect(try await play([close(.goingAway, "bye\nnow")]).ending == .closed(code: 1001, reason: "bye\nnow"))
    #expect(ConnectionError.closed(code: 1001, reason: "bye\nnow").description == "closed (1001: bye)")
  }

  @Test("A message over the limit, whole or in fragments, ends the connection instead of filling the memory")
  func overLimit() async throws {
    let big = String(repeating: "x", count: 100)
    let whole = try await play([frame(.text, big)], maximumMessageSize: 99)
    let pieces = try await play(
      [frame(.text, "x", fin: false), frame(.continuation, big.dropLast().description, fin: true)],
      maximumMessageSize: 99)
    for result in [whole, pieces] {
      #expect(result.messages.isEmpty)
      guard case .protocolViolation = result.ending else {
        Issue.record("ended with \(String(describing: result.ending))")
        continue
      }
    }
  }

  @Test("A continuation of nothing breaks the protocol")
  func strayContinuation() async throws {
    #expect(try await play([frame(.continuation, "x")]).ending == .protocolViolation("a continuation of nothing"))
  }

  @Test("A port where nothing listens says: connection refused")
  func refused() async throws {
    let port = LoopbackPort.unused()
    let error = await #expect(throws: ConnectionError.self) { try await connect("ws://127.0.0.1:\(port)") }
    #expect(error?.description == "connection refused")
  }

  @Test("A name that does not exist says so")
  func noSuchHost() async throws {
    let error = await #expect(throws: ConnectionError.self) { try await connect("ws://no-such-host.invalid:1") }
    #expect(error?.description == "no such host")
  }

  @Test("A server that wants another token refuses the upgrade with 401, and takes the right one")
  func token() async throws {
    let godot = ScriptedGodot(.c)
    godot.change { $0.token = "sesame" }
    try await godot.start()
    let error = await #expect(throws: ConnectionError.self) { try await connect(godot.url, token: "wrong") }
    #expect(error?.description == "the server wants a token, or another one (HTTP 401)")
    try await connect(godot.url, token: "sesame").close()
    #expect(godot.records.authorizations == ["Bearer wrong", "Bearer sesame"])
    try await godot.stop()
  }

  @Test("A server that accepts and says nothing is given up at the deadline")
  func silent() async throws {
    let godot = ScriptedGodot(.c)
    godot.change { $0.isFrozen = true }
    try await godot.start()
    await #expect(throws: ConnectionError.timedOut) { try await connect(godot.url, deadline: .milliseconds(200)) }
    try await godot.stop()
  }

  @Test("Something that is no HTTP server is told apart")
  func notWebSocket() async throws {
    let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { $0.pipeline.addHandler(Greeter()) }
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(listener.localAddress?.port)
    await #expect(throws: ConnectionError.notWebSocket) { try await connect("ws://127.0.0.1:\(port)") }
    try await listener.close()
  }

  @Test("A self-signed certificate is refused, and accepted where its CA file is named")
  func tls() async throws {
    let certificate = try TestCertificate()
    defer { certificate.remove() }
    let godot = ScriptedGodot(.c, certificate: (certificate.chain, certificate.key))
    try await godot.start()
    let error = await #expect(throws: ConnectionError.self) { try await connect(godot.url) }
    #expect(error?.description == "TLS: certificate not trusted")
    for host in ["localhost", "127.0.0.1"] {
      try await connect("wss://\(host):\(godot.port)", trust: .file(certificate.chain)).close()
    }
    let missing = await #expect(throws: ConnectionError.self) {
      try await connect(godot.url, trust: .file("/nowhere.pem"))
    }
    #expect(missing?.description == "TLS: the CA file cannot be read")
    try await godot.stop()
  }

  @Test("A trusted certificate for another host is refused")
  func otherHost() async throws {
    let certificate = try TestCertificate(names: "DNS:elsewhere.example")
    defer { certificate.remove() }
    let godot = ScriptedGodot(.c, certificate: (certificate.chain, certificate.key))
    try await godot.start()
    for host in ["localhost", "127.0.0.1"] {
      let error = await #expect(throws: ConnectionError.self) {
        try await connect("wss://\(host):\(godot.port)", trust: .file(certificate.chain))
      }
      #expect(error?.description == "TLS: the certificate is for another host")
    }
    try await godot.stop()
  }

  @Test("A wss URL to a server without TLS says what is wrong")
  func notTLS() async throws {
    let godot = ScriptedGodot(.c)
    try await godot.start()
    let error = await #expect(throws: ConnectionError.self) { try await connect("wss://127.0.0.1:\(godot.port)") }
    guard case .tls = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    try await godot.stop()
  }
}

/// Talks first, as a mail server does.
private final class Greeter: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: "220 mail.example ESMTP\r\n")), promise: nil)
  }
}
