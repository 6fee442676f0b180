import JSON
import MCP
import TestSupport
import Testing

@Suite("WebSocket server") struct ServerTests {
  @Test("Answers leave in the order of the requests, whatever the order they are ready in")
  func order() async throws {
    let service = EchoService(isBackwards: true)
    let server = try await service.start()
    let client = try await RawClient.connect(port: server.port ?? 0)
    try await client.upgrade()
    let texts = (0..<2000).map { "message \($0)" }
    client.send(texts.flatMap { RawClient.frame(Array($0.utf8)) })
    try await eventually("all answers") { client.messages.count >= texts.count }
    #expect(client.messages == texts)
    client.close()
    await server.shutdown(within: .seconds(5))
  }

  @Test("A message without an answer does not hold up those behind it")
  func silence() async throws {
    let server = try await EchoService().start()
    let client = try await RawClient.connect(port: server.port ?? 0)
    try await client.upgrade()
    for text in ["silent", "one", "silent", "two"] { client.sendFrame(text) }
    try await eventually("two answers") { client.messages.count == 2 }
    #expect(client.messages == ["one", "two"])
    client.close()
    await server.shutdown(within: .seconds(5))
  }

  @Test("Fragments are one message, binary is text, and a ping between them gets its pong")
  func frames() async throws {
    let server = try await EchoService().start()
    let client = try await RawClient.connect(port: server.port ?? 0)
    try await client.upgrade()
    client.sendFrame("frag", fin: false)
    client.sendFrame("?", opcode: 9)
    client.sendFrame("men", opcode: 0, fin: false)
    client.sendFrame("ts", opcode: 0)
    client.sendFrame("binary", opcode: 2)
    try await eventually("three frames") { client.frames.count == 3 }
    #expect(client.frames.map(\.opcode) == [10, 1, 1])
    #expect(client.frames.map(\.text) == ["?", "fragments", "binary"])
    client.close()
    await server.shutdown(within: .seconds(5))
  }

  @Test("One byte at a time is as good as all at once")
  func trickle() async throws {
    let server = try await EchoService().start()
    let client = try await RawClient.connect(port: server.port ?? 0)
    for byte in RawClient.handshake().utf8 { client.send([byte]) }
    try await eventually("the upgrade") { client.text.hasSuffix("\r\n\r\n") }
    for byte in RawClient.frame(Array("slow".utf8)) { client.send([byte]) }
    try await eventually("an answer") { client.messages == ["slow"] }
    client.close()
    await server.shutdown(within: .seconds(5))
  }

  @Test("A message right behind the handshake is not lost")
  func eager() async throws {
    let server = try await EchoService().start()
    let client = try await RawClient.connect(port: server.port ?? 0)
    client.send(Array(RawClient.handshake().utf8) + RawClient.frame(Array("eager".utf8)))
    try await eventually("an answer") { client.messages == ["eager"] }
    client.close()
    await server.shutdown(within: .seconds(5))
  }

  @Test("A client that closes gets the answers to what it asked first")
  func close() async throws {
    let service = EchoService(isHeld: true)
    let server = try await service.start()
    let client = try await RawClient.connect(port: server.port ?? 0)
    try await client.upgrade()
    let texts = (0..<100).map(String.init)
    client.send(texts.flatMap { RawClient.frame(Array($0.utf8)) } + RawClient.frame([3, 232], opcode: 8))
    try await eventually("all were taken") { service.handled.count == 100 }
    service.gate.open()
    #expect(try await client.closeCode() == 1000)
    #expect(client.messages == texts)
    await server.shutdown(within: .seconds(5))
  }

  @Test("What arrived is handled even if its client is gone")
  func vanished() async throws {
    let service = EchoService()
    let server = try await service.start()
    let client = try await RawClient.connect(port: server.port ?? 0)
    try await client.upgrade()
    client.send((0..<50).flatMap { RawClient.frame(Array("\($0)".utf8)) })
    client.close()
    try await eventually("all were handled") { service.handled.count == 50 }
    try await eventually("the connection is forgotten") { server.connections == 0 }
    await server.shutdown(within: .seconds(5))
  }

  @Test("The process's own connection needs no token, and no listener")
  func withinTheProcess() async throws {
    let service = EchoService()
    let alone = try await WebSocketServer.start(nil, service: service)
    let listening = try await service.start(token: BearerToken("secret"))
    for server in [alone, listening] {
      let client = try await RawClient.adopt(descriptor: server.connect())
      try await client.upgrade()
      client.sendFrame("inside")
      try await eventually("an answer") { client.messages == ["inside"] }
      await server.shutdown(within: .seconds(5))
      #expect(try await client.closeCode() == 1001)
      #expect(throws: ServerError.stopped) { try server.connect() }
    }
    #expect(alone.port == nil)
  }

  @Test("A shutdown answers what was taken, tells the clients and takes no more")
  func shutdown() async throws {
    let service = EchoService(isHeld: true)
    let server = try await service.start()
    let port = server.port ?? 0
    let client = try await RawClient.connect(port: port)
    try await client.upgrade()
    let idle = try await RawClient.connect(port: port)
    try await idle.upgrade()
    for text in ["one", "two"] { client.sendFrame(text) }
    try await eventually("both were taken") { service.handled.count == 2 }
    async let stopped: Void = server.shutdown(within: .seconds(60))
    #expect(try await idle.closeCode() == 1001)
    await #expect(throws: (any Error).self) { try await RawClient.connect(port: port) }
    client.sendFrame("three")
    service.gate.open()
    #expect(try await client.closeCode() == 1001)
    #expect(client.messages == ["one", "two"])
    await stopped
    #expect(server.connections == 0)
    #expect(service.handled == ["one", "two"])
  }

  @Test("A shutdown does not wait longer than it may for an answer that never comes")
  func shutdownDeadline() async throws {
    let service = EchoService(isHeld: true)
    let server = try await service.start()
    let client = try await RawClient.connect(port: server.port ?? 0)
    try await client.upgrade()
    client.sendFrame("lost")
    try await eventually("it was taken") { service.handled.count == 1 }
    await server.shutdown(within: .milliseconds(100))
    try await eventually("the client is dropped") { client.isClosed }
    service.gate.open()
  }
}
