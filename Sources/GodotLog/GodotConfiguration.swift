import GodotWire
import MCP

/// Where and how to log.
public struct GodotConfiguration: Sendable {
  public enum Destination: Sendable {
    case off
    /// `ws://` or `wss://`; without a port, 9060.
    case url(String)
    /// A server within this program. The closure gives one end of a connected stream socket (`socketpair`), which
    /// belongs to the client from then on, and is called once a connection; an error counts as no connection.
    case embedded(connect: @Sendable () async throws -> CInt)
  }

  /// How conversation turns travel.
  public enum Turns: String, Hashable, Sendable, CaseIterable {
    /// With the server's conversation tools where it has them, else as log records.
    case auto
    /// Always as log records.
    case log
    /// Only with conversation tools; on a server without them the turns wait.
    case tools
  }

  public static let defaultPort = WireLimits.port

  public var destination: Destination
  public var turns: Turns
  /// Asked at each connection, so that a token may change; an error counts as no connection.
  public var token: (@Sendable () async throws -> String?)?
  public var trust: TLSTrust
  /// One a database: whoever holds its lock sends.
  public var lockFile: String
  /// Applied to whatever leaves for the server, beside what was redacted when it was queued.
  public var redactor: Redactor
  /// How the client names itself to the server.
  public var client: MCP.Implementation

  /// - `token`: sent as `Authorization: Bearer`, where the server wants one.
  /// - `caFile`: a PEM file with the certificates to trust instead of the system's.
  public init(
    destination: Destination, token: (@Sendable () async throws -> String?)? = nil, caFile: String? = nil,
    lockFile: String, turns: Turns = .auto, redactor: Redactor = Redactor(),
    client: MCP.Implementation = .init(name: "fiedler", version: "1")
  ) {
    self.destination = destination
    self.token = token
    self.trust = caFile.map(TLSTrust.file) ?? .system
    self.lockFile = lockFile
    self.turns = turns
    self.redactor = redactor
    self.client = client
  }
}
