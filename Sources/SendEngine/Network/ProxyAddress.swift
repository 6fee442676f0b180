import FoundationEssentials

/// Something in the ways to providers that the user has to mend: a proxy, a certificate authority.
public struct NetworkProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}

/// A proxy that providers are reached through. Never prints its user name and password.
public struct ProxyAddress: Hashable, Sendable, CustomStringConvertible {
  public enum Kind: String, Hashable, Sendable {
    case http
    /// The proxy resolves names (RFC 1928).
    case socks5
  }

  public let kind: Kind
  public let host: String
  public let port: Int
  let user: String?
  let password: String?
  /// Who named it: a variable as `$HTTPS_PROXY`, or a setting.
  public let source: String

  /// Reads `http://host:port`, `socks5://host:port` or `host:port`, each also with `user:password@`. Ports are 80 and
  /// 1080 where none is named.
  public init(_ text: String, source: String) throws(NetworkProblem) {
    func refused(_ reason: String) -> NetworkProblem {
      NetworkProblem(description: "\(source) \(reason); it must be a proxy such as http://proxy.example:3128")
    }
    let trimmed = text.filter { !$0.isWhitespace }
    guard let parts = URLComponents(string: trimmed.contains("://") ? trimmed : "http://" + trimmed),
      let scheme = parts.scheme?.lowercased(), let host = parts.host, !host.isEmpty
    else { throw refused("is no address") }
    switch scheme {
    case "http": kind = .http
    case "socks", "socks5", "socks5h": kind = .socks5
    default: throw refused("names a proxy of the kind \(scheme)://, which cannot be used")
    }
    let port = parts.port ?? (kind == .http ? 80 : 1080)
    guard (1...65535).contains(port) else { throw refused("has the port \(port)") }
    user = parts.user
    password = parts.password
    guard kind == .http || user == nil else { throw refused("has a user name, which only http:// proxies take") }
    self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    self.port = port
    self.source = source
  }

  /// The address in a form for URLs.
  var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

  public var description: String { "\(kind.rawValue)://\(authority) (\(source))" }

  /// The value of `Proxy-Authorization` (RFC 7617); `nil` where there is no user name.
  var authorization: String? {
    guard let user else { return nil }
    return "Basic " + Data("\(user):\(password ?? "")".utf8).base64EncodedString()
  }
}

/// What `proxy` below a provider's name says.
public enum ProxySetting: Hashable, Sendable {
  /// Nothing: the environment decides.
  case environment
  case off
  case address(ProxyAddress)
}

/// How the models of a provider are reached.
public struct NetworkSettings: Hashable, Sendable {
  public var proxy = ProxySetting.environment
  /// A PEM file with the authorities to trust instead of the system's. As written; `~` is the home directory.
  public var caFile: String?

  public init() {}
}
