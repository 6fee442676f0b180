/// Why there is no connection, or no longer one. Its description is plain words for a status bar.
public enum ConnectionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The URL is wrong: mend the setting.
  case invalidAddress(String)
  /// The name does not resolve: check the URL and the network.
  case noSuchHost(String)
  /// Nothing listens there: start the server.
  case refused
  /// The network does not lead there, in the system's words.
  case unreachable(String)
  /// The server is silent: it is frozen, or something between drops packets.
  case timedOut
  /// No trusted TLS session: check the certificate or name a CA file.
  case tls(String)
  /// An HTTP server that will not upgrade; 401 and 403 ask for a token.
  case upgradeRefused(status: Int)
  /// Whatever answers there does not speak WebSocket.
  case notWebSocket
  /// The server closed with a close frame (RFC 6455, section 7.4). `code` is `nil` where the frame had none.
  case closed(code: Int?, reason: String)
  /// The connection ended without a close frame: the server died, or the network did.
  case lost
  /// The server sends what RFC 6455 or MCP forbids.
  case protocolViolation(String)

  public static let messageTooBig = 1009

  public var description: String {
    switch self {
    case .invalidAddress(let reason): return "the URL is wrong: \(reason)"
    case .noSuchHost: return "no such host"
    case .refused: return "connection refused"
    case .unreachable(let reason): return reason
    case .timedOut: return "no answer"
    case .tls(let reason): return "TLS: \(reason)"
    case .upgradeRefused(let status) where status == 401 || status == 403:
      return "the server wants a token, or another one (HTTP \(status))"
    case .upgradeRefused(let status): return "the server refused the WebSocket upgrade (HTTP \(status))"
    case .notWebSocket: return "the server does not speak WebSocket"
    case .closed(let code, let reason):
      let words = [code.map(String.init), Self.plain(reason) ?? code.flatMap(Self.meaning)].compactMap(\.self)
      return words.isEmpty ? "closed by the server" : "closed (\(words.joined(separator: ": ")))"
    case .lost: return "the connection was lost"
    case .protocolViolation(let reason): return "the server broke the protocol: \(reason)"
    }
  }

  /// One printable line, `nil` if nothing is left.
  private static func plain(_ text: String) -> String? {
    let line = text.prefix { !$0.isNewline }
      .filter { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } }
    return line.isEmpty ? nil : String(line.prefix(120))
  }

  private static func meaning(_ code: Int) -> String? {
    switch code {
    case 1000: "done"
    case 1001: "the server is going away"
    case 1002: "protocol error"
    case 1008: "policy violation"
    case messageTooBig: "message too big"
    case 1011: "the server failed"
    case 1012: "the server restarts"
    case 1013: "try again later"
    default: nil
    }
  }
}
