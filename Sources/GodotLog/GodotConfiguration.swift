import MCP

/// Where and how to log.
public struct GodotConfiguration: Sendable {
  public enum Destination: Hashable, Sendable {
    case off
    /// `ws://` or `wss://`; without a port, 9060.
    case url(String)
  }

  public static let defaultPort = 9060

  public var destination: Destination
  /// Asked at each connection, so that a token may change; an error counts as no connection.
  public var token: (@Sendable () async throws -> String?)?
  public var trust: TLSTrust
  /// One a database: whoever holds its lock sends.
  public var lockFile: String
  /// Applied to whatever leaves for the server, beside what was redacted when it was queued.
  public var redactor: Redactor
  /// How the client names itself to the server.
  public var client: MCP.Implementation

  /// - Parameters:
  ///   - token: sent as `Authorization: Bearer`, where the server wants one.
  ///   - caFile: a PEM file with the certificates to trust instead of the system's.
  public init(
    destination: Destination, token: (@Sendable () async throws -> String?)? = nil, caFile: String? = nil,
    lockFile: String, redactor: Redactor = Redactor(), client: MCP.Implementation = .init(name: "fiedler", version: "1")
  ) {
    self.destination = destination
    self.token = token
    self.trust = caFile.map(TLSTrust.file) ?? .system
    self.lockFile = lockFile
    self.redactor = redactor
    self.client = client
  }

  func bearerToken() async throws(ConnectionError) -> BearerToken? {
    guard let token else { return nil }
    let text: String?
    do { text = try await token() } catch { throw .unreachable("no token: \(error)") }
    return text.map(BearerToken.init)
  }
}
