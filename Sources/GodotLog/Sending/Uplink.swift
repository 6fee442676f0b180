import Basics
import GodotWire
import JSON
import MCP

/// An open session and what it can do.
struct Uplink: Sendable {
  var session: MCPSession
  var dialect: Dialect

  /// Connects, shakes hands and asks for the tools: everything before `end`, a `ContinuousClock` instant.
  ///
  /// - `onToken`: told the bearer token before it is used, so that it can be redacted from then on.
  static func open(
    _ configuration: GodotConfiguration, until end: ContinuousClock.Instant, onToken: (String) -> Void = { _ in },
    onEvent: @escaping @Sendable (MCPEvent) -> Void
  ) async throws(ConnectionError) -> Uplink {
    let clock = ContinuousClock()
    let token = try await bearerToken(configuration)
    if let token { onToken(token.value) }
    let connection: WebSocketConnection
    switch configuration.destination {
    case .off:
      throw .unreachable("logging is off")
    case .url(let url):
      let address: WebSocketAddress
      do throws(WebSocketAddress.Invalid) {
        address = try WebSocketAddress(url, defaultPort: GodotConfiguration.defaultPort)
      } catch {
        throw .invalidAddress(error.reason)
      }
      connection = try await .connect(
        to: address, token: token, trust: configuration.trust, deadline: end - clock.now)
    case .embedded(let connect):
      let descriptor: CInt
      do { descriptor = try await connect() } catch { throw .unreachable("no embedded server: \(error)") }
      connection = try await .adopt(
        descriptor: descriptor, host: GodotConfiguration.embeddedServer, token: token, deadline: end - clock.now)
    }
    let session = try await MCPSession.open(
      connection, client: configuration.client, capabilities: capabilities, deadline: end - clock.now, onEvent: onEvent)
    let dialect = Dialect(session).routed(configuration.turns)
    guard !dialect.isEmpty else {
      session.close()
      throw .protocolViolation("it offers no tool to log with")
    }
    return Uplink(session: session, dialect: dialect)
  }

  /// Fiedler's own server need not put its answers into the wrappings that other servers' clients look for.
  private static let capabilities = ClientWish(plainAnswers: true).capabilities

  private static func bearerToken(_ configuration: GodotConfiguration) async throws(ConnectionError) -> BearerToken? {
    guard let token = configuration.token else { return nil }
    let text: String?
    do { text = try await token() } catch { throw .unreachable("no token: \(error)") }
    return text.map(BearerToken.init)
  }
}

extension GodotConfiguration {
  /// The name of an embedded server, for its `Host` header and for the conversations' ids there.
  static let embeddedServer = "embedded"

  /// What the server is called where its own ids are kept; never holds a secret.
  var serverName: String {
    switch destination {
    case .off: ""
    case .embedded: Self.embeddedServer
    // A wrong URL is reported by the attempt to connect.
    case .url(let url): (try? WebSocketAddress(url, defaultPort: Self.defaultPort))?.description ?? ""
    }
  }

  var isEmbedded: Bool { if case .embedded = destination { true } else { false } }
  var isOff: Bool { if case .off = destination { true } else { false } }
}
