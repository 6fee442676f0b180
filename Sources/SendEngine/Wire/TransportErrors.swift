import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix

/// What the errors of the HTTP client and of what it is made of mean.
extension TransportFailure {
  init(_ error: any Error) {
    switch error {
    case let error as NIOConnectionError:
      self = error.connectionErrors.first.map { Self($0.error) } ?? .unresolved(error.host)
    case let error as IOError: self.init(errno: error.errnoCode)
    case let error as HTTPClientError: self.init(error)
    case ChannelError.inputClosed, ChannelError.eof, ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed,
      HTTPParserError.invalidEOFState:
      self = .closed
    case is HTTPParserError: self = .noHTTP
    case NIOHTTPDecompression.DecompressionError.limit: self = .packedTooLarge
    case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError: self = .packed
    default: self.init(tls: String(describing: error))
    }
  }

  private init(_ error: HTTPClientError) {
    self =
      switch error {
      case .remoteConnectionClosed: .closed
      case .invalidProxyResponse, .httpProxyHandshakeTimeout: .proxyRefused
      case .proxyAuthenticationRequired: .proxyWantsPassword
      case .alreadyShutdown, .cancelled: .stopped
      default: .client(error.shortDescription)
      }
  }

  private init(errno code: CInt) {
    self =
      switch code {
      case ECONNREFUSED: .refused
      case ECONNRESET: .reset
      case EPIPE: .closed
      case EHOSTUNREACH: .noRoute
      case ENETUNREACH: .unreachable
      case ETIMEDOUT: .timedOut
      case EMFILE, ENFILE: .tooManyFiles
      default: .network(code)
      }
  }

  /// TLS errors come nested in several types; what tells them apart is BoringSSL's own word for the cause.
  private init(tls text: String) {
    if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidateCertificate") {
      self = .untrusted
    } else if text.contains("WRONG_VERSION_NUMBER") {
      self = .plain
    } else if text.contains("SSL") || text.contains("handshake") {
      self = .noTLS
    } else {
      self = .other(text)
    }
  }

  /// Whether the client's own connect limit was broken: DNS, TCP or TLS took too long.
  static func isConnectTimeout(_ error: any Error) -> Bool {
    let limits: [HTTPClientError] = [
      .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .deadlineExceeded,
    ]
    if let error = error as? HTTPClientError { return limits.contains(error) }
    if case ChannelError.connectTimeout = error { return true }
    return false
  }
}
