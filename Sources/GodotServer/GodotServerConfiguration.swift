import GodotWire
import Logging
import MCP

/// How a log server runs.
public struct GodotServerConfiguration: Sendable {
  /// Where clients reach it over the network.
  public struct Listener: Hashable, Sendable {
    public var host: String
    /// 0 for any free one.
    public var port: Int
    let token: BearerToken?
    /// PEM files: the server's certificate first, then those that vouch for it; and its key without a passphrase.
    public var certificate: String?
    public var key: String?

    /// - `token`: clients must send it as `Authorization: Bearer`.
    public init(
      host: String = "127.0.0.1", port: Int = WireLimits.port, token: String? = nil, certificate: String? = nil,
      key: String? = nil
    ) {
      self.host = host
      self.port = port
      self.token = token.map { BearerToken($0) }
      self.certificate = certificate
      self.key = key
    }

    /// Only this machine can reach it.
    var isLoopback: Bool {
      host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }
  }

  /// `nil` to serve this process alone, by ``GodotServer/connect()``.
  public var listener: Listener?
  public var limits = ServerLimits()
  /// Log records older than this are removed, hourly; `nil` keeps them for ever. Conversations are always kept.
  public var keepsLogs: Duration?
  /// Takes what the server has to say of itself: never anything that a client has logged.
  public var logger: Logger

  public init(listener: Listener? = Listener(), keepsLogs: Duration? = nil, logger: Logger) {
    self.listener = listener
    self.keepsLogs = keepsLogs
    self.logger = logger
  }
}

/// Why a log server does not start, or takes no connection.
public enum GodotServerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Others than this machine's users could reach it: set a token, or listen on 127.0.0.1.
  case tokenNeeded(host: String)
  /// An empty token, which anybody could send.
  case emptyToken
  /// A certificate without a key, or a key without a certificate.
  case certificateIncomplete
  case transport(ServerError)

  public var description: String {
    switch self {
    case .tokenNeeded(let host):
      "the log server will not listen on \(host) without a token, because others could read and write the logs: "
        + "set a token (and a certificate, so that it is not sent in the clear), or listen on 127.0.0.1"
    case .emptyToken: "the log server's token is empty"
    case .certificateIncomplete: "TLS needs both the certificate and its key"
    case .transport(let error): error.description
    }
  }
}
