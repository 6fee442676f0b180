import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix

/// Says in plain words why a connection failed.
enum TransportWords {
  /// The client's own connect limit was broken: DNS, TCP or TLS took too long.
  static func isConnectTimeout(_ error: any Error) -> Bool {
    let limits: [HTTPClientError] = [
      .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .deadlineExceeded,
    ]
    if let error = error as? HTTPClientError { return limits.contains(error) }
    if case ChannelError.connectTimeout = error { return true }
    return false
  }

  static func describe(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
      if let cause = error.connectionErrors.first?.error { return describe(cause) }
      return "the name \(error.host) \(unresolved)"
    case let error as IOError:
      return describe(errno: error.errnoCode)
    case let error as HTTPClientError:
      return describe(error)
    case ChannelError.inputClosed, ChannelError.eof, ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed:
      return closed
    case HTTPParserError.invalidEOFState:
      return closed
    case is HTTPParserError:
      return noHTTP
    case NIOHTTPDecompression.DecompressionError.limit:
      return "the packed answer grew beyond all bounds"
    case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
      return packed
    default:
      return describeTLS(String(describing: error))
    }
  }

  /// What can be done about a failure that ``describe(_:)`` put into these words; `nil` where the words say it, or
  /// nothing can be done but to ask again.
  static func remedy(_ words: String, isProxied: Bool = false) -> String? {
    if words == proxyWantsPassword { return "give it as http://user:password@host:port" }
    if isProxied, [refused, proxyRefused, closed, reset, noRoute].contains(words) || words.hasSuffix(unresolved) {
      return "check the proxy, or name the host in NO_PROXY (or: proxy: off in models.yaml)"
    }
    if words == refused { return "start the server, or correct base_url in models.yaml" }
    if words.hasSuffix(unresolved) { return "check the network, and base_url in models.yaml" }
    if words == untrusted {
      return "check base_url in models.yaml, or name its authority by ca_file there or by SSL_CERT_FILE"
    }
    if words == noTLS || words == noHTTP { return "check base_url in models.yaml" }
    if words == packed { return "check the proxy or gateway in base_url" }
    if [noRoute, unreachable, timedOut].contains(words) { return "check the network" }
    if [closed, reset].contains(words) { return "ask again" }
    return nil
  }

  private static let proxyRefused = "the proxy did not make the connection"
  private static let proxyWantsPassword = "the proxy wants a user name and password"
  private static let refused = "connection refused"
  private static let unresolved = "could not be resolved"
  private static let untrusted = "the server's certificate is not trusted"
  private static let noTLS = "no TLS connection could be agreed upon"
  private static let noHTTP = "the server does not speak proper HTTP"
  private static let packed = "the packed answer could not be unpacked"
  private static let noRoute = "no route to the host"
  private static let unreachable = "the network cannot be reached"
  private static let timedOut = "the connection timed out"
  private static let closed = "the server closed the connection"
  private static let reset = "the connection was reset"

  private static func describe(_ error: HTTPClientError) -> String {
    switch error {
    case .remoteConnectionClosed: closed
    case .invalidProxyResponse, .httpProxyHandshakeTimeout: proxyRefused
    case .proxyAuthenticationRequired: proxyWantsPassword
    case .alreadyShutdown, .cancelled: "the request was stopped"
    default: error.shortDescription
    }
  }

  private static func describe(errno code: CInt) -> String {
    switch code {
    case ECONNREFUSED: refused
    case ECONNRESET: reset
    case EPIPE: closed
    case EHOSTUNREACH: noRoute
    case ENETUNREACH: unreachable
    case ETIMEDOUT: timedOut
    case EMFILE, ENFILE: "too many open files"
    default: "network error \(code)"
    }
  }

  /// TLS errors come nested in several types; what tells them apart is BoringSSL's own word for the cause.
  private static func describeTLS(_ text: String) -> String {
    if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidateCertificate") {
      return untrusted
    }
    if text.contains("WRONG_VERSION_NUMBER") {
      return "the server does not speak TLS; should base_url begin with http://?"
    }
    if text.contains("SSL") || text.contains("handshake") { return noTLS }
    return "the connection failed: \(text)"
  }
}
