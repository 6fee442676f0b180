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
  public var token: BearerToken?
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
    destination: Destination, token: String? = nil, caFile: String? = nil, lockFile: String,
    redactor: Redactor = Redactor(), client: MCP.Implementation = .init(name: "fiedler", version: "1")
  ) {
    self.destination = destination
    self.token = token.map(BearerToken.init)
    self.trust = caFile.map(TLSTrust.file) ?? .system
    self.lockFile = lockFile
    self.redactor = redactor
    self.client = client
  }
}
