import JSON
import NIOHTTP1

/// A request of the streamable HTTP transport, as far as its head tells
/// (https://modelcontextprotocol.io/specification/2025-11-25/basic/transports).
struct StreamableRequest {
  enum Kind: Hashable {
    /// Brings messages.
    case post
    /// Listens to what the server has to say of itself.
    case listen
    /// Ends the session.
    case end
  }

  /// Why a request is turned away, with words for who reads the answer.
  struct Refusal: Error, Hashable {
    var status: HTTPResponseStatus
    var words: String

    /// A JSON-RPC failure without an id.
    var body: [UInt8] {
      JSONRPCMessage.failure(id: nil, error: JSONRPCError(code: JSONRPCError.invalidRequest, message: words)).json.bytes
    }
  }

  static let path = "/mcp"
  static let sessionHeader = "Mcp-Session-Id"
  static let versionHeader = "MCP-Protocol-Version"

  let kind: Kind
  /// `nil` where a session is about to begin.
  let session: String?
  /// Whether the client takes events, and a plain JSON answer.
  let takesEvents: Bool
  let takesJSON: Bool

  /// - `mostBytes`: of the body.
  init(_ head: HTTPRequestHead, mostBytes: Int) throws(Refusal) {
    switch head.method {
    case .POST: kind = .post
    case .GET: kind = .listen
    case .DELETE: kind = .end
    default: throw Refusal(status: .methodNotAllowed, words: "\(Self.path) takes POST, GET and DELETE")
    }
    let versions = head.headers[Self.versionHeader]
    guard versions.allSatisfy(ToolSession.revisions.contains) else {
      throw Refusal(
        status: .badRequest,
        words: "\(Self.versionHeader) is none of \(ToolSession.revisions.joined(separator: ", "))")
    }
    let sessions = head.headers[Self.sessionHeader]
    guard sessions.count <= 1 else { throw Refusal(status: .badRequest, words: "More than one \(Self.sessionHeader)") }
    session = sessions.first
    let accepted = head.headers[canonicalForm: "Accept"].map { $0.prefix { $0 != ";" }.lowercased() }
    func takes(_ type: String, _ group: String) -> Bool {
      accepted.isEmpty || accepted.contains { $0 == type || $0 == group || $0 == "*/*" }
    }
    takesEvents = takes("text/event-stream", "text/*")
    takesJSON = takes("application/json", "application/*")
    if kind != .post || session != nil, session?.isEmpty ?? true {
      throw Refusal(status: .badRequest, words: "\(Self.sessionHeader) is missing: initialize answers with one")
    }
    switch kind {
    case .listen where !takesEvents:
      throw Refusal(status: .notAcceptable, words: "Accept must have text/event-stream")
    case .post where !takesEvents && !takesJSON:
      throw Refusal(status: .notAcceptable, words: "Accept must have application/json or text/event-stream")
    case .post:
      let type = head.headers["Content-Type"].first?.prefix { $0 != ";" }.lowercased()
      guard type == "application/json" else {
        throw Refusal(status: .unsupportedMediaType, words: "Content-Type must be application/json")
      }
      let announced = head.headers["Content-Length"].first.flatMap { Int($0) } ?? 0
      guard announced <= mostBytes else { throw Self.tooLarge(mostBytes) }
    default: break
    }
  }

  static func tooLarge(_ mostBytes: Int) -> Refusal {
    Refusal(status: .payloadTooLarge, words: "A message has at most \(mostBytes) bytes")
  }
}
