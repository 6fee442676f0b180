/// What a WebSocket server takes from its clients before it defends itself.
public struct ServerLimits: Hashable, Sendable {
  /// From the accepted connection to the upgrade, TLS included.
  public var handshake: Duration = .seconds(10)
  /// Bytes of a frame and of a message of several frames; beyond, the connection is closed with 1009.
  public var message = 16 << 20
  /// Open connections; further ones get HTTP 503.
  public var connections = 4096
  /// Requests taken and not yet answered on one connection; beyond, nothing more is read from it.
  public var requests = 1024
  /// Bytes of those requests.
  public var requestBytes = 32 << 20
  /// Bytes of answers that a client has not read yet; beyond, nothing more is read from it.
  public var unwrittenBytes = 8 << 20
  /// How long a client may leave more than that unread before it is dropped.
  public var unwrittenFor: Duration = .seconds(30)
  public var pingEvery: Duration = .seconds(20)
  /// How long after a ping something must have come; else the connection is closed with 1011.
  public var pongWithin: Duration = .seconds(20)
  /// Bytes held for all clients together: frames that are not complete, requests, unread answers. Beyond, connections
  /// that hold more than ``heldFreely`` are closed with 1013.
  public var heldBytes = 96 << 20
  public var heldFreely = 1 << 20

  public init() {}
}

/// What clients take of a server now.
public struct ServerUsage: Hashable, Sendable {
  /// Open connections.
  public var connections: Int
  /// Of frames that are not complete, requests, and answers that are not read.
  public var heldBytes: Int
}

/// Something a server did to a client; for a log.
public enum ServerIncident: String, Hashable, Sendable {
  case tooManyConnections = "too many connections"
  case handshakeTimedOut = "no handshake in time"
  case handshakeFailed = "a broken handshake"
  case browserOrigin = "a request from a browser page"
  case wrongToken = "a missing or wrong token"
  case protocolError = "a breach of the WebSocket protocol"
  case notText = "a text that is not UTF-8"
  case messageTooBig = "a message over the limit"
  case silent = "no answer to a ping"
  case unread = "answers left unread"
  case overloaded = "too many bytes held for clients"
}

/// Why a server does not start, or takes no connection.
public enum ServerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another program has the port, or the address is not this machine's.
  case cannotListen(host: String, port: Int, reason: String)
  /// The certificate or its key is no PEM file, or they do not belong together.
  case certificate(String)
  /// The system gives no socket.
  case noSocket(String)
  /// It has been shut down.
  case stopped

  public var description: String {
    switch self {
    case .cannotListen(let host, let port, let reason): "cannot listen on \(host), port \(port): \(reason)"
    case .certificate(let reason): "TLS: \(reason)"
    case .noSocket(let reason): "no socket: \(reason)"
    case .stopped: "the server has been shut down"
    }
  }
}
