import Basics
import MCP
import TestSupport
import Testing

@Suite("A WebSocket server's limits") struct ServerLimitTests {
  private func client(_ server: WebSocketServer) async throws -> RawClient {
    let client = try await RawClient.connect(port: server.port ?? 0)
    try await client.upgrade()
    return client
  }

  private func limits(_ change: (inout ServerLimits) -> Void) -> ServerLimits {
    var limits = ServerLimits()
    change(&limits)
    return limits
  }

  @Test("A handshake that does not end is ended")
  func handshake() async throws {
    let service = EchoService()
    let server = try await service.start(limits { $0.handshake = .milliseconds(100) })
    let mute = try await RawClient.connect(port: server.port ?? 0)
    let half = try await RawClient.connect(port: server.port ?? 0)
    half.send("GET / HTTP/1.1\r\nHost:")
    try await eventually("both are closed") { mute.isClosed && half.isClosed }
    #expect(service.incidents == [.handshakeTimedOut, .handshakeTimedOut])
    await server.shutdown(within: .seconds(5))
  }

  @Test("A frame over the limit ends its connection with 1009 before it has come, and so do fragments")
  func tooBig() async throws {
    let server = try await EchoService().start(limits { $0.message = 1000 })
    let exact = try await client(server)
    exact.sendFrame(String(repeating: "x", count: 1000))
    try await eventually("an answer") { exact.messages.count == 1 }
    let announced = try await client(server)
    announced.send(RawClient.frame([], length: 1001))
    #expect(try await announced.closeCode() == 1009)
    let huge = try await client(server)
    huge.send(RawClient.frame([], length: .max))
    #expect(try await huge.closeCode() == 1009)
    let fragmented = try await client(server)
    fragmented.sendFrame(String(repeating: "x", count: 600), fin: false)
    fragmented.sendFrame(String(repeating: "x", count: 401), opcode: 0)
    #expect(try await fragmented.closeCode() == 1009)
    for client in [exact, announced, huge, fragmented] { client.close() }
    await server.shutdown(within: .seconds(5))
  }

  @Test("A breach of the protocol ends its connection with 1002")
  func breach() async throws {
    let service = EchoService()
    let server = try await service.start()
    let breaches: [[UInt8]] =
      [
        RawClient.frame(Array("unmasked".utf8), isMasked: false),
        RawClient.frame(Array("reserved".utf8), opcode: 0x41),
        RawClient.frame([], opcode: 3),
        RawClient.frame([], opcode: 0),
        RawClient.frame([], fin: false) + RawClient.frame([]),
        RawClient.frame([], opcode: 9, fin: false),
        RawClient.frame([UInt8](repeating: 0, count: 126), opcode: 9),
      ]
      + [[0x03], [0x03, 0xED], [0x03, 0xEE], [0x00, 0x00], [0x03, 0xEC], [0x07, 0xD0], [0x13, 0x88]].map {
        RawClient.frame($0, opcode: 8)
      }
    for breach in breaches {
      let client = try await client(server)
      client.send(breach)
      #expect(try await client.closeCode() == 1002, "\(breach.prefix(8))")
      client.close()
    }
    #expect(service.incidents == breaches.map { _ in .protocolError })
    #expect(service.handled.isEmpty)
    await server.shutdown(within: .seconds(5))
  }

  @Test("A text that is not UTF-8 ends its connection with 1007, in one frame or several, and so does a close reason")
  func notText() async throws {
    let service = EchoService()
    let server = try await service.start()
    let bad: [[UInt8]] = [
      [0xFF], [0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xE6, 0xB0],
    ]
    let frames =
      bad.map { RawClient.frame($0) } + bad.map { RawClient.frame([0x61], fin: false) + RawClient.frame($0, opcode: 0) }
      + [RawClient.frame([0x03, 0xE8, 0xFF], opcode: 8)]
    for frame in frames {
      let client = try await client(server)
      client.send(frame)
      #expect(try await client.closeCode() == 1007, "\(frame)")
      client.close()
    }
    #expect(service.handled.isEmpty)
    #expect(service.incidents == frames.map { _ in .notText })
    let whole = try await client(server)
    // A character may be divided between frames.
    whole.send(RawClient.frame([0x61, 0xE6], fin: false) + RawClient.frame([0xB0, 0xB4], opcode: 0))
    try await eventually("an answer") { whole.messages == ["a水"] }
    whole.send(RawClient.frame([0x0B, 0xB8] + Array("bye".utf8), opcode: 8))
    #expect(try await whole.closeCode() == 1000)
    whole.close()
    await server.shutdown(within: .seconds(5))
  }

  @Test("A connection too many gets 503, and one that ends makes room")
  func connections() async throws {
    let service = EchoService()
    let server = try await service.start(limits { $0.connections = 2 })
    let first = try await client(server)
    let second = try await client(server)
    let third = try await RawClient.connect(port: server.port ?? 0)
    third.send(RawClient.handshake())
    #expect(try await third.statusLine() == "HTTP/1.1 503 Service Unavailable")
    try await eventually("it is closed") { third.isClosed }
    #expect(service.incidents == [.tooManyConnections])
    // The program's own connection finds room.
    let own = try await RawClient.adopt(descriptor: server.connect())
    try await own.upgrade()
    own.close()
    first.close()
    try await eventually("there is room") { server.connections < 2 }
    #expect(try await server.echo("room") == "room")
    second.close()
    await server.shutdown(within: .seconds(5))
  }

  @Test("Beyond the window of requests nothing is read until there are answers", arguments: [true, false])
  func window(byCount: Bool) async throws {
    let service = EchoService(isHeld: true)
    let window = 8
    let server = try await service.start(
      limits {
        if byCount { $0.requests = window } else { $0.requestBytes = window * 100_000 }
      })
    let client = try await client(server)
    let text = String(repeating: "x", count: 100_000)
    let frame = RawClient.frame(Array(text.utf8))
    for _ in 0..<20 { client.send(frame) }
    try await eventually("the window is full") { service.handled.count >= window }
    // Whatever else could be read would be read while others are served.
    let quick = try await EchoService().start()
    for _ in 0..<20 { _ = try await quick.echo("time passes") }
    #expect(service.handled.count == window)
    service.gate.open()
    try await eventually("everything is answered") { client.messages.count == 20 }
    client.close()
    for server in [server, quick] { await server.shutdown(within: .seconds(5)) }
  }

  @Test("A client that does not read its answers is not read either, and is dropped in the end")
  func unread() async throws {
    let service = EchoService()
    let server = try await service.start(
      limits {
        $0.unwrittenBytes = 4 << 20
        $0.requests = 2
        $0.unwrittenFor = .milliseconds(200)
      })
    let client = try await client(server)
    try await client.stopReading()
    for _ in 0..<1000 { client.sendFrame("big") }
    try await eventually("it is dropped") { service.incidents == [.unread] && server.connections == 0 }
    // What the sockets' buffers take is not counted as unread.
    #expect(service.handled.count < 100)
    #expect(try await server.echo("still here") == "still here")
    client.close()
    await server.shutdown(within: .seconds(5))
  }

  @Test("A client that answers no ping is closed with 1011; one that does stays")
  func silent() async throws {
    let service = EchoService()
    let server = try await service.start(
      limits {
        $0.pingEvery = .milliseconds(1500)
        // A client on a busy machine takes a while, too.
        $0.pongWithin = .milliseconds(1400)
      })
    let good = try await WebSocketConnection.connect(
      to: WebSocketAddress("ws://127.0.0.1:\(server.port ?? 0)", defaultPort: 1), deadline: .seconds(60))
    let silent = try await client(server)
    #expect(try await silent.closeCode() == 1011)
    #expect(silent.frames.first?.opcode == 9)
    #expect(service.incidents == [.silent])
    good.send(Array("alive".utf8))
    for await event in good.events {
      guard case .messages(let messages) = event else { continue }
      #expect(messages.map { String(decoding: $0, as: UTF8.self) } == ["alive"])
      break
    }
    good.abort()
    silent.close()
    await server.shutdown(within: .seconds(5))
  }

  /// A server for which 2 MiB are too much, and a client that it has sent away for three quarters of a frame of 4 MiB.
  private func crowd(_ service: EchoService) async throws -> (WebSocketServer, RawClient) {
    let server = try await service.start(
      limits {
        $0.heldBytes = 2 << 20
        $0.heldFreely = 1 << 20
      })
    let hoarder = try await client(server)
    hoarder.send(RawClient.frame([UInt8](repeating: 0, count: 3 << 20), length: 4 << 20))
    #expect(try await hoarder.closeCode() == 1013)
    return (server, hoarder)
  }

  @Test("When clients together hold too much, those that hold much are closed with 1013")
  func held() async throws {
    let service = EchoService()
    let (server, hoarder) = try await crowd(service)
    #expect(service.incidents == [.overloaded])
    #expect(try await server.echo("small") == "small")
    hoarder.close()
    await server.shutdown(within: .seconds(5))
  }

  @Test("A connection that is sent away holds nothing any more, though its client neither reads nor goes")
  func makesRoom() async throws {
    let service = EchoService()
    let (server, hoarder) = try await crowd(service)
    for _ in 0..<3 {
      let other = try await client(server)
      other.sendFrame(String(repeating: "x", count: 3 << 19))
      try await eventually("an answer") { !other.messages.isEmpty || other.isClosed }
      #expect(other.messages.count == 1)
      other.close()
      // What a frame that is let go of would still bring is not held either.
      hoarder.send([UInt8](repeating: 0, count: 1 << 19))
    }
    #expect(service.incidents == [.overloaded])
    hoarder.close()
    await server.shutdown(within: .seconds(5))
  }

  @Test("Hostile clients do not keep another from its answers")
  func hostile() async throws {
    let server = try await EchoService().start()
    let port = server.port ?? 0
    var clients: [RawClient] = []
    for number in 0..<1000 {
      let client = try await RawClient.connect(port: port)
      clients.append(client)
      switch number % 5 {
      case 0: break
      case 1: client.send("GET / HTTP/1.1\r\nX: ")
      case 2:
        // Asks for far more than it reads.
        client.send(RawClient.handshake())
        try await client.stopReading()
        client.send((0..<50).flatMap { _ in RawClient.frame(Array("big".utf8)) })
      case 3: client.send((0..<2000).map { _ in UInt8.random(in: 0...255) })
      default:
        client.send(RawClient.handshake())
        client.send(RawClient.frame([UInt8](repeating: 0, count: 1000), length: 16 << 20))
      }
    }
    let good = try await client(server)
    for number in 0..<100 {
      good.sendFrame("\(number)")
      try await eventually("an answer to \(number)") { good.messages.count == number + 1 }
    }
    for client in clients + [good] { client.close() }
    await server.shutdown(within: .seconds(20))
  }
}
