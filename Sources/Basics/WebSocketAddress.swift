/// A `ws://` or `wss://` URL, taken apart.
public struct WebSocketAddress: Hashable, Sendable, CustomStringConvertible {
  public var isSecure: Bool
  /// In lower case; an IPv6 address without its brackets.
  public var host: String
  public var port: Int
  /// Path and query as sent in the request line; never empty.
  public var target: String

  /// Why a URL leads nowhere.
  public struct Invalid: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String

    public init(reason: String) { self.reason = reason }

    public var description: String { "the URL is wrong: \(reason)" }
  }

  /// Reads a URL; one that names no port means `defaultPort`.
  public init(_ url: String, defaultPort: Int) throws(Invalid) {
    func invalid(_ reason: String) -> Invalid { Invalid(reason: reason) }
    guard url.utf8.allSatisfy({ $0 < 0x80 }) else {
      throw invalid("a URL is in ASCII: the host by its xn-- name, other letters of a path as %XX")
    }
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw invalid("a URL has no spaces or control bytes") }
    let rest: Substring
    switch url.lowercased() {
    case let lower where lower.hasPrefix("ws://"):
      isSecure = false
      rest = url.dropFirst(5)
    case let lower where lower.hasPrefix("wss://"):
      isSecure = true
      rest = url.dropFirst(6)
    default: throw invalid("it must begin with ws:// or wss://")
    }
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let tail = rest[authority.endIndex...].prefix { $0 != "#" }
    target = tail.hasPrefix("/") ? String(tail) : "/" + tail
    guard !authority.contains("@") else { throw invalid("a name or password does not belong in the URL") }

    var portText: Substring?
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { throw invalid("a bracket is not closed") }
      host = authority[authority.index(after: authority.startIndex)..<end].lowercased()
      let after = authority[authority.index(after: end)...]
      guard after.isEmpty || after.hasPrefix(":") else { throw invalid("the host is wrong") }
      portText = after.isEmpty ? nil : after.dropFirst()
    } else {
      let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count <= 2 else { throw invalid("an IPv6 address needs brackets") }
      host = parts[0].lowercased()
      portText = parts.count == 2 ? parts[1] : nil
    }
    guard !host.isEmpty else { throw invalid("the host is missing") }
    if let portText {
      guard let value = Int(portText), (1...65535).contains(value) else { throw invalid("the port is wrong") }
      port = value
    } else {
      port = defaultPort
    }
  }

  /// What is sent there stays on this machine.
  public var isLoopback: Bool { Loopback.isHost(host) }

  /// `host:port`, as the `Host` header wants it.
  public var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

  /// Without the query, which may hold a secret.
  public var description: String {
    "\(isSecure ? "wss" : "ws")://\(authority)\(target.prefix { $0 != "?" })"
  }
}
