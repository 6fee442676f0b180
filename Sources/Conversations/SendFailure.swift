/// Why one model's answer could not be had, or broke off.
public struct SendFailure: Error, Hashable, Sendable, Codable, CustomStringConvertible {
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// No key was found for the provider.
    case missingKey
    /// The provider refused the key or the account (401, 403).
    case unauthorized
    /// 429.
    case rateLimited
    /// The name could not be resolved, or the connection was refused, reset or not trusted.
    case connection
    /// No connection within the limit.
    case connectTimeout
    /// Connected, but no token within the limit.
    case firstTokenTimeout
    /// The stream stood still longer than the limit.
    case idleTimeout
    /// The whole answer took longer than the model's `timeout`.
    case totalTimeout
    /// The provider answered with an HTTP error other than the above.
    case http
    /// The provider sent an error inside the stream.
    case provider
    /// The answer is not what the provider's API documents (an HTML page, broken JSON, too large).
    case malformed
    /// A 200 without any content.
    case empty
    /// The stream ended before the provider said it was done.
    case truncated
    /// The provider's safety filter withheld the answer.
    case blocked
    /// Fiedler was stopped before the answer ended.
    case interrupted
    /// The request itself cannot be made (unknown model, bad base_url, ...).
    case invalidRequest
  }

  public var kind: Kind
  /// Plain words for a person, one line, no secrets, no traceback.
  public var message: String
  public var httpStatus: Int?
  /// How long the provider asked us to wait, in seconds.
  public var retryAfterSeconds: Double?
  /// What is known of asking again, beyond what ``kind`` and ``httpStatus`` tell; not kept with the reply.
  public var repetition: Repetition?

  public enum Repetition: Hashable, Sendable {
    /// The same request will get the same answer.
    case useless
    /// The trouble may pass.
    case mayHelp
    /// The server is getting ready (it loads the model): worth waiting for as long as the reply may take.
    case untilReady
  }

  private enum CodingKeys: String, CodingKey {
    case kind, message, httpStatus, retryAfterSeconds
  }

  public init(_ kind: Kind, _ message: String, httpStatus: Int? = nil, retryAfterSeconds: Double? = nil) {
    self.kind = kind
    self.message = message
    self.httpStatus = Bounds.httpStatus.only(httpStatus)
    self.retryAfterSeconds = Bounds.seconds.only(retryAfterSeconds)
  }

  public var description: String { message }

  /// A few words for a header: `429 rate limited`.
  public var brief: String {
    let words =
      switch kind {
      case .missingKey: "no key"
      case .unauthorized: "key refused"
      case .rateLimited: "rate limited"
      case .connection: "connection failed"
      case .connectTimeout: "no connection in time"
      case .firstTokenTimeout: "no token in time"
      case .idleTimeout: "stream stood still"
      case .totalTimeout: "took too long"
      case .http: "server error"
      case .provider: "provider error"
      case .malformed: "malformed answer"
      case .empty: "empty answer"
      case .truncated: "answer cut off"
      case .blocked: "blocked"
      case .interrupted: "interrupted"
      case .invalidRequest: "invalid request"
      }
    return httpStatus.map { "\($0) \(words)" } ?? words
  }
}

/// Why a model stopped.
public enum FinishReason: Hashable, Sendable, Codable {
  /// It was done.
  case stop
  /// It reached its token limit.
  case length
  /// A safety filter stopped it; the text is the provider's name for the reason.
  case blocked(String)
  /// It wants to call a tool.
  case toolCall
  /// Any other reason, in the provider's own word.
  case other(String)

  /// Nobody knows: an answer that was kept without its reason.
  public static let unknown = FinishReason.other("")

  /// One word, stable, for JSON output and storage.
  public var name: String {
    switch self {
    case .stop: "stop"
    case .length: "length"
    case .blocked(let reason): "blocked:\(reason)"
    case .toolCall: "tool_call"
    case .other(let word): word
    }
  }

  public init(name: String) {
    switch name {
    case "stop": self = .stop
    case "length": self = .length
    case "tool_call": self = .toolCall
    default:
      self = name.hasPrefix("blocked:") ? .blocked(String(name.dropFirst("blocked:".count))) : .other(name)
    }
  }
}
