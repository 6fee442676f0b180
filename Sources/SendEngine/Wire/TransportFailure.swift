/// Why a connection failed. Its description is plain words for a sentence.
enum TransportFailure: Hashable, CustomStringConvertible {
  case refused
  case reset
  case closed
  case noRoute
  case unreachable
  case timedOut
  /// The host's name.
  case unresolved(String)
  case tooManyFiles
  /// Another error number of the system.
  case network(CInt)
  case untrusted
  case noTLS
  /// It answers without TLS.
  case plain
  case noHTTP
  /// Packed, and not to be unpacked.
  case packed
  case packedTooLarge
  case proxyRefused
  case proxyWantsPassword
  case stopped
  /// Another error of the HTTP client, in its own words.
  case client(String)
  case other(String)

  var description: String {
    switch self {
    case .refused: "connection refused"
    case .reset: "the connection was reset"
    case .closed: "the server closed the connection"
    case .noRoute: "no route to the host"
    case .unreachable: "the network cannot be reached"
    case .timedOut: "the connection timed out"
    case .unresolved(let host): "the name \(host) could not be resolved"
    case .tooManyFiles: "too many open files"
    case .network(let code): "network error \(code)"
    case .untrusted: "the server's certificate is not trusted"
    case .noTLS: "no TLS connection could be agreed upon"
    case .plain: "the server does not speak TLS; should base_url begin with http://?"
    case .noHTTP: "the server does not speak proper HTTP"
    case .packed: "the packed answer could not be unpacked"
    case .packedTooLarge: "the packed answer grew beyond all bounds"
    case .proxyRefused: "the proxy did not make the connection"
    case .proxyWantsPassword: "the proxy wants a user name and password"
    case .stopped: "the request was stopped"
    case .client(let words): words
    case .other(let text): "the connection failed: \(text)"
    }
  }

  private var mayBeTheProxys: Bool {
    switch self {
    case .refused, .proxyRefused, .closed, .reset, .noRoute, .unresolved: true
    default: false
    }
  }

  /// What can be done about it; `nil` where the description says it, or nothing can be done.
  func remedy(isProxied: Bool) -> String? {
    if isProxied, mayBeTheProxys {
      return "check the proxy, or name the host in NO_PROXY (or: proxy: off in models.yaml)"
    }
    return switch self {
    case .proxyWantsPassword: "give it as http://user:password@host:port"
    case .refused: "start the server, or correct base_url in models.yaml"
    case .unresolved: "check the network, and base_url in models.yaml"
    case .untrusted: "check base_url in models.yaml, or name its authority by ca_file there or by SSL_CERT_FILE"
    case .noTLS, .noHTTP: "check base_url in models.yaml"
    case .packed: "check the proxy or gateway in base_url"
    case .noRoute, .unreachable, .timedOut: "check the network"
    case .closed, .reset: "ask again"
    case .tooManyFiles, .network, .plain, .packedTooLarge, .proxyRefused, .stopped, .client, .other: nil
    }
  }
}
