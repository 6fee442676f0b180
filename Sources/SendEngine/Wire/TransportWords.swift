import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

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
      return "the name \(error.host) could not be resolved"
    case let error as IOError:
      return describe(errno: error.errnoCode)
    case let error as HTTPClientError:
      return describe(error)
    case ChannelError.inputClosed, ChannelError.eof, ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed:
      return "the server closed the connection"
    case HTTPParserError.invalidEOFState:
      return "the server closed the connection"
    case is HTTPParserError:
      return "the server does not speak proper HTTP"
    default:
      return describeTLS(String(describing: error))
    }
  }

  private static func describe(_ error: HTTPClientError) -> String {
    switch error {
    case .remoteConnectionClosed: "the server closed the connection"
    case .alreadyShutdown, .cancelled: "the request was stopped"
    default: error.shortDescription
    }
  }

  private static func describe(errno code: CInt) -> String {
    switch code {
    case ECONNREFUSED: "connection refused"
    case ECONNRESET: "the connection was reset"
    case EPIPE: "the server closed the connection"
    case EHOSTUNREACH: "no route to the host"
    case ENETUNREACH: "the network cannot be reached"
    case ETIMEDOUT: "the connection timed out"
    case EMFILE, ENFILE: "too many open files"
    default: "network error \(code)"
    }
  }

  /// TLS errors come nested in several types; what tells them apart is BoringSSL's own word for the cause.
  private static func describeTLS(_ text: String) -> String {
    if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidateCertificate") {
      return "the server's certificate is not trusted"
    }
    if text.contains("WRONG_VERSION_NUMBER") {
      return "the server does not speak TLS; should base_url begin with http://?"
    }
    if text.contains("SSL") || text.contains("handshake") { return "no TLS connection could be agreed upon" }
    return "the connection failed: \(text)"
  }
}
