import Basics
import Testing

@Suite("WebSocket URLs") struct WebSocketAddressTests {
  @Test(
    "A URL is taken apart",
    arguments: [
      ("ws://localhost", false, "localhost", 9060, "/"),
      ("WSS://Logs.Example:443/a/b?c=d#e", true, "logs.example", 443, "/a/b?c=d"),
      ("ws://[::1]:80?x", false, "::1", 80, "/?x"),
      ("ws://[::1]", false, "::1", 9060, "/"),
    ])
  func address(url: String, isSecure: Bool, host: String, port: Int, target: String) throws {
    let address = try WebSocketAddress(url, defaultPort: 9060)
    #expect(address.isSecure == isSecure && address.host == host && address.port == port && address.target == target)
  }

  @Test(
    "A wrong URL is refused",
    arguments: [
      "http://x", "localhost:9060", "ws://", "ws://h:0", "ws://h:99999", "ws://u:p@h", "ws://::1", "ws://[::1",
      "ws://a b",
      "ws://h\r\nX: y",
    ])
  func wrongAddress(url: String) {
    #expect(throws: WebSocketAddress.Invalid.self) { try WebSocketAddress(url, defaultPort: 9060) }
  }

  @Test("Of a URL that is not in ASCII the way out is told")
  func letters() throws {
    for url in ["ws://b\u{FC}cher.example", "wss://h/\u{FC}"] {
      let error = try #require(throws: WebSocketAddress.Invalid.self) { try WebSocketAddress(url, defaultPort: 9060) }
      #expect(error.reason == "a URL is in ASCII: the host by its xn-- name, other letters of a path as %XX")
    }
  }

  @Test("A URL's query, which may hold a secret, is never printed")
  func secrets() throws {
    #expect(try WebSocketAddress("ws://h/p?token=sesame", defaultPort: 1).description == "ws://h:1/p")
  }

  @Test("What stays on this machine is told from what crosses a network")
  func loopback() throws {
    #expect(try WebSocketAddress("ws://[::1]", defaultPort: 1).isLoopback)
    #expect(try !WebSocketAddress("ws://10.0.0.1", defaultPort: 1).isLoopback)
  }
}
