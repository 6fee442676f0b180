import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import NIOWebSocket

extension ConnectionError {
  /// What an error of the network stack means.
  init(networkError error: any Error) {
    switch error {
    case let error as ConnectionError:
      self = error
    case let error as NIOConnectionError:
      if let first = error.connectionErrors.first {
        // One address refusing says more than another being unreachable (localhost over IPv6).
        let all = error.connectionErrors.map { ConnectionError(networkError: $0.error) }
        self = all.contains(.refused) ? .refused : ConnectionError(networkError: first.error)
      } else {
        self = .noSuchHost(error.host)
      }
    case let error as IOError:
      self = Self.meaning(errno: error.errnoCode, error)
    case let error as ChannelError:
      if case .connectTimeout = error { self = .timedOut } else { self = .lost }
    case let error as NIOSSLError:
      self = .tls(Self.words(for: error))
    case is NIOSSLExtraError:
      self = .tls("the certificate is for another host")
    case is BoringSSLError:
      self = .tls("the session broke off")
    default:
      self = .unreachable("\(error)")
    }
  }

  private static func meaning(errno code: CInt, _ error: IOError) -> ConnectionError {
    switch code {
    case ECONNREFUSED: .refused
    case ECONNRESET, EPIPE, ECONNABORTED: .lost
    case ETIMEDOUT: .timedOut
    case ENETUNREACH: .unreachable("the network is unreachable")
    case EHOSTUNREACH: .unreachable("the host is unreachable")
    case EMFILE, ENFILE: .unreachable("too many open files")
    default: .unreachable("\(error)")
    }
  }

  private static func words(for error: NIOSSLError) -> String {
    guard case .handshakeFailed(let cause) = error else { return "the session broke off" }
    // BoringSSL tells the reason only in its error's text.
    let text = "\(cause)"
    if text.contains("CERTIFICATE_VERIFY_FAILED") { return "certificate not trusted" }
    if text.contains("WRONG_VERSION_NUMBER") { return "the server does not speak TLS on this port" }
    if text.contains("ALERT") { return "the server refused the session" }
    return "no session could be agreed"
  }
}

extension WebSocketHandler {
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? NIOWebSocketError else {
      ending = ending ?? ConnectionError(networkError: error)
      return context.close(promise: nil)
    }
    if case .invalidFrameLength = error { tooBig(context) } else { fail(context, "a malformed frame") }
  }
}
