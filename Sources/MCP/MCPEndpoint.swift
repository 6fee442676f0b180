import FoundationEssentials

/// Where an MCP server listens, and how to be let in.
public struct MCPEndpoint: Sendable, Hashable {
  /// As given, `ws://` or `wss://`.
  public let url: String
  public let host: String
  public let port: Int
  public let isSecure: Bool
  /// Path and query, at least `/`.
  public let path: String
  /// Sent as `Authorization: Bearer`.
  public var token: String?
  /// A PEM file of certificates to trust instead of the system's.
  public var certificateAuthorityFile: String?

  /// The port Godot servers listen on unless told otherwise.
  public static let defaultPort = 9060

  /// Throws ``ConnectionError/badURL(_:)`` unless `url` is a `ws://` or `wss://` address.
  public init(url: String, token: String? = nil, certificateAuthorityFile: String? = nil) throws(ConnectionError) {
    guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(), let host = parts.host,
      !host.isEmpty, ["ws", "wss"].contains(scheme)
    else { throw .badURL(url) }
    self.url = url
    self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    self.port = parts.port ?? Self.defaultPort
    isSecure = scheme == "wss"
    let query = parts.percentEncodedQuery.map { "?" + $0 } ?? ""
    path = (parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath) + query
    self.token = token
    self.certificateAuthorityFile = certificateAuthorityFile
  }

  /// What the `Host` header says.
  var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}

/// Why there is no connection, in plain words.
public enum ConnectionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Not a `ws://` or `wss://` address.
  case badURL(String)
  /// Nothing listens there.
  case refused
  case noSuchHost(String)
  /// No answer within the limit.
  case timedOut(Duration)
  /// No encrypted connection; most often a certificate that is not trusted.
  case tls(String)
  /// The server does not let us in (401, 403) or speaks no WebSocket there.
  case upgradeRefused(status: Int)
  /// The server closed the connection; 1009 means that a message was too big for it.
  case closed(code: Int, reason: String)
  /// The connection ended without a word.
  case lost
  /// The server speaks WebSocket, but not MCP as expected.
  case notMCP(String)
  /// Anything else the system reports.
  case other(String)

  public var description: String {
    switch self {
    case .badURL(let url): "\(url) is not a ws:// or wss:// address"
    case .refused: "connection refused"
    case .noSuchHost(let host): "no such host: \(host)"
    case .timedOut(let limit): "no answer for \(limit.components.seconds) s"
    case .tls(let reason): "no secure connection: \(reason)"
    case .upgradeRefused(401): "the server wants another token (HTTP 401)"
    case .upgradeRefused(403): "the server lets us not in (HTTP 403)"
    case .upgradeRefused(let status): "the server speaks no WebSocket there (HTTP \(status))"
    case .closed(1009, _): "the server closed the connection: message too big"
    case .closed(let code, let reason): "the server closed the connection (\(code)\(reason.isEmpty ? "" : ": \(reason)"))"
    case .lost: "connection lost"
    case .notMCP(let reason): "the server does not speak MCP: \(reason)"
    case .other(let reason): reason
    }
  }
}
