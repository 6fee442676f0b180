import Basics
import MCP
import Synchronization
import TestSupport
import Testing

@Suite("Whom a WebSocket server lets in") struct ServerAdmissionTests {
  private func status(_ server: WebSocketServer, _ request: String) async throws -> String {
    let client = try await RawClient.connect(port: server.port ?? 0)
    defer { client.close() }
    client.send(request)
    return try await client.statusLine()
  }

  @Test("Only the right token opens the door")
  func token() async throws {
    let service = EchoService()
    let server = try await service.start(token: BearerToken("open sesame"))
    for wrong in [
      "", "Authorization: Bearer open sesam", "Authorization: Bearer open sesamex", "Authorization: Bearer ",
    ] {
      let headers = wrong.isEmpty ? [] : [wrong]
      #expect(try await status(server, RawClient.handshake(headers)) == "HTTP/1.1 401 Unauthorized")
    }
    let twice = ["Authorization: Bearer open sesame", "Authorization: Bearer x"]
    #expect(try await status(server, RawClient.handshake(twice)) == "HTTP/1.1 401 Unauthorized")
    let right = ["Authorization: Bearer open sesame"]
    #expect(try await status(server, RawClient.handshake(right)) == "HTTP/1.1 101 Switching Protocols")
    for scheme in ["bearer", "BEARER"] {
      let right = ["Authorization: \(scheme) open sesame"]
      #expect(try await status(server, RawClient.handshake(right)) == "HTTP/1.1 101 Switching Protocols")
    }
    let basic = ["Authorization: Basic open sesame"]
    #expect(try await status(server, RawClient.handshake(basic)) == "HTTP/1.1 401 Unauthorized")
    #expect(try await status(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") == "HTTP/1.1 401 Unauthorized")
    #expect(service.incidents.contains(.wrongToken))
    await server.shutdown(within: .seconds(5))
  }

  @Test("No web page reaches the server by its visitor's browser, token or not")
  func origin() async throws {
    let service = EchoService()
    let server = try await service.start(token: BearerToken("t"))
    let headers = ["Origin: https://example.com", "Authorization: Bearer t"]
    #expect(try await status(server, RawClient.handshake(headers)) == "HTTP/1.1 403 Forbidden")
    let health = "GET /healthz HTTP/1.1\r\nHost: x\r\nOrigin: null\r\n\r\n"
    #expect(try await status(server, health) == "HTTP/1.1 403 Forbidden")
    #expect(service.incidents == [.browserOrigin, .browserOrigin])
    await server.shutdown(within: .seconds(5))
  }

  @Test("Health can be asked for without a token and tells nothing but itself")
  func health() async throws {
    let isWell = Mutex(true)
    let server = try await EchoService().start(token: BearerToken("secret")) {
      if !isWell.withLock({ $0 }) { throw ConnectionError.lost }
    }
    for (well, line, body) in [
      (true, "HTTP/1.1 200 OK", #"{"status":"ok"}"#),
      (false, "HTTP/1.1 503 Service Unavailable", #"{"status":"unavailable"}"#),
    ] {
      isWell.withLock { $0 = well }
      let client = try await RawClient.connect(port: server.port ?? 0)
      client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
      try await eventually("the answer is over") { client.isClosed }
      #expect(try await client.statusLine() == line)
      #expect(client.text.hasSuffix("\r\n\r\n" + body))
    }
    await server.shutdown(within: .seconds(5))
  }

  @Test("A request that asks for no WebSocket gets an answer in HTTP")
  func plainHTTP() async throws {
    let server = try await EchoService().start()
    #expect(try await status(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") == "HTTP/1.1 426 Upgrade Required")
    let post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    #expect(try await status(server, post) == "HTTP/1.1 404 Not Found")
    let broken = RawClient.handshake().replacing("Sec-WebSocket-Version: 13", with: "Sec-WebSocket-Version: 7")
    #expect(try await status(server, broken) == "HTTP/1.1 426 Upgrade Required")
    #expect(try await status(server, "no HTTP at all\r\n\r\n").hasPrefix("HTTP/1.1 400"))
    #expect(try await server.echo("still here") == "still here")
    await server.shutdown(within: .seconds(5))
  }

  @Test("Over TLS, to those who trust the certificate")
  func tls() async throws {
    let files = try TestCertificate()
    defer { files.remove() }
    let server = try await EchoService().start(certificate: .init(chain: files.chain, key: files.key))
    let address = try WebSocketAddress("wss://localhost:\(server.port ?? 0)", defaultPort: 9060)
    let client = try await WebSocketConnection.connect(
      to: address, trust: .file(files.chain), deadline: .seconds(60))
    client.send(Array("hidden".utf8))
    for await event in client.events {
      if case .messages(let messages) = event {
        #expect(messages.map { String(decoding: $0, as: UTF8.self) } == ["hidden"])
        client.close()
      }
    }
    let plain = try await RawClient.connect(port: server.port ?? 0)
    plain.send(RawClient.handshake())
    try await eventually("a client without TLS is left") { plain.isClosed }
    #expect(!plain.text.hasPrefix("HTTP"))
    await server.shutdown(within: .seconds(5))
  }

  @Test("A start that cannot be says why")
  func start() async throws {
    let service = EchoService()
    let server = try await service.start()
    let port = server.port ?? 0
    await #expect(
      throws: ServerError.cannotListen(host: "127.0.0.1", port: port, reason: "another program uses the port")
    ) { try await WebSocketServer.start(WebSocketListener(port: port), service: service) }
    let files = try TestCertificate()
    defer { files.remove() }
    let other = try TestCertificate()
    defer { other.remove() }
    for (chain, key, word) in [
      ("/nowhere", files.key, "certificate"), (files.chain, "/nowhere", "key"), (files.chain, other.key, "belong"),
    ] {
      let listener = WebSocketListener(port: 0, certificate: .init(chain: chain, key: key))
      let error = await #expect(throws: ServerError.self) {
        try await WebSocketServer.start(listener, service: service)
      }
      #expect("\(try #require(error))".contains(word))
    }
    await server.shutdown(within: .seconds(5))
  }
}
