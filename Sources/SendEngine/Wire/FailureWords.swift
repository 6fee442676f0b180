import Conversations
import JSON
import NIOHTTP1

/// Puts failures of one model into words that name it and the way out.
struct FailureWords: Sendable {
  let model: ConfiguredModel
  let key: APIKey?

  private var name: String { model.reference.description }
  private var provider: String { model.reference.provider }

  /// Cleans what a provider said.
  private func said(_ text: String) -> String { PlainWords.line(text, hiding: key) }

  func missingKey(_ variable: String) -> SendFailure {
    SendFailure(.missingKey, "\(name): no API key for \(provider); set \(variable)")
  }

  func missingKey(because error: KeyError) -> SendFailure {
    SendFailure(.missingKey, "\(name): no API key for \(provider): \(said(error.description))")
  }

  func invalidRequest(_ reason: String) -> SendFailure {
    SendFailure(.invalidRequest, "\(name): \(said(reason))")
  }

  /// An answer with an HTTP status other than success.
  func http(_ status: Int, body: [UInt8], location: String?, retryAfter: Double?) -> SendFailure {
    let line = Self.statusLine(status)
    let detail = Self.detail(body).map { ": " + said($0) } ?? ""
    var failure: SendFailure
    switch status {
    case 401, 403:
      failure = SendFailure(.unauthorized, refusedKey(line, detail.hasSuffix(".") ? String(detail.dropLast()) : detail))
    case 429:
      failure = SendFailure(.rateLimited, "\(provider) limits the rate of requests (\(line))\(detail)")
    case 300..<400:
      let target = location.map { " to \(said($0))" } ?? ""
      failure = SendFailure(.http, "\(provider) redirects\(target) (\(line)); put the right address into base_url")
    case 404:
      failure = SendFailure(
        .http, "\(name) was not found (\(line))\(detail); check the model's name and base_url in models.yaml")
    default:
      failure = SendFailure(.http, "\(name) answered \(line)\(detail)")
    }
    if Self.isHTML(body) {
      failure.message =
        "the server of \(name) answered with an HTML page (\(line)) instead of the API; "
        + (status >= 500 ? "it or a proxy before it is in trouble" : "check base_url in models.yaml")
    }
    failure.httpStatus = status
    failure.retryAfterSeconds = retryAfter
    return failure
  }

  private func refusedKey(_ line: String, _ detail: String) -> String {
    if let variable = model.apiKeyVariable {
      "\(provider) refused the key (\(line))\(detail); check \(variable)"
    } else if key != nil {
      "\(provider) refused the key (\(line))\(detail); check the key that models.yaml has for it"
    } else {
      "\(provider) wants a key (\(line))\(detail); name one with api_key_env in models.yaml"
    }
  }

  /// A success that holds neither a stream nor JSON.
  func notAnAnswer(_ body: [UInt8], status: Int) -> SendFailure {
    Self.isHTML(body)
      ? SendFailure(
        .malformed,
        "the server of \(name) answered with an HTML page (\(Self.statusLine(status))) instead of the API; "
          + "check base_url in models.yaml", httpStatus: status)
      : SendFailure(.malformed, "\(name) answered with something that is neither a stream nor JSON")
  }

  /// An error that the stream itself reported.
  func inStream(_ failure: SendFailure) -> SendFailure {
    var copy = failure
    let verb = failure.kind == .provider ? "reported an error" : "sent a broken answer"
    let status = failure.httpStatus.map { " (\(Self.statusLine($0)))" } ?? ""
    copy.message = "\(name) \(verb)\(status): \(said(failure.message))"
    return copy
  }

  func tooLarge(_ limit: Int) -> SendFailure {
    SendFailure(.malformed, "\(name) sent a single event of more than \(limit >> 20) MB; it was given up")
  }

  func blocked(_ reason: String) -> SendFailure {
    SendFailure(.blocked, "\(provider) withheld the answer: \(said(reason))")
  }

  func empty() -> SendFailure {
    SendFailure(.empty, "\(name) answered without any content")
  }

  func truncated(_ cause: String?) -> SendFailure {
    SendFailure(
      .truncated,
      cause.map { "the answer of \(name) broke off: \($0)" }
        ?? "the answer of \(name) ended before the model said it was done")
  }

  func connection(_ cause: String) -> SendFailure {
    SendFailure(.connection, "\(name): \(said(cause)) (\(model.baseURL))")
  }

  func timeout(_ kind: SendFailure.Kind, limit: Duration) -> SendFailure {
    let text =
      switch kind {
      case .connectTimeout: "no connection within \(limit.inWords) (\(model.baseURL))"
      case .firstTokenTimeout: "connected, but no token within \(limit.inWords)"
      case .idleTimeout: "the stream stood still for \(limit.inWords)"
      default: "not done within \(limit.inWords), the model's timeout (models.yaml)"
      }
    return SendFailure(kind, "\(name): \(text)")
  }

  // MARK: Bodies

  static func isHTML(_ body: [UInt8]) -> Bool {
    body.first { $0 > 0x20 } == UInt8(ascii: "<")
  }

  private static func detail(_ body: [UInt8]) -> String? {
    guard !isHTML(body), body.contains(where: { $0 > 0x20 }) else { return nil }
    // Not JSON, or JSON of an unknown shape: the bare text is still the best that is known.
    if let json = try? JSON(bytes: body), let known = ErrorBody(json) { return known.message }
    return String(decoding: body.prefix(2048), as: UTF8.self)
  }

  private static func statusLine(_ status: Int) -> String {
    if status == 529 { return "529 Overloaded" }
    let phrase = HTTPResponseStatus(statusCode: status).reasonPhrase
    return phrase.isEmpty ? "\(status)" : "\(status) \(phrase)"
  }
}
